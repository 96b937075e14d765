"""Describe a release for machines: write all metadata beside its files, into the folder OUT.

OUT holds a release: datapackage.json, data/tables and schema, laid out as in the package, and whatever else belongs to it.
"""

import argparse
import json
import sys
from pathlib import Path

from iqsy import package
from iqsy.contract import read
from iqsy.metadata import FORMATS, write_all
from iqsy.problems import ProblemsError

LAYER = "test"


def main(arguments: list[str]) -> int:
    """Write the metadata; return 2 where the folder holds no release that can be described."""
    parser = argparse.ArgumentParser(
        prog="python3 build metadata",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder of the release")
    parser.add_argument("--format", action="append", choices=FORMATS, help="only this; may be given again")
    options = parser.parse_args(arguments)
    try:
        written = describe(options.out, options.format or FORMATS)
    except (ProblemsError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    for path in written:
        print(path)
    return 0


def describe(out: Path, formats: list[str] | tuple[str, ...]) -> list[Path]:
    """Write these formats into the folder of a release; return the files."""
    contract = read(out / "schema")
    tables = {name: package.read_table(out, name, contract) for name in contract.tables}
    descriptor = json.loads((out / package.DESCRIPTOR).read_text("utf-8"))
    files = {path.relative_to(out).as_posix(): path for path in out.rglob("*") if path.is_file()}
    return write_all(tables, contract, descriptor, files, out, formats)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
