"""`python3 build` makes its own environment and makes it whole; locks, checks and wheels are right."""

import ast
import hashlib
import importlib.util
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "build").glob("*.py"))
LAYERS = ("build", "test")
# Locks that are made from pyproject.toml, with the extras that each serves.
EXTRAS: dict[str, tuple[str, ...]] = {"build": (), "test": ("dev", "publish"), "spark": ("spark",)}

PROBE = '''"""Say who runs this."""
{layer}
import json, sys

if __name__ == "__main__":
    print(json.dumps([sys.executable, sys.path, sys.argv[1:]]))
    sys.exit(len(sys.argv) - 1)
'''

# An installable project that needs nothing from any registry; it waits while a file named `hold` exists.
BACKEND = """
import pathlib, time, zipfile

def build_editable(directory, config_settings=None, metadata_directory=None):
    pathlib.Path("started").touch()
    while pathlib.Path("hold").exists():
        time.sleep(0.01)
    info = "probe-0.dist-info"
    with zipfile.ZipFile(pathlib.Path(directory, "probe-0-py3-none-any.whl"), "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: probe\\nVersion: 0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", f"{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
    return "probe-0-py3-none-any.whl"
"""
PROJECT = """
[project]
name = "probe"
version = "0"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def load(path: Path) -> ModuleType:
    """Import a script by its path, under a name that hides nothing."""
    spec = importlib.util.spec_from_file_location(f"script_{path.stem.strip('_')}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bootstrap = load(ROOT / "build/__main__.py")


class Checkout:
    """A small project with the real `build/__main__.py`, three probes as commands, and empty locks."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        for name, layer in (("tables", ""), ("whole", 'LAYER = "test"'), ("bare", "LAYER = None")):
            self.write(f"build/{name}.py", PROBE.format(layer=layer))
        shutil.copy(ROOT / "build/__main__.py", root / "build")
        for layer in LAYERS:
            self.write(f"requirements/{layer}.txt", f"# {layer}\n")
        self.write("backend.py", BACKEND)
        self.write("pyproject.toml", PROJECT)

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        (self.root / path).parent.mkdir(exist_ok=True)
        (self.root / path).write_text(text, "utf-8")

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start `python3 build` with arguments; `environment` is added to this one."""
        return subprocess.Popen(
            [sys.executable, "build", *arguments],
            cwd=self.root,
            env={**os.environ, "IQSY_NO_VENV": "", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Run `python3 build` to its end: exit code, standard output and standard error."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate()
        return process.returncode, out, err


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture(params=["uv", "pip"])
def installer(request: pytest.FixtureRequest) -> dict[str, str]:
    """What to add to the environment so that this installer makes .venv."""
    if request.param == "pip":
        return {"PATH": ""}
    if shutil.which("uv") is None:
        pytest.skip("uv is missing: pip install uv")
    return {}


# Commands


def test_no_script_hides_a_standard_module() -> None:
    assert {path.stem for path in SCRIPTS} - {"__main__"} & sys.stdlib_module_names == set()


def test_help_lists_every_command_and_makes_nothing(checkout: Checkout) -> None:
    for word in ("help", "--help", "-h"):
        code, out, _ = checkout.run(word)
        listed = re.findall(r"^  (\w+) +(.+)$", out, re.MULTILINE)
        assert (code, listed) == (0, [(name, "Say who runs this.") for name in ("bare", "tables", "whole")])
    assert not checkout.venv.exists()


def test_every_script_of_the_project_has_a_line_of_help() -> None:
    commands = bootstrap.commands()
    assert {"lock", "test"} <= commands.keys()
    assert "wheel_hook" not in commands
    for path in commands.values():
        text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        assert text.partition("\n")[0].endswith("."), (
            f"{path}: the first line of the docstring is the command's help"
        )


def test_an_unknown_command_is_answered_with_the_known_ones(checkout: Checkout) -> None:
    code, out, err = checkout.run("tabels")
    assert (code, out) == (2, "")
    assert "'tabels'" in err and re.search(r"^  tables ", err, re.MULTILINE)
    assert not checkout.venv.exists()


@pytest.mark.parametrize("layer", [None, *LAYERS])
def test_a_script_names_its_layer(tmp_path: Path, layer: str | None) -> None:
    script = tmp_path / "script.py"
    script.write_text(f'raise SystemExit("never imported")\nLAYER = {layer!r}\n', "utf-8")
    assert bootstrap.layer_of(script) == layer


def test_a_script_without_a_layer_has_the_first(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("'LAYER = None'\ndef main():\n    LAYER = 'test'\n", "utf-8")
    assert bootstrap.layer_of(tmp_path / "script.py") == "build"


def test_an_unknown_layer_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("LAYER = 'tests'", "utf-8")
    with pytest.raises(SystemExit, match=r"'tests'.*build, test"):
        bootstrap.layer_of(tmp_path / "script.py")


def test_an_old_python_is_told_which_one_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    ast.parse((ROOT / "build/__main__.py").read_text("utf-8"), feature_version=(3, 7))
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    assert oldest == ">={}.{}".format(*bootstrap.OLDEST)
    monkeypatch.setattr(sys, "version_info", (3, 10, 0, "final", 0))
    with pytest.raises(SystemExit, match=r"3\.11 or later; this is Python 3\.10"):
        runpy.run_path(str(ROOT / "build/__main__.py"))


# The environment


@given(
    locks=st.tuples(st.binary(), st.binary()),
    others=st.tuples(st.binary(), st.binary()),
    installed=st.sampled_from(LAYERS),
    needed=st.sampled_from(LAYERS),
)
def test_a_stamp_counts_for_its_locks_and_layer(
    locks: tuple[bytes, bytes], others: tuple[bytes, bytes], installed: str, needed: str
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, path in (("ROOT", "."), ("PYTHON", "python"), ("STAMP", "stamp")):
            patch.setattr(bootstrap, name, Path(folder) / path)
        (Path(folder) / "requirements").mkdir()
        bootstrap.PYTHON.touch()

        def write(contents: tuple[bytes, bytes]) -> None:
            for layer, content in zip(LAYERS, contents, strict=True):
                bootstrap.lock_of(layer).write_bytes(content)

        write(locks)
        assert not bootstrap.satisfied(needed)
        bootstrap.STAMP.write_text(f"{bootstrap.fingerprint()} {installed}", "utf-8")
        assert bootstrap.satisfied(needed) == (needed == "build" or installed == "test")
        write(others)
        assert bootstrap.satisfied("build") == (locks == others)


@pytest.mark.slow
def test_a_command_runs_in_the_environment_and_a_second_run_makes_none(
    checkout: Checkout, installer: dict[str, str]
) -> None:
    code, out, err = checkout.run("--check", "-x", **installer)
    python, path, arguments = json.loads(out)
    assert (code, arguments) == (2, ["--check", "-x"])
    assert Path(python).is_relative_to(checkout.venv)
    assert str(checkout.root / "build") not in path
    assert "Setting up" in err
    code, _, err = checkout.run("tables", **installer)
    assert (code, err) == (0, "")


@pytest.mark.slow
def test_a_later_layer_is_added_and_serves_the_first(checkout: Checkout, installer: dict[str, str]) -> None:
    checkout.run(**installer)
    (checkout.venv / "kept").touch()
    assert "Setting up" in checkout.run("whole", **installer)[2]
    assert (checkout.venv / "kept").exists(), "a run in the first layer may be under way"
    assert checkout.run("tables", **installer)[::2] == (0, "")


@pytest.mark.slow
def test_changed_locks_make_a_new_environment(checkout: Checkout) -> None:
    checkout.run()
    (checkout.venv / "old").touch()
    checkout.write("requirements/build.txt", "# newer\n")
    code, _, err = checkout.run()
    assert code == 0 and "Setting up" in err
    assert not (checkout.venv / "old").exists()


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows keeps the files of a step that outlives the set-up"
)
def test_a_killed_set_up_is_mended_by_the_next(checkout: Checkout, installer: dict[str, str]) -> None:
    checkout.write("hold", "")
    with checkout.start(**installer) as killed:
        wait_for(checkout.root / "started")
        killed.kill()
    with checkout.start(**installer) as following:
        assert following.stderr is not None
        first = following.stderr.readline()
        (checkout.root / "hold").unlink()
        out, err = following.communicate()
    assert first.startswith("Waiting"), "the killed set-up's last step is still under way"
    assert following.returncode == 0 and "Setting up" in err
    assert Path(json.loads(out)[0]).is_relative_to(checkout.venv)


@pytest.mark.slow
def test_of_two_set_ups_at_once_one_waits(checkout: Checkout) -> None:
    checkout.write("hold", "")
    with checkout.start() as one, checkout.start() as other:
        wait_for(checkout.root / "started")
        (checkout.root / "hold").unlink()
        errors = [process.communicate()[1] for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0)
    assert sum("Setting up" in error for error in errors) == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_a_uv_that_does_not_run_is_passed_over(checkout: Checkout) -> None:
    checkout.write("bin/uv", "#!/bin/sh\nexit 127\n")
    (checkout.root / "bin/uv").chmod(0o755)
    assert checkout.run(PATH=str(checkout.root / "bin"))[0] == 0


@pytest.mark.slow
def test_only_packages_with_their_hash_are_installed(checkout: Checkout, installer: dict[str, str]) -> None:
    build = [sys.executable, "-c", "import backend; backend.build_editable('.')"]
    subprocess.run(build, cwd=checkout.root, check=True)
    wheel = checkout.root / "probe-0-py3-none-any.whl"
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    for given_hash in ("", f"--hash=sha256:{'0' * 64}"):
        checkout.write("requirements/build.txt", f"probe @ {wheel.as_uri()} {given_hash}\n")
        code, out, err = checkout.run(**installer)
        assert (code, out) == (1, "") and "The set-up of .venv failed" in err
    checkout.write("requirements/build.txt", f"probe @ {wheel.as_uri()} --hash=sha256:{right}\n")
    assert checkout.run(**installer)[0] == 0


def test_without_pip_and_ensurepip_the_package_to_install_is_named(checkout: Checkout) -> None:
    lines = [f"sys.modules[{name!r}] = None" for name in ("pip", "ensurepip")]
    checkout.write("without/sitecustomize.py", "\n".join(["import sys", *lines]))
    code, _, err = checkout.run(PATH="", PYTHONPATH=str(checkout.root / "without"))
    assert code == 1 and "python3-venv" in err
    assert not checkout.venv.exists()


@pytest.mark.parametrize(("command", "variable"), [("tables", "1"), ("bare", "")])
def test_no_environment_is_made_where_none_is_wanted(checkout: Checkout, command: str, variable: str) -> None:
    code, out, _ = checkout.run(command, IQSY_NO_VENV=variable)
    assert code == 0 and Path(json.loads(out)[0]).samefile(sys.executable)
    assert not checkout.venv.exists()


def wait_for(path: Path) -> None:
    """Return once a file exists."""
    while not path.exists():
        time.sleep(0.01)


# Locks


def pins(layer: str) -> dict[str, set[str]]:
    """The versions that a lock pins, by package: several where systems or Pythons need different ones."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / f"requirements/{layer}.txt").read_text("utf-8").splitlines():
        if line[:1] not in ("", " ", "#"):
            requirement = Requirement(line.removesuffix("\\"))
            (pin,) = requirement.specifier
            found.setdefault(canonicalize_name(requirement.name), set()).add(pin.version)
    return found


@pytest.mark.parametrize("layer", ["test", "spark"])
def test_a_larger_lock_holds_the_build_lock_whole(layer: str) -> None:
    held = pins(layer)
    assert {name: held.get(name) for name in pins("build")} == pins("build")


@pytest.mark.parametrize("layer", EXTRAS)
def test_a_lock_serves_pyproject(layer: str) -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = pyproject["project"]
    asked = [*pyproject["build-system"]["requires"], *project["dependencies"]]
    extras = project["optional-dependencies"]
    asked += [requirement for extra in EXTRAS[layer] for requirement in extras[extra]]
    pinned = pins(layer)
    for requirement in (r for r in map(Requirement, asked) if r.name != project["name"]):
        versions = pinned.get(canonicalize_name(requirement.name), set())
        served = bool(versions) and all(map(requirement.specifier.contains, versions))
        assert served, f"requirements/{layer}.txt does not serve {requirement}: run `python3 build lock`"


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.stem)
def test_a_lock_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert "://" not in text
    entries = re.split(r"\n(?=[a-z])", text, flags=re.IGNORECASE)[1:]
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_of_node_has_hashes_and_no_address() -> None:
    text = (ROOT / "tests/clients/package-lock.json").read_text("utf-8")
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert {name for name, package in packages.items() if "integrity" not in package} == {""}


# Checks


@given(st.lists(st.integers(0, 3), min_size=1))
def test_the_closing_line_counts_every_check(codes: list[int]) -> None:
    script, left, lines = load(ROOT / "build/test.py"), list(codes), []
    script.__dict__["print"] = lambda text, **_: lines.append(text)
    steps = [[f"tool{number}"] for number in range(len(codes))]
    bad = sum(map(bool, codes))
    assert script.report(steps, lambda _: left.pop(0)) == min(bad, 1)
    assert lines[-1] == f"checks: {len(codes) - bad} passed, {bad} failed"
    assert lines[:-1] == [f"failed: tool{number}" for number, code in enumerate(codes) if code]


# Wheels


@given(
    st.dictionaries(
        st.sampled_from("abcde"), st.tuples(st.integers(0, 3), st.none() | st.integers(0, 3)), min_size=1
    )
)
def test_parquet_is_stale_when_missing_or_older(times: dict[str, tuple[int, int | None]]) -> None:
    stale_tables = load(ROOT / "build/wheel_hook.py").stale_tables
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for table, stamps in times.items():
            for kind, stamp in zip(("csv", "parquet"), stamps, strict=True):
                if stamp is not None:
                    (folder / f"{table}.{kind}").touch()
                    os.utime(folder / f"{table}.{kind}", (stamp, stamp))
        assert stale_tables(folder) == sorted(
            t for t, (csv, parquet) in times.items() if parquet is None or parquet < csv
        )


@pytest.fixture
def distribution(tmp_path: Path) -> Path:
    """A tiny project with the real pyproject.toml and build hook, and one table in both formats."""
    for path in ("pyproject.toml", "LICENSE", "LICENSE-DATA", ".gitignore", "build/wheel_hook.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    written = ("README.md", "datapackage.json", "src/iqsy/__init__.py", "schema/tables/events.json")
    for path in (*written, "data/tables/events.csv", "data/tables/events.parquet"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    return tmp_path


def hatch(project: Path, hook: str) -> "subprocess.CompletedProcess[str]":
    """Call a hook of the project's build backend, such as build_wheel, into `project`/dist."""
    code = f"from hatchling import build; build.{hook}('dist')"
    return subprocess.run([sys.executable, "-c", code], cwd=project, stderr=subprocess.PIPE, encoding="utf-8")


def packaged(project: Path) -> set[str]:
    """The files of the only wheel in `project`/dist, without its metadata."""
    (wheel,) = (project / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


WHEEL = {"iqsy/__init__.py"} | {
    f"iqsy/_package/{path}"
    for path in (
        "datapackage.json",
        "schema/tables/events.json",
        "data/tables/events.csv",
        "data/tables/events.parquet",
    )
}


@pytest.mark.slow
def test_a_wheel_holds_the_package_by_way_of_the_source_archive_too(
    distribution: Path, tmp_path: Path
) -> None:
    for hook in ("build_wheel", "build_sdist"):
        assert hatch(distribution, hook).returncode == 0
    assert packaged(distribution) == WHEEL
    (archive,) = (distribution / "dist").glob("*.tar.gz")
    subprocess.run([sys.executable, "-m", "tarfile", "-e", archive, tmp_path / "unpacked"], check=True)
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert hatch(unpacked, "build_wheel").returncode == 0
    assert packaged(unpacked) == WHEEL


@pytest.mark.slow
@pytest.mark.parametrize("hook", ["build_wheel", "build_sdist"])
def test_nothing_is_shipped_without_its_parquet(distribution: Path, hook: str) -> None:
    (distribution / "data/tables/events.parquet").unlink()
    finished = hatch(distribution, hook)
    assert finished.returncode == 1
    assert finished.stderr.strip() == (
        "Parquet is missing or older than its CSV: events. Run `python3 build` first."
    )
    assert not list(distribution.glob("dist/*"))


@pytest.mark.slow
def test_an_editable_install_needs_no_tables(distribution: Path) -> None:
    shutil.rmtree(distribution / "data")
    assert hatch(distribution, "build_editable").returncode == 0
    assert not any(name.startswith("iqsy/") for name in packaged(distribution)), "copies would go stale"
