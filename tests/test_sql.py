"""SQL compiled from the contract, and the engine that runs it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
import small
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from iqsy import constraints, engines, frames, sql
from iqsy.contract import Contract, read


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return small.write(tmp_path_factory.mktemp("contract"))


@pytest.fixture
def connection(contract: Contract) -> Iterator[duckdb.DuckDBPyConnection]:
    tables = small.arrow(contract, things=[small.thing("a", size=3)], parts=[small.part("a", "p")])
    with engines.connect(tables, contract) as connection:
        yield connection


@given(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
)
def test_a_literal_is_the_value(value: str | int | float | date) -> None:
    with duckdb.connect() as plain:
        ((read,),) = plain.execute(f"SELECT {sql.literal(value)}").fetchall()
    assert (type(read), read) == (type(value), value)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_a_name_is_one_identifier(name: str) -> None:
    with duckdb.connect() as plain:
        assert plain.sql(f"SELECT 1 AS {sql.name(name)}").columns == [name]


def test_a_view_may_read_another(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    assert [view.name for view in sql.in_order(contract.views)].index("things_counted") == 0
    assert connection.sql("SELECT thing_id, n_parts FROM things_counted").fetchall() == [("a", 1)]


def test_code_lists_are_relations_of_their_types(connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.sql("SELECT code, rank FROM kinds ORDER BY rank").fetchall() == [
        ("stone", 1),
        ("plant", 2),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM '{path}'",
        "SELECT * FROM read_csv('{path}')",
        "COPY things TO '{path}.out'",
        "ATTACH '{path}.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SELECT * FROM outside",
    ],
)
def test_nothing_but_the_package_can_be_reached(
    connection: duckdb.DuckDBPyConnection, statement: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x\n1\n", encoding="utf-8")
    outside = frames.codelists(small.write(tmp_path / "contract"))["kinds"]
    assert outside.num_rows
    with pytest.raises(duckdb.Error):
        connection.execute(statement.format(path=path)).fetchall()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "contract"]


def _statements(contract: Contract) -> Iterator[str]:
    for table in contract.resources.values():
        asked = [c for c in constraints.of(table, contract) if not isinstance(c.test, constraints.Composed)]
        yield sql.count_broken(table, asked)
        yield from (sql.rows_broken(c, 10) for c in asked)
    for _view, table, rules in constraints.rules_by_view(contract):
        told = [rule for rule in rules if rule.predicate is not None]
        if told:
            yield sql.count_false(told[0].view, told)
            yield from (sql.rows_false(rule, table.primary_key, table, 10) for rule in told)
        for rule in rules:
            if rule.function is not None:
                yield sql.arguments(rule)
                yield sql.count_with(rule, "failing")
                yield sql.rows_with(rule, table.primary_key, table, "failing", 10)


@pytest.mark.parametrize("which", ["small", "installed"])
def test_every_statement_is_sql_for_duckdb_and_spark(contract: Contract, which: str) -> None:
    installed = read(Path(__file__).parents[1] / "schema")
    for statement in _statements(contract if which == "small" else installed):
        for dialect in ("duckdb", "spark"):
            # In Spark, double quotes mark a name only where ANSI's are asked for; backticks always do.
            text = statement if dialect == "duckdb" else statement.replace('"', "`")
            (parsed,) = sqlglot.parse(text, read=dialect)
            assert isinstance(parsed, sqlglot.exp.Select)


@given(st.lists(small.THINGS, max_size=5), st.lists(small.PARTS, max_size=5))
def test_counts_and_rows_agree(contract: Contract, things: list[small.Row], parts: list[small.Row]) -> None:
    tables = small.arrow(contract, things=things, parts=parts)
    with engines.connect(tables, contract) as connection:
        for table in contract.tables.values():
            asked = [
                c for c in constraints.of(table, contract) if not isinstance(c.test, constraints.Composed)
            ]
            (counts,) = connection.execute(sql.count_broken(table, asked)).fetchall()
            for constraint, count in zip(asked, counts, strict=True):
                rows = connection.execute(sql.rows_broken(constraint, 10)).fetchall()
                assert len(rows) == count


def test_rows_come_in_the_order_of_the_key_up_to_the_limit(contract: Contract) -> None:
    tables = small.arrow(contract, things=[small.thing(i, size=99) for i in "cabd"])
    every = constraints.of(contract.tables["things"], contract)
    (constraint,) = [c for c in every if (c.code, c.column) == ("range", "size")]
    with engines.connect(tables, contract) as connection:
        assert connection.execute(sql.rows_broken(constraint, 3)).fetchall() == [
            ("a", 99),
            ("b", 99),
            ("c", 99),
        ]
