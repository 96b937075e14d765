"""Two versions of a package's tables, compared row by row under their primary keys."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from iqsy.constraints import shown, text_of
from iqsy.contract import Contract, Table
from iqsy.problems import Problem, ProblemsError

Value = str | int | float | bool | date | None
Key = tuple[Value, ...]
Row = dict[str, Value]

LEAD = 30
EMPTY = "(empty)"
MARKS = {"added": "+", "removed": "-", "changed": "~"}
# What could be taken for markup; the rest of HTML and Markdown is harmless between <code> and </code>.
MARKUP = re.compile(r"[\\`*_\[\]<>&|~]")


@dataclass(frozen=True)
class TableDiff:
    """What became of a table: rows by key, and of a changed row each cell that differs, as (old, new)."""

    added: Mapping[Key, Row]
    removed: Mapping[Key, Row]
    changed: Mapping[Key, Mapping[str, tuple[Value, Value]]]

    def __str__(self) -> str:
        return f"{len(self.added):,} added, {len(self.removed):,} removed, {len(self.changed):,} changed"


@dataclass(frozen=True)
class Diff:
    """The tables that differ, by name in the contract's order, with the columns that are each one's key."""

    tables: Mapping[str, TableDiff]
    keys: Mapping[str, tuple[str, ...]]

    def __bool__(self) -> bool:
        return bool(self.tables)


@dataclass(frozen=True)
class _Line:
    """One thing to tell of a table: a row, or a changed cell with what it was and is."""

    kind: str
    key: str
    column: str = ""
    old: str = ""
    new: str = ""


def diff(old: Mapping[str, pa.Table], new: Mapping[str, pa.Table], contract: Contract) -> Diff:
    """How the tables of `new` differ from those of `old`; a table that one of them lacks is empty there.

    Tables have the contract's columns, as `open_package` gives them; the order of rows makes no difference.
    Raises ProblemsError where two rows of a table have one key.
    """
    found = {}
    for name, table in contract.tables.items():
        before, after = old.get(name), new.get(name)
        if before is not None and after is not None and before.equals(after):
            continue
        compared = _compare(_rows(before, table, "old"), _rows(after, table, "new"))
        if compared.added or compared.removed or compared.changed:
            found[name] = compared
    return Diff(found, {name: contract.tables[name].primary_key for name in found})


def _rows(arrow: pa.Table | None, table: Table, version: str) -> dict[Key, Row]:
    rows: dict[Key, Row] = {}
    for row in arrow.to_pylist() if arrow is not None else ():
        key = tuple(row[column] for column in table.primary_key)
        if key in rows:
            where = tuple(zip(table.primary_key, map(text_of, key), strict=True))
            message = f"two rows of the {version} version have this key; remove one, then compare"
            raise ProblemsError([Problem("unique", message, table=table.name, key=where)])
        rows[key] = row
    return rows


def _compare(old: dict[Key, Row], new: dict[Key, Row]) -> TableDiff:
    keys = sorted(old.keys() | new.keys(), key=lambda key: [text_of(value) for value in key])
    changed = {}
    for key in keys:
        if key in old and key in new:
            cells = {
                c: (value, new[key][c]) for c, value in old[key].items() if not _same(value, new[key][c])
            }
            if cells:
                changed[key] = cells
    return TableDiff(
        added={key: new[key] for key in keys if key not in old},
        removed={key: old[key] for key in keys if key not in new},
        changed=changed,
    )


def _same(one: Value, other: Value) -> bool:
    both_nan = one != one and other != other
    return one == other or both_nan


# --- telling ---


def as_text(found: Diff, limit: int = 50) -> str:
    """The differences for a terminal, with at most `limit` entries a table."""
    lines = []
    for name, table in found.tables.items():
        lines.append(f"{name}: {table}")
        told, n_more = _told(found, name, limit)
        for line in told:
            lines.append(f"  {MARKS[line.kind]} {' '.join(filter(None, (line.key, line.column)))}")
            if line.kind == "changed":
                lines += [f"      - {line.old}", f"      + {line.new}"]
        if n_more:
            lines.append(f"  … and {n_more:,} more")
    return "\n".join(lines) or "no table differs"


def as_markdown(found: Diff, limit: int = 50) -> str:
    """The differences for a page, one fold a table, with at most `limit` entries each."""
    blocks = []
    for name, table in found.tables.items():
        told, n_more = _told(found, name, limit)
        head = ["| | row | column | before | after |", "|---|---|---|---|---|"]
        body = [
            f"| {line.kind} | {' | '.join(map(_code, (line.key, line.column, line.old, line.new)))} |"
            for line in told
        ]
        more = [f"\n… and {n_more:,} more"] if n_more else []
        blocks.append(
            "\n".join([f"<details><summary>{name}: {table}</summary>\n", *head, *body, *more, "\n</details>"])
        )
    return "\n\n".join(blocks) or "No table differs."


def as_json(found: Diff) -> str:
    """All differences as JSON: of each table the rows added and removed, and the cells of those changed."""
    content = {
        name: {
            "added": [_plain(row) for row in table.added.values()],
            "removed": [_plain(row) for row in table.removed.values()],
            "changed": [
                {
                    "key": _plain(dict(zip(found.keys[name], key, strict=True))),
                    "cells": {
                        column: _plain({"old": old, "new": new}) for column, (old, new) in cells.items()
                    },
                }
                for key, cells in table.changed.items()
            ],
        }
        for name, table in found.tables.items()
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def _told(found: Diff, name: str, limit: int) -> tuple[list[_Line], int]:
    """What is told of a table, and how many entries are not."""
    lines = list(_lines(found.tables[name], found.keys[name]))
    return lines[:limit], max(0, len(lines) - limit)


def _lines(table: TableDiff, columns: tuple[str, ...]) -> Iterator[_Line]:
    def words(key: Key) -> str:
        return " ".join(
            f"{column}={shown(text_of(value))}" for column, value in zip(columns, key, strict=True)
        )

    for kind, keys in (("removed", table.removed), ("added", table.added)):
        for key in keys:
            yield _Line(kind, words(key))
    for key, cells in table.changed.items():
        for column, (old, new) in cells.items():
            yield _Line("changed", words(key), column, *_from_difference(old, new))


def _from_difference(old: Value, new: Value) -> tuple[str, str]:
    """Two values as text; of long ones the part where they begin to differ."""
    texts = [EMPTY if value is None else text_of(value) for value in (old, new)]
    alike = next((n for n, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    start = max(0, alike - LEAD)
    before, after = (shown("…" * bool(start) + text[start:]) for text in texts)
    return before, after


def _code(text: str) -> str:
    """Text as code, where a page makes no links and no mentions, with entities for what could be markup."""
    return f"<code>{MARKUP.sub(lambda m: f'&#{ord(m[0])};', text)}</code>" if text else ""


def _plain(row: Mapping[str, Value]) -> Row:
    """Values that JSON has: a date, and a number that is none or infinite, as text."""
    return {column: value if _in_json(value) else text_of(value) for column, value in row.items()}


def _in_json(value: Value) -> bool:
    return not isinstance(value, date) and (not isinstance(value, float) or math.isfinite(value))
