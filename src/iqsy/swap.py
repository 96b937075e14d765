"""A folder of tables, replaced as one set: whatever fails or is killed, the old set or the new is whole.

The new set is written beside the folder and takes its place by one renaming. Where the system has no such
renaming it takes two, and what a kill between them leaves is mended by the next build.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from iqsy.package import CSV, PARQUET, parquet_is_current
from iqsy.problems import Problem, ProblemsError

AT_FDCWD, RENAME_EXCHANGE = -100, 2
NOT_ON_THIS_SYSTEM = (errno.ENOSYS, errno.EINVAL)


@dataclass
class Replacement:
    """A set of tables in the making, in `folder`; in the end, `changed` tells whether it is a new one."""

    folder: Path
    changed: bool = False


@contextmanager
def replacing(folder: Path) -> Iterator[Replacement]:
    """Replace all files of a folder by those written in the body of `with`, at its end.

    A set with the same names and bytes leaves the folder alone, dates of its files included. An exception in
    the body leaves the old set. Raises ProblemsError where another build is at work, where the folder holds
    files that no build makes, and where something cannot be written.
    """
    folder = folder.resolve()
    with _alone(folder):
        _mend(folder)
        _check(folder)
        replacement = Replacement(_new(folder))
        try:
            replacement.folder.mkdir()
            yield replacement
            replacement.changed = not _same(folder, replacement.folder)
            if replacement.changed:
                _sync(replacement.folder)
                _swap(folder, replacement.folder)
        finally:
            _mend(folder)


def mend(folder: Path) -> None:
    """Put back what a killed build took away and remove what it left; `replacing` does so first of all."""
    folder = folder.resolve()
    with _alone(folder):
        _mend(folder)


def _new(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.new")


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other builds away from a folder, at most until the process ends; explain errors of the disk."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{folder.name}.lock"), timeout=0):
            yield
    except Timeout as error:
        raise _refused("another build is writing the tables; wait for it to end", folder) from error
    except OSError as error:
        raise _refused(f"the tables stay as they were: {error}", folder) from error


def _check(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise _refused("is not a folder, so no tables can be written there", folder)
    strange = [file.name for file in folder.iterdir() if file.is_dir() or file.suffix not in (CSV, PARQUET)]
    if strange:
        names = ", ".join(sorted(strange))
        raise _refused(f"is replaced as a whole, but holds what no build makes; move it: {names}", folder)


def _same(folder: Path, new: Path) -> bool:
    """Whether two folders hold the same files; never with stale Parquet, which has to be written anew."""
    if not folder.exists():
        return False
    names = {file.name for file in new.iterdir()}
    return (
        names == {file.name for file in folder.iterdir()}
        and all((folder / name).read_bytes() == (new / name).read_bytes() for name in names)
        and all(parquet_is_current(file) for file in folder.glob(f"*{CSV}"))
    )


def _sync(folder: Path) -> None:
    """Have a folder's files written to the disk, so that a power cut leaves no name without its content."""
    for file in folder.iterdir():
        with file.open("rb+") as stream:
            os.fsync(stream.fileno())


def _swap(folder: Path, new: Path) -> None:
    """Put `new` in the place of `folder`; the old set goes to one of the places that `_mend` clears."""
    if not folder.exists():
        os.rename(new, folder)
    elif not _exchange(new, folder):
        os.rename(folder, _old(folder))
        os.rename(new, folder)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change names in one step; False where the system or the disk cannot do that."""
    if sys.platform != "linux":
        return False
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    if renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in NOT_ON_THIS_SYSTEM:
        return False
    raise OSError(code, os.strerror(code), str(other))


def _mend(folder: Path) -> None:
    if _old(folder).exists() and not folder.exists():
        os.rename(_old(folder), folder)
    for left in (_new(folder), _old(folder)):
        shutil.rmtree(left, ignore_errors=True)


def _refused(message: str, folder: Path) -> ProblemsError:
    return ProblemsError([Problem("write", message, str(folder))])
