"""Metadata of a release: held against the contract and the files, and judged by each format's own validator."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import frictionless
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from environments import UnavailableError, unavailable
from hypothesis import given
from hypothesis import strategies as st
from project import ROOT, terms
from published import differing
from rdflib import DCAT, DCTERMS, RDF, SKOS, Graph, Literal, Namespace, URIRef
from validators.environment import judge

from iqsy import exports, metadata, package, passages
from iqsy.metadata import (
    card,
    citation,
    crate,
    croissant,
    csvw,
    datapackage,
    datasette,
    dcat,
    schema_org,
    skos,
    web_annotation,
)
from iqsy.metadata.release import Release, describe, parquet_path
from iqsy.problems import ProblemsError
from iqsy.publish.metadata import LANGUAGES as THREE_LETTERS

SPDX = Namespace("http://spdx.org/rdf/terms#")
DESCRIPTOR = json.loads((ROOT / "datapackage.json").read_text("utf-8"))
MODULES = (
    datapackage,
    schema_org,
    dcat,
    skos,
    csvw,
    croissant,
    crate,
    web_annotation,
    datasette,
    card,
    citation,
)
NAMES = {module.FILE: module for module in MODULES}
LANGUAGES = {"en", "ar"}
LONGEST_PASSAGE = 8
# A tenure has no name: it is a person, an office and a time.
UNNAMED = {"tenures"}


def test_every_language_of_the_list_has_a_code_for_portals() -> None:
    assert set(THREE_LETTERS) == set(terms().codes("languages"))


def lay_out(folder: Path, tables: dict[str, pa.Table]) -> dict[str, Path]:
    """The files of a release of these tables in a folder, by their path."""
    package.write_tables(tables, folder / package.TABLES)
    shutil.copytree(ROOT / "schema", folder / "schema")
    shutil.copy(ROOT / "datapackage.json", folder)
    exports.sqlite(folder / exports.SQLITE, tables, terms())
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    return differing(tmp_path_factory.mktemp("records"))


@pytest.fixture(scope="module")
def folder(tables: dict[str, pa.Table], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small release with its metadata."""
    root = tmp_path_factory.mktemp("release")
    metadata.write_all(tables, terms(), DESCRIPTOR, lay_out(root, tables), root)
    return root


@pytest.fixture(scope="module")
def release(folder: Path, tables: dict[str, pa.Table]) -> Release:
    return describe(tables, terms(), DESCRIPTOR, files_of(folder))


def files_of(folder: Path) -> dict[str, Path]:
    found = (path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in found}
    return {path: file for path, file in named.items() if path not in NAMES or path == package.DESCRIPTOR}


def read(folder: Path, module: Any) -> Any:
    return json.loads((folder / module.FILE).read_text("utf-8"))


def graph(folder: Path, module: Any) -> Graph:
    return Graph().parse(folder / module.FILE, format="turtle", publicID="https://example.org/r/")


def data_files(folder: Path) -> dict[str, Path]:
    found = [*folder.rglob("*.csv"), *folder.rglob("*.parquet"), folder / exports.SQLITE]
    return {path.relative_to(folder).as_posix(): path for path in found}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- the files ---


def test_the_descriptor_has_size_hash_and_rows_of_every_data_file(folder: Path) -> None:
    resources = read(folder, datapackage)["resources"]
    told = {part["path"]: part for own in resources for part in (own, own.get("parquet", own))}
    assert set(told) == set(data_files(folder))
    for path, file in data_files(folder).items():
        assert (told[path]["bytes"], told[path]["hash"]) == (file.stat().st_size, f"sha256:{sha256(file)}")
        if file.suffix == ".csv":
            with file.open(encoding="utf-8", newline="") as stream:
                assert told[path]["rows"] == sum(1 for _ in csv.reader(stream)) - 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "wrong", "finding"),
    [("rows", 10**6, "row-count"), ("bytes", 1, "byte-count"), ("hash", f"sha256:{0:064}", "hash-count")],
)
def test_frictionless_finds_the_files_as_they_are_described(
    folder: Path, name: str, wrong: object, finding: str
) -> None:
    content = read(folder, datapackage)
    content["resources"] = [
        r for r in content["resources"] if "acts" in r["name"] or r["path"].startswith("schema")
    ]
    events = {"events", "events_flat", "places", "series"}
    content["resources"] += [r for r in read(folder, datapackage)["resources"] if r["name"] in events]
    assert frictionless.Package(content, basepath=str(folder)).validate().valid
    content["resources"][-1][name] = wrong
    report = frictionless.Package(content, basepath=str(folder)).validate()
    assert report.flatten(["type"]) == [[finding]]


def test_the_descriptor_keeps_what_the_package_says_of_itself(folder: Path) -> None:
    made = read(folder, datapackage)
    for name, value in DESCRIPTOR.items():
        if name != "resources":
            assert made[name] == value
    for own, resource in zip(DESCRIPTOR["resources"], made["resources"], strict=False):
        assert own.items() <= resource.items()


def test_describing_a_release_again_changes_nothing(
    folder: Path, tables: dict[str, pa.Table], tmp_path: Path
) -> None:
    metadata.write_all(tables, terms(), read(folder, datapackage), files_of(folder), tmp_path)
    for name in NAMES:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_a_file_beside_the_tables_is_described_by_all_that_name_files(
    folder: Path, tables: dict[str, pa.Table], tmp_path: Path
) -> None:
    path, notes = tmp_path / "iqsy.sqlite", tmp_path / "NOTES.md"
    path.write_bytes(b"SQLite format 3")
    notes.write_text("words", encoding="utf-8")
    files = {**files_of(folder), path.name: path, notes.name: notes}
    metadata.write_all(tables, terms(), DESCRIPTOR, files, tmp_path)
    resource = read(tmp_path, datapackage)["resources"][-1]
    assert (resource["path"], resource["hash"]) == (path.name, f"sha256:{sha256(path)}")
    assert not {"type", "format"} & set(resource)
    assert path.name in {part["contentUrl"] for part in read(tmp_path, schema_org)["distribution"]}
    assert path.name in {part["contentUrl"] for part in read(tmp_path, croissant)["distribution"]}
    assert "iqsy.sqlite" in (tmp_path / dcat.FILE).read_text("utf-8")
    assert {path.name, notes.name} <= {entity["@id"] for entity in read(tmp_path, crate)["@graph"]}


def test_downloads_are_the_data_files(folder: Path) -> None:
    told = {part["contentUrl"]: part["sha256"] for part in read(folder, schema_org)["distribution"]}
    croissants = {part["contentUrl"]: part["sha256"] for part in read(folder, croissant)["distribution"]}
    assert told == croissants == {path: sha256(file) for path, file in data_files(folder).items()}


def test_distributions_are_the_data_files(folder: Path) -> None:
    made = graph(folder, dcat)
    told = {}
    for node in made.subjects(RDF.type, DCAT.Distribution):
        address = str(made.value(node, DCAT.downloadURL)).removeprefix("https://example.org/r/")
        checksum = made.value(made.value(node, SPDX.checksum), SPDX.checksumValue)
        told[address] = (int(str(made.value(node, DCAT.byteSize))), str(checksum))
    held = {path: (file.stat().st_size, sha256(file)) for path, file in data_files(folder).items()}
    assert told == held


def test_the_crate_has_every_file_of_the_release(folder: Path) -> None:
    entities = {entity["@id"]: entity for entity in read(folder, crate)["@graph"]}
    parts = {part["@id"] for part in entities["./"]["hasPart"]}
    held = {path for path in files_of(folder) if path != package.DESCRIPTOR}
    assert parts == held
    assert all(entities[path]["sha256"] == sha256(folder / path) for path in held)


# --- the contract ---


def test_csvw_has_the_columns_of_each_file_and_the_contract_s_keys(folder: Path) -> None:
    told = {table["url"]: table["tableSchema"] for table in read(folder, csvw)["tables"]}
    resources = {table.path: table for table in terms().resources.values()}
    assert set(told) == set(resources)
    for path, schema in told.items():
        with (folder / path).open(encoding="utf-8", newline="") as stream:
            assert [column["name"] for column in schema["columns"]] == next(csv.reader(stream))
        assert schema["primaryKey"] == list(resources[path].primary_key)
        keys = {
            (
                tuple(k["columnReference"]),
                k["reference"]["resource"],
                tuple(k["reference"]["columnReference"]),
            )
            for k in schema.get("foreignKeys", [])
        }
        assert keys == {
            (key.columns, terms().resources[key.resource].path, key.reference)
            for key in resources[path].foreign_keys
        }


def test_every_column_is_described_in_both_languages(folder: Path) -> None:
    for described in read(folder, csvw)["tables"]:
        table = next(t for t in terms().resources.values() if t.path == described["url"])
        for column in described["tableSchema"]["columns"]:
            field = table.by_name[column["name"]]
            words = {part["@language"]: part["@value"] for part in column["dc:description"]}
            assert words == {"en": field.description, "ar": field.description_ar}
            labels = {part["@language"]: part["@value"] for part in column["dc:title"]}
            assert labels == {"en": field.title, "ar": field.title_ar}


def test_datasette_is_told_of_every_table_and_column_in_both_languages(folder: Path) -> None:
    told = read(folder, datasette)["databases"]["iqsy"]["tables"]
    assert set(told) == set(terms().resources)
    for name, table in terms().resources.items():
        about = told[name]
        assert table.title in about["title"] and table.title_ar in about["title"]
        assert escape(table.description) in about["description_html"]
        assert escape(table.description_ar) in about["description_html"]
        assert list(about["columns"]) == list(table.columns)
        for field in table.fields:
            words = (field.title, field.title_ar, field.description, field.description_ar.removesuffix("."))
            assert all(word in about["columns"][field.name] for word in words)


def test_datasette_counts_the_codes_of_tables_and_names_what_others_refer_to(folder: Path) -> None:
    told = read(folder, datasette)["databases"]["iqsy"]["tables"]
    for name, table in terms().resources.items():
        coded = {k.columns[0] for k in table.foreign_keys if k.resource in terms().codelists}
        assert set(told[name]["facets"]) == (set() if name in terms().codelists else coded)
        for key in table.foreign_keys:
            if len(key.columns) == 1 and key.resource not in UNNAMED:
                label = told[key.resource]["label_column"]
                assert terms().resources[key.resource].by_name[label].type == "string"


def test_record_sets_have_the_types_of_the_parquet(folder: Path) -> None:
    kinds = {
        "sc:Text": pa.string(),
        "sc:Integer": pa.int64(),
        "sc:Float": pa.float64(),
        "sc:Boolean": pa.bool_(),
        "sc:Date": pa.date32(),
    }
    sets = {part["@id"]: part for part in read(folder, croissant)["recordSet"]}
    assert set(sets) == set(terms().resources)
    for name, table in terms().tables.items():
        told = {field["@id"].partition("/")[2]: kinds[field["dataType"]] for field in sets[name]["field"]}
        schema = pq.read_schema(folder / parquet_path(table))
        assert told == dict(zip(schema.names, schema.types, strict=True))


def test_record_sets_of_code_lists_hold_every_code(folder: Path) -> None:
    sets = {part["@id"]: part for part in read(folder, croissant)["recordSet"]}
    for name, codelist in terms().codelists.items():
        assert [row[f"{name}/code"] for row in sets[name]["data"]] == list(codelist.codes)


def test_every_code_is_a_concept_with_its_labels(folder: Path) -> None:
    made = graph(folder, skos)
    base = "https://example.org/r/skos.ttl#"
    n_codes = 0
    for name, codelist in terms().codelists.items():
        for row in codelist.rows:
            node = URIRef(f"{base}{name}/{row['code']}")
            labels = {(str(label), label.language) for label in made.objects(node, SKOS.prefLabel)}  # type: ignore[attr-defined]
            assert labels == {(row["label_en"], "en"), (row["label_ar"], "ar")}
            assert made.value(node, SKOS.notation) == Literal(row["code"])
            n_codes += 1
    assert len(set(made.subjects(RDF.type, SKOS.Concept))) == n_codes + topics_of(folder).num_rows


def topics_of(folder: Path) -> pa.Table:
    return pq.read_table(folder / parquet_path(terms().tables["topics"]))


def test_every_topic_is_a_concept_below_the_one_it_names(folder: Path) -> None:
    made = graph(folder, skos)
    base = "https://example.org/r/skos.ttl#topics"
    for row in topics_of(folder).to_pylist():
        node = URIRef(f"{base}/{row['topic_id']}")
        broader = made.value(node, SKOS.broader)
        wanted = row["broader_topic_id"]
        assert broader == (URIRef(f"{base}/{wanted}") if wanted else None)
        assert (made.value(node, SKOS.topConceptOf) == URIRef(base)) == (wanted is None)


def test_the_dataset_of_the_catalogue_is_in_both_languages(folder: Path) -> None:
    made = graph(folder, dcat)
    dataset = made.value(None, RDF.type, DCAT.Dataset)
    for predicate, name in ((DCTERMS.title, "title"), (DCTERMS.description, "description")):
        words = set(made.objects(dataset, predicate))
        assert words == {Literal(DESCRIPTOR[name], "en"), Literal(DESCRIPTOR[f"{name}_ar"], "ar")}


def test_the_card_loads_every_table_that_has_rows(folder: Path) -> None:
    text = (folder / card.FILE).read_text("utf-8")
    head = yaml.safe_load(text.split("---\n")[1])
    paths = {config["config_name"]: config["data_files"][0]["path"] for config in head["configs"]}
    rows = {name: pq.read_metadata(folder / parquet_path(t)).num_rows for name, t in terms().tables.items()}
    assert set(paths) == {name for name, n_rows in rows.items() if n_rows}
    kinds = {
        "string": "string",
        "int64": "int64",
        "double": "float64",
        "bool": "bool",
        "date32[day]": "date32",
    }
    for info in head["dataset_info"]:
        schema = pq.read_schema(folder / paths[info["config_name"]])
        assert {f["name"]: f["dtype"] for f in info["features"]} == {
            c.name: kinds[str(c.type)] for c in schema
        }
    assert [config["config_name"] for config in head["configs"] if config.get("default")] == ["events_flat"]
    assert head["language"] == DESCRIPTOR["languages"] and DESCRIPTOR["title_ar"] in text


def test_the_citation_names_version_day_and_licence(folder: Path, tables: dict[str, pa.Table]) -> None:
    made = yaml.safe_load((folder / citation.FILE).read_text("utf-8"))
    newest = max(tables["sources"]["accessed_date"].to_pylist())
    assert made["version"] == DESCRIPTOR["version"]
    assert made["date-released"] == str(newest)
    assert made["license"] == [DESCRIPTOR["licenses"][0]["name"]]


# --- evidence ---


def test_every_claim_with_a_passage_on_a_page_is_an_annotation(
    folder: Path, tables: dict[str, pa.Table]
) -> None:
    made = read(folder, web_annotation)["first"]["items"]
    urls = {row["source_id"]: row["url"] for row in tables["sources"].to_pylist()}
    wanted = [row for row in tables["claims"].to_pylist() if row["locator"] and urls[row["source_id"]]]
    assert len(made) == len(wanted) > 0
    assert len({item["id"] for item in made}) == len(made)
    for item, claim in zip(made, wanted, strict=True):
        assert item["target"]["source"] == urls[claim["source_id"]]
        assert {body["language"] for body in item["body"]} == LANGUAGES


def test_what_is_claimed_is_told_in_words(folder: Path) -> None:
    bodies = [item["body"] for item in read(folder, web_annotation)["first"]["items"]]
    told = {body["value"] for pair in bodies for body in pair}
    assert "Ministers sign a memorandum in Baghdad – act: Signing" in told
    assert (
        f"توقيع وزيرين مذكرة في بغداد – الدور – عبد الأمير الشمري: {terms().label('roles', 'host', 'ar')}"
        in told
    )


phrases = st.lists(
    st.text("abc بت-,&", min_size=1).map(passages.normalise).filter(bool), min_size=1, max_size=2
)


@given(phrases)
def test_an_annotation_points_where_the_link_of_the_claim_points(parts: list[str]) -> None:
    url, locator = "https://example.org/page", passages.ELLIPSIS.join(parts)
    made = web_annotation.target({"url": url, "language": "en"}, locator)
    fragment = next(part["value"] for part in made["selector"] if part["type"] == "FragmentSelector")
    assert f"{made['source']}#{fragment}" == passages.link(url, locator)


def test_no_annotation_quotes_more_than_a_locator_may(folder: Path) -> None:
    for item in read(folder, web_annotation)["first"]["items"]:
        for part in item["target"]["selector"]:
            assert len(part.get("exact", "").split()) <= LONGEST_PASSAGE


# --- as a whole ---


def test_the_same_release_gives_the_same_bytes(
    folder: Path, tables: dict[str, pa.Table], tmp_path: Path
) -> None:
    files = dict(reversed(files_of(folder).items()))
    metadata.write_all(dict(reversed(tables.items())), terms(), DESCRIPTOR, files, tmp_path)
    for name in NAMES:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_the_command_writes_the_same_in_a_process_of_its_own(folder: Path, tmp_path: Path) -> None:
    release = tmp_path / "release"
    shutil.copytree(folder, release)
    for name in set(NAMES) - {package.DESCRIPTOR}:
        (release / name).unlink()
    shutil.copy(ROOT / "datapackage.json", release)
    env = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT / "src"), "PYTHONUTF8": "1"}
    command = [sys.executable, "-P", str(ROOT / "build" / "metadata.py"), str(release)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert {Path(line).name for line in done.stdout.splitlines()} == set(NAMES)
    for name in NAMES:
        assert (release / name).read_bytes() == (folder / name).read_bytes(), name


def test_a_folder_without_a_release_is_said_to_be_none(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-P", str(ROOT / "build" / "metadata.py"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr and str(tmp_path) in done.stderr


def test_with_a_homepage_identifiers_are_below_it(
    folder: Path, tables: dict[str, pa.Table], tmp_path: Path
) -> None:
    described = {
        **DESCRIPTOR,
        "homepage": "https://data.example.org/iqsy/",
        "id": "https://doi.org/10.5555/x",
    }
    metadata.write_all(tables, terms(), described, files_of(folder), tmp_path)
    made = Graph().parse(tmp_path / dcat.FILE, format="turtle")
    dataset = made.value(None, RDF.type, DCAT.Dataset)
    assert str(dataset) == "https://data.example.org/iqsy/dcat.ttl#dataset"
    assert made.value(dataset, DCAT.landingPage) == URIRef("https://data.example.org/iqsy/")
    assert read(tmp_path, schema_org)["identifier"] == "https://doi.org/10.5555/x"
    assert yaml.safe_load((tmp_path / citation.FILE).read_text("utf-8"))["doi"] == "10.5555/x"


def test_a_named_file_that_is_not_there_is_told(
    folder: Path, tables: dict[str, pa.Table], tmp_path: Path
) -> None:
    files = files_of(folder)
    del files["data/tables/events.csv"]
    with pytest.raises(ProblemsError, match=r"data/tables/events\.csv"):
        metadata.write_all(tables, terms(), DESCRIPTOR, files, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({"contributors": []}, "lacks contributors"),
        ({"contributors": [{"roles": ["creator"]}]}, "contributors lacks title"),
        ({"licenses": [{"name": "CC-BY-4.0"}]}, "licenses lacks title, path"),
    ],
)
def test_what_a_descriptor_lacks_is_told(
    folder: Path, tables: dict[str, pa.Table], change: dict[str, Any], lacks: str
) -> None:
    with pytest.raises(ProblemsError, match=lacks):
        describe(tables, terms(), {**DESCRIPTOR, **change}, files_of(folder))


def test_a_library_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delitem(sys.modules, "iqsy.metadata.crate")
    monkeypatch.setitem(sys.modules, "rocrate.model", None)
    with pytest.raises(ProblemsError, match="pip install 'iqsy\\[publish\\]'"):
        metadata.write_all({}, terms(), DESCRIPTOR, {}, tmp_path, ["crate"])


# --- the validators ---


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's own tables as a release with its metadata."""
    root = tmp_path_factory.mktemp("published")
    own = {name: package.read_table(ROOT, name, terms()) for name in terms().tables}
    metadata.write_all(own, terms(), DESCRIPTOR, lay_out(root, own), root)
    return root


def judged(name: str, root: Path) -> subprocess.CompletedProcess[str]:
    """What a format's validator says; without one the test is left out, but in CI it fails."""
    try:
        return judge(name, root)
    except UnavailableError as error:
        unavailable(error)


@pytest.mark.slow
@pytest.mark.parametrize("name", metadata.FORMATS)
def test_the_format_s_own_validator_accepts_the_release(name: str, published: Path) -> None:
    done = judged(name, published)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


def in_json(module: Any, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    def apply(root: Path) -> None:
        content = read(root, module)
        change(content)
        (root / module.FILE).write_text(json.dumps(content), encoding="utf-8")

    return apply


def in_text(module: Any, old: str, new: str) -> Callable[[Path], None]:
    def apply(root: Path) -> None:
        text = (root / module.FILE).read_text("utf-8")
        assert old in text
        (root / module.FILE).write_text(text.replace(old, new, 1), encoding="utf-8")

    return apply


def retype(content: Any) -> None:
    events = next(part for part in content["recordSet"] if part["@id"] == "events")
    next(field for field in events["field"] if field["@id"] == "events/n_accounts")["dataType"] = "sc:Text"


def mistype(content: Any) -> None:
    table = next(table for table in content["tables"] if table["url"] == "data/tables/events.csv")
    next(c for c in table["tableSchema"]["columns"] if c["name"] == "title_en")["datatype"] = {
        "base": "integer"
    }


BROKEN: dict[str, Callable[[Path], None]] = {
    "datapackage": in_json(datapackage, lambda d: d["resources"][0].update(path="../secret.csv")),
    "schema_org": in_json(schema_org, lambda d: d.update(colour="blue")),
    "dcat": in_text(dcat, "dcat:accessURL", "dcat:page"),
    "skos": in_text(skos, "@ar", "@en"),
    "csvw": in_json(csvw, mistype),
    "croissant": in_json(croissant, retype),
    "crate": in_json(crate, lambda d: [entity.pop("datePublished", None) for entity in d["@graph"]]),
    "web_annotation": in_json(web_annotation, lambda d: d["first"]["items"][0]["target"].pop("source")),
    "card": in_text(card, "dtype: int64", "dtype: string"),
    "citation": in_text(citation, "authors:", "writers:"),
    "datasette": in_text(datasette, '"facets": [\n', '"facets": [\n"nothing",'),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_the_validator_refuses_what_is_broken(name: str, folder: Path, tmp_path: Path) -> None:
    root = tmp_path / "broken"
    shutil.copytree(folder, root)
    assert judged(name, root).returncode == 0
    BROKEN[name](root)
    done = judged(name, root)
    assert done.returncode == 1, f"{done.stdout}{done.stderr}"
    assert done.stdout.strip()


def test_every_format_has_a_judge_and_a_way_to_break_it() -> None:
    assert set(metadata.FORMATS) == set(BROKEN)
    assert {f"iqsy.metadata.{name}" for name in metadata.FORMATS} == {module.__name__ for module in MODULES}
