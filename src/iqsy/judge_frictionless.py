"""The third judge: frictionless, on CSV files, against the contract's own schemas, in a process of its own.

The process is started first, so that loading frictionless costs no time, and works beside the other judges.
It answers only which cells of which rows break what; the words of a finding are made where all are made.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from iqsy import constraints, frames
from iqsy.constraints import Refers
from iqsy.contract import Contract, Table
from iqsy.problems import Problem

MOST_ERRORS = 100_000
CODES = {
    "required": "required",
    "enum": "enum",
    "pattern": "pattern",
    "minLength": "length",
    "maxLength": "length",
    "minimum": "range",
    "maximum": "range",
}
# How frictionless calls a file whose shape is not that of its table, and what to say of it.
STRUCTURE = {
    "source-error": "cannot be read as CSV: {note}",
    "encoding-error": "is not UTF-8; save it as UTF-8",
    "blank-header": "has no header; its first row should name the columns",
    "blank-label": "has a column without a name; remove or name it",
    "duplicate-label": "has two columns of one name; remove one",
    "missing-label": "lacks the column {field}; add it",
    "extra-label": "has the column {label} too many; remove it",
    "incorrect-label": "has the column {label} where {field} should be; put the columns in order",
    "blank-row": "has nothing in row {row}; delete the row",
    "extra-cell": "has more cells in row {row} than columns; quote a cell that holds a comma",
    "missing-cell": "has fewer cells in row {row} than columns; add the commas that are missing",
}


def judge_frictionless(csv_files: Mapping[str, Path], contract: Contract) -> list[Problem]:
    """Findings of frictionless on the CSV files of these tables.

    A table's file is read as the contract describes the table, whatever a descriptor beside it may say.
    """
    with Judge() as judge:
        judge.ask(csv_files, contract)
        return judge.answer(contract)


class Judge:
    """The judge's process. It loads frictionless as soon as it is made, so make it before there is anything to ask."""

    def __init__(self) -> None:
        # The package is found by the child even where the parent has it on its path by other means than
        # installation; -P keeps the current folder, which may be the one that is checked, off the child's path.
        path = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONUTF8": "1"},
            encoding="utf-8",
        )

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *_: object) -> None:
        with self.process:
            self.process.kill()

    def ask(self, csv_files: Mapping[str, Path], contract: Contract) -> None:
        """Have it judge these files; once."""
        assert self.process.stdin is not None
        # A child that is dead already says why in `answer`.
        with suppress(BrokenPipeError):
            json.dump(request(csv_files, contract), self.process.stdin)
            self.process.stdin.close()
        self.process.stdin = None

    def answer(self, contract: Contract) -> list[Problem]:
        """Wait for it and word what it found; RuntimeError where it could not do its work."""
        out, err = self.process.communicate()
        if self.process.returncode:
            said = err.strip().splitlines()
            raise RuntimeError(
                f"frictionless stopped half-way: {said[-1] if said else self.process.returncode}"
            )
        return worded(json.loads(out), contract)


def worded(answer: Iterable[tuple[str, Sequence[Mapping[str, Any]]]], contract: Contract) -> list[Problem]:
    """Findings for what frictionless said of each resource."""
    told = dict(answer)
    misshapen = {name for name, errors in told.items() if any("row" not in error for error in errors)}
    found = [
        problem
        for name, errors in told.items()
        for problem in _worded(contract.resources[name], errors, contract, misshapen)
    ]
    return constraints.capped(found)


def request(csv_files: Mapping[str, Path], contract: Contract) -> dict[str, Any]:
    """What the child is asked: tables with the paths of CSV file and schema, code lists with their codes."""
    tables = [
        {
            "name": name,
            "path": str(path.resolve()),
            "schema": str(contract.folder / "tables" / f"{name}.json"),
        }
        for name, path in csv_files.items()
        if name in contract.tables and path.is_file()
    ]
    codes = {name: list(codelist.codes) for name, codelist in contract.codelists.items()}
    return {"tables": tables, "codelists": codes}


def _worded(
    table: Table, errors: Sequence[Mapping[str, Any]], contract: Contract, misshapen: Collection[str]
) -> Iterator[Problem]:
    """Findings for the errors of a table; where columns are others, nothing that follows is said."""
    known = {(c.code, c.columns): c for c in constraints.of(table, contract)}
    header = [error for error in errors if "row" not in error]
    for error in header or errors:
        if error["type"] in STRUCTURE:
            words = STRUCTURE[error["type"]].format_map(error)
            yield Problem("structure", f"{table.name} {words}", table=table.name)
            continue
        cells = dict(zip(table.columns, error["cells"], strict=False))
        key = [_text(table, column, cells) for column in table.primary_key]
        columns = tuple(error["columns"]) or table.primary_key
        values = [_text(table, column, cells) for column in columns]
        if error["type"] == "type":
            named = tuple(zip(table.primary_key, key, strict=True))
            yield frames.mistyped(table, table.by_name[columns[0]], named, values[0])
        elif error["type"] == "required":
            yield known["required", columns].problem(key)
        elif error["type"] == "unique":
            # A key without any value breaks what is said of its columns one by one.
            if any(key):
                yield known["unique", columns].problem(key)
        elif all(values):
            constraint = known[error["type"], columns]
            if not isinstance(constraint.test, Refers) or constraint.test.resource not in misshapen:
                yield constraint.problem(key, values)


def _text(table: Table, column: str, cells: Mapping[str, str]) -> str:
    """A cell in the form that the other judges have it in: `1.50` is the number 1.5."""
    raw = cells.get(column, "")
    try:
        return constraints.text_of(frames.convert(raw, table.by_name[column].type))
    except ValueError:
        return raw


def main() -> None:
    """The child: read a request from standard input, write the errors of each table to standard output."""
    import frictionless  # noqa: F401  # while the request is still being made

    json.dump(errors_of(json.load(sys.stdin)), sys.stdout)


def errors_of(request: Mapping[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """What frictionless says of each table."""
    # A file that is not UTF-8 would be called an error of every table that refers to it.
    readable = [table for table in request["tables"] if _is_utf8(Path(table["path"]))]
    garbled = [table["name"] for table in request["tables"] if table not in readable]
    targets = _Targets({table["name"]: table["path"] for table in readable}, request["codelists"])
    told: list[tuple[str, list[dict[str, Any]]]] = [(n, [{"type": "encoding-error"}]) for n in garbled]
    return [*told, *((table["name"], _errors_of(table, targets)) for table in readable)]


def _errors_of(table: Mapping[str, str], targets: _Targets) -> list[dict[str, Any]]:
    from frictionless import Package, Resource, Schema

    schema = _schema(table, targets)
    path = Path(table["path"])
    resource = Resource(
        name=table["name"],
        path=path.name,
        basepath=str(path.parent),
        schema=Schema.from_descriptor(schema),
        scheme="file",
        format="csv",
        encoding="utf-8",
    )
    package = Package(resources=[resource, *targets.resources(schema["foreignKeys"])])
    report = package.get_resource(table["name"]).validate(limit_errors=MOST_ERRORS)
    return [_error(error) for error in report.tasks[0].errors]


class _Targets:
    """What references lead to. Frictionless reads a table whole, and casts all of it, for each reference to it; of the columns
    that are referred to alone, read once, it needs no more than it can use."""

    def __init__(self, paths: Mapping[str, str], codelists: Mapping[str, Sequence[str]]) -> None:
        self.paths = paths
        self.codelists = codelists
        self.rows: dict[str, list[dict[str, str]]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self.paths or name in self.codelists

    def resources(self, keys: Sequence[Mapping[str, Any]]) -> list[Any]:
        """A resource for each table or list that these foreign keys name, with the columns that they name."""
        from frictionless import Resource, Schema

        wanted: dict[str, list[str]] = {}
        for key in keys:
            if key["reference"].get("resource"):
                fields = key["reference"]["fields"]
                columns = wanted.setdefault(key["reference"]["resource"], [])
                columns += [f for f in ([fields] if isinstance(fields, str) else fields) if f not in columns]
        return [
            Resource(
                name=name,
                data=[
                    columns,
                    *([row.get(column) or None for column in columns] for row in self._read(name)),
                ],
                schema=Schema.from_descriptor({"fields": [{"name": c, "type": "string"} for c in columns]}),
            )
            for name, columns in wanted.items()
        ]

    def _read(self, name: str) -> list[dict[str, str]]:
        if name in self.codelists:
            return [{"code": code} for code in self.codelists[name]]
        if name not in self.rows:
            with Path(self.paths[name]).open(encoding="utf-8", newline="") as stream:
                self.rows[name] = list(csv.DictReader(stream))
        return self.rows[name]


def _is_utf8(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as stream:
            while stream.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _schema(table: Mapping[str, str], targets: _Targets) -> dict[str, Any]:
    """The contract's schema, without references to tables of which there is no file."""
    schema: dict[str, Any] = json.loads(Path(table["schema"]).read_text(encoding="utf-8"))
    keys = [(k, k["reference"].get("resource", "")) for k in schema.get("foreignKeys", [])]
    schema["foreignKeys"] = [key for key, resource in keys if not resource or resource in targets]
    return schema


def _error(error: Any) -> dict[str, Any]:
    """What the parent needs to know of an error of frictionless."""
    kind = error.type
    if kind in STRUCTURE:
        told = {"row": "row_number", "label": "label", "field": "field_name", "note": "note"}
        known = {
            name: getattr(error, attribute) for name, attribute in told.items() if hasattr(error, attribute)
        }
        return {"type": kind, **known}
    if kind == "constraint-error":
        kind = CODES[error.note.split('"')[1]]
    elif kind == "primary-key":
        return {"type": "unique", "row": error.row_number, "cells": error.cells, "columns": []}
    elif kind == "foreign-key":
        return {"type": kind, "row": error.row_number, "cells": error.cells, "columns": error.field_names}
    elif kind == "type-error":
        kind = "type"
    else:
        sys.exit(f"an unforeseen {kind}: {error.message}")
    return {"type": kind, "row": error.row_number, "cells": error.cells, "columns": [error.field_name]}


if __name__ == "__main__":
    main()
