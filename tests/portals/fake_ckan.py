"""A CKAN in memory that fails when told to: what publishing uses of the actions, behind ckanapi's interface.

It is held to the real one by the tests that publish on that.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from itertools import count
from typing import Any

import ckanapi  # type: ignore[import-untyped]
import requests

READS = ("status_show", "organization_list_for_user", "license_list", "package_show", "datastore_search")
ORGANISATION = {"name": "org", "id": "id-of-org"}


class FakeCkan:
    """`datasets` by name, `stores` by resource id; `actions` are those that arrived.

    The call of number `breaks_at` fails, after it has taken effect if `takes_effect`.
    """

    def __init__(self, with_store: bool = True, with_uploads: bool = True) -> None:
        self.datasets: dict[str, dict[str, Any]] = {}
        self.stores: dict[str, dict[str, Any]] = {}
        self.plugins = ["datastore"] if with_store else []
        self.with_uploads = with_uploads
        self.ids = count()
        self.actions: list[str] = []
        self.breaks_at: int | None = None
        self.takes_effect = False

    def __call__(self, url: str, **options: object) -> FakeCkan:
        """Stand in for the class of ckanapi's clients."""
        return self

    def close(self) -> None:
        """Nothing is open."""

    def call_action(
        self, action: str, data: Mapping[str, Any], files: Mapping[str, Any] | None, requests_kwargs: object
    ) -> Any:
        broken = len(self.actions) == self.breaks_at
        self.actions.append(action)
        try:
            if not broken or self.takes_effect:
                return deepcopy(getattr(self, action)(**deepcopy(dict(data)), **(files or {})))
        finally:
            if broken:
                raise requests.ConnectionError("cut")

    @property
    def writes(self) -> list[str]:
        return [action for action in self.actions if action not in READS]

    def status_show(self) -> Any:
        return {"ckan_version": "2.12.0", "extensions": self.plugins}

    def organization_list_for_user(self, permission: str) -> Any:
        return [ORGANISATION]

    def license_list(self) -> Any:
        return [{"id": "cc-by"}]

    def package_show(self, id: str) -> Any:
        found = next((d for d in self.datasets.values() if id in (d["id"], d["name"])), None)
        if found is None:
            raise ckanapi.NotFound
        return found

    def package_create(self, **data: Any) -> Any:
        if data["name"] in self.datasets:
            raise ckanapi.ValidationError({"name": ["That URL is already in use."]})
        self.datasets[data["name"]] = {"id": f"d{next(self.ids)}", "organization": ORGANISATION}
        return self._write(self.datasets[data["name"]], data)

    def package_patch(self, id: str, **data: Any) -> Any:
        return self._write(self.package_show(id), data)

    def _write(self, dataset: dict[str, Any], data: Mapping[str, Any]) -> Any:
        dataset |= data
        for resource in dataset["resources"]:
            resource.setdefault("id", f"r{next(self.ids)}")
            resource.setdefault("url", "")
            resource.setdefault("datastore_active", False)
        return dataset

    def resource_patch(self, id: str, upload: Any = None, **data: Any) -> Any:
        resource = self._resource(id)
        if upload is not None and self.with_uploads:
            name, stream, _ = upload
            data |= {
                "url": f"https://example.org/{id}/{name}",
                "url_type": "upload",
                "content": stream.read(),
            }
        resource |= data
        return resource

    def _resource(self, id: str) -> dict[str, Any]:
        for dataset in self.datasets.values():
            for resource in dataset["resources"]:
                if resource["id"] == id:
                    found: dict[str, Any] = resource
                    return found
        raise ckanapi.NotFound

    def datastore_create(self, resource_id: str, fields: Any, primary_key: list[str], force: bool) -> Any:
        self._resource(resource_id)["datastore_active"] = True
        store = self.stores.setdefault(resource_id, {"rows": {}, "fields": fields})
        types = [[(field["id"], field["type"]) for field in each] for each in (store["fields"], fields)]
        if types[0] != types[1]:
            raise ckanapi.ValidationError({"fields": ["The columns there are of other types."]})
        store |= {"fields": fields, "key": primary_key}

    def datastore_delete(self, resource_id: str, force: bool) -> Any:
        if resource_id not in self.stores:
            raise ckanapi.NotFound
        self._resource(resource_id)["datastore_active"] = False
        del self.stores[resource_id]

    def datastore_upsert(self, resource_id: str, method: str, records: list[Any], force: bool) -> Any:
        store = self.stores[resource_id]
        store["rows"] |= {tuple(record[column] for column in store["key"]): record for record in records}

    def datastore_search(self, resource_id: str, limit: int) -> Any:
        if resource_id not in self.stores:
            raise ckanapi.NotFound
        store = self.stores[resource_id]
        return {"fields": [{"id": "_id", "type": "int"}, *store["fields"]], "total": len(store["rows"])}
