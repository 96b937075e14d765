"""The contract as SQL: text alone, in the subset that DuckDB and Spark read alike, but for `regexp_…`.

What breaks a table's constraints is counted in one query, and so is what breaks a view's rules; only where
there is something does a second query ask which rows those are. A predicate that is null is taken as true.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from graphlib import TopologicalSorter

from iqsy.constraints import (
    Among,
    Constraint,
    Finite,
    Lacks,
    Length,
    Matches,
    Range,
    Refers,
    Required,
    Unique,
)
from iqsy.contract import Rule, Table, View

LARGEST = "1.7976931348623157e308"


def count_broken(table: Table, constraints: Sequence[Constraint]) -> str:
    """One row with the number of rows (of keys, where uniqueness is at stake) that break each constraint."""
    counts = [
        f"(SELECT count(*) FROM ({_doubles(c)}) AS d{n})"
        if isinstance(c.test, Unique)
        else f"count(*) FILTER (WHERE {_broken(c, n)})"
        for n, c in enumerate(constraints)
    ]
    return f"SELECT {', '.join(counts)}\n{_from(table, constraints)}"


def rows_broken(constraint: Constraint, limit: int) -> str:
    """Key and values of rows that break a constraint, in the order of the key."""
    key = _key(constraint.table)
    if isinstance(constraint.test, Unique):
        return f"SELECT {key} FROM ({_doubles(constraint)}) AS t ORDER BY {key} LIMIT {limit}"
    values = ", ".join(f"t.{name(c)}" for c in constraint.columns)
    source = _from(constraint.table, [constraint])
    return f"SELECT {key}, {values}\n{source}\nWHERE {_broken(constraint, 0)} ORDER BY {key} LIMIT {limit}"


def count_false(view: str, rules: Sequence[Rule]) -> str:
    """One row with the number of rows of a view of which each rule's predicate is false."""
    counts = ", ".join(f"count(*) FILTER (WHERE NOT ({rule.predicate}))" for rule in rules)
    return f"SELECT {counts} FROM {name(view)}"


def rows_false(rule: Rule, columns: Sequence[str], table: Table, limit: int) -> str:
    """These columns of rows of which the rule's predicate is false, in the order of the table's key."""
    key = _key(table)
    selected = ", ".join(f"t.{name(c)}" for c in columns)
    source = f"{name(rule.view)} AS t WHERE NOT ({rule.predicate})"
    return f"SELECT {selected} FROM {source} ORDER BY {key} LIMIT {limit}"


def arguments(rule: Rule) -> str:
    """The distinct arguments with which the rule's function is called."""
    columns = ", ".join(name(c) for c in rule.arguments)
    return f"SELECT DISTINCT {columns} FROM {name(rule.view)}"


def count_with(rule: Rule, failing: str) -> str:
    """The number of rows of the rule's view whose arguments stand in the relation `failing`."""
    return f"SELECT count(*) FROM {_with(rule, failing)}"


def rows_with(rule: Rule, columns: Sequence[str], table: Table, failing: str, limit: int) -> str:
    """These columns of such rows, in the order of the table's key."""
    selected = ", ".join(f"t.{name(c)}" for c in columns)
    return f"SELECT {selected} FROM {_with(rule, failing)} ORDER BY {_key(table)} LIMIT {limit}"


def _with(rule: Rule, failing: str) -> str:
    same = " AND ".join(f"t.{name(c)} IS NOT DISTINCT FROM f.{name(c)}" for c in rule.arguments)
    return f"{name(rule.view)} AS t JOIN {name(failing)} AS f ON {same}"


def in_order(views: Mapping[str, View]) -> list[View]:
    """The views, each after those that it reads."""
    reads = {name: words(view) & (set(views) - {name}) for name, view in views.items()}
    return [views[name] for name in TopologicalSorter(reads).static_order()]


def words(view: View) -> set[str]:
    """Every word of a view's SQL, the names of what it reads among them."""
    return set(re.findall(r"\w+", view.sql))


def name(identifier: str) -> str:
    """An identifier in quotation marks."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str | int | float | date) -> str:
    """A value as a literal."""
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    # Without an exponent it would be a decimal.
    return f"{value!r}e0" if isinstance(value, float) and "e" not in repr(value) else repr(value)


def _broken(constraint: Constraint, number: int) -> str:
    """Whether a row `t` breaks the constraint; `number` names the relation joined for a reference."""
    column = f"t.{name(constraint.columns[0])}"
    match constraint.test:
        case Required():
            return f"{column} IS NULL"
        case Finite():
            return f"isnan({column}) OR abs({column}) > {LARGEST}"
        case Matches(pattern):
            return f"NOT regexp_full_match({column}, {literal(f'(?:{pattern})')})"
        case Lacks(pattern):
            return f"regexp_matches({column}, {literal(pattern)})"
        case Length(least, most):
            return _outside(f"length({column})", least, most)
        case Range(least, most):
            return _outside(column, least, most)
        case Among(values):
            return f"{column} NOT IN ({', '.join(map(literal, values))})"
        case Refers():
            given = " AND ".join(f"t.{name(c)} IS NOT NULL" for c in constraint.columns)
            return f"{given} AND r{number}.found IS NULL"
    raise TypeError(f"SQL has no words for {constraint.test}")


def _outside(quantity: str, least: int | float | date | None, most: int | float | date | None) -> str:
    bounds = [f"{quantity} < {literal(least)}"] if least is not None else []
    bounds += [f"{quantity} > {literal(most)}"] if most is not None else []
    return " OR ".join(bounds)


def _from(table: Table, constraints: Sequence[Constraint]) -> str:
    """The table as `t`, and each relation that one of the constraints refers to, joined once to every row."""
    joins = [f"FROM {name(table.name)} AS t"]
    for number, constraint in enumerate(constraints):
        if isinstance(constraint.test, Refers):
            theirs = ", ".join(name(c) for c in constraint.test.reference)
            same = " AND ".join(
                f"t.{name(own)} = r{number}.{name(their)}"
                for own, their in zip(constraint.columns, constraint.test.reference, strict=True)
            )
            target = f"SELECT DISTINCT {theirs}, true AS found FROM {name(constraint.test.resource)}"
            joins.append(f"LEFT JOIN ({target}) AS r{number} ON {same}")
    return "\n".join(joins)


def _doubles(constraint: Constraint) -> str:
    key = ", ".join(name(c) for c in constraint.columns)
    some = " OR ".join(f"{name(c)} IS NOT NULL" for c in constraint.columns)
    return f"SELECT {key} FROM {name(constraint.table.name)} WHERE {some} GROUP BY {key} HAVING count(*) > 1"


def _key(table: Table) -> str:
    return ", ".join(f"t.{name(c)}" for c in table.primary_key)
