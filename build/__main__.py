"""Run a script of this folder inside the project's own environment: python3 build [command] [arguments].

The environment, .venv, is made from the locks in requirements/ when it has to be; a later run starts at once.
A script's first line of documentation is its help; its constant LAYER names the lock it needs.
Standard library only, in the grammar of Python 3.6, so that an old Python can say that it is too old.
"""

import os
import sys

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit(
        "IQSY needs Python %d.%d or later; this is Python %d.%d." % (OLDEST + tuple(sys.version_info[:2]))
    )

HERE = os.path.dirname(os.path.abspath(__file__))
# Python puts this folder first on the path, where a script would hide a module of the same name.
sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != HERE]

import ast
import hashlib
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(HERE).parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "iqsy-stamp"
DEFAULT = "tables"
LAYERS = ("build", "test")  # each holds the one before; a script with LAYER = None needs no environment


def main(arguments: Sequence[str]) -> NoReturn:
    """Run the command that `arguments` name, in the environment it needs; never return."""
    if arguments and arguments[0] in ("-h", "--help", "help"):
        print(usage())
        sys.exit(0)
    named = bool(arguments) and not arguments[0].startswith("-")
    command, rest = (arguments[0], arguments[1:]) if named else (DEFAULT, arguments)
    script = commands().get(command)
    if script is None:
        print(f"There is no command {command!r}.\n\n{usage()}", file=sys.stderr)
        sys.exit(2)
    layer = layer_of(script)
    if layer is None or os.environ.get("IQSY_NO_VENV") == "1":
        run(sys.executable, script, rest)
    ensure(layer)
    run(str(PYTHON), script, rest)


def commands() -> dict[str, Path]:
    """The scripts beside this file that can be run, by name."""
    scripts = sorted(Path(HERE).glob("[!_]*.py"))
    return {path.stem: path for path in scripts if "\nif __name__ ==" in path.read_text("utf-8")}


def usage() -> str:
    """The help: every command with the first line of its documentation."""
    found = {name: ast.get_docstring(ast.parse(path.read_text("utf-8"))) for name, path in commands().items()}
    width = max(map(len, found), default=0)
    lines = [f"  {name:{width}}  {(text or '').partition(chr(10))[0]}" for name, text in found.items()]
    return "\n".join([f"Usage: python3 build [command] [arguments]   (no command: {DEFAULT})", "", *lines])


def layer_of(script: Path) -> str | None:
    """The layer that a script declares as LAYER; without one, the first."""
    for node in ast.parse(script.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "LAYER" for t in node.targets
        ):
            layer: str | None = ast.literal_eval(node.value)
            if layer is not None and layer not in LAYERS:
                sys.exit(f"{script}: LAYER is {layer!r}; it must be None or one of {', '.join(LAYERS)}.")
            return layer
    return LAYERS[0]


def run(python: str, script: Path, arguments: Sequence[str]) -> NoReturn:
    """Become `python` running `script` (on Windows: wait for it), without the script's folder on the path."""
    os.environ.setdefault("PYTHONUTF8", "1")
    call = [python, "-P", str(script), *arguments]
    if os.name == "nt":  # where exec gives the prompt back at once
        sys.exit(subprocess.call(call))
    sys.stdout.flush()
    os.execv(python, call)


def ensure(layer: str) -> None:
    """Make .venv hold `layer` of the present locks, unless it does already."""
    if satisfied(layer):
        return
    with alone():
        if satisfied(layer):  # another run made it while this one waited
            return
        keep = satisfied(LAYERS[0])
        STAMP.unlink(missing_ok=True)
        set_up(layer, keep)
        # Last, so that a set-up killed before it is done again.
        STAMP.write_text(f"{fingerprint()} {layer}", "utf-8")


def satisfied(layer: str) -> bool:
    """Whether the stamp in .venv is that of the present locks, with `layer` or a later one."""
    if not (STAMP.is_file() and PYTHON.exists()):
        return False
    made_from, _, installed = STAMP.read_text("utf-8").partition(" ")
    return made_from == fingerprint() and installed in LAYERS[LAYERS.index(layer) :]


def fingerprint() -> str:
    """SHA-256 of what .venv is made from: the locks, the kind of Python, the folder (scripts name it)."""
    locks = [hashlib.sha256(lock_of(layer).read_bytes()).hexdigest() for layer in LAYERS]
    made_from = " ".join([*locks, str(sys.implementation.cache_tag), str(ROOT)])
    return hashlib.sha256(made_from.encode()).hexdigest()


def lock_of(layer: str) -> Path:
    """The file of pinned, hashed packages that makes `layer`."""
    return ROOT / "requirements" / f"{layer}.txt"


@contextmanager
def alone() -> Iterator[None]:
    """Hold the right to change .venv; the system takes it back when the process ends, however it ends."""
    with open(ROOT / ".venv.lock", "a+b") as handle:
        if not claimed(handle.fileno()):
            print("Waiting for another set-up of .venv …", file=sys.stderr, flush=True)
            while not claimed(handle.fileno()):
                time.sleep(0.1)
        yield


def claimed(descriptor: int) -> bool:
    """Try to lock an open file for this process alone; return whether that went well."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The steps of a set-up hold it too: one that outlives a killed set-up is waited for.
            os.set_inheritable(descriptor, True)
    except (BlockingIOError, PermissionError):
        return False
    return True


def set_up(layer: str, keep: bool) -> None:
    """Install `layer` and this project into .venv; into a new one, unless `keep`."""
    print(f"Setting up {VENV} for {layer} …", file=sys.stderr, flush=True)
    if not keep and VENV.exists():
        try:
            shutil.rmtree(VENV)
        except OSError as error:
            sys.exit(f"Cannot replace {VENV} ({error}). End the programs that use it, then run this again.")
    base = getattr(sys, "_base_executable", sys.executable)  # not the Python of an environment
    uv = shutil.which("uv")
    # A version manager can leave a uv on the path that does no more than say that it is not installed.
    install = with_uv(uv, base, keep) if uv and works(uv, "--version") else with_pip(base, keep)
    step(*install, "--require-hashes", "-r", str(lock_of(layer)))
    step(*install, "--no-deps", "--no-build-isolation", "-e", str(ROOT))


def with_uv(uv: str, base: str, keep: bool) -> list[str]:
    """Make .venv, unless `keep`; return the command that installs into it."""
    if not keep:
        step(uv, "venv", "--quiet", "--python", base, str(VENV))
    return [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]


def with_pip(base: str, keep: bool) -> list[str]:
    """Make .venv, unless `keep`; return the command that installs into it: by the pip at hand, or its own."""
    pip_at_hand = works(base, "-m", "pip", "--version")
    if not pip_at_hand and not works(base, "-m", "ensurepip", "--version"):
        sys.exit(
            "This Python has neither pip nor ensurepip, so it cannot install packages. "
            "Install one of them (Debian, Ubuntu: apt install python3-venv) or uv, then run this again."
        )
    if not keep:
        step(base, "-m", "venv", "--without-pip", str(VENV))
    if not pip_at_hand:
        step(str(PYTHON), "-m", "ensurepip")
    pip = [base, "-m", "pip", "--python", str(PYTHON)] if pip_at_hand else [str(PYTHON), "-m", "pip"]
    return [*pip, "install", "--quiet", "--disable-pip-version-check"]


def works(*command: str) -> bool:
    """Whether a command can be run."""
    return subprocess.run(command, capture_output=True).returncode == 0


def step(*command: str) -> None:
    """Run one step of the set-up, its output on standard error; end with a clear line where it fails."""
    code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, close_fds=False).returncode
    if code:
        sys.exit(f"The set-up of .venv failed: exit code {code} from {' '.join(command)}")


if __name__ == "__main__":
    main(sys.argv[1:])
