"""Pin the packages of every layer, with hashes, from pyproject.toml (--upgrade, --check)."""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

LAYER = None  # standard library only: it must work where the present locks do not

ROOT = Path(__file__).resolve().parents[1]
LOCKS = Path("requirements")
COMMAND = "python3 build lock"
# The others are made within the versions of the build lock, so that they hold that one whole.
WITHIN = ["--constraint", str(LOCKS / "build.txt")]
LAYERS = {
    "build.txt": [],
    "test.txt": ["--extra", "dev", *WITHIN],
    "spark.txt": ["--extra", "spark", *WITHIN],
}


def main() -> None:
    """Write the locks, or with --check end with 1 where pyproject.toml would make others."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument(
        "--upgrade", action="store_true", help="take the newest versions, not the pinned ones"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; end with 1 where a lock is stale"
    )
    options = parser.parse_args()
    if shutil.which("uv") is None:
        sys.exit(f"{COMMAND} needs uv on the PATH: pip install uv")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        shutil.copy(ROOT / "pyproject.toml", made)
        shutil.copytree(ROOT / LOCKS, made / LOCKS)
        upgrade = ["--upgrade"] if options.upgrade else []
        for name, arguments in LAYERS.items():
            compile_lock(made, name, [*arguments, *upgrade, "pyproject.toml", "-"])
        apart = {path.with_suffix(".txt").name: path.name for path in sorted((made / LOCKS).glob("*.in"))}
        for name, listed in apart.items():
            compile_lock(made, name, [*own_options(made / LOCKS / listed), *upgrade, str(LOCKS / listed)])
        stale = [n for n in (*LAYERS, *apart) if not same(made / LOCKS / n, ROOT / LOCKS / n)]
        for name in stale:
            print(f"{LOCKS / name}: stale; run `{COMMAND}`" if options.check else f"{LOCKS / name}: new")
            if not options.check:
                shutil.copy(made / LOCKS / name, ROOT / LOCKS / name)
    sys.exit(1 if stale and options.check else 0)


def compile_lock(folder: Path, name: str, arguments: list[str]) -> None:
    """Resolve one layer for every system and Python, into requirements/`name` below `folder`."""
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-annotate"]
    command += ["--no-emit-index-url"]
    command += ["--python-version", project["project"]["requires-python"].removeprefix(">=")]
    command += ["--custom-compile-command", COMMAND, "--output-file", str(LOCKS / name)]
    # The project itself is installed without isolation, so what builds it is part of every layer.
    requires = "\n".join(project["build-system"]["requires"])
    finished = subprocess.run([*command, *arguments], cwd=folder, input=requires, text=True)
    if finished.returncode:
        sys.exit(f"{LOCKS / name} is left as it was: see uv's message above.")


def own_options(listed: Path) -> list[str]:
    """What a list of requirements for an environment of its own asks of the resolver: `# lock: --option …`."""
    return [
        word
        for found in re.findall(r"(?m)^# lock: (.*)$", listed.read_text("utf-8"))
        for word in found.split()
    ]


def same(one: Path, other: Path) -> bool:
    """Whether both files exist and hold the same text."""
    return other.exists() and one.read_text("utf-8") == other.read_text("utf-8")


if __name__ == "__main__":
    main()
