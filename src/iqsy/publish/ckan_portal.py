"""A CKAN portal: its actions through ckanapi, and every way in which they fail as a clear error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Self

import ckanapi  # type: ignore[import-untyped]
import requests

from iqsy.publish import http
from iqsy.publish.ckan_dataset import Column
from iqsy.publish.ckan_plan import Found, Store
from iqsy.publish.site import LONGEST_SHOWN, USER_AGENT, Missing, Site

OLDEST = (2, 9)
VERSION = re.compile(r"(\d+)\.(\d+)")


class Portal(Site):
    """A CKAN at an address, with the key of a user there. Any call may be repeated, and must bear that."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(url, key)
        self._remote = ckanapi.RemoteCKAN(self.url, apikey=key, user_agent=USER_AGENT, session=http.session())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._remote.close()

    def call(self, action: str, data: Mapping[str, Any], files: Mapping[str, Any] | None = None) -> Any:
        """The result of an action of CKAN's API.

        Raises Missing, Refused, or ProblemsError where the portal denies it or cannot be used. No error has
        the key in it.
        """
        timeout = (http.CONNECT_TIMEOUT, http.READ_TIMEOUT)
        try:
            return self._remote.call_action(
                action, dict(data), files=files, requests_kwargs={"timeout": timeout}
            )
        except ckanapi.NotFound:
            raise Missing(action) from None
        except ckanapi.ValidationError as error:
            fields = {name: said for name, said in error.error_dict.items() if name != "__type"}
            raise self.refusal(action, fields) from None
        except ckanapi.NotAuthorized as error:
            raise self.error(f"does not let the key's user do {action}: {error}") from None
        except (ckanapi.CKANAPIError, ckanapi.ServerIncompatibleError) as error:
            message = f"does not answer {action} as a CKAN does: {str(error)[:LONGEST_SHOWN]}"
            raise self.error(message) from None
        except requests.RequestException as error:
            message = f"failed at {action}, {http.TRIES} more tries included: {http.reason(error)}"
            raise self.error(message) from None

    def check(self, org: str) -> bool:
        """See that this is a CKAN where the key may publish for `org`; return whether it has a datastore.

        Raises ProblemsError that says what would have to be different.
        """
        status = self.call("status_show", {})
        version = str(status.get("ckan_version", ""))  # a portal may keep it to itself
        if (told := VERSION.match(version)) and (int(told[1]), int(told[2])) < OLDEST:
            oldest = ".".join(map(str, OLDEST))
            raise self.error(
                f"runs CKAN {version}; publishing needs {oldest}, which has API tokens, or later"
            )
        self._check_organisation(org)
        return "datastore" in status.get("extensions", ())

    def _check_organisation(self, org: str) -> None:
        own = self.call("organization_list_for_user", {"permission": "create_dataset"})
        if any(org in (organisation["name"], organisation["id"]) for organisation in own):
            return
        names = ", ".join(organisation["name"] for organisation in own) or "none"
        may = f"the key's user may publish for: {names}"
        try:
            self.call("organization_show", {"id": org})
        except Missing:
            raise self.error(f"has no organisation {org}; {may}") from None
        wrong = "the key is wrong or has expired, or its user is no editor there"
        raise self.error(f"does not let the key's user publish for {org}: {wrong}; {may}")

    def find(self, name: str, with_store: bool) -> Found | None:
        """The dataset, with the stores of its resources if asked for; None if there is no such dataset."""
        try:
            dataset = self.call("package_show", {"id": name})
        except Missing:
            return None
        active = [resource["id"] for resource in dataset["resources"] if resource.get("datastore_active")]
        stores = {id_: store for id_ in active if with_store and (store := self.store(id_))}
        return Found(dataset, stores)

    def store(self, resource_id: str) -> Store | None:
        """Columns and number of rows of a resource in the datastore; None if it has none there."""
        try:
            found = self.call("datastore_search", {"resource_id": resource_id, "limit": 0})
        except Missing:
            return None
        columns = []
        for field in found["fields"]:
            if field["id"] != "_id":
                info = field.get("info") or {}
                label, notes = info.get("label", ""), info.get("notes", "")
                columns.append(Column(field["id"], field["type"], label, notes))
        return Store(tuple(columns), found["total"])
