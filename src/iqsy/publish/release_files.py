"""The files of a release, as an archive for good takes them: few, whole, and each of use by itself."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from iqsy.package import DESCRIPTOR, Package
from iqsy.problems import Problem, ProblemsError

DIST = "dist"
ARCHIVE, DATABASE, HASH = ".zip", ".duckdb", ".zip.sha256"
# Of what lies in a release's folder, and so in its archive as well, this is of use without the rest.
BY_THEMSELVES = ("*.sqlite", "*.xlsx", DESCRIPTOR)


@dataclass(frozen=True)
class File:
    """A file by its name, with its size and MD5, which is the sum that archives tell."""

    name: str
    path: Path
    bytes: int
    md5: str


def at(given: Path) -> Path:
    """The release that is meant: what is given, or where that is a checkout, its version's in `dist`."""
    try:
        descriptor = json.loads((given / DESCRIPTOR).read_text("utf-8"))
        made = given / DIST / f"{descriptor['name']}-{descriptor['version']}"
    except (OSError, ValueError, LookupError, TypeError):
        return given  # opening it tells what is wrong
    return made if made.is_dir() else given


def files(package: Package) -> tuple[File, ...]:
    """The archive of a release with its hash, the databases, the workbook and the descriptor, in order of names.

    Raises ProblemsError where the package is no release: where it has no archive.
    """
    archive = _archive(package)
    if archive == Path(package.name):
        _unpack(package, archive)
    stem = archive.name.removesuffix(ARCHIVE)
    beside = (archive, *(archive.with_name(f"{stem}{suffix}") for suffix in (HASH, DATABASE)))
    inside = (path for pattern in BY_THEMSELVES for path in package.folder.glob(pattern))
    found = {path.name: path for path in (*beside, *inside) if path.is_file()}
    return tuple(_measured(found[name]) for name in sorted(found))


def _archive(package: Package) -> Path:
    for path in _archives(package):
        if zipfile.is_zipfile(path):
            return path
    message = (
        f"is no release: beside it lies no {package.folder.name}{ARCHIVE}; "
        "give what `python3 build release` makes in dist, the folder or the archive"
    )
    raise ProblemsError([Problem("release", message, package.name)])


def _archives(package: Package) -> Iterator[Path]:
    yield Path(package.name)
    yield package.folder.with_name(f"{package.folder.name}{ARCHIVE}")


def _unpack(package: Package, archive: Path) -> None:
    """Unpack what opening the archive, which has looked at all of its entries, has no use for."""
    root = package.scratch / "package"
    with zipfile.ZipFile(archive) as packed:
        for name in packed.namelist():
            path = PurePosixPath(name)
            if root / path.parent == package.folder and any(map(path.match, BY_THEMSELVES)):
                packed.extract(name, root)


def _measured(path: Path) -> File:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    return File(path.name, path, path.stat().st_size, digest.hexdigest())
