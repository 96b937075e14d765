"""Merge a record into another (TABLE OLD NEW --reason "why").

Rewrites what refers to the old record, deletes it, and adds a redirect to data/curated/redirects.yaml. What only a person
can mend is told. Exit code 0: the records are clean; 1: something is to be mended; 2: refused, and nothing changed.
"""

import argparse
import sys
from pathlib import Path

from iqsy import findings, retire
from iqsy.contract import cached
from iqsy.problems import ProblemsError

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    """Merge one record; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 build merge", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", help="events, actors, sources …")
    parser.add_argument("old", metavar="OLD", help="the id that goes")
    parser.add_argument("new", metavar="NEW", help="the id that stays")
    parser.add_argument("--reason", required=True, help="one line, published with the redirect")
    given = parser.parse_args(arguments)
    try:
        terms = cached(ROOT / "schema")
        found = retire.merge(ROOT / "data", terms, given.table, given.old, given.new, given.reason)
    except (ProblemsError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{given.old} is merged into {given.new}; run `python3 build` and commit what it changes")
    if found:
        print(f"To be mended by hand:\n{findings.as_text(found)}", file=sys.stderr)
    return int(any(problem.level == "error" for problem in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
