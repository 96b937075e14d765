"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import ROOT, terms
from published import SIGNING, VISIT, publish
from rich.console import Console

import iqsy
from iqsy import cli, names, rows
from iqsy.rows import Rows
from iqsy.show import END, ISOLATE


@dataclass(frozen=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("cli"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process."""

    def command(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["iqsy", *map(str, arguments)])
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return command


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes standard output a terminal of fifty columns."""
    monkeypatch.setattr(cli, "_is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "50")


def test_help_imports_nothing_heavy() -> None:
    """Not even rich, so that it is there at once."""
    code = (
        "import sys; from iqsy.cli import main; sys.argv = ['iqsy', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'pyarrow', 'pandas', 'polars', 'duckdb', 'yaml', 'rich'}\n"
        "print(*heavy & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage: iqsy" in done.stdout and done.stderr.strip() == ""


@pytest.mark.parametrize("command", ["check", "show", "query", "diff", "tables"])
def test_every_command_has_help(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert done.code == 0 and f"Usage: iqsy {command}" in done.out


def test_version(run: Run) -> None:
    assert run("--version") == Done(0, f"iqsy {iqsy.__version__}\n", "")


# --- check ---


def broken(source: Path, folder: Path) -> Path:
    """A copy in which an event has a status that is none."""
    (folder / "data/tables").mkdir(parents=True)
    for path in source.glob("data/tables/*.csv"):
        text = path.read_text("utf-8")
        changed = text.replace("outcome_unknown", "unknown_outcome") if path.stem == "events" else text
        (folder / "data/tables" / path.name).write_text(changed, encoding="utf-8")
    return folder


def test_a_clean_package_gives_0(run: Run, source: Path) -> None:
    assert run("check", source, "--judge", "sql") == Done(0, "no errors\n", "")


def test_findings_give_1(run: Run, source: Path, tmp_path: Path) -> None:
    done = run("check", broken(source, tmp_path), "--judge", "sql")
    assert done.code == 1 and done.err == ""
    assert "unknown_outcome" in done.out and done.out.endswith("1 error\n")


READERS: dict[str, Callable[[str], Sequence[Any]]] = {
    "json": lambda text: [finding["code"] for finding in json.loads(text)],
    "github": lambda text: [line.partition("title=")[2].partition("::")[0] for line in text.splitlines()],
    "junit": lambda text: [f.get("type") for f in ElementTree.fromstring(text).iter("failure")],
}


@pytest.mark.parametrize("told", READERS)
def test_findings_in_a_file_for_machines(run: Run, source: Path, tmp_path: Path, told: str) -> None:
    report = tmp_path / "report"
    folder = broken(source, tmp_path / "broken")
    done = run("check", folder, "--judge", "sql", "--format", told, "--output", report)
    assert (done.code, done.out) == (1, "")
    assert READERS[told](report.read_text("utf-8")) == ["foreign-key"]


def test_junit_of_a_contract_of_ones_own(run: Run, source: Path) -> None:
    done = run("check", source, "--judge", "sql", "--schema", ROOT / "schema", "--format", "junit")
    cases = {case.get("name") for case in ElementTree.fromstring(done.out).iter("testcase")}
    assert done.code == 0 and cases == {*terms().resources, *terms().rules}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "/nowhere"], "no such folder"),
        (["check", "--judge", "nobody"], "'nobody' is not one of"),
        (["check", ".", "--schema", "/nowhere"], "a contract has its tables there"),
        (["show", "zzz"], "words of a title"),
        (["query", "SELEC 1"], "syntax error"),
        (["query", "FROM evnts"], "Did you mean"),
        (["query", "FROM read_csv('/etc/hosts')"], "disabled"),
        (["query", "SELECT 1", "--output", "/nowhere/rows"], "cannot be written: No such file or directory"),
        (["diff", ".", "/nowhere"], "no such folder"),
        (["query", "SELECT 1", "--source", "/nowhere"], "no such folder"),
    ],
)
def test_what_cannot_be_used_gives_2_and_no_traceback(
    run: Run, source: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(source)
    needs_source = arguments[0] in ("show", "query") and "--source" not in arguments
    done = run(*arguments, *(["--source", "."] if needs_source else []))
    assert (done.code, done.out) == (2, "")
    assert words in done.err and "Traceback" not in done.err


# --- show ---


def test_an_event_is_shown_by_id_or_words(run: Run, source: Path) -> None:
    by_id = run("show", SIGNING, "--source", source)
    by_words = run("show", "ministers", "memorandum", "--source", source)
    assert by_id.code == 0 and by_id == by_words
    assert by_id.out.startswith("Ministers sign a memorandum in Baghdad\n")


def test_a_file_has_no_direction_controls(run: Run, source: Path) -> None:
    done = run("show", VISIT, "--lang", "ar", "--source", source)
    assert done.out.startswith("زيارة إلى بغداد\n")
    assert names.unsafe_characters(done.out.replace("\n", "")) == []


@pytest.mark.usefixtures("terminal")
def test_a_terminal_wraps_and_isolates(run: Run, source: Path) -> None:
    done = run("show", SIGNING, "--lang", "ar", "--source", source)
    lines = done.out.splitlines()
    assert f"{ISOLATE}{SIGNING}{END}" in done.out
    assert f"{ISOLATE}2024-05-12{END}" in done.out
    wide = [line for line in lines if Console().render_str(line, markup=False).cell_len > 50]
    assert wide and all(line.strip().startswith("https://") for line in wide)


# --- query ---


def test_rows_for_machines(run: Run, source: Path) -> None:
    sql = "SELECT event_id, title_ar, date_start, series_number FROM events ORDER BY event_id"
    as_csv = run("query", sql, "--format", "csv", "--source", source).out
    as_json = run("query", sql, "--format", "json", "--source", source).out
    assert list(csv.reader(io.StringIO(as_csv)))[1] == [
        SIGNING,
        "توقيع وزيرين مذكرة في بغداد",
        "2024-05-12",
        "",
    ]
    assert json.loads(as_json)[1] == {
        "event_id": VISIT,
        "title_ar": "زيارة إلى بغداد",
        "date_start": "2024-05-12",
        "series_number": None,
    }


def test_rows_for_people(run: Run, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("SELECT event_id, 'a|b' AS c FROM events ORDER BY 1"))
    as_markdown = run("query", "-", "--format", "markdown", "--source", source).out
    assert as_markdown.splitlines()[:3] == ["| event_id | c |", "| --- | --- |", f"| {SIGNING} | a\\|b |"]
    as_table = run("query", "FROM events SELECT event_id", "--source", source).out
    assert [line.strip() for line in as_table.splitlines()][0::2][:2] == ["event_id", SIGNING]


def test_a_statement_without_rows_gives_none(run: Run, source: Path) -> None:
    assert run("query", "SELECT 1 WHERE false", "--format", "csv", "--source", source).out == "1\n"


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.text("a|\\\n\x1b بé", max_size=8)
)
ROWS = st.integers(1, 4).flatmap(
    lambda width: st.builds(
        Rows,
        st.lists(st.text("abc|", min_size=1), min_size=width, max_size=width, unique=True),
        st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=5),
    )
)


@given(ROWS)
def test_every_format_tells_every_row(found: Rows) -> None:
    assert len(list(csv.reader(io.StringIO(rows.as_csv(found), newline="")))) == len(found.rows) + 1
    objects = json.loads(rows.as_json(found), parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert [list(o) for o in objects] == [list(found.columns)] * len(found.rows)
    lines = rows.as_markdown(found).splitlines()
    assert len(lines) == len(found.rows) + 2
    for told in (rows.as_markdown(found), rows.as_table(found, for_terminal=False)):
        assert names.unsafe_characters(told.replace("\n", "")) == []


def test_a_table_stops_after_two_hundred_rows() -> None:
    told = rows.as_table(Rows(["n"], [[n] for n in range(1_500)]), for_terminal=False).splitlines()
    assert len(told) == 2 + 200 + 1
    assert told[-1] == "… and 1,300 more rows; --format csv gives all"


@pytest.mark.usefixtures("terminal")
def test_a_table_in_a_terminal_isolates_arabic(run: Run, source: Path) -> None:
    done = run("query", f"SELECT title_ar FROM events WHERE event_id = '{VISIT}'", "--source", source)
    assert f"{ISOLATE}زيارة إلى بغداد{END}" in done.out


# --- diff, tables ---


def test_diff_tells_what_changed(run: Run, source: Path, tmp_path: Path) -> None:
    new = broken(source, tmp_path)
    told = {name: run("diff", source, new, "--format", name) for name in ("text", "json", "markdown")}
    assert all(done.code == 0 and "unknown" in done.out for done in told.values())
    assert "events: 0 added, 0 removed, 1 changed" in told["text"].out
    assert json.loads(told["json"].out)
    assert run("diff", source, source) == Done(0, "no table differs\n", "")


def test_diff_tells_what_it_could_not_read(run: Run, source: Path, tmp_path: Path) -> None:
    new = broken(source, tmp_path)
    (new / "data/tables/reports.csv").unlink()
    done = run("diff", source, new)
    assert done.code == 0 and "reports" in done.err


def test_tables_are_listed(run: Run) -> None:
    listed = dict(line.split(maxsplit=1) for line in run("tables").out.splitlines())
    assert listed == iqsy.tables()
