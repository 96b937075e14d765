"""Publishing on a server that holds requests against InvenioRDM's API, wherever it is interrupted, and whatever it met before."""

from __future__ import annotations

import logging
import sys
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer import Typer
from typer.testing import CliRunner

from iqsy.package import open_package
from iqsy.problems import Problem, ProblemsError
from iqsy.publish import commands, http, release_files, zenodo
from iqsy.publish.changes import Changes
from portals import described, packages
from portals.described import serving
from portals.fake_invenio import COMMUNITY, OPEN_COMMUNITY, READER, FakeInvenio
from portals.releases import NAME, TERMS, Release

DESCRIPTOR = "datapackage.json"
FIRST = Release()
SECOND = Release("1.1.0", {"title": "Ministers “and” more"}, "b", {".duckdb": b"D2", "iqsy.sqlite": b"S"})
TEXTS = st.text(st.sampled_from("abعّ “”‘'&<>—"), min_size=3, max_size=9).filter(
    lambda text: len(text.strip()) > 2
)
RELEASES = st.builds(
    Release,
    st.sampled_from(["1.0.0", "1.1.0", "2.0.0"]),
    st.fixed_dictionaries(
        {},
        optional={
            "title": TEXTS,
            "description": TEXTS,
            "caveats": TEXTS,
            "keywords": st.lists(TEXTS, max_size=2),
            "languages": st.lists(st.sampled_from(["en", "ar", "xx"]), unique=True),
            "temporal": st.sampled_from([{}, {"start": "2003-01-01"}]),
            "homepage": st.sampled_from(["", "https://example.org/other"]),
        },
    ),
    st.sampled_from("abc"),
    st.dictionaries(
        st.sampled_from([".duckdb", ".zip.sha256", "iqsy.sqlite", "events_flat.xlsx"]), st.binary(max_size=4)
    ),
)


@pytest.fixture
def site() -> Iterator[FakeInvenio]:
    with serving(FakeInvenio()) as made:
        yield made


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[list[float]]:
    """What would have been waited for between two tries."""
    waited: list[float] = []
    with patch.object(time, "sleep", waited.append):
        yield waited


def publish(site: FakeInvenio, release: Release, *, token: str | None = None, **options: Any) -> Changes:
    site.log.clear()
    with release.open() as package:
        return zenodo.publish(package, site.url, token=token or site.token, **options)


def shown(site: FakeInvenio, drafts: bool = True) -> Any:
    """All that a repository has, without the ids that it gave."""
    ids = {id_: f"#{n}" for n, id_ in enumerate(sorted({*site.records, *site.drafts}))}

    def plain(record: Mapping[str, Any]) -> Any:
        dropped = ("id", "parent", "pids", "preview")
        return {name: value for name, value in record.items() if name not in dropped}

    published = {ids[id_]: plain(record) for id_, record in site.records.items()}
    return published, {ids[id_]: plain(draft) for id_, draft in site.drafts.items()} if drafts else {}


def contents(record: Mapping[str, Any]) -> dict[str, bytes]:
    return {name: file["content"] for name, file in record["files"].items()}


# --- what is published ---


def test_a_draft_says_what_the_descriptor_says_and_nobody_sees_it(site: FakeInvenio) -> None:
    changes = publish(site, FIRST)
    (draft,) = site.drafts.values()
    assert site.records == {}
    assert changes.url == f"{site.url}/uploads/{draft['id']}"
    found = draft["metadata"]
    assert found["title"] == "Ministers and memoranda"
    assert found["additional_titles"][0]["title"] == "وزراء ومذكرات"
    assert found["resource_type"]["id"] == "dataset"
    assert found["creators"] == [{"person_or_org": {"type": "organizational", "name": "Coders"}}]
    assert found["publisher"] == "Coders"
    assert found["publication_date"] == "2026-11-24"
    assert found["version"] == "1.0.0"
    assert found["rights"] == [{"id": "cc-by-4.0"}]
    assert found["languages"] == [{"id": "eng"}, {"id": "ara"}]
    assert found["dates"][0]["date"] == "2003-01-01/2024-12-31"
    assert {subject["subject"] for subject in found["subjects"]} == {*packages.DESCRIPTOR["keywords"]}
    assert found["related_identifiers"][0]["identifier"] == "https://example.org/data"
    told = [each["description"] for each in found["additional_descriptions"]]
    assert told == [
        "<p>ما اتُّفق عليه ومن يقول به.</p>",
        "<p>Read, coded, settled.</p>",
        "<p>A sample.</p>",
        "<p>Public figures only.</p>",
    ]


def test_files_are_those_of_the_release_byte_for_byte(site: FakeInvenio, tmp_path: Path) -> None:
    release = replace(FIRST, files={**FIRST.files, "events_flat.xlsx": b"X", ".zip.sha256": b"H"})
    folder = release.write(tmp_path)
    zenodo.publish(open_package(folder, TERMS), site.url, token=site.token)
    (draft,) = site.drafts.values()
    descriptor = (folder / DESCRIPTOR).read_bytes()
    assert contents(draft) == {**release.content, DESCRIPTOR: descriptor}


def test_people_have_names_and_roles_and_a_release_its_doi(site: FakeInvenio) -> None:
    people = [
        {"title": "B. Coder", "givenName": "B.", "familyName": "Coder", "roles": ["author"]},
        {"title": "Keepers", "roles": ["maintainer"]},
        {"title": "Friends"},
    ]
    about = {
        "contributors": people,
        "id": "https://doi.org/10.1234/abc",
        "sources": [{"path": "https://example.org/s"}],
    }
    publish(site, replace(FIRST, about=about))
    (draft,) = site.drafts.values()
    found = draft["metadata"]
    (creator,) = found["creators"]
    assert creator["person_or_org"] == {"type": "personal", "family_name": "Coder", "given_name": "B."}
    assert [(c["person_or_org"]["name"], c["role"]["id"]) for c in found["contributors"]] == [
        ("Keepers", "datamanager"),
        ("Friends", "other"),
    ]
    assert {"scheme": "doi", "identifier": "10.1234/abc"} in found["identifiers"]
    assert found["related_identifiers"][-1] == {
        "scheme": "url",
        "identifier": "https://example.org/s",
        "relation_type": {"id": "isderivedfrom"},
    }


def test_what_has_no_name_is_told_by_its_address(site: FakeInvenio) -> None:
    licence = {"title": "Terms", "path": "https://example.org/terms"}
    publish(
        site, replace(FIRST, about={"licenses": [licence], "id": "https://example.org/id", "homepage": ""})
    )
    (draft,) = site.drafts.values()
    found = draft["metadata"]
    assert found["rights"] == [{"title": {"en": "Terms"}, "link": licence["path"]}]
    assert found["identifiers"][1] == {"scheme": "url", "identifier": "https://example.org/id"}
    assert "related_identifiers" not in found


def test_it_is_published_only_on_yes(site: FakeInvenio) -> None:
    publish(site, FIRST)
    publish(site, FIRST)
    assert site.records == {}
    told: list[str] = []
    changes = publish(site, FIRST, yes=True, progress=told.append)
    assert str(changes) == f"publish record {NAME}: 1.0.0"
    (record,) = site.records.values()
    assert changes.url == f"{site.url}/records/{record['id']}"
    assert told == [f"DOI {record['pids']['doi']['identifier']}"]
    assert site.drafts == {}
    assert site.writes == ["publish"]


# --- doing it again ---


@pytest.mark.slow
@given(st.none() | RELEASES, RELEASES, st.booleans())
def test_twice_is_once(old: Release | None, new: Release, yes: bool) -> None:
    with serving(FakeInvenio()) as site:
        if old:
            publish(site, old, yes=yes)
        try:
            publish(site, new, yes=yes)
        except ProblemsError:
            assert yes and old and old.version == new.version  # a published version stays as it is
            return
        before = shown(site)
        assert not publish(site, new, yes=yes)
        assert site.writes == []
        assert shown(site) == before


@pytest.mark.slow
@given(st.none() | RELEASES, RELEASES, st.booleans())
def test_a_dry_run_tells_what_is_then_done_and_only_reads(
    old: Release | None, new: Release, yes: bool
) -> None:
    if old and old.version == new.version:
        new = replace(new, version="3.0.0")
    with serving(FakeInvenio()) as site:
        if old:
            publish(site, old, yes=True)
        before = shown(site)
        told = publish(site, new, yes=yes, dry_run=True)
        assert site.writes == []
        assert shown(site) == before
        assert publish(site, new, yes=yes).items == told.items


@pytest.mark.slow
@given(RELEASES, RELEASES)
def test_a_new_version_is_as_if_it_were_the_first(old: Release, new: Release) -> None:
    new = replace(new, version="3.0.0")
    with serving(FakeInvenio()) as updated, serving(FakeInvenio()) as fresh:
        publish(updated, old, yes=True)
        publish(updated, new, yes=True)
        publish(fresh, new, yes=True)
        first, second = updated.records.values()
        (alone,) = fresh.records.values()
        assert first["parent"]["id"] == second["parent"]["id"]
        assert second["metadata"] == alone["metadata"]
        assert contents(second) == contents(alone)


def test_of_a_new_version_only_what_differs_is_sent(site: FakeInvenio) -> None:
    publish(site, FIRST, yes=True)
    changes = publish(site, SECOND, yes=True)
    # The archive and the database have another name by now; the other database is the same.
    sent = {"ministers-1.1.0.zip", "ministers-1.1.0.duckdb", DESCRIPTOR}
    assert {change.name for change in changes if change.part == "file" and change.action != "delete"} == sent
    assert site.log.count("put_content") == len(sent)
    assert "import_files" in site.log
    assert set(contents([*site.records.values()][1])) == {*sent, "iqsy.sqlite"}


def test_a_draft_goes_on_with_whatever_version_comes(site: FakeInvenio) -> None:
    publish(site, FIRST)
    publish(site, SECOND)
    (draft,) = site.drafts.values()
    assert draft["metadata"]["version"] == "1.1.0"
    assert {name for name in contents(draft) if name.endswith(".zip")} == {"ministers-1.1.0.zip"}


def test_a_published_version_keeps_its_files_and_may_have_its_words_mended(site: FakeInvenio) -> None:
    publish(site, FIRST, yes=True)
    (record,) = site.records.values()
    record["metadata"] |= {"title": "Untitled", "funding": [{"funder": {"name": "Somebody"}}]}
    changes = publish(site, FIRST)
    assert str(changes) == f"update metadata {NAME}: title ‘Untitled’ → ‘Ministers and memoranda’"
    assert site.records[record["id"]]["metadata"]["title"] == "Untitled"
    publish(site, FIRST, yes=True)
    mended = site.records[record["id"]]
    assert mended["metadata"]["title"] == "Ministers and memoranda"
    assert mended["metadata"]["funding"] == [{"funder": {"name": "Somebody"}}]
    assert mended["pids"] == record["pids"]
    assert len(site.records) == 1


@pytest.mark.parametrize(
    ("releases", "message"),
    [
        (
            [FIRST, replace(FIRST, archived="b")],
            r"has published version 1\.0\.0 with other files \(ministers-1\.0\.0\.zip\)",
        ),
        ([FIRST, SECOND, FIRST], r"has version 1\.0\.0 already, and after it 1\.1\.0; publish a newer one"),
    ],
)
def test_what_is_published_stays(site: FakeInvenio, releases: list[Release], message: str) -> None:
    for release in releases[:-1]:
        publish(site, release, yes=True)
    before = shown(site)
    with pytest.raises(ProblemsError, match=message):
        publish(site, releases[-1], yes=True)
    assert site.writes == []
    assert shown(site) == before


def test_a_release_made_again_is_the_same_but_for_its_duckdb_file(site: FakeInvenio) -> None:
    publish(site, FIRST, yes=True)
    assert not publish(site, replace(FIRST, files={**FIRST.files, ".duckdb": b"other blocks"}), yes=True)
    with pytest.raises(ProblemsError, match=r"with other files \(ministers-1\.0\.0\.duckdb\)"):
        publish(site, replace(FIRST, files={"iqsy.sqlite": b"S"}))
    assert site.writes == []


# --- records that are not found by themselves ---


def test_a_record_made_by_hand_is_gone_on_with_by_its_id(site: FakeInvenio) -> None:
    publish(site, FIRST, yes=True)
    (record,) = site.records.values()
    record["metadata"]["identifiers"] = []
    assert "create draft" in str(publish(site, SECOND, dry_run=True))
    for id_ in (record["id"], record["parent"]["id"]):
        assert "create version" in str(publish(site, SECOND, record=id_, dry_run=True))
    publish(site, SECOND, record=record["id"])
    (draft,) = site.drafts.values()
    assert draft["parent"]["id"] == record["parent"]["id"]
    for id_ in (record["id"], draft["id"]):
        assert not publish(site, SECOND, record=id_)
    with pytest.raises(ProblemsError, match="has no record 7; give the id that ends the address"):
        publish(site, SECOND, record="7")


def test_what_is_there_twice_is_asked_about(site: FakeInvenio) -> None:
    publish(site, FIRST)
    (id_,) = site.drafts
    other = site.new_id()
    site.drafts[other] = {**site.drafts[id_], "id": other, "parent": {"id": site.new_id()}}
    with pytest.raises(ProblemsError, match=f"more than once; say with --record .*{id_}, .*{other}"):
        publish(site, FIRST)
    assert not publish(site, FIRST, record=id_)


def test_a_marker_that_is_like_it_is_another(site: FakeInvenio) -> None:
    publish(site, FIRST)
    (draft,) = site.drafts.values()
    draft["metadata"]["identifiers"][0]["identifier"] += "-2"
    assert "create draft" in str(publish(site, FIRST, dry_run=True))


# --- communities ---


@pytest.mark.parametrize("name", COMMUNITY.values())
def test_a_new_record_is_submitted_to_a_community_which_publishes_it(site: FakeInvenio, name: str) -> None:
    publish(site, FIRST, community=name)
    assert site.records == {}
    told: list[str] = []
    changes = publish(site, FIRST, community=name, yes=True, progress=told.append)
    (id_,) = site.drafts
    assert changes.url == f"{site.url}/uploads/{id_}"
    assert told == ["submitted: it is published as soon as the community accepts it"]
    assert not publish(site, FIRST, community=name, yes=True)
    assert site.writes == []
    site.accept(id_)
    publish(site, SECOND, community=name, yes=True)
    assert len(site.records) == 2


def test_where_nobody_has_to_look_at_it_it_is_published_at_once(site: FakeInvenio) -> None:
    changes = publish(site, FIRST, community=OPEN_COMMUNITY["slug"], yes=True)
    (id_,) = site.records
    assert changes.url == f"{site.url}/records/{id_}"


def test_a_draft_for_another_community_goes_to_the_one_told_last(site: FakeInvenio) -> None:
    publish(site, FIRST, community=COMMUNITY["slug"])
    changes = publish(site, FIRST, community=OPEN_COMMUNITY["slug"], dry_run=True)
    assert str(changes) == "update community open-data"
    publish(site, FIRST, yes=True)  # whom it is for is known
    assert [review["status"] for review in site.reviews.values()] == ["submitted"]


def test_communities_that_are_not_there_or_came_too_late_are_told_of(site: FakeInvenio) -> None:
    with pytest.raises(ProblemsError, match="has no community nowhere"):
        publish(site, FIRST, community="nowhere")
    publish(site, FIRST, yes=True)
    with pytest.raises(ProblemsError, match="outside of the community middle-east; add it there"):
        publish(site, SECOND, community=COMMUNITY["slug"])
    assert site.writes == []


# --- faults ---


def interrupt(old: Release | None, new: Release, breaks_at: int, takes_effect: bool, **options: Any) -> bool:
    """Publish `new` after `old`, broken at a request, then whole; return whether there was one to break.

    Where both are the same, somebody has changed the title in between.
    """
    with serving(FakeInvenio()) as broken, serving(FakeInvenio()) as whole:
        for each in (broken, whole):
            if old:
                publish(each, old, yes=True)
            if old is new:
                (record,) = each.records.values()
                record["metadata"]["title"] = "Untitled"
        before = shown(broken, drafts=False)
        publish(whole, new, yes=True, **options)
        if breaks_at >= len(whole.log):
            return False
        broken.breaks_at, broken.takes_effect = breaks_at, takes_effect
        with patch.object(http, "TRIES", 0), pytest.raises(ProblemsError, match="failed at"):
            publish(broken, new, yes=True, **options)
        half = shown(broken, drafts=False)
        broken.breaks_at = None
        if half != before:
            # The one request that publishes was done, and all before it.
            assert half == shown(whole, drafts=False)
        publish(broken, new, yes=True, **options)
        assert shown(broken) == shown(whole)
        return True


@pytest.mark.slow
@given(st.none() | RELEASES, RELEASES, st.integers(0, 40), st.booleans())
def test_an_interrupted_run_publishes_nothing_and_the_next_completes_it(
    old: Release | None, new: Release, breaks_at: int, takes_effect: bool
) -> None:
    interrupt(old, replace(new, version="3.0.0"), breaks_at, takes_effect)


@pytest.mark.slow
@pytest.mark.parametrize("takes_effect", [False, True])
@pytest.mark.parametrize(
    ("old", "new", "options"),
    [
        (None, FIRST, {}),
        (FIRST, SECOND, {}),
        (FIRST, FIRST, {}),
        (None, FIRST, {"community": COMMUNITY["slug"]}),
        (None, FIRST, {"community": OPEN_COMMUNITY["slug"]}),
    ],
)
def test_no_moment_is_a_bad_one_to_be_interrupted(
    old: Release | None, new: Release, options: dict[str, str], takes_effect: bool
) -> None:
    n = 0
    while interrupt(old, new, n, takes_effect, **options):
        n += 1
    assert n > 5


@pytest.mark.parametrize("fault", [500, 502, 429, "cut", "lost"])
@pytest.mark.parametrize("options", [{}, {"community": COMMUNITY["slug"]}])
def test_passing_faults_of_every_request_are_sat_out(
    site: FakeInvenio, fault: int | str, options: dict[str, str]
) -> None:
    with serving(FakeInvenio()) as whole:
        for release in (FIRST,) if options else (FIRST, SECOND):
            site.faults = {id_: (fault, 2) for id_ in site.by_id}
            for each in (site, whole):
                publish(each, release, yes=True, **options)
        assert shown(site) == shown(whole)


def test_a_draft_of_which_the_answer_was_lost_is_not_made_again(site: FakeInvenio) -> None:
    site.faults["create"], site.late = ("lost", 1), 1
    publish(site, FIRST)
    assert len(site.drafts) == 1


def test_it_waits_as_long_as_it_is_told_and_ever_longer_else(
    site: FakeInvenio, no_waiting: list[float]
) -> None:
    site.faults["search"] = 429, 2
    publish(site, FIRST, dry_run=True)
    assert no_waiting == [described.RETRY_AFTER] * 2
    for operation in ("create", "search"):
        no_waiting.clear()
        site.faults[operation] = 503, 3
        publish(site, FIRST)
        assert len(no_waiting) >= 2 and no_waiting == sorted(set(no_waiting))


@pytest.mark.parametrize("operation", ["search", "create", "put_content", "publish"])
def test_a_repository_that_goes_on_failing_is_given_up(site: FakeInvenio, operation: str) -> None:
    site.faults[operation] = 500, 99
    with pytest.raises(ProblemsError, match=r"failed at \w+ \S+"):
        publish(site, FIRST, yes=True)
    assert site.records == {}


def test_a_repository_that_says_nothing_is_given_up(site: FakeInvenio) -> None:
    site.faults["search"] = "silent", 99
    with (
        patch.object(http, "READ_TIMEOUT", 0.05),
        pytest.raises(ProblemsError, match=r"failed at GET.*timed out"),
    ):
        publish(site, FIRST)


def test_files_that_are_not_kept_are_told_of_and_not_published(site: FakeInvenio) -> None:
    site.forgets_files = True
    with pytest.raises(
        ProblemsError, match=r"has not kept what it was sent of datapackage\.json.*; publish again"
    ):
        publish(site, FIRST, yes=True)
    site.forgets_files = False
    site.faults["put_content"] = "cut", 999
    with patch.object(http, "TRIES", 1), pytest.raises(ProblemsError, match="failed at PUT"):
        publish(site, FIRST, yes=True)
    assert site.records == {}


def test_what_the_repository_does_not_understand_is_told_field_by_field(site: FakeInvenio) -> None:
    release = replace(FIRST, about={"licenses": [{"name": "My-own-1.0"}]})
    with pytest.raises(ProblemsError, match=r"refuses the metadata: metadata\.rights\.0: Not a valid value"):
        publish(site, release, yes=True)
    assert site.records == {}
    publish(site, FIRST, yes=True)
    assert len(site.records) == 1


class Lossy(FakeInvenio):
    """A repository that loses each file on its way."""

    def put_content(self, request: described.Request) -> described.Answer:
        return described.Answer(404, {"message": "There is no such file."})


class Full(FakeInvenio):
    """A repository that takes no more files."""

    def start_files(self, request: described.Request) -> described.Answer:
        return described.Answer(400, {"message": "That would be too many files."})


class Busy(FakeInvenio):
    """A repository where what is complete is not, when it is asked for."""

    def commit_file(self, request: described.Request) -> described.Answer:
        return described.Answer(400, {"message": "Come again."})


class Idle(FakeInvenio):
    """A repository that answers as if it had published a record."""

    def publish(self, request: described.Request) -> described.Answer:
        return described.Answer(202, self.shown(self.draft(request), False))


class Closed(FakeInvenio):
    """A repository whose communities take nothing."""

    def submit_review(self, request: described.Request) -> described.Answer:
        return described.Answer(400, {"message": "The community is closed."})


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Lossy, r"has lost datapackage\.json each time that it was sent; publish again"),
        (Full, r"refuses POST records/\S+/draft/files: That would be too many files\."),
        (Busy, r"refuses POST records/\S+/commit: Come again\."),
        (Idle, r"has not published http\S+; publish again"),
        (Closed, r"refuses POST records/\S+/submit-review: The community is closed\."),
    ],
)
def test_a_repository_that_does_not_do_its_part_is_told_of(
    site: FakeInvenio, kind: type[FakeInvenio], message: str
) -> None:
    site.__class__ = kind
    with pytest.raises(ProblemsError, match=message):
        publish(site, FIRST, yes=True, community=COMMUNITY["slug"] if kind is Closed else None)
    assert site.records == {}


# --- tokens and other sites ---


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("a-wrong-token", "does not know the token, which is wrong, or of another site"),
        (READER, "does not let the token's user do POST records: the token needs the scopes deposit:write"),
    ],
)
def test_a_token_that_may_not_is_told_of_but_not_told(
    site: FakeInvenio, token: str, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ProblemsError, match=message) as raised:
        publish(site, FIRST, token=token)
    assert token not in str(raised.value) + caplog.text
    assert raised.value.__cause__ is None
    assert site.drafts == {}


def test_no_error_and_no_log_has_the_token(site: FakeInvenio, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    publish(site, FIRST, yes=True)
    (record,) = site.records.values()
    record["metadata"]["version"] = "0.9"
    with (
        patch.object(FakeInvenio, "new_version", lambda self, request: telling(self.token)),
        pytest.raises(ProblemsError, match="refuses POST") as raised,
    ):
        publish(site, FIRST)
    site.violations.clear()  # that answer is not described
    assert http.HIDDEN in str(raised.value)
    assert site.token not in str(raised.value) + caplog.text


def telling(token: str) -> described.Answer:
    return described.Answer(400, {"message": f"What is {token}?"})


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (described.Answer(200, {"hits": 3}), "does not list a user's records as InvenioRDM does"),
        (described.Answer(200, b"<html>"), "does not answer GET user/records as InvenioRDM does: 200 <html>"),
        (described.Answer(405, ["no"]), r"does not answer GET user/records as InvenioRDM does: 405 \['no'\]"),
        (described.Answer(404, {}), "has nothing for GET user/records; publish again, if it runs InvenioRDM"),
        (
            described.Answer(301, None, {"Location": "https://example.org/"}),
            "sends GET user/records on to https://example.org/; give the address that answers itself",
        ),
    ],
)
def test_what_is_no_repository_is_told_of(site: FakeInvenio, answer: described.Answer, message: str) -> None:
    with (
        patch.object(FakeInvenio, "search", lambda self, request: answer),
        pytest.raises(ProblemsError, match=message),
    ):
        publish(site, FIRST)
    site.violations.clear()  # those answers are not described


# --- what can be no release ---


def test_an_archive_is_a_release_as_its_folder_is(site: FakeInvenio, tmp_path: Path) -> None:
    folder = FIRST.write(tmp_path)
    publish(site, FIRST)
    archive = tmp_path / f"{folder.name}.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in folder.rglob("*"):
            packed.write(file, file.relative_to(tmp_path))
    changes = zenodo.publish(open_package(archive, TERMS), site.url, token=site.token, dry_run=True)
    # Of another archive, with the same rest in it.
    assert [change.name for change in changes] == [archive.name]


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"contributors": []}, "lacks contributors, of whom a record names the creators"),
        ({"contributors": [{"email": "a@example.org"}]}, "one of its contributors lacks a title"),
        ({"created": None}, "lacks created, the day of the release"),
    ],
)
def test_a_descriptor_that_lacks_what_a_record_must_have_is_refused(
    site: FakeInvenio, about: dict[str, Any], message: str
) -> None:
    with pytest.raises(ProblemsError, match=message):
        publish(site, replace(FIRST, about=about))
    assert site.log == []


def test_what_is_no_release_or_has_problems_is_refused(site: FakeInvenio, tmp_path: Path) -> None:
    folder = FIRST.write(tmp_path)
    with pytest.raises(ProblemsError, match="a cell that is no number"):
        package = open_package(folder, TERMS)
        package.problems.append(Problem("type", "a cell that is no number"))
        zenodo.publish(package, site.url, token=site.token)
    (tmp_path / f"{folder.name}.zip").unlink()
    with pytest.raises(
        ProblemsError, match=r"is no release: beside it lies no ministers-1\.0\.0\.zip; give what"
    ):
        zenodo.publish(open_package(folder, TERMS), site.url, token=site.token)
    assert site.log == []


# --- the command ---


def run(*arguments: str, **environment: str | None) -> Any:
    application = Typer()
    application.command()(commands.zenodo)
    return CliRunner().invoke(application, arguments, env=environment)


def test_the_command_takes_the_token_from_the_environment_and_a_checkout_for_its_release(
    site: FakeInvenio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["iqsy.contract"], "cached", lambda folder: TERMS)
    packages.write(tmp_path, NAME, {})
    FIRST.write(tmp_path / "dist")
    arguments = (str(tmp_path), "--url", f"{site.url}/")
    done = run(*arguments, "--dry-run", IQSY_ZENODO_TOKEN=site.token)
    assert done.exit_code == 0, done.output
    assert f"create draft {NAME}" in done.stdout
    assert site.writes == []
    done = run(*arguments, IQSY_ZENODO_TOKEN=f"{site.token}\n")
    (id_,) = site.drafts
    assert done.stdout.endswith(f"{site.url}/uploads/{id_}\n")
    assert "with --yes" in done.stderr
    done = run(*arguments, "--yes", IQSY_ZENODO_TOKEN=site.token)
    assert done.stdout.endswith(f"{site.url}/records/{id_}\n")
    assert site.token not in done.output


def test_what_is_no_checkout_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / DESCRIPTOR).write_text("[]")
    for path in (tmp_path, tmp_path / DESCRIPTOR, tmp_path / "nowhere"):
        assert release_files.at(path) == path


def test_sites_have_short_names() -> None:
    assert zenodo.address("sandbox") == "https://sandbox.zenodo.org"
    assert zenodo.address("https://data.example.org") == "https://data.example.org"
