"""Publish a package as a dataset on Hugging Face: one commit, and a tag for every version.

A commit is there whole or not at all, and what was sent for one that did not come is kept: so every step may be
repeated, and the next run does what an interrupted one left.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from iqsy.contract import Contract
from iqsy.package import Package
from iqsy.problems import Problem, ProblemsError
from iqsy.publish import credentials, http, huggingface_files
from iqsy.publish.changes import Change, Changes
from iqsy.publish.huggingface_files import File, owns
from iqsy.publish.huggingface_site import Hub, Overtaken, Repository, bounded
from iqsy.publish.metadata import metadata, read_descriptor

VARIABLE = "HF_TOKEN"
ENDPOINT, HUB = "HF_ENDPOINT", "https://huggingface.co"
NAME = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}", re.ASCII)
MAY_ONLY_READ = "read"

Progress = Callable[[str], None]


def address() -> str:
    """The Hub that the environment names, else the one that everybody means."""
    return os.environ.get(ENDPOINT) or HUB


def find_token(url: str) -> str:
    """The token for a Hub, from the environment or the keyring; ProblemsError where there is none."""
    return credentials.find(VARIABLE, http.host_of(http.check_url(url)))


def publish(
    package: Package,
    contract: Contract,
    url: str,
    repository: str,
    *,
    token: str,
    private: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda message: None,
) -> Changes:
    """Make a dataset repository, `owner/name`, on the Hub at `url` hold the package; return the changes.

    A repository that is not there is made, `private` if told so. With `dry_run` nothing is changed. Raises
    ProblemsError where the package has problems or the Hub does not take it; the next run does what is left.
    """
    if package.problems:
        raise ProblemsError(package.problems)
    if not NAME.fullmatch(repository):
        message = f"{repository!r} is no repository; one looks like owner/name, of letters, digits, - _ and ."
        raise ProblemsError([Problem("portal", message)])
    version = metadata(read_descriptor(package.folder)).version
    hub = Hub(url, token)
    wanted = huggingface_files.write(package, contract, repository)
    with bounded():
        _check_token(hub, repository)
        found = hub.find(repository)
        changes = plan(wanted, version, found, f"{hub.url}/datasets/{repository}", repository)
        _check_version(hub, changes, version, found)
        if changes and not dry_run:
            _work(hub, repository, wanted, version, found, private, progress)
        return changes


def plan(wanted: tuple[File, ...], version: str, found: Repository | None, url: str, name: str) -> Changes:
    """The changes that make a repository hold what is wanted; parts are `repository`, `file` and `tag`.

    Files are deleted where publishing keeps data, and nowhere else.
    """
    items = [] if found else [Change("create", "repository", name)]
    there = found.files if found else {}
    for file in wanted:
        entry = there.get(file.path)
        same = entry and (entry.lfs.sha256 == file.sha256 if entry.lfs else entry.blob_id == file.git)
        if not same:
            detail = f"{file.bytes:,} bytes"
            items.append(Change("update" if entry else "create", "file", file.path, detail))
    gone = {path for path in there if owns(path)} - {file.path for file in wanted}
    items += [Change("delete", "file", path) for path in sorted(gone)]
    if found is None or _tag(version) not in found.tags:
        items.append(Change("create", "tag", _tag(version)))
    return Changes(url, tuple(items))


def _tag(version: str) -> str:
    return f"v{version}"


# --- what the Hub says to it ---


def _check_token(hub: Hub, repository: str) -> None:
    user = hub.user()
    names = [user["name"], *(organisation["name"] for organisation in user.get("orgs", ()))]
    owner = repository.partition("/")[0]
    if owner.lower() not in map(str.lower, names):
        raise hub.error(f"does not let the token's user publish for {owner}; it may for {', '.join(names)}")
    if user.get("auth", {}).get("accessToken", {}).get("role") == MAY_ONLY_READ:
        raise hub.error("knows the token as one that may only read; make one with the right to write")


def _check_version(hub: Hub, changes: Changes, version: str, found: Repository | None) -> None:
    """A version that has its tag keeps its data; words about them may be mended."""
    other = ", ".join(change.name for change in changes if change.part == "file" and owns(change.name))
    if other and found and _tag(version) in found.tags:
        raise hub.error(
            f"has published version {version} with other data ({other}); "
            f"raise the version, or delete the tag {_tag(version)} there"
        )


# --- the work ---


def _work(
    hub: Hub,
    repository: str,
    wanted: tuple[File, ...],
    version: str,
    found: Repository | None,
    private: bool,
    progress: Progress,
) -> None:
    """Make the repository, the commit and the tag, as far as they are not there."""
    if found is None:
        hub.create(repository, private)
        found = _again(hub, repository)
    if _files(wanted, version, found):
        found = _commit(hub, repository, wanted, version, found, progress)
    if _tag(version) not in found.tags:
        hub.tag(repository, _tag(version), found.head)


def _again(hub: Hub, repository: str) -> Repository:
    found = hub.find(repository)
    if found is None:
        raise hub.error(f"has lost the repository {repository}; publish again")
    return found


def _files(wanted: tuple[File, ...], version: str, found: Repository) -> list[Change]:
    """What is to be done about files."""
    return [change for change in plan(wanted, version, found, "", "") if change.part == "file"]


def _commit(
    hub: Hub,
    repository: str,
    wanted: tuple[File, ...],
    version: str,
    found: Repository,
    progress: Progress,
) -> Repository:
    """Bring what differs in one commit; return the repository as it is then.

    It goes on top of what was found, so that it cannot be made twice, and undoes nothing that came since.
    """
    todo = _files(wanted, version, found)
    gone = [change.name for change in todo if change.action == "delete"]
    changed = {change.name for change in todo} - {*gone}
    added = {file.path: file.local for file in wanted if file.path in changed}
    n_bytes = sum(file.bytes for file in wanted if file.path in changed)
    progress(f"{len(added):,} files with {n_bytes:,} bytes to send, {len(gone):,} to delete")
    said = "nothing"
    try:
        hub.commit(repository, added, gone, f"Version {version}", found.head)
    except Overtaken as overtaken:
        said = str(overtaken)
    after = _again(hub, repository)
    if _files(wanted, version, after):
        raise hub.error(f"does not show what it was sent, and says {said}; publish again")
    return after
