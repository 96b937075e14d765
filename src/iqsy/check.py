"""A package before its judges: what each of them finds, merged into one list.

All judges are compiled from one contract and work apart from each other: SQL on DuckDB and pandera on polars
frames look at constraints and rules, frictionless at what Table Schema can say of the CSV files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path

import pyarrow as pa

from iqsy import frames, sql
from iqsy.contract import Contract, Rule
from iqsy.judge_frictionless import Judge
from iqsy.problems import Problem

JUDGES = ("sql", "pandera", "frictionless")
# What is found when a table is read; frictionless reads it once more.
READING = ("structure", "type")
# Findings that follow from others about the same cell, which alone are told.
IMPLIED_BY = {
    "foreign-key": {"type", "enum", "pattern", "length"},
    "pattern": {"length"},
    "enum": {"length"},
    "range": {"nan"},
    "required": {"type"},
}


def check(
    tables: Mapping[str, pa.Table],
    contract: Contract,
    judges: Sequence[str] = JUDGES,
    csv_files: Mapping[str, Path] | None = None,
    found: Iterable[Problem] = (),
    frictionless: Judge | None = None,
) -> list[Problem]:
    """All findings about a package's tables, each once, sorted.

    `csv_files` are the tables' CSV files, by table, without which frictionless has nothing to judge. `found`
    are problems met when the tables were read: they are told too, and what follows from them is not. A table
    that is missing or has other columns is a finding; then no rule is judged, for rules look across tables.
    `frictionless` is that judge where its process was started early.
    """
    with ExitStack() as stack:
        if "frictionless" in judges and csv_files is not None:
            frictionless = stack.enter_context(frictionless or Judge())
            frictionless.ask(csv_files, contract)
        problems = list(found)
        unread = {p.table for p in problems}
        shaped, misshapen = shape(tables, contract)
        problems += [p for p in misshapen if p.table not in unread]
        if "sql" in judges:
            from iqsy.judge_sql import judge_sql

            problems += judge_sql(shaped, contract)
        if "pandera" in judges:
            from iqsy.judge_pandera import judge_pandera

            problems += judge_pandera(shaped, contract)
        if frictionless is not None:
            read_again = frictionless.answer(contract)
            problems += [p for p in read_again if p.code not in READING or p.table not in unread]
    return settle(problems, contract)


def shape(tables: Mapping[str, pa.Table], contract: Contract) -> tuple[dict[str, pa.Table], list[Problem]]:
    """The tables that have the contract's columns, in its types, and what is wrong with the others."""
    shaped, problems = {}, []
    for table in contract.tables.values():
        if table.name not in tables:
            message = f"table {table.name} is missing; its file is {table.path}"
            problems.append(Problem("structure", message, table=table.name))
            continue
        aligned, wrong = frames.align(tables[table.name], table)
        problems += wrong
        if aligned is not None:
            shaped[table.name] = aligned
    for name in sorted(set(tables) - set(contract.resources)):
        problems.append(Problem("structure", f"the contract has no table {name}; leave it out", table=name))
    return shaped, problems


def settle(problems: Iterable[Problem], contract: Contract) -> list[Problem]:
    """Findings of several judges as one sorted list: each once, without those that merely follow from others.

    A foreign key is not looked at where the value itself is wrong; a rule is not where one that it comes
    after fails on the same row, or on the row that this one belongs to, nor where a column that it reads is
    wrong there.
    """
    merged: dict[tuple[object, ...], Problem] = {}
    for problem in problems:
        # What is found when a table is read has no key and is told apart by its words.
        words = problem.message if problem.file is not None or problem.code in READING else None
        identity = (
            problem.code,
            problem.table,
            problem.key,
            problem.column,
            problem.file,
            problem.line,
            words,
        )
        merged.setdefault(identity, problem)
    by_key: dict[frozenset[tuple[str, str]], list[Problem]] = {}
    for problem in merged.values():
        by_key.setdefault(frozenset(problem.key), []).append(problem)
    unread = {(p.table, p.column) for p in merged.values() if p.file is not None}
    reads = {rule.code: _reads(rule, contract) for rule in contract.rules.values()}
    kept = []
    for problem in merged.values():
        if problem.code in contract.rules:
            follows = _rule_follows(
                problem, contract.rules[problem.code], reads[problem.code], contract, by_key
            )
        else:
            follows = _constraint_follows(problem, by_key, unread)
        if not follows:
            kept.append(problem)
    return sorted(kept, key=_order)


def _constraint_follows(
    problem: Problem,
    by_key: Mapping[frozenset[tuple[str, str]], Sequence[Problem]],
    unread: set[tuple[str | None, str | None]],
) -> bool:
    if problem.code == "required" and (problem.table, problem.column) in unread:
        # A cell that could not be read is null in the table that was judged.
        return True
    columns = (problem.column or "").split("+")
    return any(
        other.code in IMPLIED_BY.get(problem.code, ())
        and other.table == problem.table
        and other.column in columns
        for other in by_key[frozenset(problem.key)]
    )


def _rule_follows(
    problem: Problem,
    rule: Rule,
    reads: tuple[set[str], set[str]],
    contract: Contract,
    by_key: Mapping[frozenset[tuple[str, str]], Sequence[Problem]],
) -> bool:
    tables, columns = reads
    for other in _on_row(problem, by_key):
        if other.code in rule.after:
            return True
        broken = set((other.column or "").split("+"))
        if other.code not in contract.rules and other.table in tables and broken & columns:
            return True
    return False


def _on_row(
    problem: Problem, by_key: Mapping[frozenset[tuple[str, str]], Sequence[Problem]]
) -> Iterator[Problem]:
    """Findings on the row itself and on every row that part of its key is the key of."""
    for size in range(1, len(problem.key) + 1):
        for part in combinations(problem.key, size):
            yield from by_key.get(frozenset(part), ())


def _reads(rule: Rule, contract: Contract) -> tuple[set[str], set[str]]:
    """Tables and columns that a rule reads: every word of its view, and of its predicate or arguments."""
    columns = set(re.findall(r"\w+", rule.predicate or "")) | set(rule.arguments) | {rule.column}
    return sql.words(contract.views[rule.view]), columns


def _order(problem: Problem) -> tuple[object, ...]:
    where = (problem.file or "", problem.line or 0, problem.table or "", problem.key)
    return (*where, problem.column or "", problem.code, problem.message)
