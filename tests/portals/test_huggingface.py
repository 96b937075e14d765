"""Publishing with the Hub's own client on a server that holds requests against the Hub's API, wherever it is interrupted."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pyarrow.parquet as pq
import pytest
import yaml
from huggingface_hub import constants
from hypothesis import given, settings
from hypothesis import strategies as st
from typer import Typer
from typer.testing import CliRunner

from iqsy.contract import Contract
from iqsy.package import Package, open_package
from iqsy.problems import Problem, ProblemsError
from iqsy.publish import commands, http, huggingface
from iqsy.publish.changes import Changes
from portals import described, packages
from portals.described import serving
from portals.fake_hub import CLOSED, FIRST_FILE, LAB, READER, USER, FakeHub

# The client's own, of the library that it sends by.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

ROOT = packages.ROOT
# Every example publishes several times, with files and requests.
FEWER = settings(max_examples=settings().max_examples // 3)
WHOLE = packages.terms(*packages.NAMES, "sources")
NAME = f"{USER}/ministers"
TABLES = "data/tables"
LICENCE = {
    "name": "CC-BY-4.0",
    "title": "Attribution",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}


@dataclass(frozen=True)
class Edition:
    """What a version of the package is made of: rows by table, and words of its descriptor."""

    n_rows: Mapping[str, int] = field(default_factory=lambda: {"events_flat": 2, "figures": 1})
    version: str = "1.0.0"
    caveats: str = ""

    @property
    def terms(self) -> Contract:
        return replace(WHOLE, tables={name: WHOLE.tables[name] for name in ("sources", *self.n_rows)})

    @contextmanager
    def open(self) -> Iterator[Package]:
        with TemporaryDirectory() as folder:
            yield open_package(self.write(Path(folder)), self.terms)

    def write(self, folder: Path) -> Path:
        """Write the package into a folder, with a contract of its own tables alone."""
        n_rows = {"sources": 1, **self.n_rows}
        for name in n_rows:
            target = folder / WHOLE.tables[name].schema_path
            target.parent.mkdir(parents=True, exist_ok=True)
            copyfile(ROOT / WHOLE.tables[name].schema_path, target)
        tables = {name: packages.rows(WHOLE.tables[name], n) for name, n in n_rows.items()}
        about = {"version": self.version, "caveats": self.caveats, "licenses": [LICENCE]}
        return packages.write(folder, "ministers", tables, **about)


FIRST = Edition()
SECOND = Edition({"events_flat": 3, "contacts": 1}, "1.1.0", "A sample.")
EDITIONS = st.builds(
    Edition,
    st.dictionaries(st.sampled_from(packages.NAMES), st.integers(0, 3), min_size=1),
    st.sampled_from(["1.0.0", "1.1.0"]),
    st.sampled_from(["", "A sample.", "قال “نعم”"]),
)


@pytest.fixture
def site() -> Iterator[FakeHub]:
    with serving(FakeHub()) as made:
        yield made


@pytest.fixture(autouse=True)
def by_plain_uploads() -> Iterator[None]:
    """The client's other way to send large files speaks to a service of its own."""
    with patch.object(constants, "HF_HUB_DISABLE_XET", True):
        yield


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[list[float]]:
    """What would have been waited for between two tries."""
    waited: list[float] = []
    with patch.object(time, "sleep", waited.append):
        yield waited


def publish(
    site: FakeHub, edition: Edition, name: str = NAME, *, token: str | None = None, **options: Any
) -> Changes:
    site.log.clear()
    with edition.open() as package:
        terms = replace(edition.terms, folder=package.folder / "schema")
        return huggingface.publish(package, terms, site.url, name, token=token or site.token, **options)


def shown(site: FakeHub) -> Any:
    """All that a Hub shows, without the names of commits."""
    return {
        name: (
            contents(site, name),
            found.messages,
            {tag: [*found.commits].index(sha) for tag, sha in found.tags.items()},
        )
        for name, found in site.repositories.items()
    }


def contents(site: FakeHub, name: str = NAME) -> dict[str, bytes]:
    files = site.repositories[name].files
    return {path: site.store[file] if isinstance(file, str) else file for path, file in files.items()}


# --- what is published ---


def test_a_repository_holds_tables_contract_descriptor_and_card(site: FakeHub, tmp_path: Path) -> None:
    changes = publish(site, FIRST)
    assert changes.url == f"{site.url}/datasets/{NAME}"
    found = contents(site)
    folder = FIRST.write(tmp_path)
    for table in ("events_flat", "figures", "sources"):
        assert found[f"{TABLES}/{table}.csv"] == (folder / TABLES / f"{table}.csv").read_bytes()
        (tmp_path / "read.parquet").write_bytes(found[f"{TABLES}/{table}.parquet"])
        read = pq.read_table(tmp_path / "read.parquet")
        assert read.equals(open_package(folder, FIRST.terms).tables[table])
    descriptor = json.loads(found["datapackage.json"])
    assert {resource["path"] for resource in descriptor["resources"]} <= found.keys()
    assert found["schema/tables/figures.json"] == (WHOLE.folder / "tables/figures.json").read_bytes()
    head, body = found["README.md"].decode().removeprefix("---\n").split("---\n", 1)
    front = yaml.safe_load(head)
    assert front["license"] == "cc-by-4.0"
    for config in front["configs"]:
        assert config["data_files"][0]["path"] in found
    assert f'load_dataset("{NAME}", "events_flat")' in body
    # The Hub put it there, and nobody took it away.
    assert found.items() >= FIRST_FILE.items()


def test_a_version_is_one_commit_with_its_tag(site: FakeHub) -> None:
    publish(site, FIRST)
    found = site.repositories[NAME]
    assert found.messages == ["initial commit", "Version 1.0.0"]
    assert found.tags == {"v1.0.0": found.head}
    assert not found.private


def test_a_repository_is_private_on_request_and_may_be_of_an_organisation(site: FakeHub) -> None:
    publish(site, FIRST, f"{LAB}/ministers", private=True)
    assert site.repositories[f"{LAB}/ministers"].private


# --- doing it again ---


@pytest.mark.slow
@FEWER
@given(st.none() | EDITIONS, EDITIONS)
def test_twice_is_once(old: Edition | None, new: Edition) -> None:
    with serving(FakeHub()) as site:
        if old and old.version != new.version:
            publish(site, old)
        publish(site, new)
        before = shown(site)
        assert not publish(site, new)
        assert site.writes == []
        assert shown(site) == before


@pytest.mark.slow
@FEWER
@given(st.none() | EDITIONS, EDITIONS)
def test_a_dry_run_tells_what_is_then_done_and_only_reads(old: Edition | None, new: Edition) -> None:
    new = replace(new, version="2.0.0")
    with serving(FakeHub()) as site:
        if old:
            publish(site, old)
        before = shown(site)
        told = publish(site, new, dry_run=True)
        assert {site.by_id[id_].method for id_ in site.log} == {"GET"}
        assert shown(site) == before
        assert publish(site, new) == told


@pytest.mark.slow
@FEWER
@given(EDITIONS, EDITIONS)
def test_a_new_version_is_as_if_it_were_the_first(old: Edition, new: Edition) -> None:
    new = replace(new, version="2.0.0")
    with serving(FakeHub()) as updated, serving(FakeHub()) as fresh:
        publish(updated, old)
        publish(updated, new)
        publish(fresh, new)
        assert contents(updated) == contents(fresh)


def test_only_what_differs_is_sent_and_what_is_no_more_goes(site: FakeHub) -> None:
    publish(site, FIRST)
    found = site.repositories[NAME]
    site.put(found, {**found.files, "notes.md": b"by hand", f"{TABLES}/old.csv": b"no more"}, "By hand")
    changes = publish(site, SECOND)
    told = {change.name: change.action for change in changes if change.part == "file"}
    assert told == {
        "README.md": "update",
        "datapackage.json": "update",
        f"{TABLES}/contacts.csv": "create",
        f"{TABLES}/contacts.parquet": "create",
        f"{TABLES}/events_flat.csv": "update",
        f"{TABLES}/events_flat.parquet": "update",
        f"{TABLES}/figures.csv": "delete",
        f"{TABLES}/figures.parquet": "delete",
        f"{TABLES}/old.csv": "delete",
        "schema/tables/contacts.json": "create",
        "schema/tables/figures.json": "delete",
    }
    assert site.log.count("put_object") == 2
    assert contents(site)["notes.md"] == b"by hand"
    assert set(site.repositories[NAME].tags) == {"v1.0.0", "v1.1.0"}


def test_a_version_with_its_tag_keeps_its_data_and_may_have_its_words_mended(site: FakeHub) -> None:
    publish(site, FIRST)
    tagged = site.repositories[NAME].head
    changes = publish(site, replace(FIRST, caveats="A sample."))
    assert {change.name for change in changes} == {"README.md", "datapackage.json"}
    assert site.repositories[NAME].tags == {"v1.0.0": tagged}
    before = shown(site)
    with pytest.raises(
        ProblemsError, match=r"has published version 1\.0\.0 with other data \(data/.*raise the version"
    ):
        publish(site, replace(FIRST, n_rows={"events_flat": 1}))
    assert site.writes == []
    assert shown(site) == before


def test_what_others_changed_since_is_not_undone(site: FakeHub) -> None:
    publish(site, FIRST)

    def meanwhile(self: FakeHub, request: described.Request) -> described.Answer:
        found = self.repositories[NAME]
        if "notes.md" not in found.files:
            self.put(found, {**found.files, "notes.md": b"meanwhile"}, "Notes")
        return FakeHub.commit(self, request)

    class Busy(FakeHub):
        commit = meanwhile

    site.__class__ = Busy
    with pytest.raises(
        ProblemsError, match=r"does not show what it was sent, and says A commit has happened since"
    ):
        publish(site, SECOND)
    publish(site, SECOND)
    assert contents(site)["notes.md"] == b"meanwhile"


# --- faults ---


def interrupt(old: Edition | None, new: Edition, breaks_at: int, takes_effect: bool) -> bool:
    """Publish `new` after `old`, broken from a request on, then whole; return whether there was one to break."""
    with serving(FakeHub()) as broken, serving(FakeHub()) as whole:
        for each in (broken, whole):
            if old:
                publish(each, old)
        before = shown(broken)
        publish(whole, new)
        if breaks_at >= len(whole.log):
            return False
        broken.breaks_at, broken.takes_effect = breaks_at, takes_effect
        with patch.object(http, "TRIES", 0), pytest.raises(ProblemsError, match="failed to"):
            publish(broken, new)
        if NAME in broken.repositories and shown(broken) != before:
            # Nothing yet but what the Hub made by itself, or all of it but for the tag.
            assert [*contents(broken)] == [*FIRST_FILE] or contents(broken) == contents(whole)
        broken.breaks_at = None
        publish(broken, new)
        assert shown(broken) == shown(whole)
        return True


@pytest.mark.slow
@FEWER
@given(st.none() | EDITIONS, EDITIONS, st.integers(0, 15), st.booleans())
def test_an_interrupted_run_shows_no_half_and_the_next_completes_it(
    old: Edition | None, new: Edition, breaks_at: int, takes_effect: bool
) -> None:
    interrupt(old, replace(new, version="2.0.0"), breaks_at, takes_effect)


@pytest.mark.slow
@pytest.mark.parametrize("takes_effect", [False, True])
@pytest.mark.parametrize("old", [None, FIRST])
def test_no_moment_is_a_bad_one_to_be_interrupted(old: Edition | None, takes_effect: bool) -> None:
    n = 0
    while interrupt(old, SECOND, n, takes_effect):
        n += 1
    assert n > 10


@pytest.mark.parametrize("fault", [500, 502, 429, "cut", "lost"])
def test_passing_faults_of_every_request_are_sat_out(site: FakeHub, fault: int | str) -> None:
    with serving(FakeHub()) as whole:
        for edition in (FIRST, SECOND):
            site.faults = {id_: (fault, 2) for id_ in site.by_id}
            for each in (site, whole):
                publish(each, edition)
        assert shown(site) == shown(whole)


def test_it_waits_as_long_as_it_is_told_and_ever_longer_else(site: FakeHub, no_waiting: list[float]) -> None:
    site.faults["whoami"] = 429, 2
    publish(site, FIRST, dry_run=True)
    assert no_waiting == [described.RETRY_AFTER] * 2
    no_waiting.clear()
    site.faults["whoami"] = 503, 3
    publish(site, FIRST, dry_run=True)
    assert no_waiting == [1, 2, 4]


@pytest.mark.parametrize(
    "operation", ["whoami", "create_repo", "preupload", "put_object", "commit", "create_tag"]
)
@pytest.mark.parametrize("fault", [500, "cut"])
def test_a_hub_that_goes_on_failing_is_given_up(site: FakeHub, operation: str, fault: int | str) -> None:
    site.faults[operation] = fault, 99
    with pytest.raises(ProblemsError, match=r"failed to .*5 more tries included"):
        publish(site, FIRST)


def test_a_hub_that_says_nothing_is_given_up(site: FakeHub) -> None:
    site.faults["whoami"] = "silent", 99
    with (
        patch.object(http, "READ_TIMEOUT", 0.05),
        pytest.raises(ProblemsError, match=r"failed to tell.*timed out"),
    ):
        publish(site, FIRST)


def test_a_commit_that_is_not_kept_is_told_of_and_has_no_tag(site: FakeHub) -> None:
    site.forgets_commits = True
    with pytest.raises(
        ProblemsError, match="does not show what it was sent, and says nothing; publish again"
    ):
        publish(site, FIRST)
    assert site.repositories[NAME].tags == {}


class Amnesiac(FakeHub):
    """A Hub that answers as if it had made a repository."""

    def create_repo(self, request: described.Request) -> described.Answer:
        return described.Answer(200, {"url": f"{self.url}/datasets/{NAME}"})


class Muddled(FakeHub):
    """A Hub that answers what is no list of places to send files to."""

    def lfs_batch(self, request: described.Request) -> described.Answer:
        return described.Answer(200, {"objects": "here"})


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Amnesiac, f"has lost the repository {NAME}; publish again"),
        (Muddled, "does not answer as the Hub does, when asked to take the files: Malformed response"),
    ],
)
def test_a_hub_that_does_not_do_its_part_is_told_of(site: FakeHub, kind: type[FakeHub], message: str) -> None:
    site.__class__ = kind
    with pytest.raises(ProblemsError, match=message):
        publish(site, FIRST)
    site.violations.clear()  # those answers may be not described


# --- tokens, owners and other sites ---


@pytest.mark.parametrize(
    ("token", "name", "message"),
    [
        ("a-wrong-token", NAME, "does not know the token, which is wrong or has expired"),
        (READER, NAME, "knows the token as one that may only read; make one with the right to write"),
        (None, "somebody/ministers", f"publish for somebody; it may for {USER}, {LAB}, {CLOSED}"),
        (
            None,
            f"{CLOSED}/ministers",
            "does not let the token's user make the repository: you don't have the rights",
        ),
        (None, "ministers", "'ministers' is no repository; one looks like owner/name"),
    ],
)
def test_who_may_not_is_told_why_but_not_the_token(
    site: FakeHub, token: str | None, name: str, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ProblemsError, match=message) as raised:
        publish(site, FIRST, name, token=token)
    assert (token or site.token) not in str(raised.value) + caplog.text
    assert raised.value.__cause__ is None
    assert site.repositories == {}


def test_no_error_and_no_log_has_the_token(site: FakeHub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    class Telling(FakeHub):
        def dataset_info(self, request: described.Request) -> described.Answer:
            return described.Answer(400, {"error": f"What is {self.token}?"})

    publish(site, FIRST)
    site.__class__ = Telling
    with pytest.raises(ProblemsError, match="refuses to show the repository: What is") as raised:
        publish(site, SECOND)
    site.violations.clear()  # that answer is not described
    assert http.HIDDEN in str(raised.value)
    assert site.token not in str(raised.value) + caplog.text


def test_what_is_no_hub_is_told_of(site: FakeHub) -> None:
    class Other(FakeHub):
        def whoami(self, request: described.Request) -> described.Answer:
            return described.Answer(404, {"error": "no such page"})

    site.__class__ = Other
    with pytest.raises(ProblemsError, match="refuses to tell who the token's user is: no such page"):
        publish(site, FIRST)
    site.violations.clear()  # that answer is not described


def test_whoever_told_the_client_to_stay_offline_is_reminded(site: FakeHub) -> None:
    with (
        patch.object(constants, "HF_HUB_OFFLINE", True),
        pytest.raises(ProblemsError, match="offline mode is enabled"),
    ):
        publish(site, FIRST)


def test_the_client_is_left_as_it_was(site: FakeHub) -> None:
    from huggingface_hub.utils import _http

    before = constants.HF_HUB_DISABLE_TELEMETRY
    publish(site, FIRST, dry_run=True)
    assert before == constants.HF_HUB_DISABLE_TELEMETRY
    assert _http.get_session().timeout == _http.default_client_factory().timeout


def test_a_package_with_problems_is_not_published(site: FakeHub) -> None:
    with FIRST.open() as package:
        package.problems.append(Problem("type", "a cell that is no number"))
        with pytest.raises(ProblemsError, match="a cell that is no number"):
            huggingface.publish(package, FIRST.terms, site.url, NAME, token=site.token)
    assert site.log == []


# --- the command ---


def run(*arguments: str, **environment: str | None) -> Any:
    application = Typer()
    application.command()(commands.huggingface)
    return CliRunner().invoke(application, arguments, env=environment)


def test_the_command_takes_the_token_and_the_hub_from_the_environment(
    site: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["iqsy.contract"], "cached", lambda folder: FIRST.terms)
    FIRST.write(tmp_path)
    environment = {"HF_ENDPOINT": site.url, "HF_TOKEN": site.token}
    done = run(str(tmp_path), "--repo", NAME, "--dry-run", **environment)
    assert done.exit_code == 0, done.output
    assert f"create repository {NAME}" in done.stdout
    assert site.repositories == {}
    done = run(str(tmp_path), "--repo", NAME, "--private", **environment)
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith(f"{site.url}/datasets/{NAME}\n")
    assert "bytes to send" in done.stderr
    assert site.token not in done.output
    assert site.repositories[NAME].private


def test_the_hub_is_the_one_that_everybody_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert huggingface.address() == "https://huggingface.co"
