"""What a descriptor says of its package as a whole, read once for every portal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iqsy.package import DESCRIPTOR
from iqsy.problems import Problem, ProblemsError

IDENTITY = (
    "name",
    "title",
    "title_ar",
    "description",
    "description_ar",
    "version",
    "id",
    "homepage",
    "created",
)
TEXTS = (*IDENTITY, "update_frequency", "method", "caveats", "personal_data")
# Languages of two letters, as descriptors name them, by three.
LANGUAGES = {
    "ar": "ara",
    "en": "eng",
    "fa": "fas",
    "fr": "fra",
    "it": "ita",
    "ku": "kur",
    "pt": "por",
    "ru": "rus",
    "tr": "tur",
}
NEEDED = ("name", "title", "description", "version", "licenses")


@dataclass(frozen=True)
class Metadata:
    """The identity of a package and what a reader must know of it. What is not said is empty."""

    name: str
    title: str
    title_ar: str
    description: str
    description_ar: str
    version: str
    id: str
    homepage: str
    created: str
    update_frequency: str
    method: str
    caveats: str
    personal_data: str
    start: str
    end: str
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    keywords: tuple[str, ...]
    licenses: tuple[Mapping[str, str], ...]
    contributors: tuple[Mapping[str, Any], ...]
    sources: tuple[Mapping[str, str], ...]

    def contributor(self, *roles: str) -> Mapping[str, Any]:
        """The first contributor of the first of these roles that anybody has; else nothing."""
        for role in roles:
            for person in self.contributors:
                if role in (person.get("roles") or (person.get("role"),)):
                    return person
        return {}


def read_descriptor(folder: Path) -> dict[str, Any]:
    """The datapackage.json of an opened package; ProblemsError where it has none."""
    path = folder / DESCRIPTOR
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = "cannot be read; a package is published with its descriptor"
        raise ProblemsError([Problem("descriptor", message, str(path))]) from error
    if not isinstance(content, dict):
        raise ProblemsError([Problem("descriptor", "should be a JSON object", str(path))])
    return content


def metadata(descriptor: Mapping[str, Any]) -> Metadata:
    """What a descriptor says of its package; ProblemsError with all that is missing or of another kind."""
    problems = [Problem("descriptor", message, DESCRIPTOR) for message in _wrong(descriptor)]
    if problems:
        raise ProblemsError(problems)
    temporal = descriptor.get("temporal") or {}
    texts: dict[str, Any] = {name: (descriptor.get(name) or "").strip() for name in TEXTS}
    return Metadata(
        **texts,
        start=temporal.get("start") or "",
        end=temporal.get("end") or "",
        countries=tuple(descriptor.get("spatial") or ()),
        languages=tuple(descriptor.get("languages") or ()),
        keywords=tuple(descriptor.get("keywords") or ()),
        licenses=tuple(descriptor["licenses"]),
        contributors=tuple(descriptor.get("contributors") or ()),
        sources=tuple(descriptor.get("sources") or ()),
    )


def _wrong(descriptor: Mapping[str, Any]) -> Iterator[str]:
    for name in NEEDED:
        if not descriptor.get(name):
            yield f"lacks {name}, which every portal asks for"
    for name in TEXTS:
        if not isinstance(descriptor.get(name) or "", str):
            yield f"{name} should be text"
    for name in ("keywords", "spatial", "languages"):
        if not _all(descriptor.get(name), str):
            yield f"{name} should be a list of texts"
    for name in ("licenses", "contributors", "sources"):
        if not _all(descriptor.get(name), dict):
            yield f"{name} should be a list of objects"
    temporal = descriptor.get("temporal") or {}
    if not (isinstance(temporal, dict) and _all(list(temporal.values()), str)):
        yield "temporal should be an object with start and end, as 2003-01-01"


def _all(value: object, kind: type) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(part, kind) for part in value))
