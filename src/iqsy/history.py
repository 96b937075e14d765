"""Ids for good: what became of every id that was released. A redirect says where an id leads once its record is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from iqsy.claims import Row
from iqsy.problems import Problem, ProblemsError
from iqsy.records import IDENTIFIED, Records, maybe, text
from iqsy.strict import Node

Redirects = Mapping[tuple[str, str], str | None]
RETIRED = ("merged", "withdrawn")


def change_rows(records: Records) -> list[Row]:
    """Rows of `changes`: what past releases noted."""
    return [dict(row) for row in records.released]


def redirect_rows(records: Records) -> list[Row]:
    """Rows of `redirects`, each with the id that holds the content now, however many merges lie between.

    Raises ProblemsError for a redirect of a table without ids or of a living record, to nothing or in a ring.
    """
    redirects = {_origin(node): maybe(node, "new") for node in records.redirects}
    problems = [
        node.problem(message) for node in records.redirects for message in _faults(node, records, redirects)
    ]
    problems += _twice(records.redirects)
    if problems:
        raise ProblemsError(sorted(problems))
    released = {
        (row["table_name"], row["row_key"]): row["release"]
        for row in records.released
        if row["change_kind"] in RETIRED
    }
    return [
        {
            "table_name": table,
            "old_id": old,
            "new_id": destination(redirects, table, old),
            "release": released.get((table, old)),
            "reason": text(node, "reason"),
        }
        for node in records.redirects
        for table, old in [_origin(node)]
    ]


def destination(redirects: Redirects, table: str, identifier: str) -> str | None:
    """Where an id leads in the end: to itself where it has no redirect, to None where it was withdrawn.

    Raises ValueError where redirects lead in a ring.
    """
    passed: set[str] = set()
    at: str | None = identifier
    while at is not None and (table, at) in redirects:
        if at in passed:
            raise ValueError(at)
        passed.add(at)
        at = redirects[table, at]
    return at


def _origin(node: Node) -> tuple[str, str]:
    return text(node, "table"), text(node, "old")


def _faults(node: Node, records: Records, redirects: Redirects) -> Iterator[str]:
    table, old = _origin(node)
    if table not in IDENTIFIED:
        yield f"{table!r} has no ids that lead anywhere; one of {', '.join(IDENTIFIED)}"
        return
    if old in records[table]:
        yield f"{old!r} is still among the {table}; delete its record, or this redirect"
    try:
        end = destination(redirects, table, old)
    except ValueError:
        yield f"redirects lead from {old!r} back to it; let the last of them lead to a record"
        return
    if end is not None and end not in records[table]:
        yield f"{old!r} leads to {end!r}, which is not among the {table}; let it lead to a record, or to none"


def _twice(redirects: Sequence[Node]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Node] = {}
    for node in redirects:
        before = first.setdefault(_origin(node), node)
        if before is not node:
            yield node.problem(f"{_origin(node)[1]!r} is redirected twice; first on line {before.line}")
