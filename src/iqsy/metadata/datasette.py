"""Datasette: what its pages say of the SQLite file's tables and columns, which codes it counts, and how it names rows."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import PurePosixPath
from typing import Any

from iqsy.contract import Field, Table
from iqsy.labels import NAMED
from iqsy.metadata.release import Release, as_json

FILE = "datasette.json"
SQLITE = ".sqlite"


def text(release: Release) -> str:
    """The metadata file that `datasette --metadata` takes, as JSON."""
    return as_json(described(release))


def described(release: Release) -> dict[str, Any]:
    """What is said of the release, and of every table and code list of its SQLite file, in English and Arabic."""
    about = release.about
    databases = [PurePosixPath(file.path).stem for file in release.data if file.suffix == SQLITE]
    licence = about.licenses[0]
    return {
        "title": _line(about.title, about.title_ar),
        "description_html": _paragraphs(about.description, about.description_ar),
        "license": licence["title"],
        "license_url": licence["path"],
        **({"about": about.name, "about_url": about.homepage} if about.homepage else {}),
        "databases": {name: {"tables": _tables(release)} for name in databases},
    }


def _tables(release: Release) -> dict[str, Any]:
    return {table.name: _table(release, table) for table in release.contract.resources.values()}


def _table(release: Release, table: Table) -> dict[str, Any]:
    label = _label_column(release, table)
    return {
        "title": _line(table.title, table.title_ar),
        "description_html": _paragraphs(table.description, table.description_ar),
        "columns": {field.name: _words(field) for field in table.fields},
        "facets": list(_coded(release, table)),
        **({"label_column": label} if label else {}),
    }


def _line(*words: str) -> str:
    """Words in both languages, as far as there are any, where no markup can be."""
    return " · ".join(filter(None, words))


def _paragraphs(english: str, arabic: str) -> str:
    """Words in both languages, each in its own direction."""
    return f'<p lang="en">{escape(english)}</p><p lang="ar" dir="rtl">{escape(arabic)}</p>'


def _words(field: Field) -> str:
    """A column in both languages. Its line runs from left to right, where an Arabic full stop would come first."""
    arabic = field.description_ar.removesuffix(".")
    return _line(f"{field.title}: {field.description}", f"{field.title_ar}: {arabic}")


def _coded(release: Release, table: Table) -> Iterator[str]:
    """The columns of codes, whose values are few and have labels; a code list itself is short enough to be read."""
    if table.name in release.contract.codelists:
        return
    for column in table.columns:
        reference = table.reference(column)
        if reference and reference.resource in release.contract.codelists:
            yield column


def _label_column(release: Release, table: Table) -> str | None:
    """The column that says in words what a row is, for the links that lead to it."""
    stem = "label" if table.name in release.contract.codelists else NAMED.get(table.name, ("", ""))[1]
    return next((name for name in (f"{stem}_en", stem) if name in table.columns), None)
