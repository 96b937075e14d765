"""Measure the data and write docs/quality.md (--check: write nothing, exit 1 when it is stale)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from iqsy import package, quality, records
from iqsy.contract import read
from iqsy.problems import ProblemsError

LAYER = "test"

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "quality.md"


def main(arguments: list[str]) -> int:
    """Write the page, or hold it against what the tables give; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 build quality", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 when docs/quality.md is stale"
    )
    options = parser.parse_args(arguments)
    try:
        terms = read(ROOT / "schema")
        tables = {name: package.read_table(ROOT, name, terms).to_pylist() for name in terms.tables}
        audit, draws = records.audit(ROOT / "data", terms), records.draws(ROOT / "data", terms)
        text = quality.report(tables, terms, audit, draws)
    except ProblemsError as error:
        print(error, file=sys.stderr)
        return 2
    if PAGE.exists() and PAGE.read_text("utf-8") == text:
        print("docs/quality.md is up to date")
        return 0
    if options.check:
        print("docs/quality.md is stale; run `python3 build quality` and commit it", file=sys.stderr)
        return 1
    PAGE.write_text(text, encoding="utf-8", newline="\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
