"""The files of a release: its folder and archive, and the tables for SQLite, DuckDB and spreadsheets."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from iqsy import frames, metadata, package
from iqsy.constraints import text_of
from iqsy.contract import Contract, Field, Table
from iqsy.package import DESCRIPTOR, TABLES
from iqsy.release import CHANGELOG, git

if TYPE_CHECKING:
    import xlsxwriter

Tables = Mapping[str, pa.Table]

FLAT = "events_flat"
COPIED = (DESCRIPTOR, "schema", "docs", "README.md", CHANGELOG, "CITATION.cff", "LICENSE-DATA")
SQLITE, WORKBOOK = "iqsy.sqlite", f"{FLAT}.xlsx"
SQLITE_TYPES = {
    "string": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "INTEGER",
    "date": "TEXT",
}
DUCKDB_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
}
PAGE = 4096
# The smallest that there is: most tables are small, and each of their columns takes a block or more.
DUCKDB_BLOCK = 16_384
WIDEST = 60
NARROWEST = 10
# A workbook counts its days from here on; what was before is text.
FIRST_YEAR = 1900
OTHER = {"en": "_ar", "ar": "_en"}


def publish(root: Path, version: str, day: date, tables: Tables, contract: Contract) -> list[Path]:
    """Write a release into `dist`: its folder, an archive of that with its hash, and a DuckDB file; return them.

    All but the DuckDB file has the same bytes each time. What an earlier run left of the same version is replaced,
    when everything is written.
    """
    name = f"iqsy-{version}"
    dist = root / "dist"
    dist.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=dist) as scratch:
        made = Path(scratch)
        folder = made / name
        _copy(root, folder)
        package.write_tables(tables, folder / TABLES)
        sqlite(folder / SQLITE, tables, contract)
        workbook(folder / WORKBOOK, tables[FLAT], contract.tables[FLAT], contract, day)
        describe(folder, day, tables, contract)
        archive = made / f"{name}.zip"
        pack(folder, archive, day)
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        (made / f"{name}.zip.sha256").write_text(f"{digest}  {archive.name}\n", encoding="utf-8")
        # Beside the archive, not in it: no two DuckDB files are alike, and the archive's hash is to be.
        duckdb_file(made / f"{name}.duckdb", tables, contract)
        return [_put(path, dist / path.name) for path in sorted(made.iterdir())]


def _copy(root: Path, folder: Path) -> None:
    """Copy what a release has beside its tables: the committed files, and no others."""
    for name in filter(None, git(root, "ls-files", "-z", "--", *COPIED).split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)


def describe(folder: Path, day: date, tables: Tables, contract: Contract) -> None:
    """Write what describes a release, when all its other files are there, for machines of every kind."""
    descriptor = json.loads((folder / DESCRIPTOR).read_text("utf-8"))
    files = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    created = {"created": f"{day.isoformat()}T00:00:00Z"}
    metadata.write_all(frames.relations(tables, contract), contract, {**descriptor, **created}, files, folder)


def pack(folder: Path, path: Path, day: date) -> None:
    """Zip a folder under its own name: files in order, all of one day and with the same rights."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            entry = zipfile.ZipInfo(
                file.relative_to(folder.parent).as_posix(), (day.year, day.month, day.day, 0, 0, 0)
            )
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def _put(path: Path, target: Path) -> Path:
    """Move a file or folder to its place, where an older one may be."""
    if target.is_dir():
        shutil.rmtree(target)
    os.replace(path, target)
    return target


# --- tables for other programs ---


def sqlite(path: Path, tables: Tables, contract: Contract) -> None:
    """Write all tables and code lists as a new SQLite file, with types, primary and foreign keys.

    A truth is 1 or 0, a day its ISO text. The same tables and version of SQLite give the same bytes.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # No journal: who is interrupted begins anew. Keys are looked up when every table is there.
        for pragma in (f"page_size = {PAGE}", "journal_mode = OFF", "foreign_keys = OFF"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        for name, arrow in frames.relations(tables, contract).items():
            table = contract.resources[name]
            connection.execute(_create(table, SQLITE_TYPES, foreign=True) + " STRICT")
            places = ", ".join("?" * len(table.columns))
            rows = (tuple(map(_plain, row.values())) for row in arrow.to_pylist())
            connection.executemany(f"INSERT INTO {name} VALUES ({places})", rows)
        connection.execute("COMMIT")
        connection.execute("VACUUM")


def duckdb_file(path: Path, tables: Tables, contract: Contract) -> None:
    """Write all tables and code lists as a new DuckDB file, with types, primary keys and descriptions.

    DuckDB gives every file an identifier of its own, so that only values are the same each time.
    """
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {_literal(str(path))} AS made (BLOCK_SIZE {DUCKDB_BLOCK})")
        connection.execute("USE made")
        connection.execute("BEGIN")
        for name, arrow in frames.relations(tables, contract).items():
            table = contract.resources[name]
            connection.execute(_create(table, DUCKDB_TYPES, foreign=False))
            connection.register("given", arrow)
            connection.execute(f"INSERT INTO {name} SELECT * FROM given")
            connection.unregister("given")
            connection.execute(f"COMMENT ON TABLE {name} IS {_literal(table.description)}")
            for field in table.fields:
                column = f"{name}.{field.name}"
                connection.execute(f"COMMENT ON COLUMN {column} IS {_literal(field.description)}")
        connection.execute("COMMIT")


def _create(table: Table, types: Mapping[str, str], foreign: bool) -> str:
    """The statement that makes a table. No name of a contract needs quotes: its tests see to that."""
    lines = [f"{f.name} {types[f.type]}{' NOT NULL' if f.required else ''}" for f in table.fields]
    lines.append(f"PRIMARY KEY ({', '.join(table.primary_key)})")
    for key in table.foreign_keys if foreign else ():
        target = f"{key.resource} ({', '.join(key.reference)})"
        lines.append(f"FOREIGN KEY ({', '.join(key.columns)}) REFERENCES {target}")
    return f"CREATE TABLE {table.name} (\n  " + ",\n  ".join(lines) + "\n)"


def _literal(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"


def _plain(value: object) -> object:
    """A value that SQLite has a type for."""
    return value.isoformat() if isinstance(value, date) else value


def workbook(path: Path, arrow: pa.Table, table: Table, contract: Contract, day: date) -> None:
    """Write a table as an XLSX file of two sheets: one in English, and one in Arabic that runs from right to left.

    Each has the columns of its language and those of none, the words of the contract as headers, and labels
    for codes. `day` is when the file says that it was made; the same table and day give the same bytes.
    """
    import xlsxwriter

    options = {"strings_to_urls": False, "strings_to_formulas": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"title": table.title, "created": datetime(day.year, day.month, day.day)})
        for lang, title in (("en", table.title), ("ar", table.title_ar)):
            fields = [f for f in table.fields if not f.name.endswith(OTHER[lang])]
            _sheet(book, title, lang, fields, arrow, table, contract)


def _sheet(
    book: xlsxwriter.Workbook,
    title: str,
    lang: str,
    fields: Sequence[Field],
    arrow: pa.Table,
    table: Table,
    contract: Contract,
) -> None:
    sheet = book.add_worksheet(title)
    if lang == "ar":
        sheet.right_to_left()
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    for position, field in enumerate(fields):
        words = field.title_ar if lang == "ar" else field.title
        column = _labelled(arrow.column(field.name).to_pylist(), field, lang, table, contract)
        sheet.write_string(0, position, words, head)
        for row, value in enumerate(column, 1):
            if isinstance(value, bool):
                sheet.write_boolean(row, position, value)
            elif isinstance(value, int | float):
                sheet.write_number(row, position, value)
            elif isinstance(value, date) and value.year >= FIRST_YEAR:
                sheet.write_datetime(row, position, datetime(value.year, value.month, value.day), day)
            elif value is not None:
                sheet.write_string(row, position, text_of(value))
        longest = max((len(text_of(value)) for value in column), default=0)
        sheet.set_column(position, position, max(NARROWEST, min(WIDEST, longest)))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, arrow.num_rows, len(fields) - 1)


def _labelled(
    values: Sequence[object], field: Field, lang: str, table: Table, contract: Contract
) -> list[object]:
    """The values of a column; codes by their labels in a language, unless a column beside it has these."""
    key = table.reference(field.name)
    beside = f"{field.name}_{lang}" in table.columns
    if beside or key is None or key.resource not in contract.codelists:
        return list(values)
    return [None if v is None else contract.label(key.resource, str(v), lang) for v in values]
