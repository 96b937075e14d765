"""Croissant 1.1: every table as a typed record set, for those who train and test models."""

from __future__ import annotations

import datetime as dt
from typing import Any

import mlcroissant as mlc  # type: ignore[import-untyped]

from iqsy.contract import CodeList, Field, Table
from iqsy.frames import convert
from iqsy.metadata.citation import words as citation
from iqsy.metadata.release import File, Release, as_json
from iqsy.package import PARQUET

FILE = "croissant.json"
# The library knows Parquet by this name alone, not by the registered one.
PARQUET_TYPE = "application/x-parquet"
ENUMERATION = "https://schema.org/Enumeration"
TYPES = {
    "string": mlc.DataType.TEXT,
    "integer": mlc.DataType.INTEGER,
    "number": mlc.DataType.FLOAT,
    "boolean": mlc.DataType.BOOL,
    "date": mlc.DataType.DATE,
}


def text(release: Release) -> str:
    """The release in Croissant's JSON-LD."""
    return as_json(metadata(release).to_json())


def metadata(release: Release) -> mlc.Metadata:
    """Files and record sets; a table's records come from Parquet where there is one, which has their types.

    Names are in English alone, for the library refuses any in two languages; descriptions are in both.
    """
    about = release.about
    described = [table for table in release.contract.resources.values() if table.path in release.files]
    creators = [
        mlc.Organization(name=person["title"], url=about.homepage or None) for person in about.contributors
    ]
    return mlc.Metadata(
        name=about.title,
        description=_both(about.description, about.description_ar),
        conforms_to=["http://mlcommons.org/croissant/1.1"],
        cite_as=citation(release),
        creators=creators,
        publisher=creators,
        date_published=dt.datetime.fromisoformat(release.issued) if release.issued else None,
        license=[licence["path"] for licence in about.licenses],
        in_language=list(about.languages),
        keywords=list(about.keywords),
        url=about.homepage or None,
        version=about.version,
        data_collection=about.method,
        data_limitations=[about.caveats],
        personal_sensitive_information=[about.personal_data],
        distribution=[_file(file) for file in release.data],
        record_sets=[_record_set(release, table) for table in described],
    )


def _file(file: File) -> mlc.FileObject:
    return mlc.FileObject(
        id=file.path,
        name=file.title[0],
        content_url=file.path,
        encoding_formats=[PARQUET_TYPE if file.suffix == PARQUET else file.mediatype],
        content_size=f"{file.bytes} B",
        sha256=file.sha256,
    )


def _record_set(release: Release, table: Table) -> mlc.RecordSet:
    """A table read from its file, or a code list, which as an enumeration has its rows here."""
    codelist = release.contract.codelists.get(table.name)
    content = {"data_types": [ENUMERATION], "data": _rows(codelist)} if codelist else {}
    return mlc.RecordSet(
        id=table.name,
        name=table.title,
        description=_both(table.description, table.description_ar),
        key=[_field_id(table, column) for column in table.primary_key],
        fields=[_field(release, table, field, codelist is None) for field in table.fields],
        **content,
    )


def _rows(codelist: CodeList) -> list[dict[str, Any]]:
    table = codelist.table
    kinds = {field.name: field.type for field in table.fields}
    return [
        {_field_id(table, column): convert(value, kinds[column]) for column, value in row.items()}
        for row in codelist.rows
    ]


def _field(release: Release, table: Table, field: Field, from_file: bool) -> mlc.Field:
    extra: dict[str, Any] = {}
    if from_file:
        source = release.parquet(table) or release.csv(table)
        extra["source"] = mlc.Source(file_object=source.path, extract=mlc.Extract(column=field.name))
        # To code lists only: a table that another refers to is one the library cannot load any more.
        key = table.reference(field.name)
        if key is not None and key.resource in release.contract.codelists:
            extra["references"] = mlc.Source(field=f"{key.resource}/{key.reference[0]}")
    return mlc.Field(
        id=_field_id(table, field.name),
        name=field.title,
        description=_both(field.description, field.description_ar),
        data_types=[TYPES[field.type]],
        **extra,
    )


def _field_id(table: Table, column: str) -> str:
    return f"{table.name}/{column}"


def _both(english: str, arabic: str) -> dict[str, str]:
    return {"en": english, **({"ar": arabic} if arabic else {})}
