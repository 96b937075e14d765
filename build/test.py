"""Check style and types, then run the tests (--fast, --lint, or what pytest takes).

--fast leaves out the slow tests, --lint all of them. With other arguments only pytest is run, and gets them.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

LAYER = "test"

ROOT = Path(__file__).resolve().parents[1]
LINT = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"])
NOT_SLOW = ["-m", "not slow"]
# Coverage is asked of the whole run alone: a part of the tests covers a part of the code.
WHOLE = ["--numprocesses", "auto", "--cov", "--cov-report", "term"]


def main(arguments: list[str]) -> int:
    """Run what the arguments ask for; return the exit code."""
    fast, lint = "--fast" in arguments, "--lint" in arguments
    rest = [argument for argument in arguments if argument not in ("--fast", "--lint")]
    if rest:
        return tool(["pytest", *(NOT_SLOW if fast else []), *rest])
    tests = [] if lint else [["pytest", *(NOT_SLOW if fast else WHOLE)]]
    return report([*LINT, *tests], tool)


def report(steps: list[list[str]], run: Callable[[list[str]], int]) -> int:
    """Run every step, whatever became of those before, then say which failed; return 1 if any did."""
    failed = [step for step in steps if run(step)]
    for step in failed:
        print(f"failed: {' '.join(step)}")
    print(f"checks: {len(steps) - len(failed)} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


def tool(step: list[str]) -> int:
    """Run a tool of this environment on the project; return its exit code."""
    print(f"$ {' '.join(step)}", flush=True)
    return subprocess.run([sys.executable, "-P", "-m", *step], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
