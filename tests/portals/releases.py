"""Small releases to publish: a folder with its archive and database beside it, as `python3 build release` lays them out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from iqsy.package import Package, open_package
from portals import packages

NAME = "ministers"
TERMS = packages.terms("figures")
INSIDE = ("iqsy.sqlite", "events_flat.xlsx")


@dataclass(frozen=True)
class Release:
    """What a release is made of: its version, what its descriptor says, and its files by kind, of a few bytes each."""

    version: str = "1.0.0"
    about: Mapping[str, Any] = field(default_factory=dict)
    archived: str = "a"
    files: Mapping[str, bytes] = field(default_factory=lambda: {".duckdb": b"D", "iqsy.sqlite": b"S"})

    @property
    def content(self) -> dict[str, bytes]:
        """The files that should be in an archive for good, but for the descriptor, by their names."""
        stem = f"{NAME}-{self.version}"
        named = {f"{stem}{name}" if name[0] == "." else name: data for name, data in self.files.items()}
        return {f"{stem}.zip": self.archive(), **named}

    def archive(self) -> bytes:
        """An archive with nothing of use in it: what it holds is not looked at."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(zipfile.ZipInfo("text"), self.archived)
        return stream.getvalue()

    def write(self, dist: Path) -> Path:
        """Write the release into a folder; return its own folder there."""
        folder = dist / f"{NAME}-{self.version}"
        about = {"version": self.version, "created": "2026-11-24T00:00:00Z", **self.about}
        packages.write(folder, NAME, {"figures": packages.rows(TERMS.tables["figures"], 1)}, **about)
        for name, content in self.content.items():
            ((folder if name in INSIDE else dist) / name).write_bytes(content)
        return folder

    @contextmanager
    def open(self) -> Iterator[Package]:
        with TemporaryDirectory() as dist:
            yield open_package(self.write(Path(dist)), TERMS)
