"""The first judge: SQL on DuckDB, for constraints and rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from iqsy import constraints, engines, frames, functions, sql
from iqsy.constraints import MOST, Composed
from iqsy.contract import Contract, Rule, Table
from iqsy.problems import Problem

FAILING = "failing arguments"


def judge_sql(tables: Mapping[str, pa.Table], contract: Contract) -> list[Problem]:
    """Findings on tables in the contract's columns and types, and on code lists that are among them.

    Where a table is missing, references to it are not judged, nor is any rule, for rules look across tables.
    Raises ProblemsError where a view or rule of the contract cannot be run.
    """
    relations = frames.relations(tables, contract)
    problems: list[Problem] = []
    with engines.connect(tables, contract) as connection:
        for name in tables:
            table = contract.resources[name]
            problems += _constraints(connection, table, contract, tables)
            problems += constraints.capped(list(_not_composed(relations[name], table, contract)))
        if set(contract.tables) <= set(tables):
            for view, table, rules in constraints.rules_by_view(contract):
                try:
                    problems += _predicates(connection, view.name, rules, table)
                    problems += _functions(connection, rules, table)
                except duckdb.Error as error:
                    raise engines.unreadable(f"a rule on {view.name}", error, "schema/rules.yaml") from error
    return list(dict.fromkeys(problems))


def _constraints(
    connection: duckdb.DuckDBPyConnection, table: Table, contract: Contract, present: Mapping[str, pa.Table]
) -> Iterator[Problem]:
    asked = [c for c in constraints.checkable(table, contract, present) if not isinstance(c.test, Composed)]
    (counts,) = connection.execute(sql.count_broken(table, asked)).fetchall()
    width = len(table.primary_key)
    for constraint, count in zip(asked, counts, strict=True):
        if count:
            rows = connection.execute(sql.rows_broken(constraint, MOST)).fetchall()
            problems = [constraint.problem(row[:width], row[width:]) for row in rows]
            yield from problems
            yield from constraints.more(problems[0], count - len(rows))


def _not_composed(arrow: pa.Table, table: Table, contract: Contract) -> Iterator[Problem]:
    """SQL has no common word for it, so each distinct value is looked at once."""
    for constraint in constraints.of(table, contract):
        if not isinstance(constraint.test, Composed):
            continue
        column = arrow.column(constraint.column)
        beyond_ascii = column.filter(pc.invert(pc.string_is_ascii(column)))
        wrong = constraints.not_composed(beyond_ascii.unique().to_pylist())
        if wrong:
            rows = arrow.filter(pc.is_in(column, pa.array(wrong, pa.string())))
            keys = zip(*(rows.column(name).to_pylist() for name in table.primary_key), strict=True)
            for key, value in zip(keys, rows.column(constraint.column).to_pylist(), strict=True):
                yield constraint.problem(key, (value,))


def _predicates(
    connection: duckdb.DuckDBPyConnection, view: str, rules: Sequence[Rule], table: Table
) -> Iterator[Problem]:
    """All predicates of a view in one scan; then, for those that are false somewhere, where."""
    asked = [rule for rule in rules if rule.predicate is not None]
    if not asked:
        return
    (counts,) = connection.execute(sql.count_false(view, asked)).fetchall()
    for rule, count in zip(asked, counts, strict=True):
        if count:
            columns = _columns(connection, rule, table)
            yield from _found(
                connection, rule, columns, table, sql.rows_false(rule, columns, table, MOST), count
            )


def _functions(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], table: Table
) -> Iterator[Problem]:
    """Each function once for each distinct set of arguments; then the rows with those it is false for."""
    for rule in rules:
        if rule.function is None:
            continue
        failing = functions.failing(rule, connection.sql(sql.arguments(rule)).to_arrow_table())
        if failing.num_rows:
            connection.register(FAILING, failing)
            columns = _columns(connection, rule, table)
            query = sql.rows_with(rule, columns, table, FAILING, MOST)
            ((count,),) = connection.execute(sql.count_with(rule, FAILING)).fetchall()
            yield from _found(connection, rule, columns, table, query, count)


def _columns(connection: duckdb.DuckDBPyConnection, rule: Rule, table: Table) -> tuple[str, ...]:
    return constraints.row_columns(rule, table, connection.view(sql.name(rule.view)).columns)


def _found(
    connection: duckdb.DuckDBPyConnection,
    rule: Rule,
    columns: Sequence[str],
    table: Table,
    query: str,
    count: int,
) -> Iterator[Problem]:
    rows = connection.execute(query).fetchall()
    problems = [constraints.rule_problem(rule, table, dict(zip(columns, row, strict=True))) for row in rows]
    yield from problems
    yield from constraints.more(problems[0], count - len(rows))
