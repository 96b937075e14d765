"""Publish a release on Zenodo, or wherever InvenioRDM runs: files, metadata, a DOI for every version.

All is done in a draft, which nobody else sees, and which becomes a record by one last request: so nothing is
half published. Every step may be repeated, and the next run goes on with the draft of an interrupted one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from iqsy.package import Package
from iqsy.problems import ProblemsError
from iqsy.publish import credentials, http, release_files, zenodo_plan
from iqsy.publish.changes import Changes
from iqsy.publish.metadata import metadata, read_descriptor
from iqsy.publish.release_files import DATABASE, File
from iqsy.publish.site import Missing, Refused
from iqsy.publish.zenodo_deposit import FIELDS, Deposit, deposit
from iqsy.publish.zenodo_plan import COMPLETED, Found, Record, Way
from iqsy.publish.zenodo_repository import Failed, Repository, path_of, said

VARIABLE = "IQSY_ZENODO_TOKEN"
SITES = {"zenodo": "https://zenodo.org", "sandbox": "https://sandbox.zenodo.org"}
DRAFT = "it is a draft, which nobody else sees; look at it, and publish it with --yes"
ACCESS = {"record": "public", "files": "public"}
SUBMITTED = "Version {version} of {name}, with metadata and files as they are to be published."

Progress = Callable[[str], None]
Community = Mapping[str, str]


def address(site: str) -> str:
    """The address of a site that is named `zenodo` or `sandbox`; any other is one already."""
    return SITES.get(site, site)


def find_token(url: str) -> str:
    """The token for a repository, from the environment or the keyring; ProblemsError where there is none."""
    return credentials.find(VARIABLE, http.host_of(http.check_url(url)))


def publish(
    package: Package,
    url: str,
    *,
    token: str,
    record: str | None = None,
    community: str | None = None,
    yes: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda message: None,
) -> Changes:
    """Bring a release into the repository at `url` as a draft, and with `yes` publish that; return the changes.

    `record` is the id of any version of the record to go on with, where it is not found by itself, `community`
    the name of the one that a new record is submitted to. With `dry_run` nothing is changed. Raises
    ProblemsError where the package is no release or the repository does not take it; what is done by then stays
    in the draft, and the next run completes it.
    """
    if package.problems:
        raise ProblemsError(package.problems)
    about = metadata(read_descriptor(package.folder))
    wanted = deposit(about, release_files.files(package))
    with Repository(url, token) as repository, _nothing_lost(repository):
        found = _find(repository, wanted, record)
        receiver = _community(repository, found, community) if community else None
        changes = zenodo_plan.plan(wanted, found, repository.url, to_publish=yes, community=receiver)
        shown = found.draft or found.published
        if changes and not dry_run:
            shown = _work(repository, wanted, found, changes, receiver, progress)
        if shown is None:
            return changes
        if shown.get("is_draft") and not yes:
            progress(DRAFT)
        return Changes(shown["links"]["self_html"], changes.items)


@contextmanager
def _nothing_lost(repository: Repository) -> Iterator[None]:
    """Tells as an error that something is not there which should be."""
    try:
        yield
    except Missing as missing:
        message = f"has nothing for {missing}; publish again, if it runs InvenioRDM"
        raise repository.error(message) from None


# --- what is there ---


def _find(repository: Repository, wanted: Deposit, record: str | None) -> Found:
    """What the repository has of the package. Its index is late: what that names is asked for by itself."""
    hits = _versions(repository, record) if record else _marked(repository, wanted.marker)
    if len({hit["parent"]["id"] for hit in hits}) > 1:
        pages = ", ".join(sorted(hit["links"]["self_html"] for hit in hits))
        raise repository.error(f"has {wanted.name} more than once; say with --record which is meant: {pages}")
    ids = list(dict.fromkeys(hit["id"] for hit in hits))
    published = _first(repository, [f"records/{id_}/versions/latest" for id_ in ids])
    if published is None:
        return _with_draft(repository, ids, Found())
    _check_version(repository, wanted, published, hits)
    found = Found(published, repository.files(f"records/{published['id']}"))
    if zenodo_plan.way(wanted.version, published) is Way.VERSION:
        return _with_draft(repository, [id_ for id_ in ids if id_ != published["id"]], found)
    _check_files(repository, wanted, found)
    differs = zenodo_plan.metadata_differences(wanted, published)
    return _with_draft(repository, [published["id"]], found) if differs else found


def _with_draft(repository: Repository, ids: Sequence[str], found: Found) -> Found:
    """What is found, with the first draft of one of these ids."""
    draft = _first(repository, [f"records/{id_}/draft" for id_ in ids])
    if draft is None:
        return found
    found = replace(found, draft=draft, draft_files=repository.files(_draft(draft)))
    review = _review(repository, draft) if found.published is None else None
    if review is None:
        return found
    return replace(found, receiver=review["receiver"]["community"], in_review=review["is_open"])


def _versions(repository: Repository, record: str) -> list[Record]:
    """All versions of a record that is told by its id, and drafts of it."""
    id_ = path_of(record)
    known = _first(repository, [f"records/{id_}/versions/latest", f"records/{id_}/draft"])
    if known is None:
        raise repository.error(f"has no record {record}; give the id that ends the address of its page")
    return [known, *repository.own(f'parent.id:"{known["parent"]["id"]}"')]


def _marked(repository: Repository, marker: str) -> list[Record]:
    """The user's records and drafts with a marker; a search finds what is like it as well."""
    return [
        hit
        for hit in repository.own(f'metadata.identifiers.identifier:"{marker}"')
        if any(each["identifier"] == marker for each in hit["metadata"].get("identifiers", ()))
    ]


def _first(repository: Repository, paths: Sequence[str]) -> Record | None:
    return next((found for path in paths if (found := repository.get_or_none(path))), None)


def _review(repository: Repository, draft: Record) -> Record | None:
    found: Record | None = repository.get_or_none(f"{_draft(draft)}/review")
    return found


def _draft(record: Record) -> str:
    """The path of a record's draft."""
    return f"records/{record['id']}/draft"


def _check_version(
    repository: Repository, wanted: Deposit, published: Record, hits: Sequence[Record]
) -> None:
    others = [hit for hit in hits if hit["is_published"] and hit["id"] != published["id"]]
    if any(hit["metadata"].get("version") == wanted.version for hit in others):
        newest = published["metadata"].get("version")
        raise repository.error(
            f"has version {wanted.version} already, and after it {newest}; publish a newer one"
        )


def _check_files(repository: Repository, wanted: Deposit, found: Found) -> None:
    """A version that is published keeps its files; but no two DuckDB files of the same data are alike."""
    todo = zenodo_plan.of_files(wanted.files, found.published_files)
    other = ", ".join(c.name for c in todo if c.action != "update" or not c.name.endswith(DATABASE))
    if other:
        raise repository.error(
            f"has published version {wanted.version} with other files ({other}); "
            "what is published stays: make a release with a new version"
        )


def _community(repository: Repository, found: Found, name: str) -> Community:
    community: Community | None = repository.get_or_none(f"communities/{path_of(name)}")
    if community is None:
        raise repository.error(f"has no community {name}; give the name that ends the address of its page")
    parent = found.published["parent"] if found.published else {}
    if found.published and community["id"] not in parent.get("communities", {}).get("ids", ()):
        page = found.published["links"]["self_html"]
        raise repository.error(f"has the record outside of the community {name}; add it there, on {page}")
    return community


# --- the draft ---


def _work(
    repository: Repository,
    wanted: Deposit,
    found: Found,
    changes: Changes,
    community: Community | None,
    progress: Progress,
) -> Record:
    """Make the changes; return the draft, or the record that it became."""
    going = zenodo_plan.way(wanted.version, found.published)
    draft = _begin(repository, wanted, found, going)
    if zenodo_plan.metadata_differences(wanted, draft):
        progress("metadata")
        draft = _checked(repository, repository.put(_draft(draft), _with_metadata(draft, wanted)))
    if going is not Way.EDIT:
        _bring_files(repository, wanted, found, _draft(draft), progress)
    parts = {change.part for change in changes}
    if community and "community" in parts:
        receiver = {"receiver": {"community": community["id"]}, "type": "community-submission"}
        repository.put(f"{_draft(draft)}/review", receiver)
    if "record" not in parts:
        return draft
    if going is Way.NEW and (found.receiver or community):
        return _submit(repository, wanted, draft, progress)
    return _release(repository, draft, progress)


def _begin(repository: Repository, wanted: Deposit, found: Found, going: Way) -> Record:
    """The draft to work on, made if it is not there. A repository gives a version's one draft however often asked."""
    if found.draft is not None:
        return found.draft
    if found.published is None:
        return _create(repository, wanted)
    action = "versions" if going is Way.VERSION else "draft"
    draft: Record = repository.post(f"records/{found.published['id']}/{action}")
    return draft


def _create(repository: Repository, wanted: Deposit) -> Record:
    """Make the first draft. Asked twice, a repository would make two: so it is looked for before the next try."""
    data = {"access": ACCESS, "files": {"enabled": True}, "metadata": wanted.metadata}
    for n in range(http.TRIES):
        with suppress(Failed):
            return _checked(repository, repository.post("records", data, once=True))
        http.wait(n)  # for the index as well, which has to take a new draft in
        if made := _marked(repository, wanted.marker):
            draft: Record = repository.get(_draft(made[0]))
            return draft
    return _checked(repository, repository.post("records", data, once=True))


def _with_metadata(draft: Record, wanted: Deposit) -> dict[str, Any]:
    """The draft as it is to be put: as it is, with the metadata wanted in the place of its own."""
    kept = {name: value for name, value in draft["metadata"].items() if name not in FIELDS}
    names = {file.name for file in wanted.files}
    preview = draft["files"].get("default_preview")
    shown = {"default_preview": preview} if preview in names else {}
    return {
        "access": {name: value for name, value in draft["access"].items() if name != "status"},
        "files": {"enabled": True, **shown},
        "pids": draft.get("pids") or {},
        "custom_fields": draft.get("custom_fields") or {},
        "metadata": {**kept, **wanted.metadata},
    }


def _checked(repository: Repository, draft: Record) -> Record:
    """The draft, if the repository kept all that it was sent: it tells errors, keeps the rest and goes on."""
    # That the files are still missing is no news.
    errors = [error for error in draft.get("errors") or () if not error["field"].startswith("files")]
    if errors:
        raise repository.refusal("the metadata", said({"errors": errors}))
    return draft


# --- its files ---


def _bring_files(
    repository: Repository, wanted: Deposit, found: Found, draft: str, progress: Progress
) -> None:
    """Make the draft's files those wanted; the sums that the repository tells show that they are."""
    files = {file.name: file for file in wanted.files}
    there = found.draft_files or _taken_over(repository, wanted, found, draft)
    for change in zenodo_plan.of_files(wanted.files, there):
        progress(f"{change.name}: {change.detail or change.action}")
        if change.action != "create":
            repository.delete(f"{draft}/files/{path_of(change.name)}")
        if change.action != "delete":
            _send(repository, draft, files[change.name])
    left = ", ".join(change.name for change in zenodo_plan.of_files(wanted.files, repository.files(draft)))
    if left:
        raise repository.error(f"has not kept what it was sent of {left}; publish again")


def _taken_over(repository: Repository, wanted: Deposit, found: Found, draft: str) -> Mapping[str, Record]:
    """The files of a draft that has none yet, after those of the version before, if any stay as they are."""
    before = found.published_files
    if any(file.name in before and zenodo_plan.is_same(file, before[file.name]) for file in wanted.files):
        with suppress(Refused):  # it refuses where there are files: an earlier try has taken them over
            repository.post(f"{draft}/actions/files-import")
    return repository.files(draft)


def _send(repository: Repository, draft: str, file: File) -> None:
    """Send a file: its name, its content, and that this was all. A transfer that breaks takes the name away."""
    path = f"{draft}/files/{path_of(file.name)}"
    for _ in range(http.TRIES + 1):
        try:
            _step(repository, draft, file, f"{draft}/files", [{"key": file.name}], ("pending", COMPLETED))
            repository.put_file(f"{path}/content", file.path)
            _step(repository, draft, file, f"{path}/commit", None, (COMPLETED,))
        except Missing:
            continue
        return
    raise repository.error(f"has lost {file.name} each time that it was sent; publish again")


def _step(
    repository: Repository, draft: str, file: File, path: str, data: object, done: Sequence[str]
) -> None:
    """Post what brings a file into a state. An earlier try may have: what is refused then is done."""
    try:
        repository.post(path, data)
    except Refused:
        if repository.files(draft).get(file.name, {}).get("status") not in done:
            raise


# --- the end ---


def _release(repository: Repository, draft: Record, progress: Progress) -> Record:
    """Publish a draft."""
    with suppress(Missing):  # an earlier try, whose answer was lost, may have published it
        repository.post(f"{_draft(draft)}/actions/publish")
    record: Record | None = repository.get_or_none(f"records/{draft['id']}")
    if record is None:
        raise repository.error(f"has not published {draft['links']['self_html']}; publish again")
    if doi := record.get("pids", {}).get("doi"):
        progress(f"DOI {doi['identifier']}")
    return record


def _submit(repository: Repository, wanted: Deposit, draft: Record, progress: Progress) -> Record:
    """Submit a draft to its community, whose curators publish it; at once, where they need not look at it."""
    words = SUBMITTED.format(version=wanted.version, name=wanted.name)
    try:
        repository.post(
            f"{_draft(draft)}/actions/submit-review", {"payload": {"content": words, "format": "html"}}
        )
    except (Missing, Refused):
        # An earlier try, whose answer was lost, may have submitted it.
        review = _review(repository, draft)
        if review is not None and not review["is_open"]:
            raise
    record: Record | None = repository.get_or_none(f"records/{draft['id']}")
    if record is None:
        progress("submitted: it is published as soon as the community accepts it")
    return record or draft
