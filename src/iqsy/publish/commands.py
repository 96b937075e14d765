"""`iqsy publish`: the commands, one for each portal. What a portal needs is imported when it is used."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from iqsy.problems import Problem, ProblemsError

if TYPE_CHECKING:
    from iqsy.contract import Contract
    from iqsy.package import Package
    from iqsy.publish.changes import Changes

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
    key = portal.find_key(url)
    package, contract = _open(given)
    _tell(portal.publish(package, contract, url, org, key=key, dry_run=dry_run, hxl=hxl, progress=_say))


def zenodo(
    given: Annotated[
        Path | None,
        typer.Argument(
            metavar="RELEASE",
            help="A release's folder or zip, or a checkout with its release in dist; else iqsy's own.",
        ),
    ] = None,
    url: Annotated[
        str, typer.Option(help="zenodo, sandbox, or the address of another repository that runs InvenioRDM.")
    ] = "zenodo",
    record: Annotated[
        str | None, typer.Option(metavar="ID", help="The record to go on with, if it is not found by itself.")
    ] = None,
    community: Annotated[
        str | None, typer.Option(metavar="NAME", help="Submit a new record to this community.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Publish the draft: for good, with a DOI.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Put a release on Zenodo, as a draft; with --yes publish it.

    A draft is seen by nobody else, and has the archive, the databases, the workbook, the descriptor and what the
    descriptor says. A record that an earlier release made gets a new version; files that are the same are not
    sent again. What is published stays: of a version only its description can be mended.

    \b
    iqsy publish zenodo dist/iqsy-1.5.0 --url sandbox
    iqsy publish zenodo dist/iqsy-1.5.0 --yes

    The token comes from IQSY_ZENODO_TOKEN or the system's keyring; it needs the scopes deposit:write and
    deposit:actions. After a failure, run it again: it does what is missing.
    """
    portal = _portal("zenodo")
    site = portal.address(url)
    token = portal.find_token(site)
    package, _ = _open(given, of_release=True)
    options = {"record": record, "community": community, "yes": yes, "dry_run": dry_run}
    _tell(portal.publish(package, site, token=token, progress=_say, **options))


def huggingface(
    repo: Annotated[str, typer.Option(metavar="OWNER/NAME", help="The dataset repository.")],
    given: Given = None,
    url: Annotated[
        str | None, typer.Option(help="Address of a Hub; else HF_ENDPOINT's, or https://huggingface.co.")
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="Make a repository that is not there a private one.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Bring a package into a dataset repository on Hugging Face, in one commit with a tag for the version.

    It gets the tables as CSV and Parquet, the contract, the descriptor and a dataset card by which the Hub shows
    the tables and `datasets` loads them. Files that are the same are not sent again, tables that are no more are
    deleted, and what else lies there is left alone. A version that has its tag keeps its data.

    \b
    iqsy publish huggingface --repo my-lab/iqsy --dry-run
    iqsy publish huggingface dist/iqsy-1.5.0 --repo my-lab/iqsy

    The token comes from HF_TOKEN or the system's keyring. After a failure, run it again: it does what is missing.
    """
    portal = _portal("huggingface")
    site = url or portal.address()
    token = portal.find_token(site)
    package, contract = _open(given)
    options = {"private": private, "dry_run": dry_run}
    _tell(portal.publish(package, contract, site, repo, token=token, progress=_say, **options))


def _open(given: Path | None, of_release: bool = False) -> tuple[Package, Contract]:
    """The package that is meant, or the release that a checkout of it has made, and the contract."""
    from iqsy.contract import cached
    from iqsy.package import installed_root, open_package
    from iqsy.publish import release_files

    root = installed_root()
    contract = cached(root / "schema")
    meant = given or root
    return open_package(release_files.at(meant) if of_release else meant, contract), contract


def _tell(changes: Changes) -> None:
    typer.echo(f"{changes}\n{changes.url}")


def _portal(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"iqsy.publish.{name}")
    except ModuleNotFoundError as error:
        message = f"publishing needs the package {error.name}; install it with: pip install 'iqsy[publish]'"
        raise ProblemsError([Problem("installation", message)]) from error


def _say(message: str) -> None:
    typer.echo(message, err=True)
