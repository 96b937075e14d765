"""RO-Crate 1.2: the release as a research object, with every file that it holds."""

from __future__ import annotations

from typing import Any

from rocrate.model import ContextEntity, File  # type: ignore[import-untyped]
from rocrate.rocrate import ROCrate  # type: ignore[import-untyped]

from iqsy.metadata.citation import words as citation
from iqsy.metadata.release import File as ReleaseFile
from iqsy.metadata.release import Release, as_json

FILE = "ro-crate-metadata.json"
VERSION = "1.2"


def text(release: Release) -> str:
    """The crate's metadata file."""
    return as_json(crate(release).metadata.generate())


def crate(release: Release) -> ROCrate:
    """A crate that describes the files where they lie; nothing is copied."""
    made = ROCrate(version=VERSION)
    _root(made, release)
    licence = release.about.licenses[0]
    made.license = made.add(
        _entity(
            made,
            licence["path"],
            "CreativeWork",
            name=licence["title"],
            description=f"SPDX: {licence['name']}",
        )
    )
    agents = [
        made.add(_entity(made, f"#contributor-{number}", "Organization", name=contributor["title"]))
        for number, contributor in enumerate(release.about.contributors, 1)
    ]
    for role in ("author", "publisher"):
        # A list of one is not how the format wants it.
        made.root_dataset[role] = agents if len(agents) > 1 else agents[0]
    for file in release.files.values():
        _file(made, release, file)
    return made


def _root(made: ROCrate, release: Release) -> None:
    about, root = release.about, made.root_dataset
    described: dict[str, Any] = {
        "name": about.title,
        "description": about.description,
        "datePublished": release.issued,
        "version": about.version,
        "identifier": about.id,
        "keywords": list(about.keywords),
        "inLanguage": list(about.languages),
        "temporalCoverage": release.period,
        "creditText": citation(release),
        "url": about.homepage,
    }
    for name, value in described.items():
        if value:
            root[name] = value
    _in_arabic(root, about.title_ar)


def _file(made: ROCrate, release: Release, file: ReleaseFile) -> None:
    english, arabic = file.title
    described = {
        "name": english,
        "encodingFormat": file.mediatype,
        "contentSize": str(file.bytes),
        "sha256": file.sha256,
    }
    if description := _description(release, file):
        described["description"] = description
    entity = made.add(File(made, dest_path=file.path, properties=described))
    if arabic != english:
        _in_arabic(entity, arabic)


def _description(release: Release, file: ReleaseFile) -> str | None:
    """What a table holds, or which of them a part of the contract is about."""
    if file.table is not None:
        return file.table.description
    schemas = {table.schema_path: table for table in release.contract.resources.values()}
    if table := schemas.get(file.path):
        return f"Table Schema of: {table.title}"
    view = release.contract.views.get(file.name.removesuffix(".sql"))
    return f"View that rules look at: {view.sql.splitlines()[0].removeprefix('-- ')}" if view else None


def _entity(made: ROCrate, identifier: str, kind: str, **properties: str) -> ContextEntity:
    return ContextEntity(made, identifier, properties={"@type": kind, **properties})


def _in_arabic(entity: Any, name: str) -> None:
    # Set past the library, which drops the language of a text.
    if name:
        entity.properties()["alternateName"] = {"@value": name, "@language": "ar"}
