"""A release described for machines: each format is one module, with FILE, its name, and `text`, its content.

All is generated from the contract, the descriptor and the files themselves; no column is described here. What
a format needs is imported when it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iqsy.contract import Contract
from iqsy.problems import Problem, ProblemsError

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = (
    "datapackage",
    "schema_org",
    "dcat",
    "skos",
    "csvw",
    "croissant",
    "crate",
    "web_annotation",
    "datasette",
    "card",
    "citation",
)


def write_all(
    tables: Mapping[str, pa.Table],
    contract: Contract,
    descriptor: Mapping[str, Any],
    files: Mapping[str, Path],
    out: Path,
    formats: Iterable[str] = FORMATS,
) -> list[Path]:
    """Write the metadata of a release into `out`, the folder that the paths of `files` start from.

    `tables` are the contract's, by name; `files` has each file of the release by its path there, `/` between
    folders. Returns what was written. The same release gives the same bytes. Raises ProblemsError where a file
    that the descriptor names is not among them, or a library that writes a format is not installed.
    """
    from iqsy.metadata.release import describe

    modules = [_module(name) for name in formats]
    own = {module.FILE for module in modules}
    release = describe(
        tables, contract, descriptor, {path: file for path, file in files.items() if path not in own}
    )
    written = []
    for module in modules:
        path = out / module.FILE
        path.write_text(module.text(release), encoding="utf-8", newline="\n")
        written.append(path)
    return written


def _module(name: str) -> Any:
    try:
        return import_module(f"iqsy.metadata.{name}")
    except ModuleNotFoundError as error:
        message = f"{name} is written with {error.name}; install it with: pip install 'iqsy[publish]'"
        raise ProblemsError([Problem("installation", message)]) from error
