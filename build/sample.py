"""Draw claims to audit, or articles to code a second time: python3 build sample claims|articles [--size N] [--seed N].

Claims are drawn in turn from every property in every language, articles from every language and period and from as many outlets as
can be. Prints one line each; the same records and the same seed give the same draw.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from iqsy import package, quality, sampling
from iqsy.contract import read
from iqsy.problems import ProblemsError

ROOT = Path(__file__).resolve().parents[1]
SEED = 20261124
SIZES = {"claims": 150, "articles": 60}
CLAIM = ("source_id", "event_id", "voice", "property", "subject", "value")


def main(arguments: list[str]) -> int:
    """Print a sample, tab-separated; exit 2 where there are no tables."""
    parser = argparse.ArgumentParser(
        prog="python3 build sample", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=SIZES, help="what to draw")
    parser.add_argument("--size", type=int, help=f"how many (default: {SIZES})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"seed of the draw (default: {SEED})")
    options = parser.parse_args(arguments)
    size = options.size or SIZES[options.what]
    terms = read(ROOT / "schema")
    try:
        sources = {r["source_id"]: r for r in package.read_table(ROOT, "sources", terms).to_pylist()}
        claims = package.read_table(ROOT, "claims", terms).to_pylist()
    except ProblemsError as error:
        print(error, file=sys.stderr)
        return 2
    if options.what == "claims":
        drawn = sampling.stratified(
            claims, lambda c: (c["property"], sources[c["source_id"]]["language"] == "ar"), size, options.seed
        )
        for claim in drawn:
            print("\t".join(str(claim[column]) for column in CLAIM))
        return 0
    told = sorted({c["source_id"] for c in claims})
    pool = [sources[s] for s in told]
    for source in sampling.stratified(pool, quality.stratum_of_source, size, options.seed):
        print(source["source_id"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
