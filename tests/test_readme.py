"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from project import ROOT

README = (ROOT / "README.md").read_text("utf-8")
PYTHON = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.DOTALL)
CONSOLE = re.findall(r"```console\n\$ (.*?)\n(.*?)```", README, re.DOTALL)


def test_the_readme_shows_both_kinds_of_use() -> None:
    assert PYTHON
    assert len(CONSOLE) == README.count("```console")


def run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, encoding="utf-8", env=None, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("code", "output"), PYTHON)
def test_python_prints_what_the_readme_says(code: str, output: str) -> None:
    assert run("-c", code) == output


@pytest.mark.parametrize(("line", "output"), CONSOLE)
def test_a_command_begins_with_what_the_readme_shows(line: str, output: str) -> None:
    import shlex

    program, *arguments = shlex.split(line)
    assert program == "iqsy"
    assert run("-c", "from iqsy.cli import main; main()", *arguments).startswith(output)
