"""RO-Crate 1.2: the release as a research object, with every file that it holds."""

from __future__ import annotations

from typing import Any

from rocrate.model import ContextEntity, File
from rocrate.rocrate import ROCrate

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
    for number, contributor in enumerate(release.about.contributors, 1):
        agent = made.add(_entity(made, f"#contributor-{number}", "Organization", name=contributor["title"]))
        for role in ("author", "publisher"):
            made.root_dataset.append_to(role, agent)
    for file in release.files.values():
        if file.path != FILE:
            _file(made, file)
    return made


def _root(made: ROCrate, release: Release) -> None:
    about, root = release.about, made.root_dataset
    described: dict[str, Any] = {
        "name": about.title,
        "description": about.description,
        "datePublished": release.issued,
        "version": about.version,
        "identifier": about.id or about.name,
        "keywords": list(about.keywords),
        "inLanguage": list(about.languages),
        "temporalCoverage": f"{about.start}/{about.end or '..'}",
        "creditText": citation(release),
        "url": about.homepage,
    }
    for name, value in described.items():
        if value:
            root[name] = value
    _in_arabic(root, about.title_ar)


def _file(made: ROCrate, file: ReleaseFile) -> None:
    english, arabic = file.title
    described = {
        "name": english,
        "encodingFormat": file.mediatype,
        "contentSize": str(file.bytes),
        "sha256": file.sha256,
    }
    if file.table is not None:
        described["description"] = file.table.description
    entity = made.add(File(made, dest_path=file.path, properties=described))
    if arabic != english:
        _in_arabic(entity, arabic)


def _entity(made: ROCrate, identifier: str, kind: str, **properties: str) -> ContextEntity:
    return ContextEntity(made, identifier, properties={"@type": kind, **properties})


def _in_arabic(entity: Any, name: str) -> None:
    # Set past the library, which drops the language of a text.
    if name:
        entity.properties()["alternateName"] = {"@value": name, "@language": "ar"}
