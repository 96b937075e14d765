import ctypes
import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iqsy import swap
from iqsy.problems import ProblemsError

OLD = {"events.csv": "old", "events.parquet": "old", "gone.csv": "old", "gone.parquet": "old"}
NEW = {"events.csv": "new", "events.parquet": "new", "more.csv": "new", "more.parquet": "new"}


def write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(files):
        (folder / name).write_text(files[name])


def read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def leftovers(folder: Path) -> list[str]:
    return [p.name for p in folder.parent.iterdir() if p.name not in (folder.name, f".{folder.name}.lock")]


def replace(folder: Path, files: dict[str, str]) -> bool:
    with swap.replacing(folder) as new:
        write(new.folder, files)
    return new.changed


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A folder that holds the old set."""
    folder = tmp_path / "data" / "tables"
    write(folder, OLD)
    return folder


@pytest.fixture(params=["one renaming", "two renamings"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to replace a folder; a test that takes this runs once for each that the system has."""
    if request.param == "two renamings":
        monkeypatch.setattr(swap, "_exchange", lambda one, other: False)
    elif sys.platform != "linux":
        pytest.skip("only Linux exchanges two folders in one step")
    return str(request.param)


def test_a_set_replaces_another_whole(tables: Path, way: str) -> None:
    assert replace(tables, NEW)
    assert read(tables) == NEW
    assert leftovers(tables) == []


def test_the_first_set_makes_its_folder(tmp_path: Path, way: str) -> None:
    folder = tmp_path / "data" / "tables"
    assert replace(folder, NEW)
    assert read(folder) == NEW


def test_a_link_to_the_folder_stays_one(tables: Path, tmp_path: Path, way: str) -> None:
    link = tmp_path / "link"
    link.symlink_to(tables)
    assert replace(link, NEW)
    assert link.is_symlink()
    assert read(tables) == NEW


def test_the_same_set_leaves_the_folder_alone(tables: Path, way: str) -> None:
    before = {path: path.stat() for path in (tables, *tables.iterdir())}
    assert not replace(tables, OLD)
    assert {path: path.stat() for path in (tables, *tables.iterdir())} == before
    assert leftovers(tables) == []


def test_the_same_set_is_written_anew_where_parquet_is_stale(tables: Path) -> None:
    os.utime(tables / "events.parquet", ns=(0, 0))
    assert replace(tables, OLD)
    assert (tables / "events.parquet").stat().st_mtime_ns >= (tables / "events.csv").stat().st_mtime_ns
    assert not replace(tables, OLD)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_the_old_set(tables: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), swap.replacing(tables) as new:
        write(new.folder, NEW)
        raise error
    assert read(tables) == OLD
    assert leftovers(tables) == []


def failing(real: Callable[..., object], nth: int) -> Callable[..., object]:
    """The function, but its nth call finds the disk full."""
    calls = iter(range(1, 1_000))

    def call(*arguments: object) -> object:
        if next(calls) == nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments)

    return call


@pytest.mark.parametrize(("function", "nth"), [("fsync", 1), ("fsync", 4), ("rename", 1), ("rename", 2)])
def test_a_disk_error_at_any_step_leaves_the_old_set(
    tables: Path, monkeypatch: pytest.MonkeyPatch, function: str, nth: int
) -> None:
    monkeypatch.setattr(swap, "_exchange", lambda one, other: False)
    with monkeypatch.context() as faults:
        faults.setattr(os, function, failing(getattr(os, function), nth))
        with pytest.raises(ProblemsError, match=r"stay as they were.*No space left on device"):
            replace(tables, NEW)
    assert read(tables) == OLD
    assert leftovers(tables) == []
    assert replace(tables, NEW)
    assert read(tables) == NEW


def test_a_folder_that_may_not_be_written_stays_as_it_is(
    tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mkdir(path: Path, *arguments: object, **settings: object) -> None:
        if path.name == ".tables.new":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(ProblemsError, match=r"stay as they were.*Permission denied"):
        replace(tables, NEW)
    assert read(tables) == OLD


def test_a_disk_error_while_tables_are_written_leaves_the_old_set(tables: Path) -> None:
    with pytest.raises(ProblemsError, match="No space left on device"), swap.replacing(tables) as new:
        write(new.folder, NEW)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert read(tables) == OLD
    assert leftovers(tables) == []


def no_such_call(*arguments: object, **settings: object) -> object:
    return object()


def refusing(*arguments: object, **settings: object) -> object:
    def renameat2(*arguments: object) -> int:
        ctypes.set_errno(errno.EINVAL)
        return -1

    return SimpleNamespace(renameat2=renameat2)


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [(sys, "platform", "darwin"), (ctypes, "CDLL", no_such_call), (ctypes, "CDLL", refusing)],
)
def test_where_the_system_cannot_exchange_folders_it_renames_twice(
    tables: Path, monkeypatch: pytest.MonkeyPatch, module: object, name: str, value: object
) -> None:
    monkeypatch.setattr(module, name, value)
    assert not swap._exchange(tables, tables)
    assert replace(tables, NEW)
    assert read(tables) == NEW


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges two folders in one step")
def test_an_exchange_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file or directory"):
        swap._exchange(tmp_path / "one", tmp_path / "other")


def test_where_no_folder_can_be_made_the_error_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ProblemsError, match=r"Not a directory|File exists"):
        replace(tmp_path / "file" / "tables", NEW)
    with pytest.raises(ProblemsError, match="is not a folder"):
        replace(tmp_path / "file", NEW)


@pytest.mark.parametrize("name", ["notes.txt", "folder"])
def test_files_of_people_are_not_replaced(tables: Path, name: str) -> None:
    if name == "folder":
        (tables / name).mkdir()
    else:
        (tables / name).write_text("mine")
    with pytest.raises(ProblemsError, match=f"move it: {name}"):
        replace(tables, NEW)
    assert (tables / name).exists()
    assert (tables / "gone.csv").exists()


def test_two_builds_do_not_meet(tables: Path) -> None:
    with swap.replacing(tables) as new:
        write(new.folder, NEW)
        for other in (swap.mend, lambda folder: replace(folder, OLD)):
            with pytest.raises(ProblemsError, match="another build"):
                other(tables)
    assert read(tables) == NEW


@given(st.sets(st.sampled_from(["tables", ".tables.old", ".tables.new"])))
def test_whatever_a_kill_left_is_mended(found: set[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "tables"
        for place in found:
            write(Path(name) / place, OLD if place != ".tables.new" else {"events.csv": "ha"})
        swap.mend(folder)
        assert leftovers(folder) == []
        assert folder.exists() == bool(found & {"tables", ".tables.old"})
        assert not folder.exists() or read(folder) == OLD


CHURN = """
import os, signal, sys, time
from itertools import count
from pathlib import Path
from iqsy import swap

folder = Path(sys.argv[1])
if sys.argv[2] == "two renamings":
    swap._exchange = lambda one, other: False

def write(version):
    with swap.replacing(folder) as new:
        for number in range(20):
            (new.folder / f"{number}.csv").write_text(version)

def seen():
    return sorted(path.read_text() for path in folder.iterdir()) if folder.exists() else []

write("first")
for attempt in range(15):
    child = os.fork()
    if child == 0:
        for version in count():
            write(f"{attempt}.{version}")
    time.sleep(attempt * 0.003)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    before = seen()
    swap.mend(folder)
    print(len(before), len(set(before)), len(seen()), len(set(seen())), len(list(folder.parent.iterdir())))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork and kill")
def test_a_build_killed_at_any_moment_leaves_a_whole_set(tmp_path: Path, way: str) -> None:
    folder = tmp_path / "data" / "tables"
    call = [sys.executable, "-c", CHURN, str(folder), way]
    lines = subprocess.run(call, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) == 15
    for line in lines:
        n_before, versions_before, *mended = map(int, line.split())
        assert mended == [20, 1, 2]  # files, versions, and beside the folder only its lock
        # Between two renamings there is no folder; never is there half a one.
        assert (n_before, versions_before) in [(20, 1)] + [(0, 0)] * (way == "two renamings")
