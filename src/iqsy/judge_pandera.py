"""The second judge: pandera on polars frames, for the same constraints, and for rules by polars' own SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl
import pyarrow as pa

from iqsy import constraints, frames, functions, models, sql
from iqsy.contract import Contract, Rule, Table
from iqsy.problems import Problem


def judge_pandera(tables: Mapping[str, pa.Table], contract: Contract) -> list[Problem]:
    """Findings on tables in the contract's columns and types, and on code lists that are among them.

    Where a table is missing, references to it are not judged, nor is any rule, for rules look across tables.
    """
    relations = {name: frames.to_polars(arrow) for name, arrow in frames.relations(tables, contract).items()}
    present = {
        name: frame for name, frame in relations.items() if name in tables or name in contract.codelists
    }
    problems: list[Problem] = []
    for name in tables:
        problems += models.judge_polars(relations[name], contract.resources[name], contract, present)
    if set(contract.tables) <= set(tables):
        views = _views(relations, contract)
        for view, table, rules in constraints.rules_by_view(contract):
            problems += models.judge_view(views[view.name], rules, table)
            problems += _functions(views[view.name], rules, table)
    return constraints.capped(problems)


def _views(relations: Mapping[str, pl.DataFrame], contract: Contract) -> dict[str, pl.DataFrame]:
    """Every view of the contract, by polars' own SQL."""
    context = pl.SQLContext(relations, eager=True)
    views = {}
    for view in sql.in_order(contract.views):
        views[view.name] = context.execute(view.sql)
        context.register(view.name, views[view.name])
    return views


def _functions(frame: pl.DataFrame, rules: Sequence[Rule], table: Table) -> Iterator[Problem]:
    """Each function once for each distinct set of arguments; then the rows with those it is false for."""
    for rule in rules:
        if rule.function is not None:
            failing = functions.failing(rule, frame.select(rule.arguments).unique().to_arrow())
            rows = frame.join(frames.to_polars(failing), on=rule.arguments, how="semi", nulls_equal=True)
            for row in rows.iter_rows(named=True):
                yield constraints.rule_problem(rule, table, row)
