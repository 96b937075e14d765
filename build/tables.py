"""Make the tables from the records, judge them, and put them in place (--check: write nothing, say what is stale).

Reads data/curated and data/extracted, settles, derives every table, has three judges look at them, and swaps the whole set
into data/tables; writes docs/codebook.md and .html. Exit code 0: done; 1: findings, or something is stale; 2: records that cannot
be used.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from iqsy import codebook, derive, findings, frames, package, records, swap
from iqsy.check import JUDGES, check
from iqsy.contract import Contract, cached
from iqsy.judge_frictionless import Judge
from iqsy.problems import Problem, ProblemsError

ROOT = Path(__file__).resolve().parents[1]
TABLES = ROOT / "data" / "tables"
DOCS = ROOT / "docs"
REMEDY = "is not what the records give; run `python3 build` and commit what it changes"
FORMATS: Mapping[str, Callable[[Sequence[Problem]], str]] = {
    "text": findings.as_text,
    "json": findings.as_json,
    "github": findings.as_github,
}
Tables = Mapping[str, pa.Table]


class Findings(Exception):
    """What the judges found; the old tables stay."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} findings")
        self.problems = problems


def main(arguments: list[str]) -> int:
    """Build, or check what is there; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 build", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when anything committed is stale"
    )
    parser.add_argument(
        "--judge", action="append", choices=JUDGES, help="only this judge; may be given again"
    )
    parser.add_argument(
        "--format", choices=FORMATS, default="text", help="how findings are told (default: text)"
    )
    options = parser.parse_args(arguments)
    tell = FORMATS[options.format]
    frames.share_memory()
    try:
        found = (compare if options.check else build)(options.judge or JUDGES)
    except ProblemsError as error:
        print(tell(error.problems), file=sys.stderr)
        return 2
    except Findings as error:
        print(tell(error.problems), file=sys.stderr)
        return 1
    if found:
        print(tell(found), file=sys.stderr)
    return 0


def build(judges: Sequence[str]) -> list[Problem]:
    """Write the tables and the codebook; return warnings. Raises Findings where a judge finds an error."""
    with early(judges) as judge:
        terms, derived, tables = made()
        with swap.replacing(TABLES) as replacement:
            found = judged(replacement.folder, tables, derived, terms, judges, judge)
            if any(p.level == "error" for p in found):
                raise Findings(found)
    for path, text in outdated(terms, tables):
        path.write_text(text, encoding="utf-8", newline="\n")
    rows = sum(table.num_rows for table in tables.values())
    print(
        f"{len(tables)} tables, {rows:,} rows: {'written' if replacement.changed else 'nothing has changed'}"
    )
    return found


def compare(judges: Sequence[str]) -> list[Problem]:
    """Judge, and hold against what is there; return warnings. Raises Findings for errors and for what is stale."""
    with early(judges) as judge, tempfile.TemporaryDirectory() as scratch:
        terms, derived, tables = made()
        found = judged(Path(scratch), tables, derived, terms, judges, judge)
        found += stale(Path(scratch), tables)
    found += [Problem("stale", REMEDY, str(path.relative_to(ROOT))) for path, _ in outdated(terms, tables)]
    if any(p.level == "error" for p in found):
        raise Findings(found)
    print(f"{len(tables)} tables: up to date, {len(found)} warnings")
    return found


def outdated(terms: Contract, tables: Tables) -> Iterator[tuple[Path, str]]:
    """The files of the codebook that are not what they should be, with the text that they should have."""
    for name, text in codebook.files(terms, tables).items():
        path = DOCS / name
        if not path.exists() or path.read_text("utf-8") != text:
            yield path, text


def made() -> tuple[Contract, derive.Derived, Tables]:
    """The contract, where each row comes from, and the tables; the rows they were made of are let go."""
    terms = cached(ROOT / "schema")
    derived = derive.derive(records.read(ROOT / "data", terms), terms)
    tables = {name: frames.to_arrow(terms.tables[name], rows) for name, rows in derived.tables.items()}
    return terms, replace(derived, tables={}), tables


def early(judges: Sequence[str]) -> AbstractContextManager[Judge | None]:
    """Frictionless, whose loading takes longest, started before anything else."""
    return Judge() if "frictionless" in judges else nullcontext()


def judged(
    folder: Path,
    tables: Tables,
    derived: derive.Derived,
    terms: Contract,
    judges: Sequence[str],
    judge: Judge | None,
) -> list[Problem]:
    """Write the tables into a folder and have them judged; a finding names the record that it comes from, if one is known."""
    package.write_tables(tables, folder)
    found = check(
        tables, terms, judges, {name: folder / f"{name}.csv" for name in tables}, frictionless=judge
    )
    return [replace(p, file=mark[0], line=mark[1]) if (mark := derived.mark(p)) else p for p in found]


def stale(folder: Path, tables: Tables) -> Iterator[Problem]:
    """CSV is compared byte by byte; Parquet by its values, since versions of its library write other bytes."""
    expected = {path.name for path in folder.glob("*.csv")}
    for name in sorted(expected | {path.name for path in TABLES.glob("*.csv")}):
        committed = TABLES / name
        same = (
            name in expected and committed.exists() and committed.read_bytes() == (folder / name).read_bytes()
        )
        if not same:
            yield Problem("stale", REMEDY, str(committed.relative_to(ROOT)))
    for name, table in tables.items():
        built = TABLES / f"{name}.parquet"
        if built.exists() and not pq.read_table(built).equals(table):
            yield Problem("stale", REMEDY, str(built.relative_to(ROOT)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
