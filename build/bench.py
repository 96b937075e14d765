"""Measure speed and memory side by side with the floor of each (--runs N; figures are medians of whole processes)."""

import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    sys.argv[0] = str(ROOT / "bench" / "speed.py")
    runpy.run_path(sys.argv[0], run_name="__main__")
