"""The Hugging Face Hub through its own client, with patience, and every way in which it fails as a clear error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, constants, set_client_factory
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils._http import default_client_factory
from huggingface_hub.utils.tqdm import disable_progress_bars

from iqsy.problems import ProblemsError
from iqsy.publish import http
from iqsy.publish.site import LONGEST_SHOWN, USER_AGENT, Missing, Site

# What the client raises: of HTTP, of being told to stay offline, of an upload that failed in one of its threads, of
# answers that are none.
FAULTS = (httpx2.HTTPError, OSError, RuntimeError, ValueError, LookupError)
DATASET, MAIN = "dataset", "main"
CONFLICT, STALE = 409, 412

Result = TypeVar("Result")


class Overtaken(Exception):
    """What was to be changed has been changed in between, perhaps by an earlier try."""


@dataclass(frozen=True)
class Repository:
    """A dataset repository: its newest commit, its files by path, and the commits that its tags name."""

    head: str
    files: Mapping[str, RepoFile]
    tags: Mapping[str, str]


class Hub(Site):
    """A Hub at an address, with the token of a user there.

    Methods raise ProblemsError where the Hub denies something or cannot be used; no error has the token in it.
    Whatever they ask for may arrive twice.
    """

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, token)
        self._api = HfApi(endpoint=self.url, token=token, library_name=USER_AGENT)

    def user(self) -> dict[str, Any]:
        """Who the token's user is, with organisations, and what the token may."""
        return self._call("tell who the token's user is", self._api.whoami)

    def find(self, name: str) -> Repository | None:
        """A dataset repository; None where there is none."""
        try:
            head = self._call("show the repository", lambda: self._api.dataset_info(name).sha) or MAIN
        except Missing:
            return None
        files = self._call("list the files", lambda: self._files(name, head), tries=0)
        refs = self._call("list the tags", lambda: self._api.list_repo_refs(name, repo_type=DATASET))
        return Repository(head, files, {tag.name: tag.target_commit for tag in refs.tags})

    def _files(self, name: str, revision: str) -> dict[str, RepoFile]:
        tree = self._api.list_repo_tree(name, recursive=True, revision=revision, repo_type=DATASET)
        return {entry.path: entry for entry in tree if isinstance(entry, RepoFile)}

    def create(self, name: str, private: bool) -> None:
        """Make a dataset repository, if it is not there."""

        def create() -> None:
            self._api.create_repo(name, repo_type=DATASET, private=private, exist_ok=True)

        self._call("make the repository", create)

    def commit(
        self, name: str, added: Mapping[str, Path], gone: Iterable[str], message: str, on: str
    ) -> None:
        """Add and delete files in one commit on top of another. Raises Overtaken where that is not the newest."""
        additions = [CommitOperationAdd(path, str(file)) for path, file in added.items()]
        operations: Sequence[CommitOperationAdd | CommitOperationDelete]
        operations = [*additions, *map(CommitOperationDelete, gone)]

        def send() -> None:
            self._api.preupload_lfs_files(name, additions, repo_type=DATASET, revision=MAIN)

        def commit() -> None:
            self._api.create_commit(
                name,
                operations,
                commit_message=message,
                parent_commit=on,
                repo_type=DATASET,
                revision=MAIN,
            )

        # The client tries to send again by itself. It is done first, so that only the commit is tried again here.
        self._call("take the files", send, tries=0)
        self._call("take the commit", commit)

    def tag(self, name: str, tag: str, commit: str) -> None:
        """Give a commit a tag, if that is not there."""

        def create() -> None:
            self._api.create_tag(name, tag=tag, revision=commit, repo_type=DATASET, exist_ok=True)

        self._call(f"set the tag {tag}", create)

    def _call(self, what: str, function: Callable[[], Result], tries: int | None = None) -> Result:
        """The result of a function of the client, which is called again after passing faults."""
        left = http.TRIES if tries is None else tries
        for n in range(left):
            try:
                return function()
            except FAULTS as error:
                if not _may_pass(error):
                    raise self._error(what, error) from None
                http.wait(n, _told(error))
        try:
            return function()
        except FAULTS as error:
            raise self._error(what, error) from None

    def _error(self, what: str, error: Exception) -> Exception:
        """The error that one of the client's stands for."""
        cause = error.__cause__ if isinstance(error, RuntimeError) and error.__cause__ else error
        shown = " ".join(str(getattr(cause, "server_message", None) or cause).split())[:LONGEST_SHOWN]
        status = _status(cause)
        if status is None:
            return self._unanswered(what, cause, shown or type(cause).__name__)
        if isinstance(cause, RepositoryNotFoundError) and status == 404:
            return Missing(what)
        if status in (CONFLICT, STALE):
            return Overtaken(shown)
        if status == 401:
            return self.error(f"does not know the token, which is wrong or has expired (asked to {what})")
        if status == 403:
            return self.error(
                f"does not let the token's user {what}: {shown}; the token needs the right to write"
            )
        if status in http.PASSING:
            return self.error(f"failed to {what}, {http.TRIES} more tries included: it answered {status}")
        return self.refusal(f"to {what}", {"": shown})

    def _unanswered(self, what: str, error: BaseException, shown: str) -> ProblemsError:
        if isinstance(error, httpx2.HTTPError):
            return self.error(f"failed to {what}, {http.TRIES} more tries included: {shown}")
        return self.error(f"does not answer as the Hub does, when asked to {what}: {shown}")


def _status(error: BaseException) -> int | None:
    return error.response.status_code if isinstance(error, HfHubHTTPError) else None


def _may_pass(error: Exception) -> bool:
    status = _status(error)
    if status is not None:
        return status in http.PASSING
    # An answer that is no JSON is that of a proxy, or was cut.
    return isinstance(error, httpx2.TransportError | json.JSONDecodeError)


def _told(error: Exception) -> float | None:
    """How many seconds to wait, if the answer tells."""
    told = error.response.headers.get("Retry-After", "") if isinstance(error, HfHubHTTPError) else ""
    return float(told) if told.isdecimal() else None


@contextmanager
def bounded() -> Iterator[None]:
    """Make the client wait for no answer for ever, draw nothing, and tell and ask nobody about this machine."""
    telling = constants.HF_HUB_DISABLE_TELEMETRY
    constants.HF_HUB_DISABLE_TELEMETRY = True
    set_client_factory(_client)
    try:
        with disable_progress_bars():
            yield
    finally:
        set_client_factory(default_client_factory)
        constants.HF_HUB_DISABLE_TELEMETRY = telling


def _client() -> httpx2.Client:
    client = default_client_factory()
    client.timeout = httpx2.Timeout(http.READ_TIMEOUT, connect=http.CONNECT_TIMEOUT)
    return client
