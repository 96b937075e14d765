"""The formats' own validators, each run in the environment that it needs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from environments import environment

JUDGE = Path(__file__).with_name("judge.py")
# What its validator needs an older jsonschema for than all others bear; and a web server.
APART = {"citation": "validators-cff", "datasette": "datasette"}
SHARED = "validators"
QUIET_AND_OFFLINE = {
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_OFFLINE": "1",
    "PYTHONUTF8": "1",
    "PYTHONWARNINGS": "ignore",
}


def judge(name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the validator of a format says of the metadata in a folder: exit code 0 where all is well."""
    python = environment(APART.get(name, SHARED))
    command = [str(python), "-P", str(JUDGE), name, str(folder)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env={**os.environ, **QUIET_AND_OFFLINE}
    )
