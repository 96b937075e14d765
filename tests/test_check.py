"""The judges: each finds what is wrong, none finds what is right, and they agree."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
import small
from hypothesis import given
from hypothesis import strategies as st

from iqsy import constraints, dates, engines, frames, functions, judge_frictionless, models, names
from iqsy.check import check, settle
from iqsy.contract import Contract, read
from iqsy.judge_pandera import judge_pandera
from iqsy.judge_sql import judge_sql
from iqsy.problems import Problem, ProblemsError

# What Table Schema can say.
SAID_BY_FRICTIONLESS = {"required", "enum", "pattern", "length", "range", "foreign-key", "unique"}


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return small.write(tmp_path_factory.mktemp("contract") / "schema")


def _said(files: Mapping[str, Path], contract: Contract) -> list[Problem]:
    """The findings of frictionless, without a process of its own."""
    request = judge_frictionless.request(files, contract)
    return judge_frictionless.worded(judge_frictionless.errors_of(request), contract)


# --- agreement ---


@given(small.ROWS)
def test_sql_and_pandera_find_the_same(contract: Contract, rows: Mapping[str, Sequence[small.Row]]) -> None:
    tables = small.arrow(contract, **rows)
    assert set(judge_sql(tables, contract)) == set(judge_pandera(tables, contract))


@given(small.ROWS)
def test_the_pandas_model_finds_what_is_wrong_with_a_table(
    contract: Contract, rows: Mapping[str, Sequence[small.Row]]
) -> None:
    tables = small.arrow(contract, **rows)
    # In pandas a NaN is a null; what else is not finite stays.
    tables = {name: frames.conform(table, contract.tables[name]) for name, table in tables.items()}
    by_sql = {p for p in judge_sql(tables, contract) if p.code not in contract.rules}
    by_pandas = {
        problem
        for name, arrow in tables.items()
        for problem in models.judge_pandas(arrow, contract.tables[name], contract, tables)
    }
    assert by_sql == by_pandas


@given(small.ROWS)
def test_frictionless_finds_the_same_where_it_can(
    contract: Contract, tmp_path_factory: pytest.TempPathFactory, rows: Mapping[str, Sequence[small.Row]]
) -> None:
    # A CSV file holds no empty text and no row without a value, and frictionless lets a last line break pass
    # in any pattern.
    plain = {
        name: [{c: None if _fits_no_cell(v) else v for c, v in row.items()} for row in table]
        for name, table in rows.items()
    }
    plain = {name: [row for row in table if set(row.values()) != {None}] for name, table in plain.items()}
    tables = small.arrow(contract, **plain)
    found = judge_sql(tables, contract)
    said = _said(small.write_csv(tables, tmp_path_factory.mktemp("csv")), contract)
    assert {p for p in found if p.code in SAID_BY_FRICTIONLESS} == set(said)


def _fits_no_cell(value: object) -> bool:
    if isinstance(value, float):
        return value in (float("inf"), float("-inf")) or value != value
    return isinstance(value, str) and (not value.strip() or not value.isprintable())


@given(st.lists(small.THINGS, max_size=3), st.lists(small.PARTS, max_size=3))
def test_no_finding_remains_that_another_explains(
    contract: Contract, things: list[small.Row], parts: list[small.Row]
) -> None:
    found = judge_sql(small.arrow(contract, things=things, parts=parts), contract)
    settled = settle(found, contract)
    assert set(settled) <= set(found)
    assert bool(settled) == bool(found)
    assert settle(reversed(settled), contract) == settled


# --- one thing wrong, one finding ---

GOOD = {"things": [small.thing("a"), small.thing("b", parent_id="a")], "parts": [small.part("a", "p")]}
WRONG = [
    ("required", "things", {"known": None}),
    ("required", "things", {"kind": None}),
    ("enum", "things", {"letter": "d"}),
    ("pattern", "things", {"born_edtf": "2024 "}),
    ("range", "things", {"size": 10}),
    ("range", "things", {"size": -1}),
    ("range", "things", {"weight": 0.25}),
    ("range", "things", {"born": date(1899, 12, 31), "born_edtf": "1899-12-31"}),
    ("length", "things", {"title_en": ""}),
    ("length", "things", {"title_en": "A" * 21}),
    ("foreign-key", "things", {"kind": "metal"}),
    ("foreign-key", "things", {"parent_id": "c"}),
    ("foreign-key", "parts", {"of_part": "q"}),
    ("hygiene", "things", {"title_en": "A\u200fB"}),
    ("hygiene", "things", {"title_ar": "\u00a0 "}),
    ("formula", "things", {"title_en": "=1+1"}),
    ("formula", "things", {"title_en": "@A"}),
    ("script", "things", {"title_en": "Aء"}),
    ("script", "things", {"title_ar": "ءA"}),
    ("nfc", "things", {"title_en": "e\u0301"}),
    ("nan", "things", {"weight": float("nan")}),
    ("nan", "things", {"weight": float("-inf")}),
    ("born-follows", "things", {"born_edtf": "2024", "born": date(2024, 1, 1)}),
    ("heavy-without-parts", "things", {"thing_id": "z", "weight": 6.0}),
]


@pytest.mark.parametrize(("code", "table", "values"), WRONG)
@pytest.mark.parametrize("judge", ["sql", "pandera"])
def test_one_thing_wrong_is_one_finding(
    contract: Contract, judge: str, code: str, table: str, values: Mapping[str, object]
) -> None:
    if values.get("born_edtf") == "1899-12-31":
        # The profile of dates ends before the column's own bounds do, so the rule cannot hold either.
        contract = replace(contract, rules={})
    last = {**GOOD[table][-1], **values}
    tables = small.arrow(contract, **{**GOOD, table: [*GOOD[table][:-1], last]})
    (problem,) = check(tables, contract, [judge])
    key = tuple((c, last[c]) for c in contract.tables[table].primary_key)
    assert (problem.code, problem.table, problem.key) == (code, table, key)
    assert problem.column is not None and set(problem.column.split("+")) & {*values, "weight"}


@pytest.mark.parametrize("judge", ["sql", "pandera"])
def test_what_is_right_is_not_a_finding(contract: Contract, judge: str) -> None:
    rows = {
        "things": [
            small.thing("a", title_en="Café", title_ar="مدينة الموصل", size=9, weight=6.0, known=False),
            small.thing("b", parent_id="a", letter="c", born=date(2024, 2, 29), born_edtf="2024-02-29"),
        ],
        "parts": [small.part("a", "p", share=0.5), small.part("b", "p", of_part="p", share=1.0)],
    }
    assert check(small.arrow(contract, **rows), contract, [judge]) == []
    assert check(small.arrow(contract), contract, [judge]) == []


def test_a_double_key_is_one_finding(contract: Contract) -> None:
    tables = small.arrow(
        contract, things=[small.thing("a")] * 3, parts=[small.part("a", "p"), small.part("a", "p")]
    )
    found = check(tables, contract, ["sql", "pandera"])
    assert [(p.code, p.key) for p in found] == [
        ("unique", (("thing_id", "a"), ("part", "p"))),
        ("unique", (("thing_id", "a"),)),
    ]


def test_code_lists_are_judged_where_they_are_asked_for(contract: Contract) -> None:
    lists = {"kinds": contract.codelists["kinds"]}
    rows = tuple({**row, "label_ar": row["label_en"]} for row in lists["kinds"].rows)
    broken = replace(contract, codelists={"kinds": replace(lists["kinds"], rows=rows)})
    for judge in (judge_sql, judge_pandera):
        found = judge({**small.arrow(contract), **frames.codelists(broken)}, broken)
        assert [(p.code, p.table, p.column) for p in found] == [("script", "kinds", "label_ar")] * 2


# --- what follows from what ---


def test_of_a_wrong_value_it_is_not_said_that_nothing_has_it(contract: Contract) -> None:
    found = judge_sql(small.arrow(contract, things=[small.thing("a", parent_id="no id")]), contract)
    assert {p.code for p in found} == {"pattern", "foreign-key"}
    assert [p.code for p in settle(found, contract)] == ["pattern"]


def test_a_rule_says_nothing_of_a_column_that_is_wrong(contract: Contract) -> None:
    found = judge_sql(small.arrow(contract, things=[small.thing("a", weight=float("inf"))]), contract)
    assert {p.code for p in found} == {"nan", "heavy-without-parts"}
    assert [p.code for p in settle(found, contract)] == ["nan"]


def test_a_rule_keeps_silent_after_the_one_before_it_also_on_the_row_it_belongs_to(
    contract: Contract,
) -> None:
    parts = [small.part("a", "p", share=0.0), small.part("a", "q", share=0.5)]
    found = judge_sql(small.arrow(contract, things=[small.thing("a", size=9)], parts=parts), contract)
    assert {p.code for p in found} == {"large-in-pieces", "largest-in-pieces", "part-of-large"}
    (told,) = settle(found, contract)
    assert (told.code, told.level) == ("large-in-pieces", "warning")
    assert told.message == "size 9 is too large for 2 parts; its letter is (not stated)"


def test_a_rule_speaks_of_other_rows(contract: Contract) -> None:
    things = [small.thing("a", weight=float("inf")), small.thing("b", weight=7.0)]
    found = check(small.arrow(contract, things=things), contract, ["sql"])
    assert [(p.code, p.key) for p in found] == [
        ("nan", (("thing_id", "a"),)),
        ("heavy-without-parts", (("thing_id", "b"),)),
    ]


# --- shape ---


def test_a_table_of_other_shape_is_a_finding(contract: Contract) -> None:
    good = small.arrow(contract, things=[small.thing("a")], parts=[small.part("a", "p")])
    things = good["things"]
    shapes = {
        "lacks the column size": things.drop_columns(["size"]),
        "has the column colour too many": things.append_column("colour", pa.array(["red"])),
        "has its columns in another order": things.select(things.column_names[::-1]),
        "size is of type string": things.set_column(
            things.column_names.index("size"), "size", pa.array(["3"])
        ),
    }
    for words, shape in shapes.items():
        (problem,) = check({**good, "things": shape}, contract, ["sql", "pandera"])
        assert words in problem.message
        assert problem.table == "things"


def test_a_missing_or_strange_table_is_a_finding_and_nothing_else_follows(contract: Contract) -> None:
    good = small.arrow(contract, things=[small.thing("a", weight=7.0)], parts=[small.part("a", "p")])
    found = check({"parts": good["parts"], "more": good["parts"]}, contract, ["sql", "pandera"])
    assert [(p.code, p.table) for p in found] == [("structure", "more"), ("structure", "things")]


def test_other_arrow_types_of_the_same_values_are_taken(contract: Contract) -> None:
    good = small.arrow(contract, things=[small.thing("a", size=3)])
    other = good["things"].cast(
        pa.schema([pa.field(f.name, _OTHER.get(f.type, f.type)) for f in good["things"].schema])
    )
    aligned, problems = frames.align(other, contract.tables["things"])
    assert (aligned, problems) == (good["things"], [])


_OTHER = {pa.string(): pa.large_string(), pa.int64(): pa.int16(), pa.float64(): pa.float32()}


def test_what_was_not_read_is_not_called_empty(contract: Contract) -> None:
    tables = small.arrow(contract, things=[small.thing("a", known=None)])
    unread = Problem(
        "type", "known “perhaps” is not true or false", "things.csv", 2, table="things", column="known"
    )
    assert check(tables, contract, ["sql"], found=[unread]) == [unread]


def test_a_table_that_could_not_be_read_is_not_missed_again(contract: Contract) -> None:
    tables = {"parts": small.arrow(contract)["parts"]}
    unread = Problem("unreadable", "is not UTF-8", "things.csv", 1, table="things")
    assert check(tables, contract, ["sql"], found=[unread]) == [unread]


def test_many_findings_of_a_kind_are_counted(contract: Contract) -> None:
    many = constraints.MOST + 50
    tables = small.arrow(contract, things=[small.thing(f"t{n}", size=99) for n in range(many)])
    found = check(tables, contract, ["sql", "pandera"])
    assert len(found) == constraints.MOST + 1
    assert sum(p.key == () for p in found) == 1
    assert found[0].message == "50 more rows of things like these"


# --- a contract that cannot be run ---


def test_a_view_or_rule_that_is_no_sql_is_an_error_of_the_contract(contract: Contract) -> None:
    tables = small.arrow(contract)
    view = replace(contract.views["parts_of_things"], sql="SELECT nothing FROM parts")
    with pytest.raises(ProblemsError, match="view parts_of_things cannot be run"):
        judge_sql(tables, replace(contract, views={**contract.views, "parts_of_things": view}))
    rule = replace(contract.rules["part-of-large"], predicate="share >")
    with pytest.raises(ProblemsError, match="a rule on parts_of_things cannot be run"):
        judge_sql(tables, replace(contract, rules={"part-of-large": rule}))


def test_a_function_that_does_not_exist_is_an_error_of_the_contract(contract: Contract) -> None:
    rule = replace(contract.rules["born-follows"], function="edtf_follows")
    with pytest.raises(ProblemsError, match="rule born-follows names no function that there is"):
        functions.failing(rule, pa.table({"born_edtf": ["2024"], "born": [None], "last": [None]}))


# --- frictionless ---


def test_the_three_judges_in_one(contract: Contract, tmp_path: Path) -> None:
    tables = small.arrow(contract, things=[small.thing("a", size=10), small.thing("b", title_en="=b")])
    files = small.write_csv(tables, tmp_path)
    found = check(tables, contract, csv_files=files)
    assert [(p.code, p.key) for p in found] == [
        ("range", (("thing_id", "a"),)),
        ("formula", (("thing_id", "b"),)),
    ]
    (alone,) = judge_frictionless.judge_frictionless(files, contract)
    assert alone == found[0]


def test_the_child_does_not_outlive_a_contract_that_cannot_be_run(contract: Contract, tmp_path: Path) -> None:
    tables = small.arrow(contract, things=[small.thing("a")])
    broken = replace(contract, rules={"a": replace(contract.rules["part-of-large"], predicate="share >")})
    judge = judge_frictionless.Judge()
    with pytest.raises(ProblemsError):
        check(tables, broken, csv_files=small.write_csv(tables, tmp_path), frictionless=judge)
    assert judge.process.returncode is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the source is empty"),
        ("thing_id,part,of_part\na,p,\n", "lacks the column share"),
        ("thing_id,part,of_part,share,more\na,p,,,1\n", "has the column more too many"),
        ("part,thing_id,of_part,share\np,a,,\n", "has the column part where thing_id should be"),
        ("thing_id,part,of_part,share\na,p,\n", "has fewer cells in row 2"),
        ("thing_id,part,of_part,share\na,p,,,\n", "has more cells in row 2"),
        ("thing_id,part,of_part,share\n\na,p,,\n", "has nothing in row 2"),
        ("thing_id,part,of_part,share\na,\udcff,,\n", "is not UTF-8"),
    ],
)
def test_a_csv_file_of_other_shape_is_a_finding(
    contract: Contract, tmp_path: Path, text: str, words: str
) -> None:
    files = small.write_csv(small.arrow(contract, things=[small.thing("a")]), tmp_path)
    files["parts"].write_bytes(text.encode("utf-8", "surrogateescape"))
    found = _said(files, contract)
    assert {(p.code, p.table) for p in found} == {("structure", "parts")}
    assert any(words in p.message for p in found)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\udcff"])
def test_of_a_misshapen_file_it_is_not_said_that_it_lacks_what_others_refer_to(
    contract: Contract, tmp_path: Path, text: str
) -> None:
    files = small.write_csv(small.arrow(contract, parts=[small.part("a", "p")]), tmp_path)
    files["things"].write_bytes(text.encode("utf-8", "surrogateescape"))
    found = _said(files, contract)
    assert {(p.code, p.table) for p in found} == {("structure", "things")}


def test_a_cell_of_another_type_is_a_finding(contract: Contract, tmp_path: Path) -> None:
    files = small.write_csv(small.arrow(contract, things=[small.thing("a")]), tmp_path)
    text = "thing_id,part,of_part,share\na,p,,half\n"
    files["parts"].write_text(text, encoding="utf-8")
    (problem,) = judge_frictionless.judge_frictionless(files, contract)
    assert (problem.code, problem.column, problem.value) == ("type", "share", "half")
    assert problem.key == (("thing_id", "a"), ("part", "p"))


def test_a_descriptor_beside_the_files_is_not_asked(contract: Contract, tmp_path: Path) -> None:
    files = small.write_csv(small.arrow(contract, things=[small.thing("a", size=10)]), tmp_path)
    (tmp_path / "datapackage.json").write_text('{"resources": []}', encoding="utf-8")
    assert [p.code for p in judge_frictionless.judge_frictionless(files, contract)] == ["range"]


def test_references_to_a_file_that_is_not_there_are_left_alone(contract: Contract, tmp_path: Path) -> None:
    files = small.write_csv(small.arrow(contract, parts=[small.part("a", "p")]), tmp_path)
    del files["things"]
    assert judge_frictionless.judge_frictionless(files, contract) == []


def test_a_child_that_dies_is_an_error_with_its_words(contract: Contract, tmp_path: Path) -> None:
    files = small.write_csv(small.arrow(contract), tmp_path)
    missing = replace(contract, folder=tmp_path / "nowhere")
    with pytest.raises(RuntimeError, match=r"frictionless stopped half-way: .*nowhere"):
        judge_frictionless.judge_frictionless(files, missing)


# --- the contract of the project ---

INSTALLED = read(Path(__file__).parents[1] / "schema")
EMPTY = {name: frames.arrow_schema(table).empty_table() for name, table in INSTALLED.tables.items()}


def test_every_function_is_one_that_a_rule_names_and_the_other_way_round() -> None:
    named = {rule.function for rule in INSTALLED.rules.values()} - {None}
    assert named == set(functions.FUNCTIONS)


def test_what_a_rule_names_is_in_its_view() -> None:
    with engines.connect(EMPTY, INSTALLED) as connection:
        for view, table, rules in constraints.rules_by_view(INSTALLED):
            columns = set(connection.view(view.name).columns)
            assert set(table.primary_key) <= columns, view.name
            for rule in rules:
                placeholders = set(re.findall(constraints.PLACEHOLDER, rule.message + rule.message_ar))
                assert placeholders | set(rule.arguments) <= columns, rule.code
                assert rule.column in {*columns, *table.columns}, rule.code


@pytest.mark.parametrize("judge", [judge_sql, judge_pandera])
def test_views_rules_and_code_lists_stand_before_every_judge(judge: Callable[..., list[Problem]]) -> None:
    assert judge({**EMPTY, **frames.codelists(INSTALLED)}, INSTALLED) == []


# --- words ---


@given(st.characters(max_codepoint=0xFFFF, categories=["Lu", "Ll", "Lt", "Lo"]))
def test_the_classes_of_letters_are_those_of_the_scripts(letter: str) -> None:
    unsafe = bool(names.unsafe_characters(letter))
    assert bool(re.match(constraints.LATIN, letter)) == (names.script(letter) == "latin")
    assert bool(re.match(constraints.ARABIC, letter)) == (names.script(letter) == "ar" and not unsafe)


# --- functions ---

TEXTS = st.text(st.sampled_from("0123456789-/.~?%X[]، Sundayالأحد…"), max_size=14)
DAYS = st.none() | st.dates()


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_bounds_and_precision_of_a_day_follow(day: date) -> None:
    text = day.isoformat()
    assert functions.edtf_bounds_follow(text, day, day)
    assert functions.edtf_outer_bounds_follow(text, None, day, None)
    assert functions.edtf_four_bounds_follow(text, None, day, day, None, None)
    assert functions.edtf_precision_follows(text, "day")
    assert not functions.edtf_bounds_follow(text, day, None)
    assert not functions.edtf_outer_bounds_follow(text, None, None, day)
    assert not functions.edtf_four_bounds_follow(None, text, day, day, None, None)
    assert not functions.edtf_precision_follows(text, "month")


@given(TEXTS, DAYS, DAYS)
def test_bounds_follow_only_a_date_of_the_profile(text: str, start: date | None, end: date | None) -> None:
    try:
        parsed = dates.parse(text)
    except dates.DateError:
        assert not functions.edtf_parses(text)
        assert not functions.edtf_bounds_follow(text, start, end)
        assert not functions.edtf_outer_bounds_follow(text, None, start, end)
        assert not functions.edtf_precision_follows(text, "unknown")
    else:
        assert functions.edtf_all_parse(text, None, text)
        assert functions.edtf_bounds_follow(text, parsed.start, parsed.end)
        assert functions.edtf_outer_bounds_follow(text, text, parsed.start, parsed.end)
        assert functions.edtf_precision_follows(text, parsed.precision)


def test_what_is_not_stated_breaks_no_rule() -> None:
    assert functions.edtf_parses(None)
    assert functions.edtf_bounds_follow(None, None, None)
    assert functions.edtf_four_bounds_follow(None, None, None, None, None, None)
    assert functions.edtf_outer_bounds_follow(None, None, None, None)
    assert functions.edtf_precision_follows(None, "day") and functions.edtf_precision_follows("2024", None)
    assert functions.weekday_fits(None, "2024-05-12") and functions.weekday_fits("Sunday", None)
    assert functions.locator_within_limits(None)
    assert functions.number_follows(None, "5", 5.0) and functions.number_follows("number", None, None)
    assert functions.word_in(None, "a b") and functions.word_in("a", None)


def test_a_bound_without_a_date_follows_from_nothing() -> None:
    assert not functions.edtf_bounds_follow(None, date(2024, 5, 12), None)


def test_the_weekday_is_that_of_the_day() -> None:
    assert functions.weekday_fits("on Sunday", "2024-05-12")
    assert not functions.weekday_fits("on Monday", "2024-05-12")
    assert functions.weekday_fits("يوم الأحد", "2024-05-12")


@given(st.lists(st.just("word"), max_size=12), st.lists(st.just("كلمة"), max_size=12))
def test_a_locator_is_eight_words_or_twice_four(first: list[str], last: list[str]) -> None:
    assert functions.locator_within_limits(" ".join(first)) == (len(first) <= 8)
    both = functions.locator_within_limits(f"{' '.join(first)} … {' '.join(last)}")
    assert both == (len(first) <= 4 and len(last) <= 4)


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**6))
def test_a_number_or_a_range_follows(low: int, width: int) -> None:
    assert functions.number_follows("number", str(low), float(low))
    assert not functions.number_follows("number", str(low), float(low + 1))
    assert not functions.number_follows("number", str(low), None)
    for text in (f"{low}..{low + width}", f"{low}..", f"..{low}", ".."):
        assert functions.number_follows("number", text, None)
        assert not functions.number_follows("number", text, float(low))
    assert not functions.number_follows("number", f"{low + width + 1}..{low}", None)
    assert not functions.number_follows("reference", "some-id", float(low))
    assert functions.number_follows("reference", "some-id", None)


@pytest.mark.parametrize("text", ["", "five", "5,000", "1..2..3", "5..x", "5...6", "٥"])
def test_what_is_no_number_does_not_follow(text: str) -> None:
    assert not functions.number_follows("number", text, None)


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=1)), st.text())
def test_a_word_is_in_a_list_of_words(words: list[str], other: str) -> None:
    assert all(functions.word_in(word, " ".join(words)) for word in words)
    assert functions.word_in(other, " ".join(words)) == (other in words)
