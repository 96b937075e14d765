"""Rules and views: SQL that all engines answer alike, predicates never null, messages that can be filled."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter

import polars as pl
import pytest
import sqlglot
from hypothesis import given, settings
from sqlglot import exp
from strategies import CONTRACT, Choices, Package, build, packages, to_arrow

from iqsy import engines, frames, sql
from iqsy.constraints import PLACEHOLDER
from iqsy.contract import Rule
from iqsy.functions import FUNCTIONS

RULES = sorted(CONTRACT.rules)
VIEWS = sorted(CONTRACT.views)
PREDICATES = {code: rule.predicate for code, rule in CONTRACT.rules.items() if rule.predicate is not None}

# What DuckDB, polars and Spark answer alike; all else that SQL has is left to functions.
PORTABLE = {
    # Queries and what they join.
    *(exp.Select, exp.Subquery, exp.Union, exp.From, exp.Join, exp.Where, exp.Group, exp.Distinct),
    *(exp.Table, exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Star),
    # Truths and comparisons.
    *(exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is, exp.In),
    # Values.
    *(exp.Literal, exp.Boolean, exp.Null, exp.Case, exp.If, exp.Coalesce),
    # Numbers and days.
    *(exp.Add, exp.Mul, exp.Interval, exp.Var, exp.Count, exp.Sum, exp.Min, exp.Max),
    # A literal of a day is read as a cast, see `test_casts_are_literals_of_days`.
    *(exp.Cast, exp.DataType),
}


def parsed(name: str) -> exp.Expr:
    """A view, or the predicate of a rule."""
    return sqlglot.parse_one(
        PREDICATES[name] if name in PREDICATES else CONTRACT.views[name].sql, dialect="duckdb"
    )


def reads(rule: Rule) -> set[str]:
    """Columns of its view that a rule reads."""
    if rule.predicate is None:
        return set(rule.arguments)
    return {column.name for column in parsed(rule.code).find_all(exp.Column)}


@pytest.fixture(scope="module")
def columns() -> dict[str, list[str]]:
    """The columns of each view."""
    with engines.connect(to_arrow(build(Choices())), CONTRACT) as connection:
        return {
            name: [
                c[0] for c in connection.execute(f"SELECT * FROM {sql.name(name)} LIMIT 0").description or []
            ]
            for name in VIEWS
        }


def unportable(tree: exp.Expr) -> list[str]:
    """What in an expression one engine would answer otherwise than another, or not at all."""
    found = [type(node).__name__ for node in tree.walk() if type(node) not in PORTABLE]
    # `IN` over a query is null where one of its rows is.
    found += ["In" for node in tree.find_all(exp.In) if node.args.get("query") is not None]
    # There is no common spelling of a difference of days: a day is compared with another some days on.
    found += ["Add" for node in tree.find_all(exp.Add) if not isinstance(node.expression, exp.Interval)]
    found += [
        "Cast" for node in tree.find_all(exp.Cast) if not (node.this.is_string and node.to.is_type("date"))
    ]
    return found


@pytest.mark.parametrize("name", [*VIEWS, *sorted(PREDICATES)])
def test_sql_is_such_as_all_engines_answer_alike(name: str) -> None:
    tree = parsed(name)
    assert unportable(tree) == []
    assert sqlglot.parse_one(tree.sql(dialect="spark"), dialect="spark")


@pytest.mark.parametrize(
    "predicate",
    [
        "a IN (SELECT b FROM t)",
        "a NOT IN (SELECT b FROM t)",
        "EXISTS (WITH RECURSIVE r AS (SELECT 1) SELECT 1 FROM r)",
        "a / b > 1",
        "a % 2 = 0",
        "a - b <= 3",
        "a + b > 3",
        "regexp_matches(a, 'x')",
        "a SIMILAR TO 'x'",
        "CAST(a AS TEXT) = '1'",
        "CAST(a AS DATE) = b",
        "TRY_CAST(a AS DATE) = b",
        "date_diff('day', a, b) < 3",
        "a = CURRENT_DATE",
        "a || b = 'x'",
        "lower(a) = 'x'",
        "row_number() OVER () = 1",
        "a ILIKE 'x'",
    ],
)
def test_sql_that_engines_answer_differently_is_known(predicate: str) -> None:
    assert unportable(sqlglot.parse_one(predicate, dialect="duckdb"))


@pytest.mark.parametrize("code", RULES)
def test_a_rule_is_a_predicate_or_a_function_of_columns_of_its_view(
    code: str, columns: dict[str, list[str]]
) -> None:
    rule = CONTRACT.rules[code]
    assert (rule.predicate is None) != (rule.function is None)
    assert rule.function is None or rule.function in FUNCTIONS
    assert reads(rule) <= set(columns[rule.view])


@pytest.mark.parametrize("code", RULES)
def test_a_finding_can_say_where_it_is_and_what_it_is_about(code: str, columns: dict[str, list[str]]) -> None:
    rule = CONTRACT.rules[code]
    table = CONTRACT.tables[CONTRACT.views[rule.view].table]
    assert rule.column in table.columns
    assert set(table.primary_key) <= set(columns[rule.view])
    for message in (rule.message, rule.message_ar):
        assert set(re.findall(PLACEHOLDER, message)) <= set(columns[rule.view])


@pytest.mark.parametrize("name", [name for name in VIEWS if name != "property_values"])
def test_a_view_has_no_column_that_nobody_reads(name: str, columns: dict[str, list[str]]) -> None:
    rules = [rule for rule in CONTRACT.rules.values() if rule.view == name]
    read = set(CONTRACT.tables[CONTRACT.views[name].table].primary_key)
    for rule in rules:
        read |= reads(rule) | {rule.column} | set(re.findall(PLACEHOLDER, rule.message + rule.message_ar))
    assert rules
    assert set(columns[name]) <= read


def test_no_rule_comes_after_itself() -> None:
    TopologicalSorter({code: set(rule.after) for code, rule in CONTRACT.rules.items()}).prepare()


@pytest.mark.parametrize("code", RULES)
def test_a_rule_comes_after_such_as_look_at_the_same_row(code: str) -> None:
    rule = CONTRACT.rules[code]
    row = CONTRACT.views[rule.view].table
    assert {CONTRACT.views[CONTRACT.rules[other].view].table for other in rule.after} <= {row}


@settings(max_examples=8)
@given(packages())
def test_no_predicate_is_null_on_a_valid_package(package: Package) -> None:
    tables = to_arrow(package)
    nulls = {
        view: ", ".join(
            f'count(*) FILTER (WHERE ({p}) IS NULL) AS "{c}"'
            for c, p in PREDICATES.items()
            if by_view(c, view)
        )
        for view in VIEWS
    }
    with engines.connect(tables, CONTRACT) as connection:
        for view, counts in nulls.items():
            if counts:
                assert not any(connection.execute(f"SELECT {counts} FROM {sql.name(view)}").fetchone() or ())


@settings(max_examples=8)
@given(packages())
def test_no_predicate_is_null_in_polars_either(package: Package) -> None:
    relations = frames.relations(to_arrow(package), CONTRACT)
    context = pl.SQLContext({name: frames.to_polars(arrow) for name, arrow in relations.items()}, eager=True)
    for view in sql.in_order(CONTRACT.views):
        frame = context.execute(view.sql)
        context.register(view.name, frame)
        asked = [
            pl.sql_expr(p).is_null().any().alias(c) for c, p in PREDICATES.items() if by_view(c, view.name)
        ]
        assert not asked or not any(frame.select(asked).row(0))


def by_view(code: str, view: str) -> bool:
    """Whether a rule looks at a view."""
    return CONTRACT.rules[code].view == view


@settings(max_examples=5)
@given(packages())
def test_no_row_of_a_table_is_lost_in_its_view(package: Package) -> None:
    tables = to_arrow(package)
    with engines.connect(tables, CONTRACT) as connection:
        for view in CONTRACT.views.values():
            if view.name in ("property_values", "date_claims"):
                continue
            key = ", ".join(map(sql.name, CONTRACT.tables[view.table].primary_key))
            rows = connection.execute(f"SELECT DISTINCT {key} FROM {sql.name(view.name)}").fetchall()
            assert len(rows) == tables[view.table].num_rows
