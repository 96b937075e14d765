"""A release as a deposit in an InvenioRDM repository: the metadata and files that its record should have."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iqsy.package import DESCRIPTOR
from iqsy.problems import Problem, ProblemsError
from iqsy.publish.metadata import LANGUAGES, Metadata
from iqsy.publish.release_files import File

# What the record says of the release, and nobody else; what is beyond that is left as it is found.
FIELDS = (
    "resource_type",
    "title",
    "additional_titles",
    "publication_date",
    "version",
    "creators",
    "contributors",
    "publisher",
    "description",
    "additional_descriptions",
    "subjects",
    "languages",
    "dates",
    "rights",
    "identifiers",
    "related_identifiers",
)
CREATORS = ("creator", "author")
ROLES = {"maintainer": "datamanager", "contact": "contactperson", "publisher": "distributor"}
OTHER_ROLE = "other"
COVERED = "Period that the data cover"
DOI = re.compile(r"(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:)?(10\.\d+(?:\.\d+)*/\S+)", re.IGNORECASE)
# Names that are the same on every machine and in every release: of packages of iqsy, by their own names.
NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "https://datapackage.org/iqsy")


@dataclass(frozen=True)
class Deposit:
    """What the record should show: `metadata` by InvenioRDM's names, and the files, all of them.

    By `marker`, one of its identifiers, a later run finds it again.
    """

    name: str
    version: str
    marker: str
    metadata: Mapping[str, Any]
    files: tuple[File, ...]


def deposit(about: Metadata, files: tuple[File, ...]) -> Deposit:
    """The deposit of a release. Raises ProblemsError where its descriptor lacks what a record must have."""
    problems = [Problem("descriptor", message, DESCRIPTOR) for message in _lacking(about)]
    if problems:
        raise ProblemsError(problems)
    marker = uuid.uuid5(NAMES, about.name).urn
    fields = {name: value for name, value in _fields(about, marker).items() if value}
    return Deposit(about.name, about.version, marker, fields, files)


def _lacking(about: Metadata) -> Iterator[str]:
    if not about.contributors:
        yield "lacks contributors, of whom a record names the creators"
    if not all(person.get("title") for person in about.contributors):
        yield "one of its contributors lacks a title"
    if not re.match(r"\d{4}-\d{2}-\d{2}", about.created):
        yield "lacks created, the day of the release; `python3 build release` writes it"


def _fields(about: Metadata, marker: str) -> dict[str, Any]:
    creators = [person for person in about.contributors if _roles(person) & {*CREATORS}]
    creators = creators or [*about.contributors]
    others = [person for person in about.contributors if person not in creators]
    publisher = about.contributor("publisher", *CREATORS) or about.contributors[0]
    return {
        "resource_type": {"id": "dataset"},
        "title": about.title,
        "additional_titles": [
            {"title": about.title_ar, "type": {"id": "translated-title"}, "lang": {"id": LANGUAGES["ar"]}}
        ]
        if about.title_ar
        else [],
        "publication_date": about.created[:10],
        "version": about.version,
        "creators": [{"person_or_org": _person(person)} for person in creators],
        "contributors": [{"person_or_org": _person(person), "role": _role(person)} for person in others],
        "publisher": publisher["title"],
        "description": _paragraphs(about.description),
        "additional_descriptions": [*_descriptions(about)],
        "subjects": [{"subject": keyword} for keyword in about.keywords],
        "languages": [{"id": LANGUAGES[code]} for code in about.languages if code in LANGUAGES],
        "dates": [*_dates(about)],
        "rights": [_right(licence) for licence in about.licenses],
        "identifiers": [{"scheme": "urn", "identifier": marker}, *_identifiers(about)],
        "related_identifiers": [*_related(about)],
    }


def _roles(person: Mapping[str, Any]) -> set[str]:
    return {*(person.get("roles") or (person.get("role"),))}


def _role(person: Mapping[str, Any]) -> dict[str, str]:
    return {"id": next((role for name, role in ROLES.items() if name in _roles(person)), OTHER_ROLE)}


def _person(person: Mapping[str, Any]) -> dict[str, str]:
    """Somebody of whom the descriptor has a family name is a person; others are organisations, or unnamed."""
    if family := person.get("familyName"):
        given = person.get("givenName")
        return {"type": "personal", "family_name": family, **({"given_name": given} if given else {})}
    return {"type": "organizational", "name": person["title"]}


def _descriptions(about: Metadata) -> Iterator[dict[str, Any]]:
    told = (
        (about.description_ar, "abstract", "ar"),
        (about.method, "methods", "en"),
        (about.caveats, "other", "en"),
        (about.personal_data, "other", "en"),
    )
    for text, kind, language in told:
        if text:
            description = _paragraphs(text)
            yield {"description": description, "type": {"id": kind}, "lang": {"id": LANGUAGES[language]}}


def _paragraphs(text: str) -> str:
    """Text as the HTML that descriptions are in."""
    parts = (html.escape(" ".join(part.split()), quote=False) for part in text.split("\n\n"))
    return "".join(f"<p>{part}</p>" for part in parts if part)


def _dates(about: Metadata) -> Iterator[dict[str, Any]]:
    """The period covered. One that goes on is given until the release: open ends are none of the dates taken."""
    if about.start:
        period = f"{about.start}/{about.end or about.created[:10]}"
        yield {"date": period, "type": {"id": "other"}, "description": COVERED}


def _right(licence: Mapping[str, str]) -> dict[str, Any]:
    if name := licence.get("name"):
        return {"id": name.lower()}
    path = licence.get("path", "")
    return {"title": {"en": licence.get("title") or path}, **({"link": path} if path else {})}


def _identifiers(about: Metadata) -> Iterator[dict[str, str]]:
    if found := DOI.fullmatch(about.id):
        yield {"scheme": "doi", "identifier": found[1]}
    elif _is_address(about.id):
        yield {"scheme": "url", "identifier": about.id}


def _related(about: Metadata) -> Iterator[dict[str, Any]]:
    if _is_address(about.homepage):
        yield _relation(about.homepage, "isdocumentedby")
    for source in about.sources:
        if _is_address(path := source.get("path", "")):
            yield _relation(path, "isderivedfrom")


def _relation(address: str, kind: str) -> dict[str, Any]:
    return {"scheme": "url", "identifier": address, "relation_type": {"id": kind}}


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://"))
