"""Make a release: its folder, archive and databases in dist/ (--prepare: write what is to be committed before).

    python3 build release 1.1.0 --prepare    write the log of what changed, and the version; then commit
    python3 build release 1.1.0              make the files from what is committed

See docs/releasing.md. Exit code 0: done; 1: something stands in the way, and nothing was written; 2: wrong arguments.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pyarrow as pa

from iqsy import exports, package, release
from iqsy.contract import Contract, cached
from iqsy.problems import ProblemsError

LAYER = "test"

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    """Prepare or make a release; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 build release",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("version", type=version, help="three numbers, such as 1.1.0")
    parser.add_argument(
        "--prepare", action="store_true", help="write what a release needs in the repository, to be committed"
    )
    options = parser.parse_args(arguments)
    try:
        return (prepare if options.prepare else make)(options.version, cached(ROOT / "schema"))
    except (ProblemsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def version(text: str) -> str:
    """A version, or the error that argparse tells."""
    try:
        release.number(text)
    except ProblemsError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def prepare(number: str, terms: Contract) -> int:
    """Write log and version, and the tables that follow from them."""
    if failed := tables():
        return failed
    written = release.prepare(ROOT, number, read(terms), terms)
    print("\n".join(str(path.relative_to(ROOT)) for path in written))
    return tables()


def make(number: str, terms: Contract) -> int:
    """Make the files, if nothing stands in the way."""
    day = release.ready(ROOT, number)
    if failed := tables("--check"):
        return failed
    found = read(terms)
    release.check_log(ROOT, number, found, terms)
    for path in exports.publish(ROOT, number, day, found, terms):
        print(path.relative_to(ROOT))
    return 0


def tables(*arguments: str) -> int:
    """Build the tables, or check them; 1 where that fails."""
    script = ROOT / "build" / "tables.py"
    return int(subprocess.run([sys.executable, "-P", str(script), *arguments]).returncode != 0)


def read(terms: Contract) -> dict[str, pa.Table]:
    """The tables that are in place."""
    return {name: package.read_table(ROOT, name, terms) for name in terms.tables}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
