"""How long the main commands take, as ratios to what they cannot do without, measured in turn in one run.

Absolute times differ from machine to machine and from hour to hour; a ratio of neighbours does not. Each pair is run A B A B …, whole
processes, warm; the medians and the median ratio are printed beside the bound that the project holds itself to.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
IQSY = [PYTHON, "-c", "from iqsy.cli import main; main()"]
IMPORTS = "import pandas, pandera.polars, frictionless"
READ_ALL = """
import duckdb, pathlib
for path in sorted(pathlib.Path("data/tables").glob("*.csv")):
    duckdb.read_csv(str(path), header=True, all_varchar=True).fetchall()
"""
COPIES = (0, 100, 200)
# The bound of a build is for the first five articles; each further one may cost this much.
FIRST, EACH = 5, 0.004


def main() -> None:
    """Print every pair with its ratio and bound."""
    parser = argparse.ArgumentParser(prog="python3 build bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each command (default: 5)")
    runs = parser.parse_args().runs
    build = [PYTHON, "build/tables.py"]
    once(build, ROOT)
    further = sum(1 for _ in (ROOT / "data/curated/articles").rglob("*.yaml")) - FIRST
    compare("python3 build", build, "imports of the judges", [PYTHON, "-c", IMPORTS], runs, 3, further * EACH)
    compare(
        "iqsy check --judge sql",
        [*IQSY, "check", "--judge", "sql"],
        "import duckdb, read the tables",
        [PYTHON, "-c", READ_ALL],
        runs,
        3,
    )
    difference(
        "iqsy --help",
        [*IQSY, "--help"],
        "python -c pass",
        [PYTHON, "-c", "pass"],
        runs,
        0.1,
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process so far: {peak:.0f} MB (bound: 400 MB)", flush=True)
    growth(runs)


def once(command: Sequence[str], folder: Path) -> float:
    """Wall time of a command in seconds; a failing one ends the measurement."""
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONUTF8": "1"}
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{' '.join(command)} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return taken


def alternate(a: Sequence[str], b: Sequence[str], runs: int) -> tuple[list[float], list[float]]:
    """Times of both commands, run in turn after one warm-up of each."""
    once(a, ROOT), once(b, ROOT)
    pairs = [(once(a, ROOT), once(b, ROOT)) for _ in range(runs)]
    return [p[0] for p in pairs], [p[1] for p in pairs]


def compare(
    name: str, a: Sequence[str], floor: str, b: Sequence[str], runs: int, bound: float, allowed: float = 0
) -> None:
    """Print the ratio of a command to its floor, and what the bound is with so many seconds allowed on top of it."""
    mine, other = alternate(a, b, runs)
    ratio = statistics.median(x / y for x, y in zip(mine, other, strict=True))
    bound += allowed / statistics.median(other)
    on_top = f", {allowed:.2f} s for further articles included" if allowed else ""
    print(
        f"{name}: {statistics.median(mine):.2f} s; {floor}: {statistics.median(other):.2f} s; "
        f"ratio {ratio:.2f} (bound: {bound:.2f}{on_top})",
        flush=True,
    )


def difference(name: str, a: Sequence[str], floor: str, b: Sequence[str], runs: int, bound: float) -> None:
    """Print how much longer a command takes than its floor."""
    mine, other = alternate(a, b, runs)
    more = statistics.median(x - y for x, y in zip(mine, other, strict=True))
    print(f"{name}: {more * 1000:.0f} ms more than {floor} (bound: {bound * 1000:.0f} ms)", flush=True)


def growth(runs: int) -> None:
    """Print how much longer a build takes for each further article."""
    times = {}
    with tempfile.TemporaryDirectory() as scratch:
        for copies in COPIES:
            folder = Path(scratch) / str(copies)
            enlarged(folder, copies)
            once([PYTHON, "build/tables.py"], folder)
            times[copies] = statistics.median(once([PYTHON, "build/tables.py"], folder) for _ in range(runs))
    each = (times[COPIES[-1]] - times[COPIES[0]]) / COPIES[-1]
    shown = ", ".join(f"+{copies}: {taken:.2f} s" for copies, taken in times.items())
    print(
        f"build with more articles: {shown}; {each * 1000:.1f} ms per article (bound: {EACH * 1000:.0f} ms)",
        flush=True,
    )


def enlarged(folder: Path, copies: int) -> None:
    """A checkout with more articles: each copy repeats an article that tells of something, under another id."""
    for part in ("build", "schema", "src", "data", "docs"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "datapackage.json", folder)
    articles = sorted((folder / "data/curated/articles").rglob("*.yaml"))
    telling = [path for path in articles if "\nsays:" in path.read_text("utf-8")]
    for number in range(copies):
        path = telling[number % len(telling)]
        record = path.read_text("utf-8")
        other = path.with_stem(f"{path.stem}-copy-{number}")
        other.write_text(re.sub(rf"(?m)^id: {re.escape(path.stem)}$", f"id: {other.stem}", record), "utf-8")


if __name__ == "__main__":
    main()
