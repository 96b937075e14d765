"""A package as the files of a dataset repository on Hugging Face: tables in two forms, contract, descriptor, card."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from iqsy import frames, metadata
from iqsy.contract import Contract
from iqsy.package import DESCRIPTOR, TABLES, Package, write_tables
from iqsy.publish.metadata import read_descriptor

CARD = "README.md"
SCHEMA = "schema"
# What stands for the repository's name in the card of a release, which is not yet anywhere.
PLACEHOLDER = "REPOSITORY"


@dataclass(frozen=True)
class File:
    """A file by its path in the repository, with the hashes that the repository tells: of Git, or of its store."""

    path: str
    local: Path
    bytes: int
    git: str
    sha256: str


def owns(path: str) -> bool:
    """Whether a path is one of those where publishing keeps data, and takes away what is no more."""
    return path.startswith((f"{TABLES}/", f"{SCHEMA}/"))


def write(package: Package, contract: Contract, repository: str) -> tuple[File, ...]:
    """Write the files that a repository should have, and measure them; in order of their paths.

    Raises ProblemsError where the descriptor lacks what a card needs, or names a table that is not there.
    """
    folder = package.scratch / "huggingface"
    shutil.rmtree(folder, ignore_errors=True)
    write_tables(package.tables, folder / TABLES)
    for part in sorted(path for path in contract.folder.rglob("*") if path.is_file()):
        target = folder / SCHEMA / part.relative_to(contract.folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(part, target)
    tables = frames.relations(package.tables, contract)
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    descriptor, card = metadata.write_all(
        tables, contract, read_descriptor(package.folder), files, folder, ("datapackage", "card")
    )
    words = card.read_text("utf-8").replace(PLACEHOLDER, f'"{repository}"')
    card.unlink()
    (folder / CARD).write_text(words, encoding="utf-8", newline="\n")
    files |= {DESCRIPTOR: descriptor, CARD: folder / CARD}
    return tuple(_measured(path, files[path]) for path in sorted(files))


def _measured(path: str, local: Path) -> File:
    content = local.read_bytes()
    git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    return File(path, local, len(content), git, hashlib.sha256(content).hexdigest())
