"""Withdraw a record (TABLE ID --reason "why").

Deletes the record and adds a redirect to nothing to data/curated/redirects.yaml. What still refers to it is told, for
only a person can mend that. Exit code 0: the records are clean; 1: something is to be mended; 2: refused, nothing changed.
"""

import argparse
import sys
from pathlib import Path

from iqsy import findings, retire
from iqsy.contract import cached
from iqsy.problems import ProblemsError

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    """Withdraw one record; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 build withdraw",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("table", help="events, actors, sources …")
    parser.add_argument("id", metavar="ID", help="the id that goes")
    parser.add_argument("--reason", required=True, help="one line, published with the redirect")
    given = parser.parse_args(arguments)
    try:
        found = retire.withdraw(ROOT / "data", cached(ROOT / "schema"), given.table, given.id, given.reason)
    except (ProblemsError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{given.id} is withdrawn; run `python3 build` and commit what it changes")
    if found:
        print(f"To be mended by hand:\n{findings.as_text(found)}", file=sys.stderr)
    return int(any(problem.level == "error" for problem in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
