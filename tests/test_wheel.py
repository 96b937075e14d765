"""What people install: a wheel, built from the sdist, in an environment of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from project import ROOT

pytestmark = pytest.mark.slow

# PyPI has packages of the names that the checkout gives to its folders; both must work beside iqsy.
NAMESAKES = ("build", "schema")
LOAD_ALL = """
import build, schema
import iqsy
names = [*iqsy.contract().resources]
rows = {name: len(iqsy.load(name)) for name in names}
assert rows["events"] and rows["claims"], rows
assert iqsy.connect().sql("SELECT count(*) FROM events").fetchall() == [(rows["events"],)]
assert not iqsy.check(judges=("sql",))
print(len(names))
"""
PARTS = ("build", "schema", "src", "data", "docs", "requirements")
FILES = (
    "datapackage.json",
    "pyproject.toml",
    "README.md",
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENSE",
    "LICENSE-DATA",
)


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(
        [*map(str, command)], cwd=folder, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def built(root: Path, target: str) -> Path:
    """A distribution of the project in `root`, built by its own backend."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, folder=root)
    (path,) = (root / "dist").glob("*.whl" if target == "wheel" else "*.tar.gz")
    return path


def test_a_wheel_from_the_sdist_loads_every_table(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for part in PARTS:
        shutil.copytree(
            ROOT / part, checkout / part, ignore=shutil.ignore_patterns("__pycache__", "*.parquet")
        )
    for name in FILES:
        shutil.copy(ROOT / name, checkout)
    run(sys.executable, "build/tables.py", "--judge", "sql", folder=checkout)
    with tarfile.open(built(checkout, "sdist")) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    wheel = built(unpacked, "wheel")
    assert wheel.stat().st_size < 15_000_000
    python = environment(tmp_path / "environment", wheel)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert int(run(python, "-c", LOAD_ALL, folder=elsewhere)) > 70
    assert run(python.with_name("iqsy"), "--version", folder=elsewhere).startswith("iqsy ")


def environment(folder: Path, wheel: Path) -> Path:
    """A new environment with what the wheel needs, the wheel and its namesakes; its Python."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    lock = ["-r", str(ROOT / "requirements/build.txt")]
    if shutil.which("uv"):
        run("uv", "venv", "--quiet", "--python", sys.executable, folder, folder=ROOT)
        install = ["uv", "pip", "install", "--quiet", "--python", str(python)]
    else:
        run(sys.executable, "-m", "venv", folder, folder=ROOT)
        install = [str(python), "-m", "pip", "install", "--quiet"]
    run(*install, *lock, folder=ROOT)
    run(*install, "--no-deps", wheel, folder=ROOT)
    run(*install, *NAMESAKES, folder=ROOT)
    return python
