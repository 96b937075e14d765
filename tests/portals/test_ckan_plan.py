"""Publishing on a CKAN in memory: whatever it shows already, and wherever it is interrupted, the end is the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import ckanapi  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iqsy.contract import Contract
from iqsy.package import Package, open_package
from iqsy.problems import Problem, ProblemsError
from iqsy.publish import ckan, ckan_dataset, hxl
from iqsy.publish.changes import Changes
from iqsy.publish.ckan_plan import Found
from iqsy.publish.metadata import metadata
from portals import packages
from portals.fake_ckan import FakeCkan

WHOLE = packages.terms(*packages.NAMES)
NAME = "ministers"
KEY = "a-key"


@dataclass(frozen=True)
class Edition:
    """What a version of the package is made of: rows by table, words of its descriptor, words of its columns."""

    n_rows: Mapping[str, int]
    first_row: int = 0
    version: str = "1.0.0"
    caveats: str = ""
    keywords: tuple[str, ...] = ()
    wording: str = ""
    hxl: bool = False

    def terms(self) -> Contract:
        """The contract with the edition's tables, and words added to one column of each."""
        tables = {}
        for name in self.n_rows:
            table = WHOLE.tables[name]
            first, *others = table.fields
            reworded = replace(first, description=f"{first.description} {self.wording}".strip())
            tables[name] = replace(table, fields=(reworded, *others))
        return replace(WHOLE, tables=tables)

    @contextmanager
    def open(self) -> Iterator[Package]:
        with TemporaryDirectory() as folder:
            tables = {
                name: packages.rows(WHOLE.tables[name], n, self.first_row) for name, n in self.n_rows.items()
            }
            about = {"version": self.version, "caveats": self.caveats, "keywords": list(self.keywords)}
            packages.write(Path(folder), NAME, tables, **about)
            yield open_package(folder, self.terms())


EDITIONS = st.builds(
    Edition,
    st.dictionaries(st.sampled_from(packages.NAMES), st.integers(0, 3), min_size=1),
    st.integers(0, 1),
    st.sampled_from(["1.0.0", "1.1.0"]),
    st.sampled_from(["", "A sample."]),
    st.sets(st.sampled_from(["Iraq", "العراق", "border"])).map(tuple),
    st.sampled_from(["", "Reworded."]),
    st.booleans(),
)


def publish(portal: FakeCkan, edition: Edition, dry_run: bool = False) -> Changes:
    portal.actions.clear()
    with edition.open() as package, patch.object(ckanapi, "RemoteCKAN", portal):
        return ckan.publish(
            package,
            edition.terms(),
            "https://portal.example",
            "org",
            key=KEY,
            dry_run=dry_run,
            hxl=edition.hxl,
        )


def shown(portal: FakeCkan) -> Any:
    """All that a portal shows, without the ids that it gave."""
    dataset = portal.datasets.get(NAME)
    if dataset is None:
        return None
    stores = {id: {**store, "rows": list(store["rows"].values())} for id, store in portal.stores.items()}
    text = json.dumps({**dataset, "stores": stores}, default=bytes.decode)
    for resource in dataset["resources"]:
        text = re.sub(rf"\b{resource['id']}\b", resource["name"], text)
    whole: dict[str, Any] = json.loads(text)
    for resource in whole["resources"]:
        if resource["name"] == "datapackage.json":
            # Of the addresses in it, which hold ids.
            resource.pop("hash", None)
    extras = {extra["key"]: extra["value"] for extra in whole["extras"]}
    return {**whole, "id": None, "extras": extras}


def looks_finished(portal: FakeCkan) -> bool:
    dataset = portal.datasets.get(NAME)
    return dataset is not None and not dataset["private"] and Found(dataset).mark is None


@given(EDITIONS, st.booleans())
def test_what_is_published_is_all_there(edition: Edition, with_store: bool) -> None:
    portal = FakeCkan(with_store)
    publish(portal, edition)
    dataset = portal.datasets[NAME]
    assert looks_finished(portal)
    assert dataset["version"] == edition.version
    resources = {resource["name"]: resource for resource in dataset["resources"]}
    for name, n_rows in edition.n_rows.items():
        resource = resources[f"{name}.csv"]
        assert resource["content"].count(b"\n") > n_rows
        assert (resource["id"] in portal.stores) == with_store
        if with_store:
            assert len(portal.stores[resource["id"]]["rows"]) == n_rows


@given(EDITIONS, EDITIONS, st.booleans())
def test_an_update_shows_what_a_first_publishing_shows(old: Edition, new: Edition, with_store: bool) -> None:
    updated, fresh = FakeCkan(with_store), FakeCkan(with_store)
    publish(updated, old)
    publish(updated, new)
    publish(fresh, new)
    assert shown(updated) == shown(fresh)


@given(EDITIONS, EDITIONS)
def test_a_second_run_changes_nothing(old: Edition, new: Edition) -> None:
    portal = FakeCkan()
    publish(portal, old)
    publish(portal, new)
    assert not publish(portal, new)
    assert portal.writes == []


@given(st.none() | EDITIONS, EDITIONS)
def test_a_dry_run_tells_what_is_then_done(old: Edition | None, new: Edition) -> None:
    portal = FakeCkan()
    if old:
        publish(portal, old)
    before = shown(portal)
    told = publish(portal, new, dry_run=True)
    assert portal.writes == []
    assert shown(portal) == before
    assert publish(portal, new) == told
    assert bool(told) == (shown(portal) != before)


def interrupt(old: Edition | None, new: Edition, breaks_at: int, takes_effect: bool) -> None:
    """Publish `new` after `old`, broken at a call, and then whole: see what is shown after each."""
    portal, whole = FakeCkan(), FakeCkan()
    for each in (portal, whole):
        if old:
            publish(each, old)
    before = shown(portal)
    publish(whole, new)
    portal.breaks_at, portal.takes_effect = breaks_at % len(whole.actions), takes_effect
    with pytest.raises(ProblemsError, match="failed at"):
        publish(portal, new)
    if shown(portal) not in (before, shown(whole)):
        assert not looks_finished(portal)
        assert old or portal.datasets[NAME]["private"]
    portal.breaks_at = None
    publish(portal, new)
    assert looks_finished(portal)
    assert shown(portal) == shown(whole)


@given(st.none() | EDITIONS, EDITIONS, st.integers(0, 50), st.booleans())
def test_an_interrupted_run_never_looks_finished_and_the_next_completes_it(
    old: Edition | None, new: Edition, breaks_at: int, takes_effect: bool
) -> None:
    interrupt(old, new, breaks_at, takes_effect)


@pytest.mark.parametrize("takes_effect", [False, True])
def test_no_moment_is_a_bad_one_to_be_interrupted(takes_effect: bool) -> None:
    # As many rows as before, but others; a table less, another more.
    old = Edition({"figures": 2, "contacts": 2}, hxl=True)
    new = Edition({"figures": 2, "events_flat": 1}, first_row=1, version="1.1.0")
    portal = FakeCkan()
    publish(portal, old)
    publish(portal, new)
    for breaks_at in range(len(portal.actions)):
        interrupt(old, new, breaks_at, takes_effect)


@given(EDITIONS, EDITIONS)
def test_what_others_put_there_is_left_alone(old: Edition, new: Edition) -> None:
    portal = FakeCkan()
    publish(portal, old)
    dataset = portal.datasets[NAME]
    chart = {"id": "r-chart", "name": "chart.png", "url": "https://example.org/chart.png", "url_type": None}
    extra = {"key": "reviewed", "value": "yes"}
    dataset["resources"].insert(0, chart)
    dataset["extras"].append(extra)
    publish(portal, new)
    assert portal.datasets[NAME]["resources"][-1].items() >= chart.items()
    assert extra in portal.datasets[NAME]["extras"]
    assert not publish(portal, new)


def test_what_others_changed_of_it_is_put_right() -> None:
    portal, edition = FakeCkan(), Edition({"figures": 2}, keywords=("Iraq",))
    publish(portal, edition)
    before = shown(portal)
    dataset = portal.datasets[NAME]
    resource_id = dataset["resources"][0]["id"]

    def lose_rows() -> None:
        portal.stores[resource_id]["rows"].popitem()

    def guess_types() -> None:
        store = portal.stores[resource_id]
        store["fields"] = [{**field, "type": "text"} for field in store["fields"]]

    def lose_all_rows() -> None:
        del portal.stores[resource_id]

    def retag() -> None:
        dataset["tags"] = [{"name": "Iraq"}, {"name": "oil"}]

    def retitle() -> None:
        dataset["title"] = "Untitled"

    def redescribe() -> None:
        dataset["resources"][0]["description"] = ""

    for meddle in (lose_rows, lose_all_rows, guess_types, retag, retitle, redescribe):
        meddle()
        assert shown(portal) != before
        publish(portal, edition)
        assert shown(portal) == before


def test_a_portal_that_keeps_no_files_is_never_taken_for_done() -> None:
    portal = FakeCkan(with_uploads=False)
    for _ in range(3):
        with pytest.raises(ProblemsError, match="keeps no uploaded files"):
            publish(portal, Edition({"figures": 1}))
        assert not looks_finished(portal)


class Forgetful(FakeCkan):
    """A portal that answers as if it had kept rows."""

    def datastore_upsert(self, resource_id: str, method: str, records: list[Any], force: bool) -> Any:
        return None


class Amnesiac(FakeCkan):
    """A portal that answers as if it had made a dataset."""

    def package_create(self, **data: Any) -> Any:
        return data


class Picky(FakeCkan):
    """A portal that asks for more than the descriptor says."""

    def package_create(self, **data: Any) -> Any:
        raise ckanapi.ValidationError({"theme": ["Missing value"], "__type": "Validation Error"})


class Guarded(FakeCkan):
    """A portal on which the user may not do what editors may."""

    def package_create(self, **data: Any) -> Any:
        raise ckanapi.NotAuthorized("moderators only")


@pytest.mark.parametrize(
    ("portal", "message"),
    [
        (Forgetful(), "has 0 rows of figures.csv where 2 were sent; publish again"),
        (Amnesiac(), "has lost the dataset ministers; publish again"),
        (Picky(), "refuses package_create: theme: Missing value$"),
        (Guarded(), "does not let the key's user do package_create: moderators only"),
    ],
)
def test_a_portal_that_does_not_do_its_part_is_told_of(portal: FakeCkan, message: str) -> None:
    with pytest.raises(ProblemsError, match=message):
        publish(portal, Edition({"figures": 2}))
    assert not looks_finished(portal)


def test_a_dataset_that_its_owner_keeps_private_stays_private() -> None:
    portal = FakeCkan()
    publish(portal, Edition({"figures": 1}))
    portal.datasets[NAME]["private"] = True
    portal.breaks_at = 12
    with pytest.raises(ProblemsError):
        publish(portal, Edition({"figures": 2}))
    portal.breaks_at = None
    publish(portal, Edition({"figures": 2}))
    assert portal.datasets[NAME]["private"]
    assert Found(portal.datasets[NAME]).mark is None


def test_a_deleted_dataset_comes_back_when_it_is_whole() -> None:
    portal = FakeCkan()
    publish(portal, Edition({"figures": 1}))
    portal.datasets[NAME]["state"] = "deleted"
    portal.breaks_at = 8
    with pytest.raises(ProblemsError):
        publish(portal, Edition({"figures": 2}))
    assert portal.datasets[NAME]["private"] or portal.datasets[NAME]["state"] == "deleted"
    portal.breaks_at = None
    publish(portal, Edition({"figures": 2}))
    assert portal.datasets[NAME]["state"] == "active"
    assert looks_finished(portal)


def test_a_file_that_is_there_twice_is_there_once_afterwards() -> None:
    portal = FakeCkan()
    publish(portal, Edition({"figures": 1}))
    resources = portal.datasets[NAME]["resources"]
    resources.append({**resources[0], "id": "r-second", "datastore_active": False})
    publish(portal, Edition({"figures": 1}))
    names = [resource["name"] for resource in portal.datasets[NAME]["resources"]]
    assert names == ["figures.csv", "datapackage.json"]


def test_files_come_in_the_order_in_which_readers_want_them() -> None:
    names = ("reports", "extracted_claims", "contacts", "events_flat", "claims_flat", "actors")
    terms = packages.terms(*names)
    with TemporaryDirectory() as folder:
        packages.write(Path(folder), NAME, {name: packages.rows(terms.tables[name], 0) for name in names})
        files = [
            file.table for file in ckan_dataset.files(open_package(folder, terms), terms, with_hxl=False)
        ]
    assert files == ["events_flat", "claims_flat", "contacts", "actors", "reports", "extracted_claims"]


def test_a_package_with_problems_is_not_published() -> None:
    portal = FakeCkan()
    edition = Edition({"figures": 1})
    with edition.open() as package, patch.object(ckanapi, "RemoteCKAN", portal):
        package.problems.append(Problem("type", "a cell that is no number"))
        with pytest.raises(ProblemsError, match="a cell that is no number"):
            ckan.publish(package, edition.terms(), "https://portal.example", "org", key=KEY)
    assert portal.actions == []


@pytest.mark.parametrize(
    ("said", "known", "id"),
    [
        ("CC-BY-4.0", ["cc-by", "cc-by-sa"], "cc-by"),
        ("CC-BY-4.0", ["CC-BY-4.0", "cc-by"], "CC-BY-4.0"),
        ("CC-BY-SA-4.0", ["cc-by"], "CC-BY-SA-4.0"),
        ("ODC-BY-1.0", [], "ODC-BY-1.0"),
    ],
)
def test_a_licence_gets_the_portals_id(said: str, known: list[str], id: str) -> None:
    assert ckan_dataset.license_id({"name": said}, [{"id": one} for one in known]) == id


@given(st.lists(st.text(max_size=120)))
def test_tags_have_what_ckan_takes(keywords: list[str]) -> None:
    for tag in ckan_dataset.tags(keywords):
        assert re.fullmatch(r"[\w \-.]{2,100}", tag)


@given(st.sampled_from(sorted(packages.whole().tables)))
def test_columns_have_hashtags_of_which_no_two_are_alike(name: str) -> None:
    hashtags = [hxl.hashtag(field) for field in packages.whole().tables[name].fields]
    assert len(set(hashtags)) == len(hashtags)
    for hashtag in hashtags:
        assert re.fullmatch(r"#[a-z]+(\+[a-z][a-z0-9_]*)*", hashtag)


def test_a_name_that_no_dataset_can_have_is_refused() -> None:
    about = metadata({**packages.DESCRIPTOR, "name": "My data"})
    with pytest.raises(ProblemsError, match="2 to 100 of a-z"):
        ckan_dataset.dataset(about, [])
