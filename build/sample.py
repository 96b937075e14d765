"""Draw claims to audit, or articles to code a second time: python3 build sample claims|articles [--size N] [--seed N].

Claims are drawn in turn from every property in every language, articles from every language and period and from as many outlets as
can be. Prints one line each; the same records and the same seed give the same draw. A draw that was worked on is noted in
data/curated/draws.yaml; with --fresh nothing is drawn that was coded twice or audited before.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from iqsy import package, quality, records
from iqsy.contract import Contract, read
from iqsy.problems import ProblemsError
from iqsy.sampling import stratified

ROOT = Path(__file__).resolve().parents[1]
SEED = 20261124
SIZES = {"claims": 150, "articles": 60}
# Column of a claim → the key that says the same in an audit.
CLAIM = {"source_id": "source", "event_id": "event"} | {
    k: k for k in ("voice", "property", "subject", "value")
}


def main(arguments: list[str]) -> int:
    """Print a sample, tab-separated; exit 2 where there are no tables."""
    parser = argparse.ArgumentParser(
        prog="python3 build sample", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=SIZES, help="what to draw")
    parser.add_argument("--size", type=int, help=f"how many (default: {SIZES})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"seed of the draw (default: {SEED})")
    parser.add_argument("--fresh", action="store_true", help="leave out what was drawn and worked on before")
    options = parser.parse_args(arguments)
    draw = _claims if options.what == "claims" else _articles
    try:
        lines = draw(read(ROOT / "schema"), options.size or SIZES[options.what], options.seed, options.fresh)
    except ProblemsError as error:
        print(error, file=sys.stderr)
        return 2
    print(*lines, sep="\n")
    return 0


def _claims(terms: Contract, size: int, seed: int, fresh: bool) -> list[str]:
    language = {r["source_id"]: r["language"] for r in _rows("sources", terms)}
    audited = [[entry[key] for key in CLAIM.values()] for entry in records.audit(ROOT / "data", terms)]
    claims = {"\t".join(str(r[column]) for column in CLAIM): r for r in _rows("claims", terms)}
    if fresh:
        for entry in audited:
            claims.pop("\t".join(map(str, entry)), None)
    return stratified(
        claims, lambda c: (claims[c]["property"], language[claims[c]["source_id"]] == "ar"), size, seed
    )


def _articles(terms: Contract, size: int, seed: int, fresh: bool) -> list[str]:
    sources = {r["source_id"]: r for r in _rows("sources", terms)}
    done = {r["source_id"] for r in _rows("recodings", terms)} if fresh else set()
    pool = sorted({r["source_id"] for r in _rows("reports", terms)} - done)
    return stratified(pool, lambda source: quality.stratum_of_source(sources[source]), size, seed)


def _rows(name: str, terms: Contract) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = package.read_table(ROOT, name, terms).to_pylist()
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
