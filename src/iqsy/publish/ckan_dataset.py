"""A package as a CKAN dataset: the metadata, files and typed columns that a portal should show."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iqsy.contract import Contract, Field, Table
from iqsy.package import DESCRIPTOR, Package
from iqsy.problems import Problem, ProblemsError
from iqsy.publish import hxl
from iqsy.publish.metadata import Metadata

FLAT = "events_flat"
READY_MADE, MACHINE_MADE = "ready_made", "extracted"
COLUMN_TYPES = {"string": "text", "integer": "int8", "number": "float8", "boolean": "bool", "date": "date"}
MIME_TYPES = {"CSV": "text/csv", "JSON": "application/json"}
# What a CKAN takes where nobody has set another limit, and what a larger file is packed with.
LARGEST = 10 * 1024**2
# No .gz: a CKAN serves that as a CSV file in transit, and clients unpack it twice.
PACKED, PACKED_TYPE = ".zip", "application/zip"
SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
WITH_HXL = "With HXL hashtags below the header · مع وسوم HXL تحت سطر العناوين"
DATASET_NAME = re.compile(r"[a-z0-9_-]{2,100}")
NOT_IN_TAGS = re.compile(r"[^\w .-]+")
SHORTEST_TAG, LONGEST_TAG = 2, 100


@dataclass(frozen=True)
class Column:
    """A column of the datastore, with its entry in the data dictionary."""

    id: str
    type: str
    label: str
    notes: str

    def to_ckan(self) -> dict[str, Any]:
        """The column as `datastore_create` takes it."""
        return {"id": self.id, "type": self.type, "info": {"label": self.label, "notes": self.notes}}


@dataclass(frozen=True)
class File:
    """A resource: its file, how it is described, and the table, if any, whose rows go into the datastore."""

    name: str
    path: Path
    description: str
    format: str
    sha256: str
    table: str | None = None
    columns: tuple[Column, ...] = ()
    primary_key: tuple[str, ...] = ()
    n_rows: int = 0

    @property
    def attributes(self) -> dict[str, str]:
        """What the resource says of the file, but for its hash. It is found again by its name."""
        return {
            "name": self.name,
            "description": self.description,
            "format": self.format,
            "mimetype": PACKED_TYPE if self.name.endswith(PACKED) else MIME_TYPES[self.format],
            "hash_algorithm": SHA256,
        }


@dataclass(frozen=True)
class Dataset:
    """What the portal should show: fields by their CKAN names, tags, extras, and files in their order.

    Extras that are empty should not be there; those that are not named are none of its business.
    """

    name: str
    fields: Mapping[str, str]
    tags: tuple[str, ...]
    extras: Mapping[str, str]
    files: tuple[File, ...] = ()


def dataset(about: Metadata, licenses: Sequence[Mapping[str, Any]]) -> Dataset:
    """The dataset without its files. `licenses` are those that the portal knows.

    Raises ProblemsError where the package's name cannot be that of a dataset.
    """
    if not DATASET_NAME.fullmatch(about.name):
        message = f"name {about.name} cannot be a dataset's: that has 2 to 100 of a-z, 0-9, - and _"
        raise ProblemsError([Problem("descriptor", message, DESCRIPTOR)])
    author, maintainer = about.contributor("creator", "author"), about.contributor("maintainer", "contact")
    fields = {
        "title": about.title,
        "notes": in_both(about.description, about.description_ar),
        "version": about.version,
        "url": about.homepage,
        "license_id": license_id(about.licenses[0], licenses),
        "author": author.get("title", ""),
        "author_email": author.get("email", ""),
        "maintainer": maintainer.get("title", ""),
        "maintainer_email": maintainer.get("email", ""),
        "state": "active",
    }
    return Dataset(about.name, fields, tags(about.keywords), _extras(about))


def _extras(about: Metadata) -> dict[str, str]:
    """What CKAN has no field for, by the names that its DCAT extension and humanitarian portals use."""
    countries = ", ".join(about.countries)
    return {
        "title_ar": about.title_ar,
        "identifier": about.id,
        "issued": about.created,
        "language": json.dumps(about.languages) if about.languages else "",
        "publisher_name": about.contributor("publisher").get("title", ""),
        "temporal_start": about.start,
        "temporal_end": about.end,
        "countries": countries,
        "spatial_text": countries,
        "frequency": about.update_frequency,
        "methodology": about.method,
        "caveats": about.caveats,
        "personal_data": about.personal_data,
        "provenance": "\n".join(source.get("title") or source.get("path", "") for source in about.sources),
    }


def tags(keywords: Sequence[str]) -> tuple[str, ...]:
    """Keywords as tags, in which CKAN takes letters and digits of any script, spaces, `-`, `_` and `.`."""
    made = {NOT_IN_TAGS.sub("-", " ".join(word.split()))[:LONGEST_TAG].strip("- ") for word in keywords}
    return tuple(sorted(tag for tag in made if len(tag) >= SHORTEST_TAG))


def license_id(licence: Mapping[str, str], known: Sequence[Mapping[str, Any]]) -> str:
    """The portal's id of a licence where it knows that, with or without its version; else our name of it."""
    name = licence.get("name") or licence.get("path") or ""
    ids = {str(entry["id"]).lower(): str(entry["id"]) for entry in known}
    without_version = re.sub(r"-\d+(\.\d+)*$", "", name.lower())
    return ids.get(name.lower()) or ids.get(without_version) or name


def files(package: Package, contract: Contract, with_hxl: bool) -> Iterator[File]:
    """The CSV files of the tables: the flat one, the other ready-made ones, the rest, the machine's. A large one is packed."""
    csv_files = package.csv_files()
    for table in sorted((contract.tables[name] for name in package.tables), key=_rank):
        csv_file = csv_files[table.name]
        path = _packed(csv_file, package) if csv_file.stat().st_size > LARGEST else csv_file
        yield File(
            name=f"{table.name}.csv{PACKED if path != csv_file else ''}",
            path=path,
            description=_words(table),
            format="CSV",
            sha256=sha256(path),
            table=table.name,
            columns=tuple(column(f) for f in table.fields),
            primary_key=table.primary_key,
            n_rows=package.tables[table.name].num_rows,
        )
        if with_hxl and table.group == READY_MADE:
            name = f"{table.name}_hxl.csv"
            tagged = _folder(package) / name
            hxl.write_tagged(csv_file, table, tagged)
            yield File(name, tagged, f"{WITH_HXL}\n\n{_words(table)}", "CSV", sha256(tagged))


def _rank(table: Table) -> tuple[bool, bool, bool, str]:
    return table.name != FLAT, table.group != READY_MADE, table.group == MACHINE_MADE, table.name


def _folder(package: Package) -> Path:
    """Where files are made that only the portal has."""
    folder = package.scratch / "publish"
    folder.mkdir(exist_ok=True)
    return folder


def _packed(file: Path, package: Package) -> Path:
    """The file in a zip of its own, the same bytes at any time; pandas and frictionless read that as it is."""
    path = _folder(package) / f"{file.name}{PACKED}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo(file.name), file.read_bytes(), zipfile.ZIP_DEFLATED)
    return path


def _words(table: Table) -> str:
    title = in_both(table.title, table.title_ar, " · ")
    return "\n\n".join((title, in_both(table.description, table.description_ar)))


def column(f: Field) -> Column:
    """A column of the contract as one of the datastore, with its words in both languages."""
    label, notes = in_both(f.title, f.title_ar, " · "), in_both(f.description, f.description_ar)
    return Column(f.name, COLUMN_TYPES[f.type], label, notes)


def in_both(english: str, arabic: str, between: str = "\n\n") -> str:
    """A text in both languages, or in the one in which there is any."""
    return between.join(filter(None, (english.strip(), arabic.strip())))


def descriptor_file(
    descriptor: Mapping[str, Any],
    package: Package,
    contract: Contract,
    files: Sequence[File],
    urls: Mapping[str, str],
) -> File:
    """A datapackage.json of what is on the portal, so that programs read the tables there with their types.

    `urls` are the addresses of the files there, by file name.
    """
    tables = {file.table: file for file in files if file.table is not None}
    resources = [
        {
            "name": name,
            "path": urls.get(file.name, ""),
            "title": contract.tables[name].title,
            "description": contract.tables[name].description,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "hash": f"sha256:{file.sha256}",
            "schema": _schema(contract, contract.tables[name], ("", *tables)),
            **({"compression": PACKED[1:]} if file.name.endswith(PACKED) else {}),
        }
        for name, file in tables.items()
    ]
    path = _folder(package) / DESCRIPTOR
    content = json.dumps({**descriptor, "resources": resources}, ensure_ascii=False, indent=1)
    path.write_text(f"{content}\n", encoding="utf-8")
    return File(DESCRIPTOR, path, "Data Package · حزمة بيانات", "JSON", sha256(path))


def _schema(contract: Contract, table: Table, resources: Sequence[str]) -> dict[str, Any]:
    """The schema of a table, with those of its foreign keys that lead to one of these resources."""
    path = contract.folder / Path(table.schema_path).relative_to("schema")
    schema: dict[str, Any] = json.loads(path.read_text("utf-8"))
    keys = [key for key in schema.get("foreignKeys", ()) if key["reference"].get("resource", "") in resources]
    return {**schema, "foreignKeys": keys}


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
