import csv
import errno
import io
import json
import math
import os
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqsy import package
from iqsy.contract import Contract, Field, Table
from iqsy.frames import arrow_schema
from iqsy.package import Package, open_package, read_table, write_csv, write_tables
from iqsy.problems import Problem, ProblemsError


def table(name: str, key: Sequence[str], **types: str) -> Table:
    fields = tuple(Field(column, kind, column, column, column, column) for column, kind in types.items())
    return Table(
        name, "events", name, name, name, name, fields, tuple(key), (), f"data/tables/{name}.csv", ""
    )


EVENTS = table(
    "events", ["event_id"], event_id="string", title="string", day="date", n="integer", core="boolean"
)
FIGURES = table("figures", ["event_id", "measure"], event_id="string", measure="string", value="number")
CONTRACT = Contract(Path(), {"events": EVENTS, "figures": FIGURES}, {}, {}, {})

TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
) | st.sampled_from(
    ['"', "a,b", "\n", "\r\n", " بغداد ", "'", "=1", "NA", "null", "true", "5", ",", '""', "\ufeff", "\u2028"]
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXT,
    "date": st.dates(),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
}


def tables_of(contract_table: Table) -> st.SearchStrategy[pa.Table]:
    row = st.tuples(*(st.none() | VALUES[f.type] for f in contract_table.fields))
    return st.lists(row, max_size=8).map(
        lambda rows: (
            pa.table([list(c) for c in zip(*rows, strict=True)], schema=arrow_schema(contract_table))
            if rows
            else arrow_schema(contract_table).empty_table()
        )
    )


SETS = st.fixed_dictionaries({"events": tables_of(EVENTS), "figures": tables_of(FIGURES)})
ONE_EVENT: dict[str, list[Any]] = {
    "event_id": ["e1"],
    "title": ["لقاء"],
    "day": [date(2024, 5, 12)],
    "n": [3],
    "core": [True],
}
ONE_FIGURE: dict[str, list[Any]] = {"event_id": ["e1"], "measure": ["areas"], "value": [5.0]}
SAMPLE = {
    "events": pa.table(ONE_EVENT, schema=arrow_schema(EVENTS)),
    "figures": pa.table(ONE_FIGURE, schema=arrow_schema(FIGURES)),
}
unhurried = settings(deadline=None)
HEADER = b"event_id,title,day,n,core\n"


def describe(folder: Path, **paths: object) -> Path:
    """Write a descriptor with these paths; tables left out are where they usually are."""
    usual: dict[str, object] = {name: CONTRACT.tables[name].path for name in CONTRACT.tables}
    resources = [{"name": name, "path": path} for name, path in (usual | paths).items()]
    (folder / "datapackage.json").write_text(json.dumps({"resources": resources}), encoding="utf-8")
    return folder


def make(folder: Path, events: bytes | None = None) -> Path:
    """A package of the samples, or with this text as its events."""
    write_tables(SAMPLE, folder / "data" / "tables")
    for parquet in folder.glob("data/tables/*.parquet"):
        parquet.unlink()
    if events is not None:
        (folder / "data/tables/events.csv").write_bytes(events)
    return describe(folder)


def opened(folder: Path) -> Package:
    return open_package(folder, CONTRACT)


def only_problem(found: Package) -> Problem:
    assert len(found.problems) == 1, found.problems
    return found.problems[0]


def refusal(given: str | Path) -> str:
    with pytest.raises(ProblemsError) as caught:
        open_package(given, CONTRACT)
    return str(caught.value)


# --- writing and reading back ---


@unhurried
@given(SETS)
def test_tables_come_back_from_both_files_as_they_went(tables: dict[str, pa.Table]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_tables(tables, Path(folder))
        both = opened(Path(folder))
        assert both.problems == []
        assert both.tables == tables
        for path in Path(folder).glob("*.csv"):
            path.unlink()
        parquet_alone = opened(Path(folder))
        assert parquet_alone.problems == []
        assert parquet_alone.tables == tables


@unhurried
@given(SETS, st.integers(0, 8))
def test_the_same_tables_give_the_same_bytes(tables: dict[str, pa.Table], cut: int) -> None:
    chunked = {n: pa.concat_tables([t.slice(0, cut), t.slice(cut)]) for n, t in tables.items()}
    marked = {n: t.replace_schema_metadata({"made": "elsewhere"}) for n, t in chunked.items()}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        write_tables(tables, Path(one))
        write_tables(marked, Path(other))
        assert contents(Path(one)) == contents(Path(other))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_csv_is_written_in_the_one_plain_form(tmp_path: Path) -> None:
    rows = {
        "event_id": ["e1", "e2", "e3"],
        "title": ['a "b", c', " بغداد ", None],
        "day": [date(2024, 5, 12), None, date(5, 1, 1)],
        "n": [81, None, -1],
        "core": [True, False, None],
    }
    write_csv(pa.table(rows, schema=arrow_schema(EVENTS)), tmp_path / "events.csv")
    assert (tmp_path / "events.csv").read_text(encoding="utf-8").split("\n") == [
        "event_id,title,day,n,core",
        'e1,"a ""b"", c",2024-05-12,81,true',
        "e2, بغداد ,,,false",
        "e3,,0005-01-01,-1,",
        "",
    ]


def test_numbers_are_written_with_no_more_digits_than_they_need(tmp_path: Path) -> None:
    values = [5.0, 0.1, 1e15, 2.5, None]
    rows = {"event_id": list("abcde"), "measure": list("abcde"), "value": values}
    write_csv(pa.table(rows, schema=arrow_schema(FIGURES)), tmp_path / "figures.csv")
    cells = [line.split(",")[2] for line in (tmp_path / "figures.csv").read_text().splitlines()[1:]]
    assert cells[:2] == ["5", "0.1"]
    assert [float(c) if c else None for c in cells] == values


def test_a_package_is_read_before_its_parquet_was_made_and_after_its_csv_was_lost(tmp_path: Path) -> None:
    write_tables(SAMPLE, tmp_path)
    (tmp_path / "figures.csv").unlink()
    (tmp_path / "events.parquet").unlink()
    found = opened(tmp_path)
    assert found.problems == []
    assert found.tables == SAMPLE
    for _ in range(2):
        files = found.csv_files()
        assert list(files) == ["events", "figures"]
        assert files["events"] == tmp_path / "events.csv"
        assert files["figures"].read_bytes() == b"event_id,measure,value\ne1,areas,5\n"


# --- what is wrong with a CSV ---


@unhurried
@given(tables_of(EVENTS).filter(len), st.data())
def test_a_bad_cell_is_found_on_its_line(events: pa.Table, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(events) - 1))
    with tempfile.TemporaryDirectory() as name:
        folder = make(Path(name))
        path = folder / "data/tables/events.csv"
        # The line on which a row begins: that after all text before it.
        write_csv(events.slice(0, row), path)
        line = path.read_bytes().count(b"\n") + 1
        before = path.read_bytes()
        write_csv(events.slice(row + 1), path)
        after = path.read_bytes().removeprefix(HEADER)
        path.write_bytes(before + b"e,t,2023-02-29,1,true\n" + after)
        problem = only_problem(found := opened(folder))
        assert (problem.code, problem.file, problem.line) == ("type", "data/tables/events.csv", line)
        assert (problem.table, problem.column, problem.value) == ("events", "day", "2023-02-29")
        assert len(found.tables["events"]) == len(events)
        assert found.tables["events"]["day"][row].as_py() is None


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        *[
            ("n", c)
            for c in ("0x1F", "+5", " 5", "5 ", "1_000", "1,000", "٥", "5.0", "9223372036854775808", "-")
        ],
        *[
            ("day", c)
            for c in ("2023-02-29", "0000-01-01", "2024-5-1", "12/05/2024", "2024-05-12T00:00", "٢٠٢٤-٠٥-١٢")
        ],
        *[("core", c) for c in ("TRUE", "True", "1", "yes", "t")],
        *[("value", c) for c in ("nan", "NaN", "inf", "1e999", ".5", "5.", "0x1p3", "1,5", "five")],
    ],
)
def test_a_cell_that_does_not_fit_its_type_is_a_finding(tmp_path: Path, column: str, cell: str) -> None:
    folder = make(tmp_path)
    name = "figures" if column == "value" else "events"
    path = folder / f"data/tables/{name}.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerow(rows[0] | {column: cell})
    problem = only_problem(found := opened(folder))
    assert (problem.code, problem.line, problem.column, problem.value) == ("type", 2, column, cell)
    assert found.tables[name][column].to_pylist() == [None]


def test_of_many_like_findings_the_first_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    rows = b"".join(b"e%d,t,,x,\n" % i for i in range(50)) + b"short\n" * 30
    found = opened(make(tmp_path, HEADER + rows))
    cells = [p for p in found.problems if p.code == "type"]
    assert [p.line for p in cells[:-1]] == list(range(2, 22))
    assert "30 more" in cells[-1].message
    ragged = [p for p in found.problems if p.code == "row"]
    assert [p.line for p in ragged[:-1]] == list(range(52, 72))
    assert "10 more" in ragged[-1].message


@pytest.mark.parametrize("row", [b"e2", b"e2,t,,1,true,more", b"", b"e2,t,,1", b'"e\n2"'])
def test_a_row_that_is_too_short_or_long_is_found_on_its_line_and_left_out(
    tmp_path: Path, row: bytes
) -> None:
    text = HEADER + b'e1,"two\nlines",,1,true\n' + row + b"\ne3,t,,3,false\n"
    problem = only_problem(found := opened(make(tmp_path, text)))
    assert (problem.code, problem.file, problem.line) == ("row", "data/tables/events.csv", 4)
    assert found.tables["events"]["event_id"].to_pylist() == ["e1", "e3"]


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        (HEADER + b"e1,a\0b,,1,true\n", "unreadable", 2, "NUL"),
        (HEADER + b"e1,a,,1,true\ne2,caf\xe9,,1,true\n", "unreadable", 3, "0xe9 is not UTF-8"),
        (HEADER + b'e1,a,,1,true\ne2,"a,,1,true\n\n', "unreadable", 3, "not CSV"),
        (HEADER + b'e1,"a"b,,1,true\n', "unreadable", 2, "not CSV"),
        (HEADER + b"e1," + b"a" * 200_000 + b",,1,true\n", "unreadable", 2, "limit"),
        (HEADER + b"e1,a\rb,,1,true\n", "unreadable", 2, "not CSV"),
        (b"", "unreadable", 1, "header"),
        (b"\n" + HEADER, "unreadable", 1, "header"),
        ("﻿".encode() + HEADER + b"e1,a,,1,true\n", "encoding", 1, "byte order mark"),
    ],
)
def test_text_that_is_no_clean_csv_is_a_finding(
    tmp_path: Path, text: bytes, code: str, line: int, words: str
) -> None:
    problem = only_problem(found := opened(make(tmp_path, text)))
    assert (problem.code, problem.line, problem.table) == (code, line, "events")
    assert words in problem.message
    assert ("events" in found.tables) == (code != "unreadable")


@pytest.mark.parametrize("text", [HEADER.strip(), HEADER, HEADER.replace(b"\n", b"\r\n")])
def test_a_table_may_be_empty_and_its_lines_may_end_as_on_windows(tmp_path: Path, text: bytes) -> None:
    found = opened(make(tmp_path, text))
    assert found.problems == []
    assert found.tables["events"] == arrow_schema(EVENTS).empty_table()


@pytest.mark.parametrize(
    ("header", "row", "words"),
    [
        (b"event_id,day,n,core", b"e1,,3,true", "title"),
        (b"event_id,title,day,n,core,extra", b"e1,t,,3,true,x", "extra"),
        (b"event_id,title,day,n,n,core", b"e1,t,,3,4,true", "n"),
        (b"title,event_id,day,n,core", b"t,e1,,3,true", "event_id, title, day, n, core"),
    ],
)
def test_a_header_that_is_not_the_contracts_is_a_finding(
    tmp_path: Path, header: bytes, row: bytes, words: str
) -> None:
    problem = only_problem(found := opened(make(tmp_path, header + b"\n" + row + b"\n")))
    assert (problem.code, problem.file) == ("structure", "data/tables/events.csv")
    assert words in problem.message
    events = found.tables["events"]
    assert events.schema == arrow_schema(EVENTS)
    assert (events["event_id"].to_pylist(), events["n"].to_pylist()) == (["e1"], [3])


@unhurried
@given(st.text(st.sampled_from(',"\n\r ab\0é\ufeff'), max_size=60))
def test_any_text_is_read_as_python_reads_it_or_is_a_finding(text: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        found = opened(make(Path(name), HEADER + text.encode()))
        if "events" not in found.tables:
            assert only_problem(found).code == "unreadable"
            return
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        whole = [row for row in rows if len(row) == len(EVENTS.columns)]
        events = found.tables["events"].to_pylist()
        assert [(e["event_id"], e["title"]) for e in events] == [(r[0] or None, r[1] or None) for r in whole]
        assert (len(whole) < len(rows)) == any(p.code == "row" for p in found.problems)


def test_files_that_may_not_be_read_are_findings_or_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *arguments: object, **settings: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    folder = make(tmp_path)
    monkeypatch.setattr(Path, "open", refuse)
    assert "Permission denied" in refusal(folder)
    (folder / "datapackage.json").unlink()
    assert [(p.code, p.table) for p in opened(folder).problems] == [
        ("unreadable", "events"),
        ("unreadable", "figures"),
    ]


# --- what is wrong with a Parquet, or between the two ---


def with_parquet(folder: Path, events: pa.Table) -> Path:
    make(folder)
    (folder / "data/tables/events.csv").unlink()
    pq.write_table(events, folder / "data/tables/events.parquet")
    return folder


@unhurried
@given(st.data())
def test_a_parquet_that_breaks_off_is_a_finding(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = with_parquet(Path(name), SAMPLE["events"])
        path = folder / "data/tables/events.parquet"
        whole = path.read_bytes()
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
        problem = only_problem(found := opened(folder))
        assert (problem.code, problem.file) == ("unreadable", "data/tables/events.parquet")
        assert list(found.tables) == ["figures"]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("n", pa.array(["3"])),
        ("n", pa.array([3.5])),
        ("day", pa.array(["2024-05-12"])),
        ("day", pa.array([date(2024, 5, 12)]).cast(pa.timestamp("us"))),
        ("core", pa.array([1])),
        ("title", pa.array([b"x"])),
        ("title", pa.array([["x"]])),
    ],
)
def test_a_parquet_column_of_another_type_is_a_finding(tmp_path: Path, column: str, values: pa.Array) -> None:
    position = EVENTS.columns.index(column)
    found = opened(with_parquet(tmp_path, SAMPLE["events"].set_column(position, column, values)))
    problem = only_problem(found)
    assert (problem.code, problem.column) == ("type", column)
    assert found.tables["events"][column].to_pylist() == [None]
    assert found.tables["events"]["event_id"].to_pylist() == ["e1"]


def test_how_a_library_keeps_text_in_memory_makes_no_difference(tmp_path: Path) -> None:
    events = SAMPLE["events"]
    events = events.set_column(0, "event_id", events["event_id"].cast(pa.large_string()))
    events = events.set_column(1, "title", events["title"].dictionary_encode())
    found = opened(with_parquet(tmp_path, events))
    assert found.problems == []
    assert found.tables == SAMPLE


def test_columns_and_types_of_a_parquet_are_both_reported(tmp_path: Path) -> None:
    events = SAMPLE["events"].drop_columns(["title"]).set_column(2, "n", pa.array(["3"]))
    found = opened(with_parquet(tmp_path, events))
    assert sorted(p.code for p in found.problems) == ["structure", "type"]
    assert found.tables["events"].to_pylist() == [
        {"event_id": "e1", "title": None, "day": date(2024, 5, 12), "n": None, "core": True}
    ]


def test_what_python_could_not_show_is_found_when_a_parquet_is_read(tmp_path: Path) -> None:
    not_utf8 = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")]
    )
    found = opened(with_parquet(tmp_path, SAMPLE["events"].set_column(1, "title", not_utf8)))
    assert only_problem(found).code == "unreadable"
    far = pa.array([10**9], pa.int32()).cast(pa.date32())
    found = opened(with_parquet(tmp_path, SAMPLE["events"].set_column(2, "day", far)))
    assert (only_problem(found).code, only_problem(found).column) == ("type", "day")
    assert found.tables["events"]["day"].to_pylist() == [None]


def test_a_parquet_that_would_fill_the_memory_is_not_read(tmp_path: Path) -> None:
    rows = 5_000_000
    found = opened(with_parquet(tmp_path, pa.table({"event_id": pa.nulls(rows, pa.string())})))
    assert only_problem(found).code == "unreadable"
    assert f"{rows:,}" in only_problem(found).message


def test_nan_in_a_parquet_is_left_for_the_judges(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "data/tables/figures.csv").unlink()
    figures = SAMPLE["figures"].set_column(2, "value", pa.array([math.nan]))
    pq.write_table(figures, tmp_path / "data/tables/figures.parquet")
    found = opened(tmp_path)
    assert found.problems == []
    assert math.isnan(found.tables["figures"]["value"][0].as_py())


@pytest.mark.parametrize(
    ("changed", "column", "words"),
    [
        ({**ONE_EVENT, "n": [4]}, "n", ["“3”", "“4”"]),
        ({**ONE_EVENT, "title": [None]}, "title", ["“لقاء”", "“”"]),
        ({name: values * 2 for name, values in ONE_EVENT.items()}, None, ["1 rows", "2"]),
    ],
)
def test_two_files_of_a_table_that_differ_are_a_finding(
    tmp_path: Path, changed: dict[str, list[Any]], column: str | None, words: list[str]
) -> None:
    folder = make(tmp_path)
    pq.write_table(pa.table(changed, schema=arrow_schema(EVENTS)), folder / "data/tables/events.parquet")
    problem = only_problem(found := opened(folder))
    assert (problem.code, problem.table, problem.column) == ("differs", "events", column)
    assert all(word in problem.message for word in words)
    assert found.tables == SAMPLE


# --- descriptors ---


def test_a_descriptor_says_where_the_tables_lie(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data/tables/events.csv").rename(tmp_path / "elsewhere/e.csv")
    describe(tmp_path, events="elsewhere/e.csv", readme="README.md")
    for given_path in (tmp_path, tmp_path / "datapackage.json"):
        found = opened(given_path)
        assert found.problems == []
        assert found.tables == SAMPLE


UNSAFE = [
    "/etc/passwd",
    "../events.csv",
    "data/../../events.csv",
    "http://127.0.0.1/events.csv",
    "file:///etc/passwd",
]
ODD = [
    "C:/events.csv",
    "data\\tables\\events.csv",
    "./events.csv",
    "data//events.csv",
    "a\0.csv",
    "",
    "~\n.csv",
]
NOT_FILES = ["data", "link.csv", "pipe.csv", "ring.csv", "nowhere.csv", "up/events.csv", "a" * 5_000 + ".csv"]


@pytest.mark.parametrize("path", [*UNSAFE, *ODD, *NOT_FILES])
@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("name", ["events", "other"])
def test_an_unsafe_path_is_a_finding_and_is_not_opened(
    tmp_path: Path, path: str, listed: bool, name: str
) -> None:
    outside = tmp_path / "outside"
    folder = tmp_path / "package"
    for place in (outside, folder):
        place.mkdir()
        make(place)
    (tmp_path / "events.csv").write_bytes((outside / "data/tables/events.csv").read_bytes())
    (folder / "link.csv").symlink_to(tmp_path / "events.csv")
    (folder / "ring.csv").symlink_to(folder / "ring.csv")
    (folder / "nowhere.csv").symlink_to(folder / "nowhere")
    (folder / "up").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.csv")  # opening it would wait for ever
    describe(folder, **{name: [path] if listed else path})
    found = opened(folder)
    unsafe = [p for p in found.problems if p.code == "unsafe-path"]
    assert [(p.file, p.value) for p in unsafe] == [("datapackage.json", path)]
    assert ("events" in found.tables) == (name == "other")


def test_a_table_beside_the_declared_one_may_not_lead_out_either(tmp_path: Path) -> None:
    folder = make(tmp_path / "package")
    pq.write_table(SAMPLE["events"], tmp_path / "events.parquet")
    (folder / "data/tables/events.parquet").symlink_to(tmp_path / "events.parquet")
    problem = only_problem(opened(folder))
    assert (problem.code, problem.file) == ("unsafe-path", "data/tables/events.parquet")


def test_a_link_inside_the_package_is_followed(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "data/tables/events.csv").rename(tmp_path / "real.csv")
    (tmp_path / "data/tables/events.csv").symlink_to(tmp_path / "real.csv")
    assert opened(tmp_path).tables == SAMPLE


@pytest.mark.parametrize(
    "path", ["datapackage.json", "data/tables/events.xlsx", ["data/tables/events.csv"], None, 5]
)
def test_a_table_that_is_declared_as_something_else_is_a_finding(tmp_path: Path, path: object) -> None:
    problem = only_problem(found := opened(describe(make(tmp_path), events=path)))
    assert (problem.code, problem.table) == ("descriptor", "events")
    assert "events" not in found.tables


def test_missing_tables_are_findings(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "data/tables/events.csv").unlink()
    resource = {"name": "events", "path": "data/tables/events.csv"}
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [resource, resource]}))
    found = opened(tmp_path)
    assert sorted((p.code, p.table) for p in found.problems) == [
        ("descriptor", "events"),
        ("structure", "events"),
        ("structure", "figures"),
    ]
    (tmp_path / "datapackage.json").unlink()
    assert [(p.code, p.table) for p in opened(tmp_path).problems] == [("structure", "events")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe\xff", "not JSON"),
        (b'{"resources": ' + b"1" * 10_000 + b"}", "not JSON"),
        (b"[" * 200_000, "nested"),
        (b'{"resources": []}' + b" " * 5_000_000, "bytes"),
        (b"[]", "resources"),
        (b'{"resources": {}}', "resources"),
        (b'{"resources": [1]}', "resources"),
    ],
)
def test_a_descriptor_that_is_none_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (make(tmp_path) / "datapackage.json").write_bytes(content)
    assert words in refusal(tmp_path)
    assert words in refusal(tmp_path / "datapackage.json")


def test_odd_resources_do_no_harm(tmp_path: Path) -> None:
    odd = [{}, {"name": ["events"]}, {"name": None, "path": {}}, {"name": {}, "path": [1, None]}]
    usual = [{"name": name, "path": t.path} for name, t in CONTRACT.tables.items()]
    (make(tmp_path) / "datapackage.json").write_text(json.dumps({"resources": odd + usual}))
    assert opened(tmp_path).problems == []


def test_a_descriptor_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside.json").write_text('{"resources": []}')
    folder = make(tmp_path / "package")
    (folder / "datapackage.json").unlink()
    (folder / "datapackage.json").symlink_to(tmp_path / "outside.json")
    assert "leads out" in refusal(folder)


@pytest.mark.parametrize(
    ("given_path", "words"),
    [
        ("nowhere", "there is no such folder"),
        ("empty", "holds no datapackage.json"),
        ("notes.txt", "neither a datapackage.json nor a zip"),
        ("a\0b", "there is no such folder"),
        ("a" * 5_000, "there is no such folder"),
    ],
)
def test_what_is_no_package_is_refused(tmp_path: Path, given_path: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("notes")
    assert words in refusal(tmp_path / given_path)


# --- archives ---


def zipped(folder: Path, path: Path, top: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, top + file.relative_to(folder).as_posix())
    return path


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made in a test."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("top", ["", "release-1.0/", "iqsy/_package/"])
@pytest.mark.parametrize("described", [True, False])
def test_a_zip_is_a_package_and_leaves_nothing_behind(
    tmp_path: Path, scratch: Path, top: str, described: bool
) -> None:
    folder = make(tmp_path / "package")
    if not described:
        (folder / "datapackage.json").unlink()
    (folder / "notes.txt").write_text("not part of it")
    found = opened(zipped(folder, tmp_path / "package.zip", top))
    assert found.problems == []
    assert found.tables == SAMPLE
    assert found.csv_file("events").read_bytes() == (folder / "data/tables/events.csv").read_bytes()
    assert not list(scratch.rglob("notes.txt"))
    del found
    assert list(scratch.iterdir()) == []


def entry(name: str, **settings: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    for setting, value in settings.items():
        setattr(info, setting, value)
    return info


LINK = (stat.S_IFLNK | 0o777) << 16
REFUSED = {
    "climbing": ([entry("../events.csv")], "outside"),
    "climbing later": ([entry("data/../../events.csv")], "outside"),
    "absolute": ([entry("/tmp/events.csv")], "outside"),
    "drive": ([entry("C:/events.csv")], "outside"),
    "backslash": ([entry("data\\events.csv")], "outside"),
    "control": ([entry("data/\x1b.csv")], "outside"),
    "link": ([entry("data/tables/figures.csv", external_attr=LINK)], "link"),
    "twice": ([entry("a.csv"), entry("a.csv")], "twice"),
    "folder and file": ([entry("a.csv/"), entry("a.csv")], "twice"),
    "inside a file": ([entry("data/tables/events.csv/x.csv")], "unpacked"),
    "bzip2": ([entry("a.csv", compress_type=zipfile.ZIP_BZIP2)], "deflate"),
    "two packages": ([entry("a/datapackage.json"), entry("b/datapackage.json")], "several packages"),
    "too many": ([entry(f"{n}.csv") for n in range(2_001)], "2,00"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("case", REFUSED)
def test_an_unsafe_zip_is_refused_whole(tmp_path: Path, scratch: Path, case: str) -> None:
    entries, words = REFUSED[case]
    folder = make(tmp_path / "package")
    if case == "two packages":
        (folder / "datapackage.json").unlink()
    path = zipped(folder, tmp_path / "package.zip")
    with zipfile.ZipFile(path, "a") as archive:
        for info in entries:
            archive.writestr(info, b"x")
    assert words in refusal(path)
    assert list(scratch.iterdir()) == []


def test_a_zip_that_would_fill_the_disk_is_refused(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make(tmp_path / "package")
    (folder / "zeros.bin").write_bytes(bytes(11_000_000))
    assert "times its size" in refusal(zipped(folder, tmp_path / "bomb.zip"))
    (folder / "zeros.bin").unlink()
    monkeypatch.setattr(package, "MAX_BYTES", 100)
    assert "more than 100 bytes" in refusal(zipped(folder, tmp_path / "large.zip"))
    assert list(scratch.iterdir()) == []


def patched(path: Path, at: int, new: bytes) -> Path:
    """A zip with bytes changed in the directory record of its first entry."""
    raw = bytearray(path.read_bytes())
    start = raw.index(b"PK\x01\x02") + at
    raw[start : start + len(new)] = new
    path.write_bytes(raw)
    return path


def test_sizes_are_counted_and_not_taken_from_the_headers(tmp_path: Path, scratch: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package/events.csv").write_bytes(bytes(30_000_000))
    path = zipped(tmp_path / "package", tmp_path / "bomb.zip")
    patched(path, 24, (10).to_bytes(4, "little"))
    assert "unpack" in refusal(path)
    assert list(scratch.iterdir()) == []


def test_an_encrypted_or_broken_zip_is_refused(tmp_path: Path, scratch: Path) -> None:
    folder = make(tmp_path / "package")
    assert "encrypted" in refusal(patched(zipped(folder, tmp_path / "a.zip"), 8, b"\x01\x00"))
    path = zipped(folder, tmp_path / "b.zip")
    raw = bytearray(path.read_bytes())
    start = raw.index(b"events.csv") + len("events.csv")
    raw[start : start + 20] = bytes(20)
    path.write_bytes(raw)
    assert "cannot be unpacked" in refusal(path)
    assert list(scratch.iterdir()) == []


# --- git revisions ---


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """A repository at hand; call it as git."""
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)

    def git(*arguments: str) -> str:
        who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        return subprocess.run(["git", *who, *arguments], check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    return git


def test_a_revision_is_read_as_it_was_committed(
    tmp_path: Path, scratch: Path, repository: Callable[..., str]
) -> None:
    make(Path.cwd())
    folder = make(Path.cwd() / "sub")
    (Path.cwd() / ".gitattributes").write_text("*.csv filter=spy text eol=crlf\n")
    repository("config", "filter.spy.clean", "cat")
    repository("config", "filter.spy.smudge", f"touch {tmp_path / 'spied'}; cat")
    repository("add", ".")
    repository("commit", "--quiet", "--message", "first")
    repository("tag", "v1")
    (folder / "data/tables/events.csv").write_bytes(HEADER)
    repository("commit", "--quiet", "--all", "--message", "second")
    for given_revision in ("v1:", "HEAD~1:sub", "HEAD^:sub/"):
        found = open_package(given_revision, CONTRACT)
        assert found.problems == []
        assert found.tables == SAMPLE
    assert len(open_package("HEAD:sub", CONTRACT).tables["events"]) == 0
    assert not (tmp_path / "spied").exists()
    assert "holds no datapackage.json" in refusal("HEAD:elsewhere")


@pytest.mark.parametrize(
    "revision",
    ["nowhere:", "--output=x:", "-:", ":", "a\nb:", "HEAD:..", "a\0b:", "HEAD::", "http://127.0.0.1/"],
)
def test_what_is_no_revision_is_refused(repository: Callable[..., str], revision: str) -> None:
    make(Path.cwd().parent)
    make(Path.cwd())
    repository("add", ".")
    repository("commit", "--quiet", "--message", "first")
    assert "git revision" in refusal(revision)
    assert not Path("x").exists()


def test_a_revision_that_is_too_large_or_not_whole_is_refused(
    repository: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(Path.cwd())
    repository("add", ".")
    repository("commit", "--quiet", "--message", "first")
    with monkeypatch.context() as limits:
        limits.setattr(package, "MAX_BYTES", 100)
        assert "more than" in refusal("HEAD:")
    blob = repository("rev-parse", "HEAD:data/tables/events.csv").strip()
    Path(".git/objects", blob[:2], blob[2:]).unlink()
    assert "lacks the contents of data/tables/events.csv" in refusal("HEAD:")


def test_without_git_or_a_repository_a_revision_is_refused(
    tmp_path: Path, repository: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "not a git repository" in refusal("HEAD:")
    monkeypatch.setenv("PATH", "")
    assert "git cannot be run" in refusal("HEAD:")


# --- iqsy's own data ---


def test_own_tables_are_read_from_parquet_unless_it_is_older(tmp_path: Path) -> None:
    folder = tmp_path / "data/tables"
    write_tables(SAMPLE, folder)
    (folder / "events.csv").write_bytes(HEADER)
    os.utime(folder / "events.csv", ns=(0, 0))
    assert read_table(tmp_path, "events", CONTRACT) == SAMPLE["events"]
    os.utime(folder / "events.parquet", ns=(0, 0))
    assert read_table(tmp_path, "events", CONTRACT) == SAMPLE["events"]
    os.utime(folder / "events.csv", ns=(1, 1))
    assert len(read_table(tmp_path, "events", CONTRACT)) == 0
    (folder / "events.csv").unlink()
    assert read_table(tmp_path, "events", CONTRACT) == SAMPLE["events"]


def test_own_tables_that_are_missing_or_wrong_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match=r"python3 build"):
        read_table(tmp_path, "events", CONTRACT)
    make(tmp_path, HEADER + b"e1,t,,x,true\n")
    with pytest.raises(ProblemsError, match=r"events\.csv:2: "):
        read_table(tmp_path, "events", CONTRACT)


def test_own_data_is_found_in_a_wheel_and_in_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "src/iqsy/package.py"
    monkeypatch.setattr(package, "__file__", str(module))
    with pytest.raises(ProblemsError, match="holds no data"):
        package.installed_root()
    for root in (tmp_path, module.parent / "_package"):
        (root / "schema").mkdir(parents=True)
        (root / "datapackage.json").write_text("{}")
        assert package.installed_root() == root


def test_reading_does_without_the_heavy_libraries() -> None:
    script = (
        "import sys, iqsy.package; print(*(m for m in ('polars', 'pandas', 'duckdb') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
