import html
import json
import math
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqsy.contract import Contract, Field, Table
from iqsy.diff import Diff, as_json, as_markdown, as_text, diff
from iqsy.frames import arrow_schema
from iqsy.problems import ProblemsError

unhurried = settings(deadline=None)


def table(name: str, key: tuple[str, ...], **types: str) -> Table:
    fields = tuple(Field(column, kind, column, column, column, column) for column, kind in types.items())
    return Table(name, "events", name, name, name, name, fields, key, (), f"data/tables/{name}.csv", "")


EVENTS = table("events", ("event_id",), event_id="string", title="string", day="date", core="boolean")
FIGURES = table("figures", ("event_id", "n"), event_id="string", n="integer", value="number")
CONTRACT = Contract(Path(), {"events": EVENTS, "figures": FIGURES}, {}, {}, {})

# Few keys and few values, so that rows meet; some that could be taken for markup.
IDS = st.sampled_from(["e1", "e2", "e3", "a|b", "<i>"])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.none()
    | st.sampled_from(["لقاء", "a|b\n`c` *d* <script> @user #1 &amp;", "", "x" * 200])
    | st.text(),
    "date": st.none() | st.dates(date(2024, 1, 1), date(2024, 1, 3)),
    "boolean": st.none() | st.booleans(),
    "number": st.none() | st.sampled_from([0.5, 1.0, math.nan, math.inf]),
}


def tables_of(contract_table: Table, key: st.SearchStrategy[tuple[Any, ...]]) -> st.SearchStrategy[pa.Table]:
    width = len(contract_table.primary_key)
    rest = st.tuples(*(VALUES[f.type] for f in contract_table.fields[width:]))
    return st.dictionaries(key, rest, max_size=5).map(
        lambda rows: build(contract_table, [[*key, *cells] for key, cells in rows.items()])
    )


def build(contract_table: Table, rows: list[list[Any]]) -> pa.Table:
    records = [dict(zip(contract_table.columns, row, strict=True)) for row in rows]
    return pa.Table.from_pylist(records, schema=arrow_schema(contract_table))


SETS = st.fixed_dictionaries(
    {},
    optional={
        "events": tables_of(EVENTS, st.tuples(IDS)),
        "figures": tables_of(FIGURES, st.tuples(IDS, st.integers(0, 1))),
    },
)
Tables = Mapping[str, pa.Table]


def rows_by_key(tables: Tables) -> dict[str, dict[tuple[Any, ...], str]]:
    """The rows of every table by key, as text, in which NaN is like itself."""
    return {
        name: {tuple(row[c] for c in t.primary_key): repr(row) for row in tables[name].to_pylist()}
        for name, t in CONTRACT.tables.items()
        if name in tables and len(tables[name])
    }


def applied(found: Diff, old: Tables) -> dict[str, dict[tuple[Any, ...], str]]:
    """What a reader of the differences makes of the old tables."""
    result = {}
    for name, t in CONTRACT.tables.items():
        rows = {tuple(r[c] for c in t.primary_key): r for r in old[name].to_pylist()} if name in old else {}
        if name in found.tables:
            change = found.tables[name]
            for key, row in change.removed.items():
                assert repr(rows.pop(key)) == repr(row)
            for key, cells in change.changed.items():
                assert {c: repr(rows[key][c]) for c in cells} == {
                    c: repr(was) for c, (was, _) in cells.items()
                }
                rows[key] |= {c: new for c, (_, new) in cells.items()}
            assert not rows.keys() & change.added.keys()
            rows |= change.added
        if rows:
            result[name] = {key: repr(row) for key, row in rows.items()}
    return result


@unhurried
@given(SETS)
def test_nothing_differs_from_itself(tables: Tables) -> None:
    shuffled = {name: t.take(pa.array(range(len(t))[::-1], pa.int64())) for name, t in tables.items()}
    for same in (tables, shuffled):
        assert not diff(tables, same, CONTRACT)
        assert diff(tables, same, CONTRACT).tables == {}


@unhurried
@given(SETS, SETS)
def test_the_old_tables_with_the_differences_are_the_new(old: Tables, new: Tables) -> None:
    found = diff(old, new, CONTRACT)
    assert applied(found, old) == rows_by_key(new)
    assert bool(found) == (rows_by_key(old) != rows_by_key(new))


@unhurried
@given(SETS, SETS)
def test_back_is_the_reverse_of_there(old: Tables, new: Tables) -> None:
    there, back = diff(old, new, CONTRACT), diff(new, old, CONTRACT)
    assert list(there.tables) == list(back.tables)
    for name, table in there.tables.items():
        assert repr(table.added) == repr(back.tables[name].removed)
        assert repr(table.removed) == repr(back.tables[name].added)
        turned = {
            key: {column: (new, old) for column, (old, new) in cells.items()}
            for key, cells in table.changed.items()
        }
        assert repr(turned) == repr(back.tables[name].changed)


@unhurried
@given(SETS, SETS)
def test_json_holds_every_difference(old: Tables, new: Tables) -> None:
    found = diff(old, new, CONTRACT)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    told = json.loads(as_json(found), parse_constant=refuse)
    assert list(told) == list(found.tables)
    for name, table in found.tables.items():
        assert len(told[name]["added"]) == len(table.added)
        assert len(told[name]["removed"]) == len(table.removed)
        assert [set(c["cells"]) for c in told[name]["changed"]] == [
            set(cells) for cells in table.changed.values()
        ]
        for change, key in zip(told[name]["changed"], table.changed, strict=True):
            assert tuple(change["key"].values()) == key
            assert all(cell["old"] != cell["new"] for cell in change["cells"].values())


@unhurried
@given(SETS, SETS)
def test_markdown_tells_each_difference_and_lets_nothing_through(old: Tables, new: Tables) -> None:
    found = diff(old, new, CONTRACT)
    told = as_markdown(found, limit=1_000)
    cells = [
        [html.unescape(c.removeprefix("<code>").removesuffix("</code>")) for c in line[2:-2].split(" | ")]
        for line in told.splitlines()
        if re.match(r"\| (added|removed|changed) \|", line)
    ]
    changes = [cells for t in found.tables.values() for cells in t.changed.values()]
    n_rows = sum(len(t.added) + len(t.removed) for t in found.tables.values())
    assert len(cells) == n_rows + sum(map(len, changes))
    assert all(len(row) == 5 for row in cells)
    assert all(row[3] != row[4] for row in cells if row[0] == "changed")
    # Besides the frame there is no markup: inside code every character that could be some is an entity.
    inside = re.findall(r"<code>(.*?)</code>", told)
    assert not any(re.search(r"[\\`*_\[\]<>|~]|&(?!#\d+;)", text) for text in inside)


@unhurried
@given(SETS, SETS, st.integers(0, 6))
def test_long_lists_are_cut_and_the_rest_is_counted(old: Tables, new: Tables, limit: int) -> None:
    found = diff(old, new, CONTRACT)
    for tell, entry in ((as_text, r"(?m)^  [-+~] "), (as_markdown, r"(?m)^\| (?:added|removed|changed) ")):
        told = tell(found, limit)
        n_told = len(re.findall(entry, told))
        n_more = sum(int(n) for n in re.findall(r"(?m)^ *… and (\d+) more$", told))
        assert n_told + n_more == len(re.findall(entry, tell(found, 1_000)))
        assert n_told <= limit * len(found.tables)


OLD = {
    "events": build(
        EVENTS,
        [
            ["e1", "لقاء", date(2024, 5, 12), True],
            ["e2", None, None, False],
            ["e3", "a" * 300 + "old", None, None],
        ],
    ),
    "figures": build(FIGURES, [["e1", 1, 5.0]]),
}
NEW = {
    "events": build(
        EVENTS,
        [
            ["e1", "لقاء", date(2024, 5, 13), None],
            ["e3", "a" * 300 + "new", None, None],
            ["e4\x1b[31m", "x", None, None],
        ],
    ),
    "figures": build(FIGURES, [["e1", 1, 5.0]]),
}


def test_text_shows_rows_and_cells() -> None:
    assert as_text(diff(OLD, NEW, CONTRACT)).split("\n") == [
        "events: 1 added, 1 removed, 2 changed",
        "  - event_id=e2",
        r"  + event_id=e4\u001b[31m",
        "  ~ event_id=e1 day",
        "      - 2024-05-12",
        "      + 2024-05-13",
        "  ~ event_id=e1 core",
        "      - true",
        "      + (empty)",
        "  ~ event_id=e3 title",
        "      - …" + "a" * 30 + "old",
        "      + …" + "a" * 30 + "new",
    ]


def test_markdown_is_one_fold_a_table() -> None:
    told = as_markdown(diff(OLD, NEW, CONTRACT), limit=3)
    assert told.startswith("<details><summary>events: 1 added, 1 removed, 2 changed</summary>\n\n| |")
    assert (
        "\n| changed | <code>event&#95;id=e1</code> | <code>day</code> | <code>2024-05-12</code> | " in told
    )
    assert told.endswith("\n… and 2 more\n\n</details>")
    assert "figures" not in told


def test_equal_versions_are_said_to_be() -> None:
    same = diff(OLD, OLD, CONTRACT)
    assert as_text(same) == "no table differs"
    assert as_markdown(same) == "No table differs."
    assert json.loads(as_json(same)) == {}


@pytest.mark.parametrize(("old", "new", "version"), [(True, False, "old"), (False, True, "new")])
def test_versions_with_a_key_twice_cannot_be_compared(old: bool, new: bool, version: str) -> None:
    twice = {"figures": build(FIGURES, [["e1", 1, 5.0], ["e1", 1, 6.0]])}
    with pytest.raises(ProblemsError, match=f"figures event_id=e1 n=1: two rows of the {version} version"):
        diff(twice if old else OLD, twice if new else OLD, CONTRACT)
