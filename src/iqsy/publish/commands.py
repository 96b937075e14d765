"""`iqsy publish`: the commands, one for each portal. What a portal needs is imported when it is used."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from iqsy.problems import Problem, ProblemsError

Given = Annotated[
    Path | None, typer.Argument(metavar="PACKAGE", help="A folder, zip or descriptor; else iqsy's own.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]


def ckan(
    url: Annotated[str, typer.Option(help="Address of the portal, such as https://data.example.org.")],
    org: Annotated[str, typer.Option(help="Name of the organisation there that publishes the dataset.")],
    given: Given = None,
    dry_run: DryRun = False,
    hxl: Annotated[bool, typer.Option("--hxl", help="Add the ready-made tables with HXL hashtags.")] = False,
) -> None:
    """Create or update the package's dataset on a CKAN portal.

    The key comes from IQSY_CKAN_KEY or the system's keyring. After a failure, run it again: it does what is
    missing.
    """
    portal = _portal("ckan")
    from iqsy.contract import cached
    from iqsy.package import installed_root, open_package

    root = installed_root()
    contract = cached(root / "schema")
    key = portal.find_key(url)
    package = open_package(given or root, contract)
    changes = portal.publish(package, contract, url, org, key=key, dry_run=dry_run, hxl=hxl, progress=_say)
    typer.echo(f"{changes}\n{changes.url}")


def _portal(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"iqsy.publish.{name}")
    except ModuleNotFoundError as error:
        message = f"publishing needs the package {error.name}; install it with: pip install 'iqsy[publish]'"
        raise ProblemsError([Problem("installation", message)]) from error


def _say(message: str) -> None:
    typer.echo(message, err=True)
