"""The environments of the formats' own validators, which quarrel with the project's libraries and with each other.

Each is made from its lock in requirements/, into a folder of its own below .validators, and is kept.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".validators"
JUDGE = Path(__file__).with_name("judge.py")
# What its validator needs an older jsonschema for than all others bear.
APART = {"citation": "validators-cff"}
SHARED = "validators"
QUIET_AND_OFFLINE = {
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_OFFLINE": "1",
    "PYTHONUTF8": "1",
    "PYTHONWARNINGS": "ignore",
}


class UnavailableError(Exception):
    """An environment cannot be made on this machine."""


def judge(name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What the validator of a format says of the metadata in a folder: exit code 0 where all is well."""
    python = environment(APART.get(name, SHARED))
    command = [str(python), "-P", str(JUDGE), name, str(folder)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", env={**os.environ, **QUIET_AND_OFFLINE}
    )


def environment(name: str) -> Path:
    """The Python of an environment, made from its lock unless it is there already."""
    lock, venv = ROOT / "requirements" / f"{name}.txt", FOLDER / name
    FOLDER.mkdir(exist_ok=True)
    stamp = venv / "iqsy-stamp"
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    with FileLock(f"{venv}.lock"):
        made_from = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
        if not stamp.exists() or stamp.read_text() != made_from:
            shutil.rmtree(venv, ignore_errors=True)
            _run(sys.executable, "-m", "venv", "--without-pip", str(venv))
            _run(*_installer(python), "--quiet", "--require-hashes", "-r", str(lock))
            stamp.write_text(made_from)
    return python


def _installer(python: Path) -> list[str]:
    uv = shutil.which("uv")
    # A version manager can leave a uv on the path that does no more than say that it is not installed.
    if uv and subprocess.run([uv, "--version"], capture_output=True).returncode == 0:
        return [uv, "pip", "install", "--python", str(python)]
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return [sys.executable, "-m", "pip", "--python", str(python), "install"]
    _run(str(python), "-m", "ensurepip")
    return [str(python), "-m", "pip", "install"]


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise UnavailableError(f"{' '.join(command[:4])} …: {done.stderr[-800:]}")
