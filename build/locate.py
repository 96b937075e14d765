"""Find each passage of an article in its text, and note where: python3 build locate ARTICLE --text FILE.

Fills in the offsets of every locator, and the length and hash of the text that was read, whole or its beginning; keeps nothing
else of it. With --check it only says whether what the record holds is right.
"""

import argparse
import sys
from pathlib import Path

from iqsy import locate
from iqsy.contract import cached
from iqsy.problems import ProblemsError

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    """Locate one article; exit 0 where all passages were found, 1 where some were not, 2 where a file cannot be used."""
    parser = argparse.ArgumentParser(prog="python3 build locate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("article", help="the article's file, or its id")
    parser.add_argument(
        "--text", type=Path, required=True, help="a file with the text you had, whole or its beginning, UTF-8"
    )
    parser.add_argument("--check", action="store_true", help="change nothing; say what is missing or wrong")
    options = parser.parse_args(arguments)
    try:
        path = locate.article_file(options.article, ROOT / "data")
        result = locate.locate(path, options.text.read_text(encoding="utf-8"), cached(ROOT / "schema"))
    except (ProblemsError, OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 2
    for problem in result.problems:
        print(problem)
    if not options.check and not result.problems:
        locate.write(path, result)
    print(f"{result.found} of {result.found + len(result.problems)} passages found in {path.name}")
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
