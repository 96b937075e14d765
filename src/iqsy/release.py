"""Releases: what changed since the last one, which version that makes it, and what stands in its way.

A release has a log in `data/releases` of every row that it added, corrected, merged or withdrew, which `prepare`
writes. The tables of the last release are those under its tag.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import chdir
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from iqsy import frames, package
from iqsy.claims import Row
from iqsy.constraints import shown, text_of
from iqsy.contract import Contract
from iqsy.diff import Diff, Key, TableDiff, Value, diff
from iqsy.package import CSV, DESCRIPTOR, TABLES, Package
from iqsy.problems import Problem, ProblemsError
from iqsy.records import IDENTIFIED, RELEASES

Tables = Mapping[str, pa.Table]
Number = tuple[int, int, int]

LEVELS = ("major", "minor", "patch")
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)
# What a release says of itself, or repeats of other tables, is no change of the data.
HISTORY = ("changes", "redirects")
REPEATED = "ready_made"
CODES = "codes"
# Where a version is declared: what stands before it, and after it.
DECLARED = {
    DESCRIPTOR: (r'"version": "', '"'),
    "pyproject.toml": (r'^version = "', '"'),
    "CITATION.cff": (r"^version: ", "$"),
}
CHANGELOG = "CHANGELOG.md"
MOST_SHOWN = 5


# --- versions ---


@dataclass(frozen=True)
class Comparison:
    """How the tables differ from those of the last release.

    `lost` and `gained` are columns, such as `events.status`; a column that is of another type now is lost.
    """

    diff: Diff
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()

    def reasons(self) -> dict[str, list[str]]:
        """What makes it a release of each level, as words; a level without reasons is left out."""
        removed = [
            f"{name} {text_of(key[-1])} is gone"
            for name, table in self.diff.tables.items()
            if name in (*IDENTIFIED, CODES)
            for key in table.removed
        ]
        added = [
            f"{len(t.added):,} rows of {name} are new" for name, t in self.diff.tables.items() if t.added
        ]
        found = {
            "major": [*(f"{name} is gone or of another type" for name in self.lost), *removed],
            "minor": [*(f"{name} is new" for name in self.gained), *added],
        }
        return {level: reasons for level, reasons in found.items() if reasons}

    @property
    def level(self) -> str:
        """The least that the version must rise by: major, minor or patch."""
        return next(iter(self.reasons()), "patch")


def number(version: str) -> Number:
    """A version as three numbers. Raises ProblemsError where it is none."""
    if not VERSION.fullmatch(version):
        raise _refused(f"{shown(version)} is no version; it should be three numbers, such as 1.2.0")
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch


def successors(version: str) -> dict[str, str]:
    """The versions that may follow one, by level."""
    major, minor, patch = number(version)
    return {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
    }


def misfit(version: str, last: str, comparison: Comparison) -> str | None:
    """Why a version cannot follow the last one, given what changed; None where it can."""
    following = successors(last)
    fitting = [following[level] for level in LEVELS[: LEVELS.index(comparison.level) + 1]]
    if version in fitting:
        return None
    reasons = comparison.reasons().get(comparison.level, ["values were corrected at most"])
    told = "; ".join([*reasons[:MOST_SHOWN], *(["…"] if len(reasons) > MOST_SHOWN else [])])
    return f"{version} cannot follow {last}, for {told}; call it {' or '.join(reversed(fitting))}"


def last_release(root: Path, version: str) -> str | None:
    """The newest release before a version, by the logs in `data/releases`."""
    logs = (path.stem for path in (root / "data" / RELEASES).glob(f"*{CSV}"))
    return max((v for v in logs if number(v) < number(version)), key=number, default=None)


# --- what changed ---


def compare(old: Package, tables: Tables, contract: Contract) -> Comparison:
    """Compare tables with those of an opened package, as far as they are not about releases or repeat others."""
    columns = {path.stem: _header(path) for path in (old.folder / TABLES).glob(f"*{CSV}")}
    retyped = {(p.table or "", p.column or "") for p in old.problems if p.code == "type"}
    compared = {
        name: table
        for name, table in contract.tables.items()
        if table.group != REPEATED and name not in HISTORY
    }
    # Rows that had another key cannot be found again: all of the table are new.
    kept = {
        name: old.tables[name]
        for name, table in compared.items()
        if set(table.primary_key) <= columns.get(name, set())
    }
    found = diff(kept, {name: tables[name] for name in compared}, contract)
    had, have = _columns(columns), _columns({n: set(t.columns) for n, t in contract.tables.items()})
    return Comparison(
        Diff(dict(_comparable(found, had - retyped)), found.keys),
        tuple(sorted(f"{name}.{column}" for name, column in had - have | retyped)),
        tuple(sorted(f"{name}.{column}" for name, column in have - had)),
    )


def tagged(root: Path, version: str, contract: Contract) -> Package:
    """The package under the tag of a release. Raises ProblemsError where the tag is not here."""
    if not git(root, "tag", "--list", f"v{version}"):
        raise _refused(f"the tag v{version} of the last release is not here; get it with `git fetch --tags`")
    with chdir(root):
        return package.open_package(f"refs/tags/v{version}:", contract)


def _header(path: Path) -> set[str]:
    with path.open(encoding="utf-8", newline="") as stream:
        return set(next(csv.reader(stream), []))


def _columns(columns: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    return {(name, column) for name, found in columns.items() for column in found}


def _comparable(found: Diff, columns: set[tuple[str, str]]) -> Iterator[tuple[str, TableDiff]]:
    """The differences, of changed cells only those in columns that both versions have."""
    for name, table in found.tables.items():
        changed = {
            key: kept
            for key, cells in table.changed.items()
            if (kept := {column: pair for column, pair in cells.items() if (name, column) in columns})
        }
        if table.added or table.removed or changed:
            yield name, TableDiff(table.added, table.removed, changed)


def log(version: str, comparison: Comparison, redirects: pa.Table, contract: Contract) -> pa.Table:
    """The rows of `changes` that a release adds.

    Raises ProblemsError where an id is gone that no redirect leads on.
    """
    ends = {(row["table_name"], row["old_id"]): row for row in redirects.to_pylist()}
    rows: list[Row] = []
    problems = []
    for name, table in comparison.diff.tables.items():
        keys = comparison.diff.keys[name]
        whole = "+".join(keys)
        rows += [_change(name, key, whole, "added") for key in table.added]
        for key, cells in table.changed.items():
            for column, (old, new) in cells.items():
                rows.append(_change(name, key, column, "corrected", _cell(old), _cell(new)))
        for key in table.removed:
            end = ends.get((name, text_of(key[0]))) if name in IDENTIFIED else None
            if name in IDENTIFIED and end is None:
                problems.append(_unled(name, text_of(key[0])))
            elif end is not None and end["new_id"] is not None:
                rows.append(_change(name, key, whole, "merged", row_key(key), end["new_id"], end["reason"]))
            else:
                reason = end["reason"] if end else _reason(name, key, ends, contract)
                rows.append(_change(name, key, whole, "withdrawn", row_key(key), reason=reason))
    if problems:
        raise ProblemsError(problems)
    return frames.to_arrow(contract.tables["changes"], [{**row, "release": version} for row in rows])


def row_key(key: Key) -> str:
    """A primary key as one text: its values with | between them, in which % and | are written %25 and %7C."""
    return "|".join(_cell(value).replace("%", "%25").replace("|", "%7C") for value in key)


def _cell(value: Value) -> str:
    """A value as the CSV of its table has it."""
    return text_of(int(value) if isinstance(value, float) and value.is_integer() else value)


def _change(
    name: str, key: Key, column: str, kind: str, old: str = "", new: str = "", reason: str | None = None
) -> Row:
    return {
        "table_name": name,
        "row_key": row_key(key),
        "column_name": column,
        "change_kind": kind,
        "old_value": old,
        "new_value": new,
        "reason": reason,
    }


def _reason(
    name: str, key: Key, ends: Mapping[tuple[str, str], Mapping[str, Any]], contract: Contract
) -> str | None:
    """Why the first record is gone that a row's key refers to, if one is."""
    table = contract.tables[name]
    for column, value in zip(table.primary_key, key, strict=True):
        reference = table.reference(column)
        end = ends.get((reference.resource, text_of(value))) if reference else None
        if end is not None:
            return str(end["reason"])
    return None


def _unled(name: str, identifier: str) -> Problem:
    message = (
        f"{identifier!r} was released and is gone; put its record back, "
        f"then run `python3 build withdraw {name} {identifier}` or `python3 build merge {name} {identifier} NEW`"
    )
    return Problem("redirect", message, table=name, key=(("id", identifier),))


def _dropped(old: Package, redirects: pa.Table) -> Iterator[Problem]:
    """Redirects of an opened package that are no longer there."""
    kept = {(row["table_name"], row["old_id"]) for row in redirects.to_pylist()}
    for row in old.tables["redirects"].to_pylist() if "redirects" in old.tables else ():
        if (row["table_name"], row["old_id"]) not in kept:
            message = f"the redirect of {row['old_id']!r} ({row['table_name']}) was released; put it back"
            yield Problem("redirect", message, "data/curated/redirects.yaml")


def log_since_last(root: Path, version: str, tables: Tables, contract: Contract) -> pa.Table:
    """The log that a release of these tables should have; without rows where it is the first.

    Raises ProblemsError where its version does not fit, or where a released id leads nowhere.
    """
    last, redirects = last_release(root, version), tables["redirects"]
    if last is None:
        return log(version, Comparison(Diff({}, {})), redirects, contract)
    old = tagged(root, last, contract)
    comparison = compare(old, tables, contract)
    problems = list(_dropped(old, redirects))
    if (wrong := misfit(version, last, comparison)) is not None:
        problems.append(Problem("release", wrong))
    try:
        found = log(version, comparison, redirects, contract)
    except ProblemsError as error:
        problems += error.problems
    if problems:
        raise ProblemsError(problems)
    return found


# --- before a release ---


def prepare(root: Path, version: str, tables: Tables, contract: Contract) -> list[Path]:
    """Write a release's log and its version where one is declared; return the files. The tables are then stale.

    Raises ProblemsError, and writes nothing, where the version does not fit or an id is lost.
    """
    number(version)
    texts = {root / name: _declare(root / name, version) for name in DECLARED}
    path = _log_path(root, version)
    _write_log(log_since_last(root, version, tables, contract), path)
    for declaring, text in texts.items():
        declaring.write_text(text, encoding="utf-8", newline="\n")
    return [path, *texts]


def _log_path(root: Path, version: str) -> Path:
    return root / "data" / RELEASES / f"{version}{CSV}"


def _write_log(changes: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    package.write_csv(changes.drop_columns("release"), beside)
    os.replace(beside, path)


def _declared(path: Path) -> re.Match[str]:
    before, after = DECLARED[path.name]
    text = path.read_text("utf-8") if path.exists() else ""
    found = re.search(rf"({before})([^\"\n]*)(?={after})", text, re.MULTILINE)
    if found is None:
        raise _refused("declares no version; a release names its own there", path.name)
    return found


def _declare(path: Path, version: str) -> str:
    """The text of a file with another version in it."""
    found = _declared(path)
    return found.string[: found.start(2)] + version + found.string[found.end(2) :]


def ready(root: Path, version: str) -> date:
    """The day of a release, from the changelog.

    Raises ProblemsError with all that stands in the way of it but for what the tables hold: no repository, changes that
    are not committed, a tag of this version elsewhere, files that name another version, no entry in the changelog.
    """
    number(version)
    problems = [*_uncommitted(root), *_released(root, version), *_otherwise(root, version)]
    entry = changelog_entry(root, version)
    if isinstance(entry, Problem):
        problems.append(entry)
    if problems or isinstance(entry, Problem):
        raise ProblemsError(problems)
    return entry


def _uncommitted(root: Path) -> Iterator[Problem]:
    changed = git(root, "status", "--porcelain").splitlines()
    if changed:
        names = ", ".join(line[3:] for line in changed[:MOST_SHOWN])
        more = f" and {len(changed) - MOST_SHOWN:,} more" if len(changed) > MOST_SHOWN else ""
        yield _problem(f"not everything is committed: {names}{more}; commit it, or take it out")


def _released(root: Path, version: str) -> Iterator[Problem]:
    tag = f"v{version}"
    if not git(root, "tag", "--list", tag):
        return
    there, here = (git(root, "rev-parse", f"{name}^{{commit}}") for name in (f"refs/tags/{tag}", "HEAD"))
    if there != here:
        yield _problem(f"{version} was released from another commit; check {tag} out, or take a new version")


def _otherwise(root: Path, version: str) -> Iterator[Problem]:
    """Where another version is declared, or none; or the release has no log."""
    remedy = f"run `python3 build release {version} --prepare` and commit what it changes"
    for name in DECLARED:
        try:
            declared = _declared(root / name)[2]
        except ProblemsError as error:
            yield from error.problems
            continue
        if declared != version:
            yield _problem(f"says version {shown(declared)}; {remedy}", name)
    if not _log_path(root, version).exists():
        name = f"data/{RELEASES}/{version}{CSV}"
        yield _problem(f"is not there, so nobody could tell what changed; {remedy}", name)


def changelog_entry(root: Path, version: str) -> date | Problem:
    """The day of a version's entry in the changelog, or what is wrong with it."""
    path = root / CHANGELOG
    text = path.read_text("utf-8") if path.exists() else ""
    found = re.search(rf"^## {re.escape(version)}\b(?!\.)(.*)\n((?:(?!## ).*\n?)*)", text, re.MULTILINE)
    wanted = f"a heading like '## {version} – 2026-01-31'"
    if found is None:
        return Problem("release", f"has no entry for {version}; write one under {wanted}", CHANGELOG)
    day = re.search(r"\d{4}-\d{2}-\d{2}", found[1], re.ASCII)
    try:
        released = date.fromisoformat(day[0] if day else "")
    except ValueError:
        return Problem("release", f"the entry for {version} has no day; give it {wanted}", CHANGELOG)
    if not found[2].strip():
        return Problem("release", f"the entry for {version} is empty; say what changed", CHANGELOG)
    return released


def check_log(root: Path, version: str, tables: Tables, contract: Contract) -> None:
    """Raise ProblemsError where the committed log of a release is not what the tables and the last release give."""
    expected = log_since_last(root, version, tables, contract)
    path = _log_path(root, version)
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / path.name
        _write_log(expected, fresh)
        if fresh.read_bytes() != path.read_bytes():
            remedy = f"run `python3 build release {version} --prepare` and commit what it changes"
            raise _refused(
                f"is not what changed since the last release; {remedy}", f"data/{RELEASES}/{path.name}"
            )


def git(root: Path, *arguments: str) -> str:
    """What git says of the repository at `root`. Raises ProblemsError where there is none."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, encoding="utf-8")
    except OSError as error:
        raise _refused(f"git cannot be run: {error.strerror}") from error
    if done.returncode:
        raise _refused(f"a release is made from a git repository: {done.stderr.strip()}")
    return done.stdout.removesuffix("\n")


def _refused(message: str, file: str | None = None) -> ProblemsError:
    return ProblemsError([_problem(message, file)])


def _problem(message: str, file: str | None = None) -> Problem:
    return Problem("release", message, file)
