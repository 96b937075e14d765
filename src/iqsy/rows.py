"""Rows that a query gives, and how they are told: a table, CSV, JSON, Markdown."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iqsy import names
from iqsy.constraints import text_of
from iqsy.problems import Problem, ProblemsError
from iqsy.show import isolated

if TYPE_CHECKING:
    import duckdb

MOST_ROWS = 200
WIDEST = 100_000
UNSAFE = re.compile(names.UNSAFE)


@dataclass(frozen=True)
class Rows:
    """Columns and rows, in the order of the query."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


def ask(connection: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    """What a query gives. Raises ProblemsError with the engine's words where it cannot be run."""
    import duckdb

    try:
        connection.execute(sql)
        columns = [str(column[0]) for column in connection.description or ()]
        return Rows(columns, connection.fetchall() if columns else [])
    except duckdb.Error as error:
        raise ProblemsError([Problem("query", str(error).strip())]) from error


def as_table(found: Rows, *, for_terminal: bool) -> str:
    """Rows under their columns; in a terminal as wide as that is, else as wide as the rows are.

    At most 200 rows are told, with how many more there are.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for n, column in enumerate(found.columns):
        is_number = all(isinstance(row[n], int | float | None) for row in found.rows)
        heading = Text(_printable(column))
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    for row in found.rows[:MOST_ROWS]:
        cells = [_printable(text_of(value)) for value in row]
        table.add_row(*(Text(isolated(cell, "en") if for_terminal else cell) for cell in cells))
    stream = io.StringIO()
    console = Console(file=stream, width=None if for_terminal else WIDEST)
    console.print(table)
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    more = len(found.rows) - MOST_ROWS
    return "\n".join([*lines, *([f"… and {more:,} more rows; --format csv gives all"] if more > 0 else [])])


def as_csv(found: Rows) -> str:
    """Rows as CSV with a header; null is an empty cell."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(found.columns)
    writer.writerows([text_of(value) for value in row] for row in found.rows)
    return stream.getvalue()


def as_json(found: Rows) -> str:
    """Rows as a list of objects."""
    objects = [dict(zip(found.columns, map(_in_json, row), strict=True)) for row in found.rows]
    return json.dumps(objects, ensure_ascii=False, indent=2, default=text_of)


def as_markdown(found: Rows) -> str:
    """Rows as a table in Markdown."""
    head = [found.columns, ["---"] * len(found.columns)]
    return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in (*head, *found.rows))


def _in_json(value: object) -> object:
    """JSON has no NaN."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell(value: object) -> str:
    return re.sub(r"([\\|])", r"\\\1", _printable(text_of(value)))


def _printable(text: str) -> str:
    return UNSAFE.sub("\ufffd", text)
