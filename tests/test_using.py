"""docs/using.md: each recipe is run from the page, on a release, and what it loads is held against the tables."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest
from environments import UnavailableError, environment, node_modules, unavailable
from project import ROOT, terms

from iqsy import exports, package
from iqsy.contract import Table

CLIENTS = Path(__file__).with_name("clients")
PAGE = (ROOT / "docs" / "using.md").read_text("utf-8")
# Headings down to a recipe's own, and the block that is run.
SECTION = re.compile(r"^### (.+?)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
RECIPES = {title: BLOCK.findall(text) for title, text in SECTION.findall(PAGE)}
DAY = date(2026, 12, 1)
DUCKDB = "iqsy.duckdb"
OLDEST_JAVA = 17
ARABIC = re.compile("[\u0621-\u064a]")

Row = Mapping[str, Any]
Read = Callable[[str], Sequence[Row]]


# --- the questions, answered from the tables by other means ---

HIS = "hamid-al-shatri"
MEMORANDUM = "2024-05-12-interior-ministers-mou"
JOURNEY = "2025-08-28-al-shatri-in-damascus"


def visits(read: Read) -> list[Row]:
    """Talks in Damascus of one official."""
    columns = ("date_start", "title_en", "title_ar", "n_accounts")
    attended = {row["event_id"] for row in read("participants") if row["actor_id"] == HIS}
    there = {row["event_id"] for row in read("events") if row["place_id"] == "damascus"}
    return [pick(row, columns) for row in read("events_flat") if row["event_id"] in attended & there]


def differences(read: Read) -> list[Row]:
    """In what accounts of an event differ, with labels."""
    labels = terms().codelists["differences"].by_code
    return [
        {**pick(row, ("property", "value", "n_accounts")), **pick(labels[row["difference"]], LABELS)}
        for row in read("disagreements")
        if row["event_id"] == MEMORANDUM
    ]


LABELS = ("label_en", "label_ar")


def passages(read: Read) -> list[Row]:
    """Who counts a journey, as what, and where that is written."""
    columns = ("value", "account_id", "value_raw", "link")
    claims = (row for row in read("claims_flat") if row["event_id"] == JOURNEY)
    return [pick(row, columns) for row in claims if row["property"] == "ordinal"]


def pick(row: Row, columns: Sequence[str]) -> Row:
    return {name: row[name] for name in columns}


# --- the programs ---


def own_python() -> list[str]:
    return [sys.executable, "-P"]


def python_of(name: str) -> Callable[[], list[str]]:
    return lambda: [str(environment(name)), "-P"]


def spark() -> list[str]:
    java = shutil.which("java")
    told = subprocess.run([java, "-version"], capture_output=True, text=True).stderr if java else ""
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < OLDEST_JAVA:
        raise UnavailableError(f"no Spark here without Java {OLDEST_JAVA} or later: default-jre-headless")
    return python_of("spark")()


def rscript() -> list[str]:
    program = shutil.which("Rscript")
    has_jsonlite = ["-e", "quit(status = !requireNamespace('jsonlite', quietly = TRUE))"]
    if program is None or subprocess.run([program, *has_jsonlite], capture_output=True).returncode:
        raise UnavailableError("no R with jsonlite here: r-base-core and r-cran-jsonlite")
    return [program, "--vanilla"]


def node() -> list[str]:
    node_modules(CLIENTS)
    return ["node"]


# What a program calls the types that the contract knows.
KINDS = {
    "string": "string",
    "large_string": "string",
    "string_view": "string",
    "str": "string",
    "character": "string",
    "int64": "integer",
    "int": "integer",
    "integer": "integer",
    "bigint": "integer",
    "double": "number",
    "float": "number",
    "Decimal": "number",
    "numeric": "number",
    "number": "number",
    "bool": "boolean",
    "logical": "boolean",
    "boolean": "boolean",
    "date32[day]": "date",
    "date": "date",
    "Date": "date",
}


@dataclass(frozen=True)
class Client:
    """How a recipe is run, which table and question it is about, and which types its program has to do without."""

    run: Callable[[], list[str]]
    probe: str
    table: str
    question: Callable[[Read], list[Row]]
    without: Mapping[str, str] = field(default_factory=dict)


CLIENT = {
    "pandas": Client(own_python, "probe.py", "events_flat", visits),
    "polars": Client(own_python, "probe.py", "disagreements", differences),
    "DuckDB on Parquet": Client(own_python, "probe.py", "claims_flat", passages),
    "DuckDB in one file": Client(own_python, "probe.py", "events_flat", visits),
    "SQLite": Client(own_python, "probe.py", "events_flat", visits, {"date": "string"}),
    "frictionless": Client(own_python, "probe.py", "events_flat", visits),
    "datasets": Client(python_of("validators"), "probe.py", "claims_flat", passages),
    "Spark": Client(spark, "probe.py", "disagreements", differences),
    "R from CSV": Client(rscript, "probe.R", "events_flat", visits),
    "Parquet in JavaScript": Client(node, "probe.mjs", "claims_flat", passages),
    "The data package in JavaScript": Client(node, "probe.mjs", "events_flat", visits, {"integer": "number"}),
}
OTHERS = ("Datasette", "LibreOffice")


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own tables as the folder of a release, with the DuckDB file in it."""
    folder = tmp_path_factory.mktemp("release")
    tables = {name: package.read_table(ROOT, name, terms()) for name in terms().tables}
    package.write_tables(tables, folder / package.TABLES)
    shutil.copytree(ROOT / "schema", folder / "schema")
    shutil.copy(ROOT / package.DESCRIPTOR, folder)
    exports.sqlite(folder / exports.SQLITE, tables, terms())
    flat = terms().tables[exports.FLAT]
    exports.workbook(folder / exports.WORKBOOK, tables[exports.FLAT], flat, terms(), DAY)
    exports.describe(folder, DAY, tables, terms())
    exports.duckdb_file(folder / DUCKDB, tables, terms())
    return folder


def reader(release: Path) -> Read:
    """Reads the rows of a table of the release."""
    return lambda name: pq.read_table(release / package.TABLES / f"{name}.parquet").to_pylist()


def test_every_block_of_the_page_is_a_recipe_that_is_run() -> None:
    assert list(RECIPES) == [*CLIENT, *OTHERS]
    assert all(len(blocks) == 1 for blocks in RECIPES.values())
    assert len(BLOCK.findall(PAGE)) == len(RECIPES)


@pytest.mark.slow
@pytest.mark.parametrize("name", CLIENT)
def test_a_recipe_loads_the_whole_table_typed_and_answers_its_question(release: Path, name: str) -> None:
    client = CLIENT[name]
    table = terms().tables[client.table]
    loaded = run(client, name, release)
    held = reader(release)(client.table)
    kinds = {f.name: client.without.get(f.type, f.type) for f in table.fields}
    assert len(loaded[client.table]["rows"]) == rows_described(release, table)
    assert loaded[client.table]["rows"] == [cells(row) for row in held]
    assert told_types(loaded[client.table], held) == kinds_of_filled(kinds, held)
    expected = client.question(reader(release))
    assert ARABIC.search(str(expected))
    answer = loaded[client.question.__name__]
    assert list(answer["types"]) == list(expected[0])
    assert in_order(answer["rows"]) == in_order(cells(row) for row in expected)


def run(client: Client, name: str, release: Path) -> dict[str, Any]:
    """What a recipe loaded: its table and its answer, each as column types and rows."""
    try:
        command = client.run()
    except UnavailableError as error:
        unavailable(error)
    probe = CLIENTS / client.probe
    ((_, code),) = RECIPES[name]
    # Node looks for packages in the folders above a module.
    above = node_modules(CLIENTS) if client.run is node else None
    with tempfile.TemporaryDirectory(dir=above) as scratch:
        script, out = Path(scratch) / f"recipe{probe.suffix}", Path(scratch) / "loaded.json"
        script.write_text(code + probe.read_text("utf-8"), encoding="utf-8")
        finish([*command, str(script)], release, probe=f"{client.table} {client.question.__name__}", out=out)
        loaded: dict[str, Any] = json.loads(out.read_text("utf-8"))
        return loaded


def finish(command: Sequence[str], folder: Path, probe: str = "", out: Path | None = None) -> str:
    """What a command prints in a folder; it must succeed, and reaches for no network."""
    settings = {
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(folder / ".hub"),
        "IQSY_PROBE": probe,
        "IQSY_PROBE_OUT": str(out),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONUTF8": "1",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **settings}, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def rows_described(release: Path, table: Table) -> int:
    """How many rows the descriptor of the release says that a table has."""
    resources = json.loads((release / package.DESCRIPTOR).read_text("utf-8"))["resources"]
    return int(next(resource["rows"] for resource in resources if resource["name"] == table.name))


def in_order(rows: Iterable[object]) -> list[object]:
    """Rows in an order of their own, as a question asks for none."""
    return sorted(rows, key=str)


def cells(row: Row) -> list[object]:
    """The cells of a row as JSON has them."""
    return [value.isoformat() if isinstance(value, date) else value for value in row.values()]


def told_types(loaded: Mapping[str, Any], held: Sequence[Row]) -> dict[str, str]:
    """The types of the columns that hold anything, in the words of the contract."""
    return {name: KINDS.get(kind, kind) for name, kind in loaded["types"].items() if filled(name, held)}


def kinds_of_filled(kinds: Mapping[str, str], held: Sequence[Row]) -> dict[str, str]:
    return {name: kind for name, kind in kinds.items() if filled(name, held)}


def filled(name: str, held: Sequence[Row]) -> bool:
    return any(row[name] is not None for row in held)


# --- Datasette ---


@pytest.fixture(scope="session")
def datasette(release: Path) -> Callable[[str], str]:
    """What Datasette answers at an address."""
    try:
        bin = environment("datasette").parent
    except UnavailableError as error:
        unavailable(error)
    ((_, line),) = RECIPES["Datasette"]
    program, *arguments, _ = shlex.split(line)
    command = [shutil.which(program, path=str(bin)) or program, *arguments]
    return lambda address: finish([*command, address], release)


@pytest.mark.slow
def test_datasette_gives_what_the_page_asks_it_for(release: Path, datasette: Callable[[str], str]) -> None:
    ((_, line),) = RECIPES["Datasette"]
    rows = json.loads(datasette(shlex.split(line)[-1]))
    expected = passages(reader(release))
    assert in_order(pick(row, tuple(expected[0])) for row in rows) == in_order(expected)


@pytest.mark.slow
def test_datasette_shows_labels_in_both_languages_and_counts_codes(
    release: Path, datasette: Callable[[str], str]
) -> None:
    table = terms().tables["claims_flat"]
    shown = datasette("/iqsy/claims_flat?_size=1")
    for words in (table.title, table.title_ar, table.description_ar, *(f.title_ar for f in table.fields)):
        assert words in shown
    counted = json.loads(datasette("/iqsy/claims_flat.json?_size=1"))
    assert counted["filtered_table_rows_count"] == rows_described(release, table)
    assert set(counted["facet_results"]) == {"property", "voice_side", "stance", "language"}
    languages = {part["value"]: part["label"] for part in counted["facet_results"]["language"]["results"]}
    assert languages == {code: terms().label("languages", code) for code in languages} and "ar" in languages


# --- LibreOffice ---

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"


@pytest.fixture(scope="session")
def sheets(release: Path) -> Path:
    """What LibreOffice makes of a workbook and a CSV file."""
    office = shutil.which("soffice")
    if office is None:
        unavailable("no LibreOffice here: libreoffice-calc-nogui")
    ((_, lines),) = RECIPES["LibreOffice"]
    # A profile of its own: two that share one wait for each other, or fail.
    profile = f"-env:UserInstallation={(release / '.office').as_uri()}"
    for line in lines.splitlines():
        finish([office, profile, *shlex.split(line)[1:]], release)
    return release / "sheets"


@dataclass(frozen=True)
class Sheet:
    """A sheet of an ODS file: which way it runs, and its rows as pairs of type and text."""

    right_to_left: bool
    rows: list[list[tuple[str, str]]]


def opened(path: Path) -> dict[str, Sheet]:
    """The sheets of an ODS file, by name."""
    with zipfile.ZipFile(path) as book:
        root = ElementTree.fromstring(book.read("content.xml"))
    modes = {
        style.attrib[f"{STYLE}name"]: properties.get(f"{STYLE}writing-mode")
        for style in root.iter(f"{STYLE}style")
        if (properties := style.find(f"{STYLE}table-properties")) is not None
    }
    return {
        table.attrib[f"{TABLE}name"]: Sheet(
            modes[table.attrib[f"{TABLE}style-name"]] == "rl-tb", list(sheet_rows(table))
        )
        for table in root.iter(f"{TABLE}table")
    }


def sheet_rows(table: ElementTree.Element) -> Iterator[list[tuple[str, str]]]:
    """The rows that hold anything. Equal neighbours are written once, with their number."""
    for row in table.iter(f"{TABLE}table-row"):
        cells = [
            (cell.get(f"{OFFICE}value-type", ""), "".join(p.text or "" for p in cell.iter(f"{TEXT}p")))
            for cell in row.iter(f"{TABLE}table-cell")
            for _ in range(min(int(cell.get(f"{TABLE}number-columns-repeated", 1)), 100))
        ]
        if any(kind for kind, _ in cells):
            yield from [cells] * int(row.get(f"{TABLE}number-rows-repeated", 1))


@pytest.mark.slow
def test_a_workbook_opens_with_arabic_days_and_direction(release: Path, sheets: Path) -> None:
    table = terms().tables[exports.FLAT]
    found = opened(sheets / "events_flat.ods")
    assert {name: sheet.right_to_left for name, sheet in found.items()} == {
        table.title: False,
        table.title_ar: True,
    }
    held = reader(release)(table.name)
    rows = found[table.title_ar].rows
    head = [text for _, text in rows[0]]
    assert len(rows) - 1 == len(held) == rows_described(release, table)
    for name in ("title_ar", "people_ar", "date_start", "n_accounts"):
        place = head.index(table.by_name[name].title_ar)
        kind = {"date": "date", "integer": "float", "string": "string"}[table.by_name[name].type]
        told = [row[place] for row in rows[1:]]
        assert told == [("", "") if row[name] is None else (kind, str(row[name])) for row in held]


@pytest.mark.slow
def test_a_csv_file_opens_with_arabic_and_days(release: Path, sheets: Path) -> None:
    table = terms().tables["contacts"]
    ((_, sheet),) = opened(sheets / "contacts.ods").items()
    held = reader(release)(table.name)
    assert [text for _, text in sheet.rows[0]] == list(table.columns)
    assert len(held) == rows_described(release, table)
    told = [[text for _, text in row][: len(table.columns)] for row in sheet.rows[1:]]
    assert told == [["" if value is None else str(value) for value in row.values()] for row in held]
    for name, kind in (("date_start", "date"), ("title_ar", "string"), ("n_accounts", "float")):
        place = table.columns.index(name)
        assert [row[place][0] for row in sheet.rows[1:]] == ["" if r[name] is None else kind for r in held]
