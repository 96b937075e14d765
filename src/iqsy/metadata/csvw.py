"""CSVW: the tables and code lists as a table group, with types, constraints and keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iqsy.contract import Field, ForeignKey, Table
from iqsy.metadata.release import Release, as_json, both

# Where a reader of CSVW looks first.
FILE = "csv-metadata.json"
CONTEXT = ["http://www.w3.org/ns/csvw", {"@language": "en"}]
FORMATS = {"date": "yyyy-MM-dd", "boolean": "true|false"}
CONSTRAINTS = ("minLength", "maxLength", "minimum", "maximum")


def text(release: Release) -> str:
    """The table group as JSON."""
    return as_json(group(release))


def group(release: Release) -> dict[str, Any]:
    """Every CSV file of the release that the contract describes."""
    about = release.about
    tables = [table for table in release.contract.resources.values() if table.path in release.files]
    return {
        "@context": CONTEXT,
        "dc:title": both(about.title, about.title_ar),
        "dc:description": both(about.description, about.description_ar),
        "dc:license": {"@id": about.licenses[0]["path"]},
        "tables": [_table(release, table) for table in tables],
    }


def _table(release: Release, table: Table) -> dict[str, Any]:
    keys = [_foreign_key(release, key) for key in table.foreign_keys]
    return {
        "url": table.path,
        "dc:title": both(table.title, table.title_ar),
        "dc:description": both(table.description, table.description_ar),
        "tableSchema": {
            "columns": [_column(field) for field in table.fields],
            "primaryKey": list(table.primary_key),
            **({"foreignKeys": keys} if keys else {}),
        },
    }


def _column(field: Field) -> dict[str, Any]:
    """A column. Its titles are no `titles`: those would have to stand in the file's first line."""
    return {
        "name": field.name,
        "titles": field.name,
        "dc:title": both(field.title, field.title_ar),
        "dc:description": both(field.description, field.description_ar),
        "required": field.required,
        "datatype": _datatype(field),
    }


def _datatype(field: Field) -> dict[str, Any]:
    limits: Mapping[str, Any] = {n: v for n, v in field.constraints.items() if n in CONSTRAINTS}
    form = field.pattern or FORMATS.get(field.type)
    if codes := field.constraints.get("enum"):
        form = f"(?:{'|'.join(codes)})"
    return {"base": field.type, **({"format": form} if form else {}), **limits}


def _foreign_key(release: Release, key: ForeignKey) -> dict[str, Any]:
    target = release.contract.resources[key.resource]
    return {
        "columnReference": list(key.columns),
        "reference": {"resource": target.path, "columnReference": list(key.reference)},
    }
