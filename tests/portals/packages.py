"""Small packages to publish: a few tables of the contract, filled with values that its constraints allow."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from iqsy import frames
from iqsy.contract import Contract, Field, Table, cached
from iqsy.package import TABLES, write_csv

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("events_flat", "contacts", "figures")
FIRST_DAY = date(2024, 5, 12)
DESCRIPTOR: dict[str, Any] = {
    "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
    "title": "Ministers and memoranda",
    "title_ar": "وزراء ومذكرات",
    "description": "What was agreed, and who says so.",
    "description_ar": "ما اتُّفق عليه ومن يقول به.",
    "version": "1.0.0",
    "homepage": "https://example.org/data",
    "licenses": [{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}],
    "keywords": ["Iraq", "العراق", "Iraq–Syria border", "x"],
    "contributors": [{"title": "Coders", "email": "coders@example.org", "roles": ["creator", "maintainer"]}],
    "sources": [{"title": "Articles"}],
    "temporal": {"start": "2003-01-01", "end": "2024-12-31"},
    "spatial": ["IRQ", "SYR"],
    "languages": ["en", "ar"],
    "update_frequency": "monthly",
    "method": "Read, coded, settled.",
    "caveats": "A sample.",
    "personal_data": "Public figures only.",
}


def whole() -> Contract:
    """The contract."""
    return cached(ROOT / "schema")


def terms(*names: str) -> Contract:
    """The contract, of which only these tables are left."""
    return replace(whole(), tables={name: whole().tables[name] for name in names})


def rows(table: Table, n: int, start: int = 0) -> pa.Table:
    """Rows `start` and on of a table, no two of them alike, with a null in every second cell that may be null."""
    numbers = range(start, start + n)
    return frames.to_arrow(table, [{f.name: _value(f, row) for f in table.fields} for row in numbers])


def _value(field: Field, row: int) -> object:
    if not field.required and (row + len(field.name)) % 2:
        return None
    if "enum" in field.constraints:
        return field.constraints["enum"][0]
    return {
        "string": _text(field, row),
        "integer": row + int(field.constraints.get("minimum", 0)),
        "number": row + 0.25,
        "boolean": row % 2 == 0,
        "date": FIRST_DAY + timedelta(days=row),
    }[field.type]


def _text(field: Field, row: int) -> str:
    day = FIRST_DAY + timedelta(days=row)
    texts = (f"an-id-{row}", f"https://example.org/{row}", day.isoformat(), f"قال “نعم”،\nثم {row}")
    if field.pattern is None:
        return texts[-1]
    return next(text for text in texts if re.fullmatch(field.pattern, text))


def write(folder: Path, name: str, tables: Mapping[str, pa.Table], **about: object) -> Path:
    """Write a package of these tables into a folder; `about` replaces what its descriptor says."""
    (folder / TABLES).mkdir(parents=True, exist_ok=True)
    for table, content in tables.items():
        write_csv(content, folder / TABLES / f"{table}.csv")
    resources = [{"name": table, "path": f"{TABLES}/{table}.csv"} for table in tables]
    descriptor = {**DESCRIPTOR, "name": name, "resources": resources, **about}
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    return folder
