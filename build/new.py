"""Write a record to fill in: article or event.

    python3 build new article --publisher rudaw --url https://… --published 2024-05-12 --words security-agreement
    python3 build new event --date 2024-05-12 --words interior-ministers-mou

The record lies where it belongs, with a comment for every key; delete what the page does not state.
"""

import argparse
import sys
from datetime import date
from pathlib import Path

from iqsy import templates
from iqsy.contract import cached
from iqsy.problems import ProblemsError

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    """Write one new record; exit 2 where it cannot be written, and then change nothing."""
    parser = argparse.ArgumentParser(
        prog="python3 build new", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="article|event")
    article = kinds.add_parser("article", help="one article, coded from itself alone")
    article.add_argument("--publisher", help="its id in publishers.yaml; told from --url where left out")
    article.add_argument("--url", help="address of the page")
    article.add_argument("--published", help="EDTF; a day only where the page gives one")
    article.add_argument("--language", help="code; en where left out")
    article.add_argument("--title", help="as printed")
    article.add_argument("--words", required=True, help="two to four words for its id, with hyphens")
    article.add_argument("--coder", default="curator", help="your short code")
    article.add_argument(
        "--event", action="append", default=[], help="an event that it tells of; may be given again"
    )
    event = kinds.add_parser("event", help="one occasion")
    event.add_argument("--date", help="EDTF of what is known; left out where no year is known")
    event.add_argument("--words", required=True, help="two to five words for its id, with hyphens")
    options = parser.parse_args(arguments)
    try:
        terms = cached(ROOT / "schema")
        if options.kind == "article":
            path = templates.new_article(ROOT / "data", terms, vars(options), date.today())
        else:
            path = templates.new_event(ROOT / "data", options.date, options.words)
    except (ProblemsError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
