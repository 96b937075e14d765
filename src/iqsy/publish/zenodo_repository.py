"""A repository that runs InvenioRDM: its REST API, and every way in which that fails as a clear error."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import requests

from iqsy.problems import ProblemsError
from iqsy.publish import http
from iqsy.publish.site import LONGEST_SHOWN, USER_AGENT, Missing, Site

# Zenodo answers plain JSON in the form of its older API, where it has one.
ACCEPT = "application/vnd.inveniordm.v1+json, application/json;q=0.9"
GONE = (404, 410)
SCOPES = "deposit:write and deposit:actions"
MOST_HITS = 25


class Failed(ProblemsError):
    """No answer to a request, or none but a passing fault: it may have been done, or not."""


class Repository(Site):
    """An InvenioRDM at an address, with the token of a user there.

    Any request may be repeated, and must bear that, but those that are made `once`.
    """

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, token)
        self._patient, self._once = http.session(), http.session(once=True)
        for session in (self._patient, self._once):
            session.headers.update(
                {"Authorization": f"Bearer {token}", "Accept": ACCEPT, "User-Agent": USER_AGENT}
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._patient.close()
        self._once.close()

    def get(self, path: str, **query: str) -> Any:
        """What lies at a path below `/api`. Raises Missing, Refused or ProblemsError, as all of these do."""
        return self._call("GET", path, params=query)

    def get_or_none(self, path: str) -> Any:
        """What lies at a path below `/api`; None if there is nothing."""
        try:
            return self.get(path)
        except Missing:
            return None

    def post(self, path: str, data: object = None, *, once: bool = False) -> Any:
        """The answer to data that are posted. Raises Failed where a request made once may have been done."""
        return self._call("POST", path, once=once, json=data)

    def put(self, path: str, data: object) -> Any:
        """The answer to data that are put at a path."""
        return self._call("PUT", path, json=data)

    def put_file(self, path: str, file: Path) -> Any:
        """The answer to the content of a file."""
        return self._call("PUT", path, file=file)

    def delete(self, path: str) -> None:
        """Delete what lies at a path, if it is there."""
        try:
            self._call("DELETE", path)
        except Missing:
            return

    def files(self, path: str) -> dict[str, Mapping[str, Any]]:
        """The files of the record or draft at a path, by their names."""
        return {entry["key"]: entry for entry in self.get(f"{path}/files")["entries"]}

    def own(self, query: str) -> list[Mapping[str, Any]]:
        """The user's records and drafts, of all versions, that a query finds, newest first."""
        found = self.get("user/records", q=query, allversions="true", sort="newest", size=str(MOST_HITS))
        try:
            hits: list[Mapping[str, Any]] = found["hits"]["hits"]
        except (LookupError, TypeError):
            raise self.error("does not list a user's records as InvenioRDM does") from None
        return hits

    def _call(
        self, method: str, path: str, *, once: bool = False, file: Path | None = None, **options: Any
    ) -> Any:
        session = self._once if once else self._patient
        what = f"{method} {path}"
        with file.open("rb") if file else nullcontext() as stream:
            if stream is not None:
                options |= {"data": stream, "headers": {"Content-Type": "application/octet-stream"}}
            try:
                answer = session.request(
                    method,
                    f"{self.url}/api/{path}",
                    timeout=(http.CONNECT_TIMEOUT, http.READ_TIMEOUT),
                    allow_redirects=False,
                    **options,
                )
            except requests.RequestException as error:
                tries = "" if once else f", {http.TRIES} more tries included"
                raise Failed([self.problem(f"failed at {what}{tries}: {http.reason(error)}")]) from None
        return self._content(what, answer)

    def _content(self, what: str, answer: requests.Response) -> Any:
        """The JSON of an answer, or the error that it stands for."""
        status = answer.status_code
        if status in GONE:
            raise Missing(what)
        if status in http.PASSING:
            raise Failed([self.problem(f"failed at {what}: it answered {status}")])
        try:
            content = answer.json() if answer.content else None
        except requests.JSONDecodeError:
            content = answer.text
        if status == 401:
            raise self.error(f"does not know the token, which is wrong, or of another site ({what})")
        if status == 403:
            raise self.error(
                f"does not let the token's user do {what}: the token needs the scopes {SCOPES}, "
                "and the user a right to the record"
            )
        if answer.is_redirect:
            target = answer.headers["Location"]
            raise self.error(f"sends {what} on to {target}; give the address that answers itself")
        if not isinstance(content, Mapping) and (content is not None or not answer.ok):
            shown = str(content)[:LONGEST_SHOWN]
            raise self.error(f"does not answer {what} as InvenioRDM does: {status} {shown}")
        if not answer.ok:
            raise self.refusal(what, said(content or {}))
        return content


def said(content: Mapping[str, Any]) -> dict[str, Any]:
    """What an error, or a draft with errors, says of each field; what it says at all has an empty name."""
    fields = {error["field"]: error["messages"] for error in content.get("errors") or ()}
    return fields or {"": content.get("message", "without a reason")}


def path_of(name: str) -> str:
    """A file's name as a part of a path."""
    return quote(name, safe="")
