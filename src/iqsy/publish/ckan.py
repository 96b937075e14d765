"""Publish a package on a CKAN portal: files, typed rows with a data dictionary, and metadata.

A new dataset is private until all of it is there. One that was public before stays so, with a mark, and gets
its new version last: what is half published never looks finished. A file goes up after its rows, with its
hash, and every step may be repeated: so the next run completes what an interrupted one began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pyarrow as pa

from iqsy.contract import Contract
from iqsy.package import DESCRIPTOR, Package
from iqsy.problems import ProblemsError
from iqsy.publish import ckan_dataset, credentials, http
from iqsy.publish.changes import Change, Changes
from iqsy.publish.ckan_dataset import Dataset, File
from iqsy.publish.ckan_plan import INCOMPLETE, INCOMPLETE_PRIVATE, MADE_FROM, PUBLISHING, Found, plan
from iqsy.publish.ckan_portal import Portal
from iqsy.publish.metadata import metadata, read_descriptor
from iqsy.publish.site import Missing, Refused

VARIABLE = "IQSY_CKAN_KEY"
ROWS_A_CALL = 1_000

Progress = Callable[[str], None]


def find_key(url: str) -> str:
    """The key for a portal, from the environment or the keyring; ProblemsError where there is none."""
    return credentials.find(VARIABLE, http.host_of(http.check_url(url)))


def publish(
    package: Package,
    contract: Contract,
    url: str,
    org: str,
    *,
    key: str,
    dry_run: bool = False,
    hxl: bool = False,
    progress: Progress = lambda message: None,
) -> Changes:
    """Make the CKAN at `url` show the package as a dataset of the organisation `org`; return the changes.

    `hxl` adds the ready-made tables with HXL hashtags; without it, those of an earlier run are taken away.
    With `dry_run` nothing is changed. Raises ProblemsError where the package has problems or the portal does
    not take it; what is done by then stays, and the next run completes it.
    """
    if package.problems:
        raise ProblemsError(package.problems)
    descriptor = read_descriptor(package.folder)
    about = metadata(descriptor)
    with Portal(url, key) as portal:
        with_store = portal.check(org)
        found = portal.find(about.name, with_store)
        _check_owner(portal, found, org)
        tables = tuple(ckan_dataset.files(package, contract, hxl))
        bare = ckan_dataset.dataset(about, portal.call("license_list", {}))

        whole = partial(_with_descriptor, bare, tables, descriptor, package, contract)
        wanted = whole(found)
        changes = plan(wanted, found, f"{portal.url}/dataset/{about.name}", with_store)
        if changes and not dry_run:
            found = _begin(portal, wanted, found, org)
            for file in tables:
                _bring(portal, found, file, changes.of(file.name), package, progress)
            found = _again(portal, wanted.name)
            wanted = whole(found)
            todo = plan(wanted, found, "", False).of(DESCRIPTOR)
            _bring(portal, found, wanted.files[-1], todo, package, progress)
            _finish(portal, wanted, org, with_store)
        return changes


def _with_descriptor(
    bare: Dataset,
    tables: Sequence[File],
    descriptor: Mapping[str, Any],
    package: Package,
    contract: Contract,
    found: Found | None,
) -> Dataset:
    """The dataset with all its files: the last is a descriptor with the addresses that the others have by now."""
    urls = found.urls if found else {}
    made = ckan_dataset.descriptor_file(descriptor, package, contract, tables, urls)
    return replace(bare, files=(*tables, made))


def _check_owner(portal: Portal, found: Found | None, org: str) -> None:
    owner = found.dataset.get("organization") if found else None
    if owner and org not in (owner["name"], owner["id"]):
        raise portal.error(
            f"has this dataset already, for the organisation {owner['name']}; publish for that"
        )


def _again(portal: Portal, name: str) -> Found:
    found = portal.find(name, with_store=False)
    if found is None:
        raise portal.error(f"has lost the dataset {name}; publish again")
    return found


# --- beginning: a dataset that shows that it is not complete, with a place for every file ---


def _begin(portal: Portal, wanted: Dataset, found: Found | None, org: str) -> Found:
    """Make the dataset, private, or mark it; make the resources that it lacks. Return it as it is then."""
    places = [
        {**file.attributes, MADE_FROM: wanted.name}
        for file in wanted.files
        if found is None or found.resource(file.name) is None
    ]
    if found is None:
        _create(
            portal, {**_metadata(wanted, org, {PUBLISHING: INCOMPLETE}), "private": True, "resources": places}
        )
    elif places or not found.mark:
        hidden = {"state": "active", "private": True} if found.dataset["state"] != "active" else {}
        stays_private = found.dataset["private"] and not hidden
        extras = {
            **found.extras,
            PUBLISHING: found.mark or (INCOMPLETE_PRIVATE if stays_private else INCOMPLETE),
        }
        # The list as a whole: single resources would be there twice after a repeated request.
        resources = [*found.dataset["resources"], *places]
        patch = {"id": found.dataset["id"], "extras": _extras(extras), "resources": resources}
        portal.call("package_patch", {**patch, **hidden})
    return _again(portal, wanted.name)


def _create(portal: Portal, data: Mapping[str, Any]) -> None:
    try:
        portal.call("package_create", data)
    except Refused as error:
        # An earlier try, whose answer was lost, may have made it.
        if "name" not in error.fields or portal.find(data["name"], with_store=False) is None:
            raise


# --- one file after the other ---


def _bring(
    portal: Portal, found: Found, file: File, todo: Mapping[str, Change], package: Package, progress: Progress
) -> None:
    """Make the changes of a file: first those of its rows, then the file with its hash."""
    resource = found.resource(file.name)
    if not todo or resource is None:
        return
    progress(f"{file.name}: {', '.join(todo)}")
    if "rows" in todo and file.table is not None:
        _fill(portal, resource["id"], file, package.tables[file.table], progress)
    elif "dictionary" in todo:
        _describe(portal, resource["id"], file)
    attributes = {"id": resource["id"], **file.attributes, MADE_FROM: found.dataset["name"]}
    if "file" in todo:
        _upload(portal, attributes, file)
    elif "description" in todo:
        portal.call("resource_patch", attributes)


def _fill(portal: Portal, resource_id: str, file: File, table: pa.Table, progress: Progress) -> None:
    """Put the rows of a table into the datastore, in the place of those there."""
    _drop(portal, resource_id)
    _describe(portal, resource_id, file)
    sent = 0
    for records in _batches(table):
        data = {"resource_id": resource_id, "force": True, "method": "upsert", "records": records}
        portal.call("datastore_upsert", data)
        sent += len(records)
        if sent < file.n_rows:
            progress(f"{file.name}: {sent:,} of {file.n_rows:,} rows")
    store = portal.store(resource_id)
    n_rows = store.n_rows if store else 0
    if n_rows != file.n_rows:
        raise portal.error(
            f"has {n_rows:,} rows of {file.name} where {file.n_rows:,} were sent; publish again"
        )


def _drop(portal: Portal, resource_id: str) -> None:
    with suppress(Missing):
        portal.call("datastore_delete", {"resource_id": resource_id, "force": True})


def _describe(portal: Portal, resource_id: str, file: File) -> None:
    """Make the resource's table in the datastore, or give the one that is there the contract's words."""
    fields = [column.to_ckan() for column in file.columns]
    key = list(file.primary_key)
    data = {"resource_id": resource_id, "force": True, "fields": fields, "primary_key": key}
    portal.call("datastore_create", data)


def _batches(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    for batch in table.to_batches(max_chunksize=ROWS_A_CALL):
        yield [{name: _jsonable(value) for name, value in row.items()} for row in batch.to_pylist()]


def _jsonable(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _upload(portal: Portal, attributes: Mapping[str, Any], file: File) -> None:
    with file.path.open("rb") as stream:
        upload = (file.name, stream, file.attributes["mimetype"])
        try:
            made = portal.call("resource_patch", {**attributes, "hash": file.sha256}, {"upload": upload})
        except Refused as error:
            n_bytes = file.path.stat().st_size
            raise portal.error(f"refuses {file.name}, of {n_bytes:,} bytes: {error.said}") from None
    if made.get("url_type") != "upload":
        raise portal.error("keeps no uploaded files; its administrators have to turn that on")


# --- the end: what is left over goes, the metadata comes, and the mark falls ---


def _finish(portal: Portal, wanted: Dataset, org: str, with_store: bool) -> None:
    found = _again(portal, wanted.name)
    stale = found.stale(wanted)
    for gone in stale if with_store else ():
        _drop(portal, gone["id"])
    ours = [resource for file in wanted.files if (resource := found.resource(file.name))]
    known = {resource["id"] for resource in (*ours, *stale)}
    others = [resource for resource in found.dataset["resources"] if resource["id"] not in known]
    foreign = {k: v for k, v in found.extras.items() if k not in wanted.extras and k != PUBLISHING}
    patch = {**_metadata(wanted, org, foreign), "private": found.mark == INCOMPLETE_PRIVATE}
    portal.call("package_patch", {"id": found.dataset["id"], **patch, "resources": [*ours, *others]})


def _metadata(wanted: Dataset, org: str, foreign: Mapping[str, str]) -> dict[str, Any]:
    """The dataset without its resources as CKAN takes it, with these extras besides its own."""
    return {
        **wanted.fields,
        "name": wanted.name,
        "owner_org": org,
        "tags": [{"name": tag} for tag in wanted.tags],
        "extras": _extras({**wanted.extras, **foreign}),
    }


def _extras(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Extras as CKAN takes them, which keeps no empty ones."""
    return [{"key": key, "value": value} for key, value in values.items() if value]
