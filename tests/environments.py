"""Environments apart from the project's own, for programs that quarrel with its libraries or with each other.

Each is made from its lock, into a folder of its own below .environments, and is kept.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".environments"
NODE_LOCK = ("package.json", "package-lock.json")


class UnavailableError(Exception):
    """An environment cannot be made on this machine."""


def unavailable(reason: object) -> NoReturn:
    """Leave a test out for what is missing on this machine; in CI, where nothing should be, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(str(reason))
    pytest.skip(str(reason))


def environment(name: str) -> Path:
    """The Python of an environment, made from requirements/`name`.txt unless it is there already."""
    lock, venv = ROOT / "requirements" / f"{name}.txt", FOLDER / name
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    with _stale(venv, lock.read_bytes() + sys.version.encode()) as stale:
        if stale:
            _run(sys.executable, "-m", "venv", "--without-pip", str(venv))
            _run(*_installer(python), "--quiet", "--require-hashes", "-r", str(lock))
    return python


def node_modules(locked: Path) -> Path:
    """The folder below which Node finds what a package-lock.json in `locked` names."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise UnavailableError("neither node nor npm is on the path")
    folder = FOLDER / "node"
    with _stale(folder, b"".join((locked / name).read_bytes() for name in NODE_LOCK)) as stale:
        if stale:
            folder.mkdir()
            for name in NODE_LOCK:
                shutil.copy(locked / name, folder)
            _run(npm, "ci", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund")
    return folder


@contextmanager
def _stale(folder: Path, made_from: bytes) -> Iterator[bool]:
    """Whether a folder has to be made anew, for one process at a time; a folder that failed stays stale."""
    stamp, digest = folder / "iqsy-stamp", hashlib.sha256(made_from).hexdigest()
    FOLDER.mkdir(exist_ok=True)
    with FileLock(f"{folder}.lock"):
        stale = not stamp.exists() or stamp.read_text() != digest
        if stale:
            shutil.rmtree(folder, ignore_errors=True)
        yield stale
        if stale:
            stamp.write_text(digest)


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
