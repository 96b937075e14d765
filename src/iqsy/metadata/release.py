"""A release as every format sees it: what the descriptor says, the contract, the tables and the files with their hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from iqsy.contract import Contract, Table
from iqsy.package import CSV, DESCRIPTOR, PARQUET
from iqsy.problems import Problem, ProblemsError
from iqsy.publish.metadata import Metadata, metadata

# Not the system's own list, which differs from one machine to the next.
MEDIATYPES = {
    CSV: "text/csv",
    PARQUET: "application/vnd.apache.parquet",
    ".cff": "application/yaml",
    ".duckdb": "application/vnd.duckdb",
    ".geojson": "application/geo+json",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".sql": "application/sql",
    ".sqlite": "application/vnd.sqlite3",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".yaml": "application/yaml",
    ".zip": "application/zip",
}
OTHER = "application/octet-stream"
DATA = (CSV, PARQUET, ".duckdb", ".geojson", ".sqlite", ".xlsx")
BLOCK = 1 << 20


@dataclass(frozen=True)
class File:
    """A file of a release: its path there, and the table or code list that it holds, if it is just one."""

    path: str
    bytes: int
    sha256: str
    table: Table | None = None
    rows: int | None = None

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.path).suffix

    @property
    def mediatype(self) -> str:
        return MEDIATYPES.get(self.suffix, OTHER)

    @property
    def is_data(self) -> bool:
        """Whether it holds data of the package, rather than words about them."""
        return self.table is not None or self.suffix in DATA

    @property
    def title(self) -> tuple[str, str]:
        """What it is called, in English and Arabic; a file that is no table by its own name."""
        if self.table is None:
            return self.name, self.name
        title, title_ar = self.table.title, self.table.title_ar
        return (
            (f"{title} (Parquet)", f"{title_ar} (Parquet)") if self.suffix == PARQUET else (title, title_ar)
        )


@dataclass(frozen=True)
class Release:
    """All that is written about a release: `tables` by name, `files` by their path in it."""

    contract: Contract
    descriptor: Mapping[str, Any]
    about: Metadata
    tables: Mapping[str, pa.Table]
    files: Mapping[str, File]

    @cached_property
    def issued(self) -> str:
        """The day of the release: as the descriptor has it, else the newest day on which a source was read."""
        newest = pc.max(self.tables["sources"]["accessed_date"]).as_py()
        return self.about.created[:10] or (str(newest) if newest else "")

    @property
    def period(self) -> str:
        """The time that the data cover, as ISO 8601 has it; empty where the descriptor does not say."""
        return f"{self.about.start}/{self.about.end or '..'}" if self.about.start else ""

    @property
    def data(self) -> list[File]:
        """The files that hold data, in order of their paths."""
        return [file for file in self.files.values() if file.is_data]

    def iri(self, path: str) -> str:
        """The identifier of what lies at a path, below the homepage; relative where the package has none."""
        homepage = self.about.homepage
        return f"{homepage.rstrip('/')}/{path}" if homepage else path

    def csv(self, table: Table) -> File:
        """The CSV file of a table or code list."""
        return self.files[table.path]

    def parquet(self, table: Table) -> File | None:
        """The Parquet file of a table, where the release has one."""
        return self.files.get(parquet_path(table))


def describe(
    tables: Mapping[str, pa.Table],
    contract: Contract,
    descriptor: Mapping[str, Any],
    files: Mapping[str, Path],
) -> Release:
    """Measure the files of a release; `files` has each by its path there.

    Raises ProblemsError where the CSV file of a table or code list that the descriptor names is not among
    them, and where the descriptor lacks what every format needs.
    """
    problems = [*_lacking(descriptor), *_absent(descriptor, files)]
    if problems:
        raise ProblemsError(problems)
    held = {table.path: table for table in contract.resources.values()}
    held |= {parquet_path(table): table for table in contract.tables.values()}
    measured = {path: _measure(path, files[path], held.get(path), tables, contract) for path in sorted(files)}
    return Release(contract, descriptor, metadata(descriptor), tables, measured)


def _lacking(descriptor: Mapping[str, Any]) -> Iterator[Problem]:
    """What the descriptor does not say, though formats must have it."""
    if not descriptor.get("contributors"):
        yield Problem("descriptor", "lacks contributors, whom a citation names", DESCRIPTOR)
    for part, needed in (("contributors", ("title",)), ("licenses", ("name", "title", "path"))):
        for entry in descriptor.get(part) or ():
            missing = [name for name in needed if not entry.get(name)]
            if missing:
                yield Problem("descriptor", f"one of its {part} lacks {', '.join(missing)}", DESCRIPTOR)


def _absent(descriptor: Mapping[str, Any], files: Mapping[str, Path]) -> Iterator[Problem]:
    for resource in descriptor.get("resources", ()):
        if resource["path"] not in files:
            message = "is named by the descriptor but is not among the files of the release"
            yield Problem("release", message, resource["path"])


def parquet_path(table: Table) -> str:
    """Where the Parquet file of a table lies in a release, beside its CSV."""
    return str(PurePosixPath(table.path).with_suffix(PARQUET))


def both(english: str, arabic: str) -> list[dict[str, str]]:
    """Words in both languages, as JSON-LD has them."""
    words = (("en", english), ("ar", arabic))
    return [{"@value": text, "@language": language} for language, text in words if text]


def as_json(content: object, indent: int | None = 2) -> str:
    """Content as JSON text, with Arabic legible; on one line where it is not indented."""
    return json.dumps(content, ensure_ascii=False, indent=indent) + "\n"


def _measure(
    path: str, file: Path, table: Table | None, tables: Mapping[str, pa.Table], contract: Contract
) -> File:
    rows = None
    if table is not None:
        codelist = contract.codelists.get(table.name)
        rows = len(codelist.rows) if codelist else tables[table.name].num_rows
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return File(path, file.stat().st_size, digest.hexdigest(), table, rows)
