"""Data Package v2: the descriptor of a release, with the size, hash and number of rows of every file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iqsy.metadata.release import File, Release, as_json
from iqsy.package import DESCRIPTOR

FILE = DESCRIPTOR


def text(release: Release) -> str:
    """The release's datapackage.json."""
    return as_json(descriptor(release))


def descriptor(release: Release) -> dict[str, Any]:
    """What the package's own descriptor says, with what the contract says and the files measure.

    A file of data that it does not name, such as a database, is a resource without type and format: with them
    readers would guess types, and find errors where there are none. Parquet is told of beside its CSV.
    """
    own = release.descriptor.get("resources", ())
    told = {resource["path"] for resource in own}
    resources = [_resource(release, resource) for resource in own]
    resources += [_other(file) for file in release.data if file.table is None and file.path not in told]
    issued = {"created": release.about.created or f"{release.issued}T00:00:00Z"} if release.issued else {}
    return {**release.descriptor, **issued, "resources": resources}


def _resource(release: Release, own: Mapping[str, Any]) -> dict[str, Any]:
    file = release.files[own["path"]]
    if file.table is None:
        return {**own, **_sizes(file)}
    words = {"title_ar": file.title[1], "description": file.table.description}
    made = {**own, **words, "description_ar": file.table.description_ar, "rows": file.rows, **_sizes(file)}
    parquet = release.parquet(file.table)
    return {**made, "parquet": {"path": parquet.path, **_sizes(parquet)}} if parquet else made


def _other(file: File) -> dict[str, Any]:
    name = file.name.lower().replace(".", "_")
    return {"name": name, "path": file.path, "title": file.name, "mediatype": file.mediatype, **_sizes(file)}


def _sizes(file: File) -> dict[str, Any]:
    return {"bytes": file.bytes, "hash": f"sha256:{file.sha256}"}
