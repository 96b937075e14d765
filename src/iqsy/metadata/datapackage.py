"""Data Package v2: the descriptor of a release, with the size, hash and number of rows of every file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iqsy.metadata.release import File, Release, as_json
from iqsy.package import DESCRIPTOR, PARQUET

FILE = DESCRIPTOR


def text(release: Release) -> str:
    """The release's datapackage.json."""
    return as_json(descriptor(release))


def descriptor(release: Release) -> dict[str, Any]:
    """What the package's own descriptor says, and after its resources the other files that hold data."""
    own = release.descriptor.get("resources", ())
    told = {resource["path"] for resource in own}
    resources = [dict(resource) | _measured(release.files[resource["path"]]) for resource in own]
    resources += [_resource(file) for file in release.data if file.path not in told]
    issued = {"created": f"{release.issued}T00:00:00Z"} if release.issued else {}
    return {**release.descriptor, **issued, "resources": resources}


def _measured(file: File) -> dict[str, Any]:
    return dict(_words(file)) | dict(_sizes(file))


def _resource(file: File) -> dict[str, Any]:
    """A file beside the described tables. Typed it would be, by its readers, checked with another table's rules."""
    stem = file.name.removesuffix(file.suffix)
    kind = file.suffix.removeprefix(".")
    about = {"name": f"{stem}_{kind}", "path": file.path, "title": file.title[0], "format": kind}
    return {**about, "mediatype": file.mediatype} | _measured(file)


def _words(file: File) -> Iterator[tuple[str, str]]:
    yield "title_ar", file.title[1]
    if file.table is not None:
        yield "description", file.table.description
        yield "description_ar", file.table.description_ar


def _sizes(file: File) -> Iterator[tuple[str, str | int]]:
    yield "bytes", file.bytes
    yield "hash", f"sha256:{file.sha256}"
    if file.rows is not None and file.suffix != PARQUET:
        yield "rows", file.rows
