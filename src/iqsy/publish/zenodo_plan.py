"""What separates a record in a repository from what it should show, without asking or changing the repository."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from iqsy.publish.changes import Change, Changes, differs
from iqsy.publish.release_files import File
from iqsy.publish.zenodo_deposit import FIELDS, Deposit

Record = Mapping[str, Any]
COMPLETED = "completed"
# Repositories store straight quotes in the place of these.
QUOTES = str.maketrans("‘’‚‛“”„‟", "''''\"\"\"\"")


class Way(Enum):
    """How a deposit becomes a record: as a new one, as a new version, or by mending words of the one there."""

    NEW = auto()
    VERSION = auto()
    EDIT = auto()


@dataclass(frozen=True)
class Found:
    """What the repository has: the latest published version, and the draft on the way; files by their names.

    `draft` is only ever one of the way to go; `receiver` is the community that it is meant for, and
    `in_review` says whether that is looking at it.
    """

    published: Record | None = None
    published_files: Mapping[str, Record] = field(default_factory=dict)
    draft: Record | None = None
    draft_files: Mapping[str, Record] = field(default_factory=dict)
    receiver: str | None = None
    in_review: bool = False

    @property
    def files(self) -> Mapping[str, Record]:
        """The files that are there or, where a new version has none yet, will be taken from the one before."""
        return self.draft_files or self.published_files


def way(version: str, published: Record | None) -> Way:
    """The way that a version of a package goes, given the latest one that is published."""
    if published is None:
        return Way.NEW
    return Way.EDIT if published["metadata"].get("version") == version else Way.VERSION


def plan(
    wanted: Deposit, found: Found, url: str, *, to_publish: bool, community: Mapping[str, str] | None = None
) -> Changes:
    """The changes that make the record show what is wanted, in the order to make them.

    Parts are `draft`, `version`, `metadata`, `file`, `community` and `record`, which is what gets published.
    `community` has the id and the slug of the one to submit a new record to.
    """
    going = way(wanted.version, found.published)
    items = [*_beginning(wanted, found, going), *_of_metadata(wanted, found, going)]
    if going is not Way.EDIT:
        items += of_files(wanted.files, found.files)
    if community and going is Way.NEW and found.receiver != community["id"]:
        items.append(Change("update", "community", community["slug"]))
    if to_publish and not found.in_review and (items or found.draft):
        items.append(Change("publish", "record", wanted.name, wanted.version))
    return Changes(url, tuple(items))


def _beginning(wanted: Deposit, found: Found, going: Way) -> Iterator[Change]:
    if found.draft is not None:
        return
    if going is Way.NEW:
        yield Change("create", "draft", wanted.name)
    elif going is Way.VERSION and found.published:
        before = found.published["metadata"].get("version")
        yield Change("create", "version", wanted.name, differs(before or "", wanted.version))


def _of_metadata(wanted: Deposit, found: Found, going: Way) -> Iterator[Change]:
    shown = found.draft or found.published
    if shown is None:
        return
    for key in metadata_differences(wanted, shown):
        before, after = shown["metadata"].get(key, ""), wanted.metadata.get(key, "")
        yield Change("update", "metadata", wanted.name, f"{key} {differs(before, after)}")


def metadata_differences(wanted: Deposit, record: Record) -> list[str]:
    """The fields of a record that say something else than is wanted."""
    there = record["metadata"]
    return [key for key in FIELDS if not _says(there.get(key) or None, wanted.metadata.get(key))]


def _says(there: object, wanted: object) -> bool:
    """Whether a value has all that is wanted; a repository adds titles and the like to what it knows by id."""
    if isinstance(wanted, Mapping):
        return isinstance(there, Mapping) and all(_says(there.get(k), v) for k, v in wanted.items())
    if isinstance(wanted, list):
        return isinstance(there, list) and len(there) == len(wanted) and all(map(_says, there, wanted))
    if isinstance(wanted, str):
        return isinstance(there, str) and _folded(there) == _folded(wanted)
    return there == wanted


def _folded(text: str) -> str:
    """Text without what a repository smooths out when it stores it."""
    plain = unicodedata.normalize("NFKC", html.unescape(text))
    return " ".join(plain.translate(QUOTES).split())


def of_files(wanted: tuple[File, ...], there: Mapping[str, Record]) -> Iterator[Change]:
    """The changes of files: of those that are new, that are others by now, and that are no more."""
    for file in wanted:
        entry = there.get(file.name)
        if entry is None:
            yield Change("create", "file", file.name, f"{file.bytes:,} bytes")
        elif not is_same(file, entry):
            yield Change("update", "file", file.name, f"{file.bytes:,} bytes")
    for name in sorted(there.keys() - {file.name for file in wanted}):
        yield Change("delete", "file", name)


def is_same(file: File, entry: Record) -> bool:
    """Whether a file arrived in the repository, whole."""
    return entry["status"] == COMPLETED and entry.get("checksum") == f"md5:{file.md5}"
