"""schema.org: the Dataset that search engines read, as JSON-LD."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iqsy.contract import Field
from iqsy.metadata.release import File, Release, as_json, both

FILE = "dataset.jsonld"
CONTEXT = "https://schema.org/"
READY_MADE = "ready_made"


def text(release: Release) -> str:
    """The release as a schema.org Dataset."""
    return as_json(dataset(release))


def dataset(release: Release) -> dict[str, Any]:
    """Identity, coverage, the variables of the ready-made tables, and every data file as a download."""
    about = release.about
    content: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "Dataset",
        "@id": release.iri("#dataset"),
        "name": both(about.title, about.title_ar),
        "alternateName": about.name,
        "description": both(about.description, about.description_ar),
        "identifier": about.id,
        "url": about.homepage,
        "version": about.version,
        "datePublished": release.issued,
        "license": [licence["path"] for licence in about.licenses],
        "inLanguage": list(about.languages),
        "keywords": list(about.keywords),
        "creator": _organisation(about.contributor("creator", "author")),
        "publisher": _organisation(about.contributor("publisher", "creator")),
        "temporalCoverage": release.period,
        "spatialCoverage": [_country(release, alpha3) for alpha3 in about.countries],
        "measurementTechnique": about.method,
        "isAccessibleForFree": True,
        "variableMeasured": [_variable(field) for field in _variables(release)],
        "distribution": [_download(file) for file in release.data],
    }
    return {name: value for name, value in content.items() if value not in ("", [], {}, None)}


def _organisation(contributor: Any) -> dict[str, str]:
    return {"@type": "Organization", "name": contributor["title"]} if contributor else {}


def _country(release: Release, alpha3: str) -> dict[str, Any]:
    rows = release.contract.codelists["countries"].rows
    row = next((row for row in rows if row["alpha3"] == alpha3), None)
    named = {"name": both(row["label_en"], row["label_ar"])} if row else {}
    return {"@type": "Country", "identifier": alpha3, **named}


def _variables(release: Release) -> Iterator[Field]:
    """The columns of the ready-made tables, each name once."""
    seen: dict[str, Field] = {}
    for table in release.contract.tables.values():
        if table.group == READY_MADE:
            seen = {**table.by_name, **seen}
    yield from seen.values()


def _variable(field: Field) -> dict[str, Any]:
    return {
        "@type": "PropertyValue",
        "name": both(field.title, field.title_ar),
        "propertyID": field.name,
        "description": both(field.description, field.description_ar),
    }


def _download(file: File) -> dict[str, Any]:
    return {
        "@type": "DataDownload",
        "name": both(*file.title),
        "contentUrl": file.path,
        "encodingFormat": file.mediatype,
        "contentSize": f"{file.bytes} B",
        "sha256": file.sha256,
    }
