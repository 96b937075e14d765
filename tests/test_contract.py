"""The contract: its files, held against their metaschema and each other, and how its faults are told."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from jsonschema import Draft202012Validator
from strategies import CONTRACT, SCHEMA

from iqsy import frames, strict
from iqsy.contract import read
from iqsy.judge_pandera import judge_pandera
from iqsy.judge_sql import judge_sql
from iqsy.problems import ProblemsError

METASCHEMA = json.loads((SCHEMA / "metaschema.json").read_text(encoding="utf-8"))
DESCRIBED = sorted(
    p.relative_to(SCHEMA).as_posix()
    for part in ("tables", "codelists")
    for p in SCHEMA.glob(f"{part}/*.json")
)

# Code lists that no column of a table refers to, and what they are for.
DELIBERATE = {
    "audit_verdicts": "records of what an audit found",
    "exclusion_reasons": "records of what is left out",
    "settling_models": "the names under which models of settling are asked for",
}
# Reserved words of the systems that are not at hand here to be asked; SQLite and DuckDB are.
RESERVED = {
    "PostgreSQL": """
        all analyse analyze and any array as asc asymmetric authorization binary both case cast check
        collate collation column concurrently constraint create cross current_catalog current_date
        current_role current_schema current_time current_timestamp current_user default deferrable desc
        distinct do else end except false fetch for foreign freeze from full grant group having ilike in
        initially inner intersect into is isnull join lateral leading left like limit localtime
        localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
        references returning right select session_user similar some symmetric system_user table
        tablesample then to trailing true union unique user using variadic verbose when where window
        with
    """,
    "Spark": """
        all and anti any array as at authorization between both by case cast check collate collation
        column commit constraint create cross cube current_date current_time current_timestamp
        current_user database delete describe distinct drop else end escape except exists external
        extract false fetch filter for foreign from full function global grant group grouping having in
        inner insert intersect interval into is join lateral leading left like local minus natural no
        not null of on only or order out outer overlaps partition position primary range references
        revoke right rollback rollup row rows select semi session_user set some start table tablesample
        then time to trailing true truncate union unique unknown update user using values when where
        window with within without
    """,
    "R": "if else repeat while function for in next break true false null inf nan na",
}


def described(path: str) -> Any:
    return json.loads((SCHEMA / path).read_text(encoding="utf-8"))


def complaints(file: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(METASCHEMA).iter_errors(file)]


# --- the files and their metaschema ---


def test_the_metaschema_is_one() -> None:
    Draft202012Validator.check_schema(METASCHEMA)


@pytest.mark.parametrize("path", DESCRIBED)
def test_schemas_satisfy_the_metaschema(path: str) -> None:
    assert complaints(described(path)) == []
    assert described(path)["name"] == Path(path).stem


def test_rules_satisfy_the_metaschema() -> None:
    assert complaints(strict.read_yaml(SCHEMA / "rules.yaml").plain()) == []


Change = Callable[[Any], Any]


def without(key: str) -> Change:
    return lambda file: {k: v for k, v in file.items() if k != key}


def with_field(**changes: object) -> Change:
    """The table with changes of its first column."""
    return lambda file: {**file, "fields": [{**file["fields"][0], **changes}, *file["fields"][1:]]}


UNFIT_TABLES: dict[str, Change] = {
    "no title in Arabic": without("title_ar"),
    "a title in Arabic that is not": lambda file: {**file, "title_ar": "Events"},
    "tatweel": lambda file: {**file, "title_ar": "أحـداث"},
    "no group": without("group"),
    "no key": without("primaryKey"),
    "a column of the key twice": lambda file: {**file, "primaryKey": ["event_id", "event_id"]},
    "an unknown property": lambda file: {**file, "foreignKey": []},
    "another sign for what is missing": lambda file: {**file, "missingValues": ["", "NA"]},
    "a name with a capital": lambda file: {**file, "name": "Events"},
    "no columns": lambda file: {**file, "fields": []},
    "a key to nothing": lambda file: {
        **file,
        "foreignKeys": [{"fields": "event_id", "reference": {"fields": "code"}}],
    },
    "an unknown type": with_field(type="datetime"),
    "a column without words": with_field(description=""),
    "a format": with_field(format="uri"),
    "an unknown constraint": with_field(constraints={"unique": True}),
    "a pattern without a group": with_field(constraints={"pattern": "a|b"}),
    "a pattern of numbers": with_field(type="integer", constraints={"pattern": "(?:1)"}),
    "a range of text": with_field(constraints={"minimum": 1}),
    "a range of days in numbers": with_field(type="date", constraints={"minimum": 1900}),
    "a list of one value twice": with_field(constraints={"enum": ["a", "a"]}),
    "a code list without codes": lambda file: {**file, "group": "codelists"},
}


@pytest.mark.parametrize("fault", UNFIT_TABLES)
def test_the_metaschema_refuses_an_unfit_table(fault: str) -> None:
    assert complaints(UNFIT_TABLES[fault](described("tables/events.json")))


RULE = {"code": "a-b", "view": "v", "level": "error", "column": "c", "message": "m", "message_ar": "خطأ"}
BY_FUNCTION = {"function": "word_in", "arguments": ["c"]}


@pytest.mark.parametrize("more", [{"predicate": "c > 0"}, BY_FUNCTION, {**BY_FUNCTION, "after": ["a"]}])
def test_the_metaschema_takes_a_rule(more: dict[str, object]) -> None:
    assert complaints([{**RULE, **more}]) == []


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"predicate": "c > 0", **BY_FUNCTION},
        {"predicate": "c > 0", "arguments": ["c"]},
        {"function": "word_in"},
        {"predicate": "c > 0", "after": []},
        {"predicate": "c > 0", "level": "info"},
        {"predicate": "c > 0", "code": "A_B"},
        {"predicate": "c > 0", "message_ar": "wrong"},
        {"predicate": "c > 0", "severity": "high"},
    ],
)
def test_the_metaschema_refuses_an_unfit_rule(more: dict[str, object]) -> None:
    assert complaints([{**RULE, **more}])


# --- names and words ---


def test_a_column_means_the_same_wherever_it_stands() -> None:
    meanings: dict[str, set[object]] = defaultdict(set)
    for table in CONTRACT.resources.values():
        for field in table.fields:
            limits = {k: v for k, v in field.constraints.items() if k != "required"}
            words = (field.title, field.title_ar, field.description, field.description_ar)
            meanings[field.name].add((field.type, *words, json.dumps(limits, sort_keys=True)))
    assert [name for name, found in meanings.items() if len(found) > 1] == []


def test_code_columns_refer_to_the_same_list_wherever_they_stand() -> None:
    lists: dict[str, set[str]] = defaultdict(set)
    for table in CONTRACT.resources.values():
        for key in table.foreign_keys:
            if len(key.columns) == 1 and key.resource in CONTRACT.codelists and key.resource != table.name:
                lists[key.columns[0]].add(key.resource)
    assert [name for name, found in lists.items() if len(found) > 1] == []
    free = [
        (t.name, f.name)
        for t in CONTRACT.tables.values()
        for f in t.fields
        if f.name in lists and not t.reference(f.name)
    ]
    assert free == []


def test_every_code_list_is_used() -> None:
    referred = {
        k.resource
        for table in CONTRACT.resources.values()
        for k in table.foreign_keys
        if k.resource != table.name
    }
    valued = {row["values_in"].partition(".")[0] for row in CONTRACT.codelists["properties"].rows}
    assert set(CONTRACT.codelists) - referred - valued == set(DELIBERATE)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_labels_name_one_code_each(language: str) -> None:
    for name, codelist in CONTRACT.codelists.items():
        labels = [row[f"label_{language}"] for row in codelist.rows]
        assert len(set(labels)) == len(labels), name


def test_titles_name_one_table_each() -> None:
    titles = [title for table in CONTRACT.tables.values() for title in (table.title, table.title_ar)]
    assert len(set(titles)) == len(titles)


def names() -> set[str]:
    """Every name of a table, code list, view or column."""
    columns = {f.name for table in CONTRACT.resources.values() for f in table.fields}
    return {*CONTRACT.resources, *CONTRACT.views, *columns}


@pytest.mark.parametrize("system", RESERVED)
def test_no_name_is_a_reserved_word(system: str) -> None:
    assert names() & set(RESERVED[system].split()) == set()


def test_every_name_can_be_written_bare_in_sqlite_and_duckdb() -> None:
    with duckdb.connect(":memory:") as duck:
        lite = sqlite3.connect(":memory:")
        for name in sorted(names()):
            for engine in (duck, lite):
                engine.execute(f"CREATE TABLE {name} ({name} INTEGER)")
                engine.execute(f"SELECT {name}.{name} FROM {name} WHERE {name} > 0 ORDER BY {name}")
        lite.close()


# --- keys and codes ---


@pytest.mark.parametrize("name", sorted(CONTRACT.resources))
def test_a_key_stands_first_and_is_always_stated(name: str) -> None:
    table = CONTRACT.resources[name]
    assert table.columns[: len(table.primary_key)] == table.primary_key
    assert all(table.by_name[column].required for column in table.primary_key)


@pytest.mark.parametrize("name", sorted(CONTRACT.resources))
def test_foreign_keys_refer_to_keys_of_the_same_type(name: str) -> None:
    table = CONTRACT.resources[name]
    for key in table.foreign_keys:
        target = CONTRACT.resources[key.resource]
        assert key.reference == target.primary_key
        assert [table.by_name[c].type for c in key.columns] == [target.by_name[c].type for c in key.reference]


def test_code_lists_keep_their_own_constraints() -> None:
    lists = frames.codelists(CONTRACT)
    assert judge_sql(lists, CONTRACT) == []
    assert judge_pandera(lists, CONTRACT) == []


def test_ranks_count_the_rows_of_a_list() -> None:
    for name, codelist in CONTRACT.codelists.items():
        assert list(codelist.rank.values()) == list(range(1, len(codelist.rows) + 1)), name


def test_acts_rank_class_by_class() -> None:
    classes = [row["act_class"] for row in CONTRACT.codelists["acts"].rows]
    assert list(dict.fromkeys(classes)) == list(CONTRACT.codes("act_classes"))
    assert classes == sorted(classes, key=CONTRACT.codelists["act_classes"].rank.__getitem__)


def test_properties_settle_into_columns_that_exist() -> None:
    for row in CONTRACT.codelists["properties"].rows:
        for place in filter(None, (row["values_in"], row["settles_into"])):
            resource, column = place.split(".")
            assert column in CONTRACT.resources[resource].columns


def test_every_date_of_a_table_that_is_not_ready_made_is_held_to_the_profile() -> None:
    read_by_rules = {
        (CONTRACT.views[rule.view].table, column)
        for rule in CONTRACT.rules.values()
        if rule.function is not None and rule.function.startswith("edtf")
        for column in rule.arguments
    }
    dated = {
        (table.name, field.name)
        for table in CONTRACT.tables.values()
        for field in table.fields
        if field.name.endswith("_edtf") and table.group != "ready_made"
    }
    assert dated - read_by_rules == set()


# --- what is wrong with a contract is told in its file ---

Edit = Callable[[Path], object]


def replaced(path: str, old: str, new: str) -> Edit:
    """Replace the first place of some text in a file of the contract."""

    def edit(folder: Path) -> None:
        text = (folder / path).read_text(encoding="utf-8")
        assert old in text
        (folder / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def appended(path: str, more: bytes) -> Edit:
    return lambda folder: (folder / path).write_bytes((folder / path).read_bytes() + more)


EVENTS, ACTS, UNITS, RULES = (
    "tables/events.json",
    "tables/event_acts.json",
    "codelists/units.csv",
    "rules.yaml",
)
VIEW, NEAR = "views/events_dated.sql", "code: near-duplicate"
# What is done; the file it is told in, the line by what it holds (none: the whole file), and words of it.
FAULTS: dict[str, tuple[Edit, str, str | None, str]] = {
    "JSON": (replaced(EVENTS, '"group": "events"', '"group": @events'), EVENTS, "@events", "not JSON"),
    "JSON in another encoding": (appended(EVENTS, b"\xff"), EVENTS, None, "utf-8"),
    "JSON that is a list": (lambda f: (f / EVENTS).write_text("[]"), EVENTS, None, "metaschema.json"),
    "no title": (replaced(EVENTS, '"title": "Events",', ""), EVENTS, None, "title"),
    "no type": (replaced(EVENTS, '"type": "string",', ""), EVENTS, None, "type"),
    "no such table": (
        replaced(ACTS, '"resource": "events"', '"resource": "feasts"'),
        ACTS,
        "feasts",
        "feasts.event_id",
    ),
    "no such column": (replaced(ACTS, '"fields": "code"', '"fields": "kode"'), ACTS, "kode", "acts.kode"),
    "another header": (replaced(UNITS, "label_en", "label"), UNITS, "label,", "code,label_en,label_ar"),
    "too many cells": (
        replaced(UNITS, "count,Count,", "count,,Count,"),
        UNITS,
        "count,,",
        "more or fewer cells",
    ),
    "too few cells": (replaced(UNITS, "count,Count,", "count,"), UNITS, "count,", "more or fewer cells"),
    "an open quotation": (appended(UNITS, b'more,"open\n'), UNITS, "more,", "not CSV"),
    "CSV in another encoding": (appended(UNITS, b"\xff"), UNITS, None, "utf-8"),
    "a code twice": (replaced(UNITS, "kg,", "families,"), UNITS, "families,Kilo", "twice"),
    "a rank that is no number": (replaced(UNITS, ",,1", ",,first"), UNITS, ",,first", "rank"),
    "YAML": (replaced(RULES, "  view: events_dated", "\tview: events_dated"), RULES, "\tview", "tab"),
    "a rule that lacks something": (
        replaced(RULES, "  view: near_events\n", ""),
        RULES,
        NEAR,
        "lacks 'view'",
    ),
    "a rule twice": (replaced(RULES, "links-to-itself", "near-duplicate"), RULES, NEAR, "twice"),
    "no such view": (replaced(RULES, "near_events", "far_events"), RULES, NEAR, "far_events"),
    "no such rule": (
        replaced(RULES, "after: [parts-too-deep]", "after: [p-too-deep]"),
        RULES,
        "code: episode",
        "p-too-deep",
    ),
    "a rule that says nothing": (replaced(RULES, "  predicate: n_near = 0\n", ""), RULES, NEAR, "predicate"),
    "a rule that says it twice": (
        replaced(RULES, "  predicate: n_near = 0\n", "  predicate: n_near = 0\n  function: word_in\n"),
        RULES,
        NEAR,
        "predicate",
    ),
    "no such column of the table": (
        replaced(RULES, "column: date_edtf", "column: dates"),
        RULES,
        "code: event-date",
        "dates",
    ),
    "a view of nothing": (
        replaced(VIEW, "one row per events", "one row per feasts"),
        VIEW,
        "feasts",
        "feasts",
    ),
    "a view that does not say": (
        replaced(VIEW, "one row per events", "events"),
        VIEW,
        "-- events",
        "one row per TABLE",
    ),
    "values from nowhere": (
        replaced("codelists/properties.csv", "statuses.code", "states.code"),
        "codelists/properties.csv",
        "states.code",
        "states.code",
    ),
    "no rules": (lambda f: (f / RULES).unlink(), RULES, None, "cannot be read"),
    "no tables": (lambda f: shutil.rmtree(f / "tables"), "tables", None, "has its tables there"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_in_its_file_and_line(fault: str, tmp_path: Path) -> None:
    edit, path, marker, words = FAULTS[fault]
    folder = tmp_path / "contract"
    shutil.copytree(SCHEMA, folder)
    edit(folder)
    with pytest.raises(ProblemsError) as raised:
        read(folder)
    (problem, *_) = raised.value.problems
    assert problem.file == str(folder / path)
    assert words.lower() in problem.message.lower()
    if marker is not None:
        lines = (folder / path).read_text(encoding="utf-8").splitlines()
        assert problem.line in [number for number, line in enumerate(lines, 1) if marker in line]


def test_all_that_leads_nowhere_is_told_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "contract"
    shutil.copytree(SCHEMA, folder)
    for fault in ("no such table", "no such view", "a view of nothing"):
        FAULTS[fault][0](folder)
    with pytest.raises(ProblemsError) as raised:
        read(folder)
    assert {problem.file for problem in raised.value.problems} >= {
        str(folder / f) for f in (ACTS, RULES, VIEW)
    }
