"""Releases: versions that fit what changed, ids that never get lost, and files that are the same each time."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote
from xml.etree import ElementTree

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project import ARTICLE, EVENT, FILES, PLACES, checkout, terms, write
from published import tables_of
from strategies import CONTRACT, build, choices, to_arrow

from iqsy import derive, exports, frames, history, package, records, release, retire
from iqsy.diff import Diff, TableDiff, diff
from iqsy.problems import ProblemsError
from iqsy.records import IDENTIFIED

SIGNING = "2024-05-12-ministers-sign"
PERSON = "abdul-amir-al-shammari"
REDIRECTS = "curated/redirects.yaml"
DAY = date(2026, 12, 1)
OTHER_FILES = {
    "pyproject.toml": '[project]\nname = "probe"\nversion = "0.9.0"\n',
    "CITATION.cff": "cff-version: 1.2.0\nversion: 0.9.0\n",
    "CHANGELOG.md": "# Changelog\n\n## 1.0.0 – 2026-12-01\n\n- The first.\n\n## 0.1.0\n\n- Older.\n",
    "README.md": "# Probe\n",
    "LICENSE-DATA": "CC BY 4.0\n",
    ".gitignore": "/dist/\n/data/tables/*.parquet\n/data/.tables.*\n__pycache__/\n",
}


def git(root: Path, *arguments: str) -> str:
    """Run git in a repository, whatever this machine's own settings are."""
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = {f"GIT_{role}_{part}": "probe" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    environment = {**os.environ, **settings, **who}
    done = subprocess.run(["git", *arguments], cwd=root, env=environment, capture_output=True, check=True)
    return done.stdout.decode()


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "probe")


def project(root: Path) -> Path:
    """A repository of the small project, ready for the preparation of 1.0.0."""
    checkout(root)
    for name, text in OTHER_FILES.items():
        (root / name).write_text(text, encoding="utf-8")
    make_tables(root)
    git(root, "init", "--quiet")
    commit(root)
    return root


def make_tables(root: Path) -> dict[str, pa.Table]:
    tables = tables_of(root / "data")
    package.write_tables(tables, root / package.TABLES)
    return tables


def released(root: Path, version: str) -> dict[str, pa.Table]:
    """Make a release of what is there: log, version, tables, commit and tag."""
    release.prepare(root, version, make_tables(root), terms())
    tables = make_tables(root)
    commit(root)
    git(root, "tag", f"v{version}")
    return tables


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ProblemsError) as raised:
        call()
    return str(raised.value)


def snapshot(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


# --- versions ---

versions = st.tuples(*[st.integers(0, 30)] * 3).map(lambda n: ".".join(map(str, n)))
LINKS = tuple(t for t in ("participants", "event_acts", "claims", "figures"))
KINDS = {
    "removed id": st.sampled_from((*IDENTIFIED, "codes")),
    "removed row": st.sampled_from(LINKS),
    "added row": st.sampled_from(sorted(CONTRACT.tables)),
    "changed cell": st.sampled_from(sorted(CONTRACT.tables)),
    "lost": st.just("events"),
    "gained": st.just("events"),
}
LEVEL = {
    "removed id": "major",
    "removed row": "patch",
    "added row": "minor",
    "changed cell": "patch",
    "lost": "major",
    "gained": "minor",
}
differences = st.lists(
    st.sampled_from(sorted(KINDS)).flatmap(lambda kind: st.tuples(st.just(kind), KINDS[kind])), max_size=5
)


def comparison(found: list[tuple[str, str]]) -> release.Comparison:
    """A comparison that shows these differences, one a row."""
    tables: dict[str, TableDiff] = {}
    for kind, name in found:
        parts = tables.setdefault(name, TableDiff({}, {}, {}))
        part = {
            "removed id": "removed",
            "removed row": "removed",
            "added row": "added",
            "changed cell": "changed",
        }
        if kind in part:
            rows = getattr(parts, part[kind])
            rows[("x",) * len(CONTRACT.tables[name].primary_key)] = {"x": ("a", "b")}
    return release.Comparison(
        Diff(tables, {name: CONTRACT.tables[name].primary_key for name in tables}),
        tuple(f"{name}.x" for kind, name in found if kind == "lost"),
        tuple(f"{name}.x" for kind, name in found if kind == "gained"),
    )


@given(differences)
def test_the_gravest_difference_decides(found: list[tuple[str, str]]) -> None:
    levels = [LEVEL[kind] for kind, _ in found]
    assert comparison(found).level == min(levels, key=release.LEVELS.index, default="patch")


@given(versions, differences, versions)
def test_the_next_version_of_that_level_fits_or_of_a_graver_one(
    last: str, found: list[tuple[str, str]], other: str
) -> None:
    compared = comparison(found)
    next_ones = release.successors(last)
    enough = {next_ones[level] for level in release.LEVELS[: release.LEVELS.index(compared.level) + 1]}
    for version in {*next_ones.values(), last, other}:
        wrong = release.misfit(version, last, compared)
        assert (wrong is None) == (version in enough)
        assert wrong is None or all(fitting in wrong for fitting in enough)


@given(versions)
def test_a_successor_comes_after(version: str) -> None:
    for following in release.successors(version).values():
        assert release.number(following) > release.number(version)


@pytest.mark.parametrize("text", ["1", "1.0", "v1.0.0", "01.0.0", "1.0.0-rc1", "1.0.0\n", "١.٠.٠", ""])
def test_what_is_no_version_is_refused(text: str) -> None:
    assert "three numbers" in refusal(lambda: release.number(text))


# --- what changed ---


@given(st.lists(st.text(st.sampled_from("a%|25C7é+"), max_size=6), min_size=1, max_size=4))
def test_a_key_can_be_read_back(key: list[str]) -> None:
    assert [unquote(part) for part in release.row_key(tuple(key)).split("|")] == key


@settings(max_examples=8)
@given(choices, choices)
def test_a_log_leads_from_the_old_rows_to_the_new(one: object, other: object) -> None:
    old, new = (to_arrow(build(chosen)) for chosen in (one, other))  # type: ignore[arg-type]
    left_out = {*release.HISTORY, *(t.name for t in CONTRACT.tables.values() if t.group == release.REPEATED)}
    compared = {name: t for name, t in CONTRACT.tables.items() if name not in left_out}
    found = diff({n: old[n] for n in compared}, {n: new[n] for n in compared}, CONTRACT)
    gone = [
        {"table_name": name, "old_id": str(key[0]), "reason": "why"}
        for name in IDENTIFIED
        if name in found.tables
        for key in found.tables[name].removed
    ]
    redirects = frames.to_arrow(CONTRACT.tables["redirects"], gone)
    rows = release.log("1.1.0", release.Comparison(found), redirects, CONTRACT).to_pylist()
    for name, table in compared.items():
        before, after = (
            {release.row_key(tuple(row[c] for c in table.primary_key)) for row in t[name].to_pylist()}
            for t in (old, new)
        )
        of_kind = {
            kind: {r["row_key"] for r in rows if (r["table_name"], r["change_kind"]) == (name, kind)}
            for kind in CONTRACT.codes("change_kinds")
        }
        assert before - of_kind["withdrawn"] | of_kind["added"] == after
        assert of_kind["corrected"] <= before & after
        assert of_kind["merged"] == set()
    assert all(row["old_value"] != row["new_value"] for row in rows if row["change_kind"] == "corrected")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path / "project")


def test_the_first_release_has_nothing_to_differ_from(root: Path) -> None:
    tables = released(root, "1.0.0")
    assert tables["changes"].num_rows == 0
    assert release.last_release(root, "1.0.1") == "1.0.0"
    assert [p.read_text("utf-8").count("1.0.0") for p in (root / n for n in release.DECLARED)] == [1, 1, 1]


def test_a_log_tells_what_was_added_corrected_merged_and_withdrawn(root: Path) -> None:
    with (root / "data" / PLACES).open("a", encoding="utf-8") as stream:
        for name in ("erbil", "irbil", "nowhere"):
            stream.write(
                f"- id: {name}\n  type: city\n  name_en: {name.title()}\n  name_ar: أربيل\n  country: IQ\n"
            )
    released(root, "1.0.0")
    data = root / "data"
    assert retire.merge(data, terms(), "places", "irbil", "erbil", "one city") == []
    assert retire.withdraw(data, terms(), "places", "nowhere", "no such place") == []
    change(data / EVENT, "in Baghdad", "in the capital")
    change(data / ARTICLE, "acts: [signing]", "acts: [signing, talks]")
    tables = released(root, "2.0.0")
    rows = {
        (r["table_name"], r["row_key"], r["column_name"]): (
            r["change_kind"],
            r["old_value"],
            r["new_value"],
            r["reason"],
        )
        for r in tables["changes"].to_pylist()
    }
    assert rows["places", "irbil", "place_id"] == ("merged", "irbil", "erbil", "one city")
    assert rows["places", "nowhere", "place_id"] == ("withdrawn", "nowhere", None, "no such place")
    titles = tuple(f"Ministers sign a memorandum {where}" for where in ("in Baghdad", "in the capital"))
    assert rows["events", SIGNING, "title_en"] == ("corrected", *titles, None)
    assert rows["event_acts", f"{SIGNING}|talks", "event_id+act"] == ("added", None, None, None)
    assert {r["release"] for r in tables["redirects"].to_pylist()} == {"2.0.0"}
    assert not any(table in (*release.HISTORY, "events_flat") for table, _, _ in rows)


def test_a_version_must_fit(root: Path) -> None:
    released(root, "1.0.0")
    assert retire.withdraw(root / "data", terms(), "topics", "border-control", "x") != []
    change(root / "data" / ARTICLE, "[counter-narcotics, border-control]", "[counter-narcotics]")
    before = snapshot(root)
    told = refusal(lambda: release.prepare(root, "1.1.0", tables_of(root / "data"), terms()))
    assert "topics border-control is gone" in told
    assert "2.0.0" in told
    assert snapshot(root) == before


def test_an_id_that_leads_nowhere_is_refused(root: Path) -> None:
    with (root / "data" / PLACES).open("a", encoding="utf-8") as stream:
        stream.write("- id: erbil\n  type: city\n  name_en: Erbil\n  name_ar: أربيل\n  country: IQ\n")
    released(root, "1.0.0")
    (root / "data" / PLACES).write_text(FILES[PLACES], encoding="utf-8")
    told = refusal(lambda: release.prepare(root, "2.0.0", tables_of(root / "data"), terms()))
    assert "python3 build withdraw places erbil" in told


def test_a_released_redirect_stays(root: Path) -> None:
    (root / "data" / REDIRECTS).write_text(
        "- table: places\n  old: erbil\n  reason: gone\n", encoding="utf-8"
    )
    released(root, "1.0.0")
    (root / "data" / REDIRECTS).unlink()
    told = refusal(lambda: release.prepare(root, "1.0.1", tables_of(root / "data"), terms()))
    assert "'erbil'" in told
    assert "put it back" in told


def test_without_the_tag_of_the_last_release_there_is_no_next(root: Path) -> None:
    tables = released(root, "1.0.0")
    git(root, "tag", "--delete", "v1.0.0")
    assert "git fetch --tags" in refusal(lambda: release.prepare(root, "1.0.1", tables, terms()))


def test_preparing_again_changes_nothing(root: Path) -> None:
    tables = released(root, "1.0.0")
    before = snapshot(root)
    release.prepare(root, "1.0.0", tables, terms())
    assert snapshot(root) == before


def old_package(folder: Path, **changed: pa.Table) -> package.Package:
    """An opened package of tables in CSV."""
    (folder / package.TABLES).mkdir(parents=True)
    for name, table in changed.items():
        package.write_csv(table, folder / package.TABLES / f"{name}.csv")
    return package.open_package(folder, terms())


@pytest.mark.parametrize("case", ["lost", "gained", "table lost", "table gained"])
def test_columns_that_come_and_go_are_no_corrections(case: str, tmp_path: Path) -> None:
    tables = tables_of(write(tmp_path / "records"))
    old = dict(tables)
    if case == "lost":
        old["sources"] = old["sources"].append_column("mood", pa.array(["good"]))
    elif case == "gained":
        old["sources"] = old["sources"].drop_columns(["source_title"])
    elif case == "table lost":
        old["moods"] = pa.table({"mood": ["good"]})
    else:
        del old["topics"]
    compared = release.compare(old_package(tmp_path / "old", **old), tables, terms())
    expected = {
        "lost": (("sources.mood",), (), {}),
        "gained": ((), ("sources.source_title",), {}),
        "table lost": (("moods.mood",), (), {}),
        "table gained": (
            (),
            tuple(sorted(f"topics.{c}" for c in tables["topics"].column_names)),
            {"topics": 2},
        ),
    }
    added = {name: len(table.added) for name, table in compared.diff.tables.items()}
    assert (compared.lost, compared.gained, added) == expected[case]
    assert compared.level == ("major" if "lost" in case else "minor")
    assert all(not table.changed and not table.removed for table in compared.diff.tables.values())


def test_a_column_of_another_type_is_lost(tmp_path: Path) -> None:
    tables = tables_of(write(tmp_path / "records"))
    place = tables["figures"].column_names.index("value_number")
    figures = tables["figures"].set_column(place, "value_number", pa.array(["five"]))
    compared = release.compare(
        old_package(tmp_path / "old", **{**tables, "figures": figures}), tables, terms()
    )
    assert (compared.lost, compared.level) == (("figures.value_number",), "major")
    assert not compared.diff


# --- ids that are no longer used ---

forests = st.lists(st.none() | st.integers(0, 9), min_size=1, max_size=10)


@given(forests)
def test_redirects_lead_to_their_end(later: list[int | None]) -> None:
    # Each id leads to a later one, so that no ring can come about; those beyond the last are alive.
    redirects = {
        ("events", f"e{n}"): None if step is None else f"e{n + 1 + step}" for n, step in enumerate(later)
    }
    for (table, old), new in redirects.items():
        end = history.destination(redirects, table, old)
        assert end is None or (table, end) not in redirects
        assert end == (None if new is None else history.destination(redirects, table, new))
        assert history.destination(redirects, "actors", old) == old


@given(st.integers(1, 6))
def test_a_ring_is_told(length: int) -> None:
    ring = {("events", f"e{n}"): f"e{(n + 1) % length}" for n in range(length)}
    with pytest.raises(ValueError, match="e0"):
        history.destination(ring, "events", "e0")


FAULTS = {
    "another table": ("- table: claims\n  old: x\n  reason: r\n", 1, "one of sources"),
    "a living record": ("- table: places\n  old: iraq\n  reason: r\n", 1, "still among the places"),
    "nothing": ("- table: places\n  old: x\n  new: y\n  reason: r\n", 1, "'y', which is not among"),
    "itself": ("- table: places\n  old: x\n  new: x\n  reason: r\n", 1, "back to it"),
    "twice": (
        "- table: places\n  old: x\n  reason: r\n- table: places\n  old: x\n  reason: r\n",
        4,
        "first on line 1",
    ),
    "no reason": ("- table: places\n  old: x\n", 1, "lacks reason"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_redirect_is_told_in_its_line(fault: str, tmp_path: Path) -> None:
    text, line, words = FAULTS[fault]
    data = write(tmp_path)
    (data / REDIRECTS).write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsError) as raised:
        derive.derive(records.read(data, terms()), terms())
    assert [(p.file, p.line) for p in raised.value.problems] == [(f"data/{REDIRECTS}", line)]
    assert words in raised.value.problems[0].message


@pytest.mark.parametrize("content", ["a,b\n1\n", 'a\n"open\n', b"\xff\n"])
def test_a_broken_log_of_a_release_is_told(content: str | bytes, tmp_path: Path) -> None:
    data = write(tmp_path)
    (data / "releases").mkdir()
    raw = content if isinstance(content, bytes) else content.encode()
    (data / "releases/1.0.0.csv").write_bytes(raw)
    assert "data/releases/1.0.0.csv: is no log" in refusal(lambda: records.read(data, terms()))


steps = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4) | st.none()), max_size=5)


@pytest.mark.slow
@settings(max_examples=8)
@given(steps)
def test_every_id_ever_used_resolves(taken: list[tuple[int, int | None]]) -> None:
    with TemporaryDirectory() as folder:
        data = write(Path(folder))
        towns = [f"town-{n}" for n in range(5)]
        with (data / PLACES).open("a", encoding="utf-8") as stream:
            stream.writelines(
                f"# {t}\n- id: {t}\n  type: city\n  name_en: {t}\n  name_ar: بلدة {n}\n"
                for n, t in enumerate(towns)
            )
        alive = set(towns)
        for old, new in taken:
            there = f"town-{new}"
            if towns[old] in alive and new is None:
                assert retire.withdraw(data, terms(), "places", towns[old], "no: 'town'") == []
            elif towns[old] in alive and there in alive - {towns[old]}:
                assert retire.merge(data, terms(), "places", towns[old], there, "same") == []
            else:
                continue
            alive.discard(towns[old])
        found = derive.derive(records.read(data, terms()), terms()).tables
        ends = {row["old_id"]: row["new_id"] for row in found["redirects"]}
        assert set(ends) == set(towns) - alive
        assert {end for end in ends.values() if end is not None} <= alive
        assert {str(row["place_id"]) for row in found["places"]} == alive | {"iraq", "baghdad"}
        assert (data / PLACES).read_text("utf-8").count("# town-") >= len(alive)


def test_a_merge_rewrites_what_refers_to_the_record(tmp_path: Path) -> None:
    data = write(tmp_path)
    twin = FILES[f"curated/actors/{PERSON}.yaml"].replace(PERSON, "al-shammari")
    (data / "curated/actors/al-shammari.yaml").write_text(twin, encoding="utf-8")
    change(data / ARTICLE, "id: rudaw-2024", "# a comment\nid: rudaw-2024")
    found = retire.merge(data, terms(), "actors", PERSON, "al-shammari", "one man")
    assert [p for p in found if p.level == "error"] == []
    text = (data / ARTICLE).read_text("utf-8")
    assert text == "# a comment\n" + FILES[ARTICLE].replace(PERSON, "al-shammari")
    assert not (data / f"curated/actors/{PERSON}.yaml").exists()
    tables = tables_of(data)
    assert {r["actor_id"] for r in tables["participants"].to_pylist()} == {"al-shammari", "syria"}


def test_a_merge_follows_decisions_and_leaves_other_tables_alone(tmp_path: Path) -> None:
    data = write(tmp_path)
    change(
        data / PLACES,
        "- id: baghdad\n",
        "# the town\n- id: baghdad-city\n  type: city\n  name_en: B\n  name_ar: ب\n# ours\n- id: baghdad\n",
    )
    decision = "settle:\n  - property: place\n    subject: venue\n    value: baghdad\n    reason: seen\n"
    with (data / EVENT).open("a", encoding="utf-8") as stream:
        stream.write(decision)
    with (data / "curated/topics.yaml").open("a", encoding="utf-8") as stream:
        stream.write(
            "- id: town\n  label_en: T\n  label_ar: ت\n  definition_en: Towns.\n  definition_ar: بلدات.\n"
        )
    found = retire.merge(data, terms(), "places", "baghdad", "baghdad-city", "one town")
    assert "value: baghdad-city\n" in (data / EVENT).read_text("utf-8")
    assert "places: [baghdad-city]" in (data / ARTICLE).read_text("utf-8")
    assert "# the town" in (data / PLACES).read_text("utf-8")
    assert any("latitude" in problem.message for problem in found)


def test_what_a_merge_cannot_mend_is_told(tmp_path: Path) -> None:
    data = write(tmp_path)
    other = SIGNING.replace("sign", "meet")
    link = f"links:\n  - to: {SIGNING}\n    relation: follows_up\n"
    (data / EVENT).with_name(f"{other}.yaml").write_text(FILES[EVENT].replace(SIGNING, other) + link, "utf-8")
    with (data / ARTICLE).open("a", encoding="utf-8") as stream:
        stream.write(f"  - event: {other}\n    acts: [talks]\n    date: 2024-05-12\n")
    with (data / EVENT).open("a", encoding="utf-8") as stream:
        stream.write("summary_en: They met.\nsummary_ar: اجتمعا.\n")
    found = retire.merge(data, terms(), "events", SIGNING, other, "one occasion")
    assert [(p.code, p.table) for p in found if p.level == "error"] == [("links-to-itself", "event_links")]
    lacking = [p.message.split()[5] for p in found if p.level == "warning"]
    assert lacking == ["summary_en:", "summary_ar:"]


def test_a_withdrawal_tells_what_still_refers_to_the_record(tmp_path: Path) -> None:
    data = write(tmp_path)
    found = retire.withdraw(data, terms(), "publishers", "ina", "never was")
    line = FILES[ARTICLE].splitlines().index("        via: ina") + 1
    assert [(p.code, p.file, p.line) for p in found] == [("reference", f"data/{ARTICLE}", line)]


def test_the_last_of_a_list_takes_its_file_along(tmp_path: Path) -> None:
    data = write(tmp_path)
    retire.withdraw(data, terms(), "instruments", "iq-sy-memorandum", "none")
    assert not (data / "curated/instruments.yaml").exists()


REFUSED: dict[str, tuple[tuple[str, str, str, str], str]] = {
    "no table": (("claims", "a", "b", "r"), "no table of records"),
    "no record": (("places", "bagdad", "iraq", "r"), "did you mean 'baghdad'"),
    "no target": (("places", "iraq", "syria", "r"), "no record 'syria'"),
    "itself": (("places", "iraq", "iraq", "r"), "into itself"),
    "no reason": (("places", "iraq", "baghdad", " "), "--reason"),
    "two lines": (("places", "iraq", "baghdad", "a\nb"), "--reason"),
    "bidi control": (("places", "iraq", "baghdad", "a\u202eb"), "--reason"),
    "not NFC": (("places", "iraq", "baghdad", "e\u0301"), "--reason"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_merge_changes_nothing(case: str, tmp_path: Path) -> None:
    data = write(tmp_path)
    before = snapshot(data)
    arguments, words = REFUSED[case]
    assert words in refusal(lambda: retire.merge(data, terms(), *arguments))
    assert snapshot(data) == before


def test_a_refused_withdrawal_changes_nothing(tmp_path: Path) -> None:
    data = write(tmp_path)
    before = snapshot(data)
    assert "no record" in refusal(lambda: retire.withdraw(data, terms(), "places", "x", "r"))
    assert snapshot(data) == before


def test_what_cannot_be_written_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = write(tmp_path)
    before = snapshot(data)

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_text", full)
    assert "no space left" in refusal(
        lambda: retire.withdraw(data, terms(), "instruments", "iq-sy-memorandum", "r")
    )
    assert snapshot(data) == before


# --- what stands in the way ---


def test_a_repository_that_is_ready(root: Path) -> None:
    tables = released(root, "1.0.0")
    assert release.ready(root, "1.0.0") == DAY
    release.check_log(root, "1.0.0", tables, terms())


HINDRANCES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a change": (lambda root: (root / "README.md").write_text("x"), "README.md; commit it"),
    "a new file": (lambda root: (root / "new.txt").write_text("x"), "new.txt"),
    "a tag elsewhere": (lambda root: commit(root), "another commit"),
    "a log that is gone": (lambda root: (root / "data/releases/1.0.0.csv").unlink(), "--prepare"),
    "no entry": (lambda root: change(root / "CHANGELOG.md", "## 1.0.0", "## 1.0.0.1"), "has no entry"),
    "no changelog": (lambda root: (root / "CHANGELOG.md").unlink(), "has no entry"),
    "no day": (lambda root: change(root / "CHANGELOG.md", " – 2026-12-01", ""), "has no day"),
    "no such day": (lambda root: change(root / "CHANGELOG.md", "2026-12-01", "2026-02-30"), "has no day"),
    "nothing said": (lambda root: change(root / "CHANGELOG.md", "- The first.", ""), "is empty"),
    "no version": (lambda root: (root / "CITATION.cff").unlink(), "CITATION.cff: declares no version"),
    **{
        f"another version in {name}": (
            lambda root, name=name: change(root / name, "1.0.0", "1.0.1"),  # type: ignore[misc]
            f"{name}: says version 1.0.1",
        )
        for name in release.DECLARED
    },
}


@pytest.mark.parametrize("case", HINDRANCES)
def test_a_release_is_refused(case: str, root: Path) -> None:
    released(root, "1.0.0")
    act, words = HINDRANCES[case]
    act(root)
    assert words in refusal(lambda: release.ready(root, "1.0.0"))


def test_there_is_no_release_without_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert "git repository" in refusal(lambda: release.ready(tmp_path, "1.0.0"))
    monkeypatch.setenv("PATH", "")
    assert "git cannot be run" in refusal(lambda: release.ready(tmp_path, "1.0.0"))


def test_a_log_must_be_what_changed(root: Path) -> None:
    tables = released(root, "1.0.0")
    with (root / "data/releases/1.0.0.csv").open("a") as stream:
        stream.write("events,x,event_id,added,,,\n")
    told = refusal(lambda: release.check_log(root, "1.0.0", tables, terms()))
    assert "data/releases/1.0.0.csv" in told


# --- the files ---


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = project(tmp_path_factory.mktemp("made") / "project")
    tables = released(root, "1.0.0")
    (root / "docs/untracked.md").write_text("not committed", encoding="utf-8")
    exports.publish(root, "1.0.0", DAY, tables, terms())
    return root


def of(root: Path) -> dict[str, pa.Table]:
    return {name: package.read_table(root, name, terms()) for name in terms().tables}


def test_the_same_release_has_the_same_bytes(made: Path, tmp_path: Path) -> None:
    before = snapshot(made / "dist")
    exports.publish(made, "1.0.0", DAY, of(made), terms())
    after = snapshot(made / "dist")
    assert after.keys() == before.keys()
    assert {name for name in before if before[name] != after[name]} <= {"iqsy-1.0.0.duckdb"}


def test_an_archive_is_a_package_that_says_what_it_holds(made: Path) -> None:
    archive = made / "dist/iqsy-1.0.0.zip"
    opened = package.open_package(archive, terms())
    assert opened.problems == []
    assert all(opened.tables[name].equals(table) for name, table in of(made).items())
    said, name = (made / "dist/iqsy-1.0.0.zip.sha256").read_text().split()
    assert (said, name) == (hashlib.sha256(archive.read_bytes()).hexdigest(), archive.name)
    with zipfile.ZipFile(archive) as content:
        assert {entry.date_time for entry in content.infolist()} == {(2026, 12, 1, 0, 0, 0)}
        assert content.namelist() == sorted(content.namelist())
        assert "iqsy-1.0.0/docs/untracked.md" not in content.namelist()


def test_a_descriptor_measures_every_file_of_data(made: Path) -> None:
    folder = made / "dist/iqsy-1.0.0"
    descriptor = json.loads((folder / package.DESCRIPTOR).read_text("utf-8"))
    assert (descriptor["version"], descriptor["created"]) == ("1.0.0", "2026-12-01T00:00:00Z")
    files = [*descriptor["resources"], *(r["parquet"] for r in descriptor["resources"] if "parquet" in r)]
    for file in files:
        content = (folder / file["path"]).read_bytes()
        assert (file["bytes"], file["hash"]) == (
            len(content),
            f"sha256:{hashlib.sha256(content).hexdigest()}",
        )
    data = {
        p.relative_to(folder).as_posix()
        for p in folder.rglob("*")
        if p.suffix in (".csv", ".parquet", ".sqlite", ".xlsx")
    }
    assert {file["path"] for file in files} == data
    rows = {r["name"]: r["rows"] for r in descriptor["resources"] if "rows" in r}
    assert rows == {n: t.num_rows for n, t in frames.relations(of(made), terms()).items()}


def test_sqlite_has_every_value_type_and_key(made: Path) -> None:
    with closing(sqlite3.connect(made / "dist/iqsy-1.0.0/iqsy.sqlite")) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for name, arrow in frames.relations(of(made), terms()).items():
            table = terms().resources[name]
            found = connection.execute(f"SELECT * FROM {name}").fetchall()
            expected = [
                tuple(v.isoformat() if isinstance(v, date) else v for v in row.values())
                for row in arrow.to_pylist()
            ]
            assert sorted(map(repr, found)) == sorted(map(repr, _as_sqlite(expected)))
            about = connection.execute(f"PRAGMA table_info({name})").fetchall()
            keys = sorted((row[5], row[1]) for row in about if row[5])
            assert [column for _, column in keys] == list(table.primary_key)
            assert [row[1] for row in about if row[3]] == [f.name for f in table.fields if f.required]
            foreign = {row[0] for row in connection.execute(f"PRAGMA foreign_key_list({name})")}
            assert len(foreign) == len(table.foreign_keys)


def _as_sqlite(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [tuple(int(v) if isinstance(v, bool) else v for v in row) for row in rows]


def test_duckdb_has_every_value(made: Path) -> None:
    with duckdb.connect(made / "dist/iqsy-1.0.0.duckdb", read_only=True) as connection:
        for name, arrow in frames.relations(of(made), terms()).items():
            order = ", ".join(terms().resources[name].primary_key)
            found = connection.execute(f"SELECT * FROM {name} ORDER BY {order}").fetchall()
            expected = arrow.sort_by([(c, "ascending") for c in terms().resources[name].primary_key])
            assert found == [tuple(row.values()) for row in expected.to_pylist()], name
        comments = connection.execute(
            "SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
        ).fetchone()
        assert comments == (0,)


SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(path: Path) -> dict[str, tuple[bool, list[list[str]]]]:
    """Of each sheet of a workbook whether it runs from right to left, and its cells as text."""
    with zipfile.ZipFile(path) as book:
        parts = {
            name: ElementTree.fromstring(book.read(name)) for name in book.namelist() if name.endswith(".xml")
        }
    words = ["".join(t.text or "" for t in item.iter(f"{SHEET}t")) for item in parts["xl/sharedStrings.xml"]]
    found = {}
    for number, sheet in enumerate(parts["xl/workbook.xml"].iter(f"{SHEET}sheet"), 1):
        page = parts[f"xl/worksheets/sheet{number}.xml"]
        view = next(page.iter(f"{SHEET}sheetView"))
        rows = [
            [
                words[int(v.text or "")] if cell.get("t") == "s" else v.text or ""
                for cell in row
                if (v := cell.find(f"{SHEET}v")) is not None
            ]
            for row in page.iter(f"{SHEET}row")
        ]
        found[sheet.attrib["name"]] = (view.get("rightToLeft") == "1", rows)
    return found


def test_a_workbook_reads_in_both_languages(made: Path) -> None:
    english, arabic = cells(made / "dist/iqsy-1.0.0/events_flat.xlsx").items()
    table = terms().tables["events_flat"]
    assert (english[0], arabic[0]) == (table.title, table.title_ar)
    assert (english[1][0], arabic[1][0]) == (False, True)
    head, row = english[1][1]
    assert head == [f.title for f in table.fields if not f.name.endswith("_ar")]
    assert {SIGNING, "signing", "Signing", "Occurred", "Ministers sign a memorandum in Baghdad"} <= set(row)
    head, row = arabic[1][1]
    assert head == [f.title_ar for f in table.fields if not f.name.endswith("_en")]
    assert {SIGNING, "signing", "وقع", "توقيع وزيرين مذكرة في بغداد"} <= set(row)


texts = st.sampled_from(["=1+1", "https://example.org/x", "5", "{=A1}", "نص"])


@given(texts, st.none() | st.dates(date(1, 1, 1), date(2100, 1, 1)), st.integers(0, 9))
def test_a_workbook_holds_text_as_text_and_days_of_any_time(text: str, day: date | None, n: int) -> None:
    table = terms().tables["events_flat"]
    row = {"event_id": "x", "title_en": text, "date_start": day, "n_articles": n}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        exports.workbook(path, frames.to_arrow(table, [row]), table, terms(), DAY)
        ((_, english), _) = cells(path).values()
    assert english[1] == ["x", text, *([] if day is None else [counted(day)]), str(n)]


def counted(day: date) -> str:
    """A day as a workbook has it: counted, with a 29 February 1900 that never was, or as text where it is too old."""
    days = (day - date(1899, 12, 31)).days
    return day.isoformat() if day.year < 1900 else str(days + (day >= date(1900, 3, 1)))


def test_a_failure_leaves_no_half_of_a_release(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = snapshot(made / "dist")

    def fails(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(exports, "duckdb_file", fails)
    with pytest.raises(OSError, match="no space"):
        exports.publish(made, "1.0.0", DAY, of(made), terms())
    assert snapshot(made / "dist") == before


# --- the commands ---


def run(root: Path, command: str, *arguments: str) -> tuple[int, str]:
    """Run a script of the project itself; exit code and all that it said."""
    call = [sys.executable, "-P", str(root / "build" / f"{command}.py"), *arguments]
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONUTF8": "1"}
    done = subprocess.run(call, cwd=root.parent, env=environment, capture_output=True, encoding="utf-8")
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_the_way_from_records_to_a_release(root: Path) -> None:
    assert run(root, "release", "1.0")[0] == 2
    code, said = run(root, "release", "1.0.0")
    assert (code, "--prepare" in said) == (1, True)
    code, said = run(root, "release", "1.0.0", "--prepare")
    assert (code, "data/releases/1.0.0.csv" in said) == (0, True)
    commit(root)
    change(root / "data" / EVENT, "in Baghdad", "in the capital")
    commit(root)
    code, said = run(root, "release", "1.0.0")
    assert (code, "data/tables/events.csv" in said) == (1, True)
    assert not (root / "dist").exists()
    assert run(root, "tables")[0] == 0
    commit(root)
    code, said = run(root, "release", "1.0.0")
    assert (code, "iqsy-1.0.0.zip" in said) == (0, True)


@pytest.mark.slow
def test_the_commands_that_take_records_out(root: Path) -> None:
    code, said = run(root, "withdraw", "publishers", "nobody", "--reason", "r")
    assert (code, "nobody" in said) == (2, True)
    code, said = run(root, "withdraw", "publishers", "ina", "--reason", "r")
    assert (code, "mended by hand" in said) == (1, True)
    git(root, "checkout", "--quiet", ".")
    git(root, "clean", "-dfq", "data")
    place = "- id: erbil\n  type: city\n  name_en: Erbil\n  name_ar: أربيل\n  country: IQ\n"
    with (root / "data" / PLACES).open("a", encoding="utf-8") as stream:
        stream.write(place)
    code, said = run(root, "merge", "places", "erbil", "baghdad", "--reason", "اسم واحد")
    assert (code, "erbil is merged into baghdad" in said) == (0, True)
