"""Frames: rows to Arrow, Arrow to pandas and polars, and frames of guessed types back to the contract's."""

import io
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from random import Random

import pandas as pd
import polars as pl
import pytest
import small
from hypothesis import given
from hypothesis import strategies as st

from iqsy import constraints, frames, models
from iqsy.contract import Contract
from iqsy.problems import ProblemsError

# Text that no reader of CSV takes for a number, a truth, a day or nothing.
WORDS = st.text(st.sampled_from("bcdé ,\"'ءل"), min_size=1, max_size=6).filter(str.strip).map("x{}".format)
THINGS = st.lists(
    st.fixed_dictionaries(
        {
            "thing_id": WORDS,
            "title_en": WORDS,
            "title_ar": st.none() | WORDS,
            "kind": WORDS,
            "letter": st.none() | WORDS,
            "size": st.none() | st.integers(-(2**53), 2**53),
            "weight": st.none() | st.integers(-(2**20), 2**20).map(lambda eighths: eighths / 8),
            "born": st.none() | st.dates(date(1800, 1, 1), date(2200, 1, 1)),
            "born_edtf": st.none() | WORDS,
            "known": st.none() | st.booleans(),
            "parent_id": st.none() | WORDS,
        }
    ),
    max_size=5,
    unique_by=lambda row: row["thing_id"],
)


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return small.write(tmp_path_factory.mktemp("contract"))


# --- rows and Arrow ---


@given(THINGS)
def test_rows_come_back_sorted_by_key(contract: Contract, rows: list[small.Row]) -> None:
    arrow = frames.to_arrow(contract.tables["things"], rows)
    assert arrow.schema == frames.arrow_schema(contract.tables["things"])
    assert arrow.to_pylist() == sorted(rows, key=lambda row: str(row["thing_id"]))


@given(THINGS)
def test_values_and_their_text_are_the_same_rows(contract: Contract, rows: list[small.Row]) -> None:
    table = contract.tables["things"]
    as_text = [{name: constraints.text_of(value) for name, value in row.items()} for row in rows]
    assert frames.to_arrow(table, as_text) == frames.to_arrow(table, rows)


def test_a_row_may_leave_out_what_it_does_not_state(contract: Contract) -> None:
    (row,) = frames.to_arrow(contract.tables["parts"], [{"thing_id": "a", "part": "p"}]).to_pylist()
    assert row == {"thing_id": "a", "part": "p", "of_part": None, "share": None}


def test_a_column_that_the_table_does_not_have_is_refused(contract: Contract) -> None:
    with pytest.raises(ProblemsError, match="parts has no column colour"):
        frames.to_arrow(contract.tables["parts"], [{"thing_id": "a", "part": "p", "colour": "red"}])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("size", "three"),
        ("size", 3.5),
        ("size", True),
        ("size", "1_000"),
        ("size", "٣"),
        ("size", 10**18 * 10),
        ("weight", "heavy"),
        ("weight", "1_0"),
        ("weight", False),
        ("known", "perhaps"),
        ("known", 1),
        ("born", "12 May 2024"),
        ("born", "2024-02-30"),
        ("born", datetime(2024, 5, 12, 18, 30)),
        ("born", 20240512),
    ],
)
def test_every_value_of_another_type_is_named(contract: Contract, column: str, value: object) -> None:
    rows = [small.thing("a"), small.thing("b", **{column: value}), small.thing("c", **{column: value})]
    with pytest.raises(ProblemsError) as raised:
        frames.to_arrow(contract.tables["things"], rows)
    assert [(p.code, p.key, p.column) for p in raised.value.problems] == [
        ("type", (("thing_id", name),), column) for name in "bc"
    ]
    assert constraints.TYPE_WORDS[contract.tables["things"].by_name[column].type] in str(raised.value)


# --- conforming ---


@given(THINGS)
def test_a_pandas_frame_of_the_contract_is_conform(contract: Contract, rows: list[small.Row]) -> None:
    table = contract.tables["things"]
    arrow = frames.to_arrow(table, rows)
    frame = frames.to_pandas(arrow, table)
    assert [str(frame.dtypes[f.name]) for f in table.fields] == [
        frames.PANDAS_TYPES[f.type] for f in table.fields
    ]
    pd.testing.assert_frame_equal(frames.conform(frame, table), frame)
    assert frames.conform_to_arrow(frame, table) == arrow


@given(THINGS)
def test_a_polars_frame_of_the_contract_is_conform(contract: Contract, rows: list[small.Row]) -> None:
    table = contract.tables["things"]
    frame = frames.to_polars(frames.to_arrow(table, rows))
    assert dict(frame.schema) == {f.name: models.POLARS_TYPES[f.type] for f in table.fields}
    assert frames.conform(frame, table).equals(frame)


@given(THINGS)
def test_what_pandas_and_polars_read_from_csv_conforms(contract: Contract, rows: list[small.Row]) -> None:
    table = contract.tables["things"]
    arrow = frames.to_arrow(table, rows)
    csv = pl.DataFrame(arrow).write_csv()
    for frame in (
        pd.read_csv(io.StringIO(csv)),
        pd.read_csv(io.StringIO(csv), dtype=str, keep_default_na=False),
        pl.read_csv(csv.encode()),
    ):
        assert frames.conform_to_arrow(frame, table) == arrow


@given(THINGS, st.randoms(use_true_random=False))
def test_the_order_of_columns_does_not_matter(
    contract: Contract, rows: list[small.Row], random: Random
) -> None:
    table = contract.tables["things"]
    arrow = frames.to_arrow(table, rows)
    names = list(table.columns)
    random.shuffle(names)
    assert frames.conform(arrow.select(names), table) == arrow


def test_a_pandas_frame_keeps_its_index(contract: Contract) -> None:
    frame = pd.DataFrame([small.part("b", "p", of_part=None, share="0.5")], index=["first"])
    conformed = frames.conform(frame, contract.tables["parts"])
    assert conformed.loc["first", "share"] == 0.5


def test_codes_that_look_like_numbers_stay_text(contract: Contract) -> None:
    csv = "thing_id,part,of_part,share\n1,7,,\n2,8,9,1\n"
    frame = frames.conform(pd.read_csv(io.StringIO(csv)), contract.tables["parts"])
    assert frame["of_part"].to_list()[1] == "9"
    assert frame["thing_id"].to_list() == ["1", "2"]


def test_missing_unknown_and_double_columns_are_all_named(contract: Contract) -> None:
    frame = pd.DataFrame([["a", "p", "x", "y"]], columns=["thing_id", "part", "colour", "part"])
    with pytest.raises(ProblemsError) as raised:
        frames.conform(frame, contract.tables["parts"])
    assert [p.message for p in raised.value.problems] == [
        "parts has no column colour; drop it",
        "parts has the column part twice; drop one",
        "parts lacks the column of_part; add it",
        "parts lacks the column share; add it",
    ]


def test_what_is_no_frame_is_refused(contract: Contract) -> None:
    with pytest.raises(TypeError, match="a pandas or polars frame or an Arrow table is needed, not list"):
        frames.conform([], contract.tables["parts"])


# --- validating ---


def _read(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text))


def test_a_valid_frame_comes_back_conform(contract: Contract) -> None:
    parts = _read("thing_id,part,of_part,share\na,p,,1\na,q,p,\n")
    things = pd.DataFrame([dict.fromkeys(contract.tables["things"].columns) | small.thing("a")])
    validated = frames.validate(parts, contract.tables["parts"], contract, {"things": things})
    pd.testing.assert_frame_equal(validated, frames.conform(parts, contract.tables["parts"]))


def test_every_violation_of_a_frame_is_told(contract: Contract) -> None:
    parts = _read("thing_id,part,of_part,share\na,p,x,2\na,Q,p,\na,r,,\na,r,,\n")
    with pytest.raises(ProblemsError) as raised:
        frames.validate(parts, contract.tables["parts"], contract)
    assert sorted((p.code, p.column, p.value) for p in raised.value.problems) == [
        ("foreign-key", "thing_id+of_part", "a+x"),
        ("pattern", "part", "Q"),
        ("range", "share", "2.0"),
        ("unique", "thing_id+part", None),
    ]


def test_references_are_looked_up_in_the_frames_that_are_given(contract: Contract) -> None:
    parts = _read("thing_id,part,of_part,share\nz,p,,\n")
    assert len(frames.validate(parts, contract.tables["parts"], contract)) == 1
    things = pd.DataFrame([dict.fromkeys(contract.tables["things"].columns) | small.thing("a")])
    with pytest.raises(ProblemsError, match=r"thing_id “z” is not in things\.thing_id"):
        frames.validate(parts, contract.tables["parts"], contract, {"things": things})


def test_the_polars_model_is_one_for_users_too(contract: Contract) -> None:
    table = contract.tables["parts"]
    frame = frames.to_polars(frames.to_arrow(table, [small.part("a", "p", share=2.0)]))
    with pytest.raises(Exception, match="range share"):
        models.polars_model(table, contract, {}).validate(frame)


# --- imports ---


def test_arrow_tables_need_neither_pandas_nor_polars() -> None:
    heavy = {"pandas", "polars", "pandera", "duckdb"}
    code = f"import sys; import iqsy.frames; print(sorted({heavy} & set(sys.modules)))"
    source = str(Path(frames.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": source}
    )
    assert done.stdout.strip() == "[]"
