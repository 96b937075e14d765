"""What separates a dataset on a CKAN from what it should show, without asking or changing the portal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from iqsy.publish.changes import Change, Changes, differs
from iqsy.publish.ckan_dataset import Column, Dataset, File

# Marks the resources that publishing made, with the dataset's name, so that it deletes no others.
MADE_FROM = "published_from"
# The extra that marks a dataset until all of it is there, and says if it is private even then.
PUBLISHING = "publishing"
INCOMPLETE, INCOMPLETE_PRIVATE = "incomplete", "incomplete, stays private"


@dataclass(frozen=True)
class Store:
    """The rows of a resource in the datastore: their columns, and how many there are."""

    columns: tuple[Column, ...]
    n_rows: int


@dataclass(frozen=True)
class Found:
    """What is on the portal: `dataset` as `package_show` gives it, and the stores by resource id."""

    dataset: Mapping[str, Any]
    stores: Mapping[str, Store] = field(default_factory=dict)

    @property
    def extras(self) -> dict[str, str]:
        return {extra["key"]: extra["value"] for extra in self.dataset["extras"]}

    @property
    def mark(self) -> str | None:
        """The mark of a publishing that was begun and not finished."""
        return self.extras.get(PUBLISHING)

    @property
    def urls(self) -> dict[str, str]:
        """The addresses of the resources, by name."""
        return {resource["name"]: resource["url"] for resource in self.dataset["resources"]}

    def resource(self, name: str) -> Mapping[str, Any] | None:
        """The resource of a file, by the file's name."""
        return next((r for r in self.dataset["resources"] if r["name"] == name), None)

    def stale(self, wanted: Dataset) -> list[Mapping[str, Any]]:
        """The resources that publishing once made, or made twice, and that the dataset no longer has."""
        kept = {resource["id"] for file in wanted.files if (resource := self.resource(file.name))}
        ours = [r for r in self.dataset["resources"] if r.get(MADE_FROM) == wanted.name]
        return [resource for resource in ours if resource["id"] not in kept]


def plan(wanted: Dataset, found: Found | None, url: str, with_store: bool) -> Changes:
    """The changes that make `found` (None: no such dataset) show what is wanted, in the order to make them.

    Parts are `rows` and `dictionary` of the datastore, left out where the portal has none, `file`,
    `description` and `resource` of resources, and `dataset`. A file is up to date if its hash is the
    portal's, which is set together with the file, after the rows: whatever comes between, the next plan has
    what is missing.
    """
    items: list[Change] = [] if found else [Change("create", "dataset", wanted.name)]
    for file in wanted.files:
        items += _of_file(file, found, with_store)
    if found:
        items += [Change("delete", "resource", resource["name"]) for resource in found.stale(wanted)]
        items += _of_dataset(wanted, found)
    return Changes(url, tuple(items))


def _of_file(file: File, found: Found | None, with_store: bool) -> Iterator[Change]:
    resource = found.resource(file.name) if found else None
    store = found.stores.get(resource["id"]) if found and resource else None
    uploaded = resource is not None and resource.get("url_type") == "upload"
    same = uploaded and resource is not None and resource.get("hash") == file.sha256
    if with_store and file.table is not None:
        yield from _of_store(file, store, same)
    if not same:
        yield Change("update" if uploaded else "create", "file", file.name)
    elif resource is not None:
        # A portal with a schema of its own leaves out what that does not know.
        kept = file.attributes.keys() & resource.keys()
        differing = [key for key in file.attributes if key in kept and resource[key] != file.attributes[key]]
        if differing:
            yield Change("update", "description", file.name, ", ".join(differing))


def _of_store(file: File, store: Store | None, same_file: bool) -> Iterator[Change]:
    if store is None:
        yield Change("create", "rows", file.name, f"{file.n_rows:,}")
        return
    types = [[(column.id, column.type) for column in columns] for columns in (store.columns, file.columns)]
    if not same_file or store.n_rows != file.n_rows or types[0] != types[1]:
        yield Change("update", "rows", file.name, f"{store.n_rows:,} → {file.n_rows:,}")
    elif store.columns != file.columns:
        before = set(store.columns)
        reworded = ", ".join(column.id for column in file.columns if column not in before)
        yield Change("update", "dictionary", file.name, reworded)


def _of_dataset(wanted: Dataset, found: Found) -> Iterator[Change]:
    def change(what: str, before: object, after: object) -> Change:
        return Change("update", "dataset", wanted.name, f"{what} {differs(before, after)}")

    for key, value in wanted.fields.items():
        if (found.dataset.get(key) or "") != value:
            yield change(key, found.dataset.get(key) or "", value)
    tags = sorted(tag["name"] for tag in found.dataset["tags"])
    if tags != sorted(wanted.tags):
        yield change("tags", ", ".join(tags), ", ".join(wanted.tags))
    for key, after in wanted.extras.items():
        before = found.extras.get(key, "")
        if before != after:
            yield change(key, before, after)
    stale = {resource["id"] for resource in found.stale(wanted)}
    order = [r["name"] for r in found.dataset["resources"] if r["id"] not in stale]
    ours = [file.name for file in wanted.files if file.name in order]
    if order[: len(ours)] != ours:
        yield Change("update", "dataset", wanted.name, "order of the files")
    if found.mark:
        yield change(PUBLISHING, found.mark, "complete")
