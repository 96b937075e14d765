"""Publishing on a real CKAN, through a proxy that can break every request, and reading back what it shows."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from typer import Typer
from typer.testing import CliRunner

from iqsy.contract import Contract
from iqsy.package import open_package
from iqsy.problems import ProblemsError
from iqsy.publish import ckan, ckan_dataset, commands, http
from iqsy.publish import hxl as tags
from iqsy.publish.changes import Changes
from iqsy.publish.ckan_plan import INCOMPLETE, PUBLISHING
from portals import ckan_server, packages, proxy
from portals.ckan_server import Site
from portals.proxy import Proxy

pytestmark = pytest.mark.service

TERMS = packages.terms(*packages.NAMES)
FILES = ["events_flat.csv", "contacts.csv", "figures.csv", "datapackage.json"]
READS = {"status_show", "organization_list_for_user", "license_list", "package_show", "datastore_search"}
# A frictionless or HXL reader runs in the environment of the portals.
READ_PACKAGE = """
import json, sys
from frictionless import Package
package = Package(sys.argv[1])
report = package.validate()
rows = {resource.name: [row.to_dict() for row in resource.read_rows()] for resource in package.resources}
# Decimal numbers and days are none of JSON's types.
text = json.dumps(rows, default=lambda value: float(value) if hasattr(value, "as_tuple") else str(value))
print(json.dumps([report.valid, report.flatten(["title", "message"]), json.loads(text)]))
"""
READ_HXL = """
import json, sys
import hxl
source = hxl.data(sys.argv[1], hxl.InputOptions(allow_local=True))
print(json.dumps([source.display_tags, [row.values for row in source]]))
"""


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What would have been waited for between two tries."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def tables(n: int = 3, start: int = 0) -> dict[str, pa.Table]:
    return {name: packages.rows(TERMS.tables[name], n, start) for name in packages.NAMES}


def publish(
    site: Site,
    folder: Path,
    content: Mapping[str, pa.Table] | None = None,
    *,
    url: str | None = None,
    org: str | None = None,
    key: str | None = None,
    terms: Contract = TERMS,
    dry_run: bool = False,
    hxl: bool = False,
    **about: object,
) -> Changes:
    """Write a package named as its folder and publish it."""
    packages.write(folder, folder.name, tables() if content is None else content, **about)
    package = open_package(folder, terms)
    return ckan.publish(
        package, terms, url or site.url, org or site.org, key=key or site.key, dry_run=dry_run, hxl=hxl
    )


def shown(site: Site, name: str, key: str | None = "") -> Any:
    """A dataset as anybody sees it, or the user with a key."""
    return site.act("package_show", {"id": name}, key)


def extras(dataset: Any) -> dict[str, str]:
    return {extra["key"]: extra["value"] for extra in dataset["extras"]}


def store(site: Site, dataset: Any, file: str) -> Any:
    """A file's rows and columns in the datastore, as anybody gets them."""
    resource = next(resource for resource in dataset["resources"] if resource["name"] == file)
    return site.act("datastore_search", {"resource_id": resource["id"], "sort": "_id"}, "")


def read(program: str, *arguments: str) -> Any:
    """What a program prints in the environment of the portals."""
    python = ckan_server.VENV / "bin" / "python"
    done = subprocess.run([python, "-c", program, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder whose name no other test has: it becomes that of the dataset."""
    test: str = request.node.name
    return tmp_path / test.partition("[")[0].replace("_", "-")[:100]


# --- what is published ---


def test_a_dataset_says_what_the_descriptor_says(ckan: Site, folder: Path) -> None:
    publish(ckan, folder)
    dataset = shown(ckan, folder.name)
    assert not dataset["private"]
    assert dataset["title"] == "Ministers and memoranda"
    assert dataset["notes"] == "What was agreed, and who says so.\n\nما اتُّفق عليه ومن يقول به."
    assert dataset["version"] == "1.0.0"
    assert dataset["license_id"] == "cc-by"
    assert dataset["isopen"]
    assert dataset["author"] == "Coders"
    assert dataset["maintainer_email"] == "coders@example.org"
    assert dataset["organization"]["name"] == ckan.org
    assert {tag["name"] for tag in dataset["tags"]} == {"Iraq", "العراق", "Iraq-Syria border"}
    assert extras(dataset) == {
        "title_ar": "وزراء ومذكرات",
        "language": '["en", "ar"]',
        "temporal_start": "2003-01-01",
        "temporal_end": "2024-12-31",
        "countries": "IRQ, SYR",
        "spatial_text": "IRQ, SYR",
        "frequency": "monthly",
        "methodology": "Read, coded, settled.",
        "caveats": "A sample.",
        "personal_data": "Public figures only.",
        "provenance": "Articles",
    }


def test_files_are_the_packages_own_bytes(ckan: Site, folder: Path) -> None:
    publish(ckan, folder)
    resources = shown(ckan, folder.name)["resources"]
    assert [resource["name"] for resource in resources] == FILES
    for resource in resources[:-1]:
        file = folder / "data" / "tables" / resource["name"]
        assert ckan.download(resource["url"]) == file.read_bytes()
        assert resource["size"] == file.stat().st_size
        assert resource["format"] == "CSV"


def test_rows_are_typed_and_columns_are_described_in_both_languages(ckan: Site, folder: Path) -> None:
    content = {**tables(), "figures": packages.rows(TERMS.tables["figures"], 1_500)}
    publish(ckan, folder, content)
    found = store(ckan, shown(ckan, folder.name), "figures.csv")
    table = TERMS.tables["figures"]
    types = {"string": "text", "integer": "int8", "number": "float8", "boolean": "bool", "date": "date"}
    columns = {column["id"]: column for column in found["fields"] if column["id"] != "_id"}
    assert list(columns) == list(table.columns)
    for field in table.fields:
        column = columns[field.name]
        assert column["type"] == types[field.type]
        assert field.title in column["info"]["label"] and field.title_ar in column["info"]["label"]
        assert (
            field.description in column["info"]["notes"] and field.description_ar in column["info"]["notes"]
        )
    assert found["total"] == 1_500
    rows = [{name: row[name] for name in table.columns} for row in found["records"]]
    assert rows == content["figures"].slice(0, len(rows)).to_pylist()


def test_frictionless_reads_it_with_its_types(ckan: Site, folder: Path) -> None:
    content = tables()
    publish(ckan, folder, content)
    valid, problems, rows = read(READ_PACKAGE, f"{ckan.url}/dataset/{folder.name}")
    assert valid, problems
    assert list(rows) == list(packages.NAMES)
    for name, table in content.items():
        assert rows[name] == json.loads(json.dumps(table.to_pylist(), default=str))


def test_a_table_too_large_as_it_is_comes_packed(
    ckan: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The portal takes files of 1 MB at most."""
    monkeypatch.setattr(ckan_dataset, "LARGEST", 1024**2)
    content = {**tables(), "events_flat": packages.rows(TERMS.tables["events_flat"], 2_000)}
    publish(ckan, folder, content)
    resources = shown(ckan, folder.name)["resources"]
    assert [r["name"] for r in resources] == ["events_flat.csv.zip", *FILES[1:]]
    assert resources[0]["mimetype"] == "application/zip"
    assert store(ckan, shown(ckan, folder.name), "events_flat.csv.zip")["total"] == 2_000
    _, _, rows = read(READ_PACKAGE, f"{ckan.url}/dataset/{folder.name}")
    assert rows["events_flat"] == json.loads(json.dumps(content["events_flat"].to_pylist(), default=str))
    assert not publish(ckan, folder, content)


def test_dcat_has_period_licence_and_checksums(ckan: Site, folder: Path) -> None:
    publish(ckan, folder)
    graph = json.loads(ckan.download(f"{ckan.url}/dataset/{folder.name}.jsonld"))["@graph"]
    of_type = {
        kind: [n for n in graph if n.get("@type") == kind] for kind in ("dcat:Dataset", "spdx:Checksum")
    }
    (dataset,) = of_type["dcat:Dataset"]
    nodes = {node["@id"]: node for node in graph}
    period = nodes[dataset["dct:temporal"]["@id"]]
    assert period["dcat:startDate"]["@value"].startswith("2003-01-01")
    assert period["dcat:endDate"]["@value"].startswith("2024-12-31")
    assert dataset["dct:title"] == "Ministers and memoranda"
    assert dataset["dct:accrualPeriodicity"] == "monthly"
    assert dataset["dct:provenance"]
    assert set(dataset["dct:language"]) == {"en", "ar"}
    assert len(dataset["dcat:distribution"]) == len(FILES)
    hashes = {resource["hash"] for resource in shown(ckan, folder.name)["resources"]}
    assert {checksum["spdx:checksumValue"]["@value"] for checksum in of_type["spdx:Checksum"]} == hashes


def test_hashtags_come_on_request_and_go_without_it(ckan: Site, folder: Path) -> None:
    content = tables()
    publish(ckan, folder, content, hxl=True)
    resources = {resource["name"]: resource for resource in shown(ckan, folder.name)["resources"]}
    assert list(resources)[:4] == [
        "events_flat.csv",
        "events_flat_hxl.csv",
        "contacts.csv",
        "contacts_hxl.csv",
    ]
    tagged = folder / "tagged.csv"
    tagged.write_bytes(ckan.download(resources["events_flat_hxl.csv"]["url"]))
    hashtags, rows = read(READ_HXL, str(tagged))
    ours = [tags.hashtag(field) for field in TERMS.tables["events_flat"].fields]
    assert [set(hashtag.split("+")) for hashtag in hashtags] == [set(one.split("+")) for one in ours]
    column = hashtags.index("#event+id")
    assert [row[column] for row in rows] == content["events_flat"]["event_id"].to_pylist()
    publish(ckan, folder, content)
    assert [resource["name"] for resource in shown(ckan, folder.name)["resources"]] == FILES


# --- doing it again ---


def test_twice_is_once(ckan: Site, faulty: Proxy, folder: Path) -> None:
    assert publish(ckan, folder, url=faulty.url)
    before = shown(ckan, folder.name)
    faulty.actions.clear()
    assert not publish(ckan, folder, url=faulty.url)
    assert set(faulty.actions) <= READS
    assert shown(ckan, folder.name) == before


def test_an_update_changes_what_differs(ckan: Site, faulty: Proxy, folder: Path) -> None:
    content = tables()
    publish(ckan, folder, content)
    before = shown(ckan, folder.name)
    ckan.act(
        "resource_create", {"package_id": before["id"], "name": "A chart", "url": "https://example.org/c"}
    )
    faulty.actions.clear()
    content["figures"] = packages.rows(TERMS.tables["figures"], 2, start=2)
    publish(ckan, folder, content, url=faulty.url, version="1.1.0", caveats="")
    after = shown(ckan, folder.name)
    assert [resource["name"] for resource in after["resources"]] == [*FILES, "A chart"]
    assert [resource["id"] for resource in after["resources"][:4]] == [r["id"] for r in before["resources"]]
    assert after["version"] == "1.1.0"
    assert "caveats" not in extras(after)
    found = store(ckan, after, "figures.csv")["records"]
    assert [row["event_id"] for row in found] == content["figures"]["event_id"].to_pylist()
    # Of the tables, one; and the descriptor, which has their hashes.
    assert faulty.actions.count("resource_patch") == 2


def test_a_table_that_is_no_more_goes(ckan: Site, folder: Path) -> None:
    content = tables()
    publish(ckan, folder, content)
    gone = next(r["id"] for r in shown(ckan, folder.name)["resources"] if r["name"] == "figures.csv")
    del content["figures"]
    publish(ckan, folder, content, terms=packages.terms(*content))
    assert "figures.csv" not in [resource["name"] for resource in shown(ckan, folder.name)["resources"]]
    with pytest.raises(OSError, match="404"):
        ckan.act("datastore_search", {"resource_id": gone})


def test_words_change_without_touching_rows(ckan: Site, faulty: Proxy, folder: Path) -> None:
    publish(ckan, folder)
    resource = shown(ckan, folder.name)["resources"][0]
    columns = [
        {"id": field["id"], "type": field["type"], "info": {"label": "?"}}
        for field in store(ckan, shown(ckan, folder.name), resource["name"])["fields"][1:]
    ]
    ckan.act("datastore_create", {"resource_id": resource["id"], "fields": columns, "force": True})
    changes = publish(ckan, folder, url=faulty.url)
    assert list(changes.of(resource["name"])) == ["dictionary"]
    assert "datastore_upsert" not in faulty.actions
    assert not publish(ckan, folder)


def test_a_deleted_dataset_comes_back(ckan: Site, folder: Path) -> None:
    publish(ckan, folder)
    ckan.act("package_delete", {"id": folder.name})
    publish(ckan, folder)
    dataset = shown(ckan, folder.name)
    assert dataset["state"] == "active"
    assert [resource["name"] for resource in dataset["resources"]] == FILES
    assert not publish(ckan, folder)


def test_a_dry_run_changes_nothing(ckan: Site, faulty: Proxy, folder: Path) -> None:
    changes = publish(ckan, folder, url=faulty.url, dry_run=True)
    assert set(faulty.actions) <= READS
    assert "create file figures.csv" in str(changes)
    with pytest.raises(OSError, match="404"):
        shown(ckan, folder.name)
    publish(ckan, folder)
    changes = publish(ckan, folder, dry_run=True, version="1.1.0")
    assert "version ‘1.0.0’ → ‘1.1.0’" in str(changes)
    assert shown(ckan, folder.name)["version"] == "1.0.0"


# --- faults ---


def test_a_run_cut_off_in_an_upload_is_hidden_and_completed(
    ckan: Site, faulty: Proxy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TRIES", 0)
    faulty.faults["resource_patch"] = "cut", 1
    faulty.skips["resource_patch"] = 1
    with pytest.raises(ProblemsError, match="failed at resource_patch"):
        publish(ckan, folder, url=faulty.url)
    with pytest.raises(OSError, match="403"):
        shown(ckan, folder.name)
    half = shown(ckan, folder.name, ckan.key)
    assert half["private"]
    assert extras(half)[PUBLISHING] == INCOMPLETE
    faulty.actions.clear()
    publish(ckan, folder, url=faulty.url)
    # The first file was there; not so the second, the third and the descriptor.
    assert faulty.actions.count("resource_patch") == 3
    dataset = shown(ckan, folder.name)
    assert [resource["name"] for resource in dataset["resources"]] == FILES
    assert PUBLISHING not in extras(dataset)


def test_a_public_dataset_keeps_its_version_and_a_mark_until_the_next_is_whole(
    ckan: Site, faulty: Proxy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(ckan, folder)
    monkeypatch.setattr(http, "TRIES", 0)
    faulty.faults["datastore_upsert"] = "cut", 1
    with pytest.raises(ProblemsError, match="failed at datastore_upsert"):
        publish(ckan, folder, tables(n=2), url=faulty.url, version="2.0.0")
    half = shown(ckan, folder.name)
    assert half["version"] == "1.0.0"
    assert extras(half)[PUBLISHING] == INCOMPLETE
    publish(ckan, folder, tables(n=2), version="2.0.0")
    whole = shown(ckan, folder.name)
    assert whole["version"] == "2.0.0"
    assert PUBLISHING not in extras(whole)
    assert store(ckan, whole, "events_flat.csv")["total"] == 2


@pytest.mark.parametrize("fault", [500, 502, 429, "cut", "lost"])
def test_passing_faults_of_every_action_are_sat_out(
    ckan: Site, faulty: Proxy, folder: Path, fault: int | str
) -> None:
    writes = ("package_create", "package_patch", "resource_patch", "datastore_delete", "datastore_create")
    faulty.faults = {action: (fault, 2) for action in (*READS, *writes, "datastore_upsert")}
    name = f"{folder.name[:80]}-{fault}"
    publish(ckan, folder.with_name(name), url=faulty.url)
    dataset = shown(ckan, name)
    assert [resource["name"] for resource in dataset["resources"]] == FILES
    assert store(ckan, dataset, "figures.csv")["total"] == 3
    assert not publish(ckan, folder.with_name(name))


def test_it_waits_as_long_as_it_is_told_and_ever_longer_else(
    ckan: Site, faulty: Proxy, folder: Path, no_waiting: list[float]
) -> None:
    faulty.faults["status_show"] = 429, 2
    publish(ckan, folder, url=faulty.url, dry_run=True)
    assert no_waiting == [proxy.RETRY_AFTER] * 2
    no_waiting.clear()
    faulty.faults["status_show"] = 503, 3
    publish(ckan, folder, url=faulty.url, dry_run=True)
    assert no_waiting == sorted(set(no_waiting)) and len(no_waiting) == 2


def test_a_portal_that_goes_on_failing_or_says_nothing_is_given_up(
    ckan: Site, faulty: Proxy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty.faults["status_show"] = 500, 99
    with pytest.raises(ProblemsError, match="failed at status_show, 5 more tries included: too many 500"):
        publish(ckan, folder, url=faulty.url)
    monkeypatch.setattr(http, "READ_TIMEOUT", 0.05)
    faulty.faults["status_show"] = "silent", 99
    with pytest.raises(ProblemsError, match=r"failed at status_show.*timed out"):
        publish(ckan, folder, url=faulty.url)


def test_a_file_too_large_for_the_portal_is_told_of(ckan: Site, folder: Path) -> None:
    content = tables()
    content["events_flat"] = packages.rows(TERMS.tables["events_flat"], 2_000)
    with pytest.raises(ProblemsError, match=r"refuses events_flat\.csv, of [\d,]+ bytes: upload.*too large"):
        publish(ckan, folder, content)


# --- keys, organisations and other portals ---


def test_a_wrong_key_is_told_of_but_not_told(ckan: Site, folder: Path) -> None:
    key = "no-key-of-this-portal"
    with pytest.raises(ProblemsError, match="the key is wrong or has expired, or its user") as raised:
        publish(ckan, folder, key=key)
    assert key not in str(raised.value)


def test_no_error_and_no_log_has_the_key(
    ckan: Site, faulty: Proxy, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    publish(ckan, folder, url=faulty.url)
    faulty.answers["package_show"] = {"error": {"__type": "Validation Error", "key": [ckan.key]}}
    with pytest.raises(ProblemsError, match="refuses package_show") as raised:
        publish(ckan, folder, url=faulty.url)
    assert http.HIDDEN in str(raised.value)
    assert ckan.key not in str(raised.value) + caplog.text
    assert raised.value.__cause__ is None


def test_an_organisation_that_is_not_there_is_told_with_those_that_are(ckan: Site, folder: Path) -> None:
    with pytest.raises(ProblemsError, match=f"has no organisation nobody; .*: {ckan.org}"):
        publish(ckan, folder, org="nobody")


def test_a_dataset_of_another_organisation_is_left_alone(ckan: Site, folder: Path) -> None:
    ckan.act("organization_create", {"name": "others"})
    ckan.act("package_create", {"name": folder.name, "owner_org": "others"})
    with pytest.raises(ProblemsError, match="for the organisation others"):
        publish(ckan, folder)


def test_an_older_ckan_is_refused_and_one_without_datastore_gets_files(
    ckan: Site, faulty: Proxy, folder: Path
) -> None:
    faulty.answers["status_show"] = {"success": True, "result": {"ckan_version": "2.8.12"}}
    with pytest.raises(ProblemsError, match=r"runs CKAN 2\.8\.12; publishing needs 2\.9"):
        publish(ckan, folder, url=faulty.url)
    faulty.answers["status_show"] = {"success": True, "result": {"extensions": ["dcat"]}}
    changes = publish(ckan, folder, url=faulty.url)
    assert {change.part for change in changes} == {"dataset", "file"}
    assert not any(action.startswith("datastore") for action in faulty.actions)
    assert not any(resource["datastore_active"] for resource in shown(ckan, folder.name)["resources"])


def test_what_is_no_ckan_is_told_of(ckan: Site, faulty: Proxy, folder: Path) -> None:
    with pytest.raises(ProblemsError, match=r"does not answer status_show as a CKAN does.*405"):
        publish(ckan, folder, url=f"{ckan.url}/about")


# --- the command ---


def run(*arguments: str, **environment: str | None) -> Any:
    application = Typer()
    application.command()(commands.ckan)
    return CliRunner().invoke(application, arguments, env=environment)


def test_the_command_takes_the_key_from_the_environment(
    ckan: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["iqsy.contract"], "cached", lambda folder: TERMS)
    packages.write(folder, folder.name, tables())
    done = run(str(folder), "--url", ckan.url, "--org", ckan.org, "--dry-run", IQSY_CKAN_KEY=ckan.key)
    assert done.exit_code == 0, done.output
    assert f"create dataset {folder.name}" in done.stdout
    done = run(str(folder), "--url", f"{ckan.url}/", "--org", ckan.org, IQSY_CKAN_KEY=f"{ckan.key}\n")
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith(f"{ckan.url}/dataset/{folder.name}\n")
    assert "figures.csv: rows, file" in done.stderr
    assert ckan.key not in done.output
    assert not shown(ckan, folder.name)["private"]
