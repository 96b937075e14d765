"""The command line: iqsy check, show, query, diff, tables, publish.

Commands import what they need when they run, so that help is there at once.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from iqsy.problems import Problem, ProblemsError
from iqsy.publish import commands

if TYPE_CHECKING:
    from iqsy.show import Line

UNUSABLE = 2


class Judge(StrEnum):
    """Who checks."""

    sql = "sql"
    pandera = "pandera"
    frictionless = "frictionless"


class FindingsFormat(StrEnum):
    """How findings are told."""

    text = "text"
    json = "json"
    github = "github"
    junit = "junit"


class RowsFormat(StrEnum):
    """How rows are told."""

    table = "table"
    csv = "csv"
    json = "json"
    markdown = "markdown"


class DiffFormat(StrEnum):
    """How differences are told."""

    text = "text"
    json = "json"
    markdown = "markdown"


class Lang(StrEnum):
    """The language of a page."""

    en = "en"
    ar = "ar"


Output = Annotated[Path | None, typer.Option("--output", help="Write into this file instead.")]
Source = Annotated[
    str | None,
    typer.Option("--source", metavar="PACKAGE", help="Another package: folder, zip or REV: of git."),
]

app = typer.Typer(
    name="iqsy",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

publishing = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Publish a package on a portal.")
publishing.command("ckan")(commands.ckan)
publishing.command("zenodo")(commands.zenodo)
publishing.command("huggingface")(commands.huggingface)
app.add_typer(publishing, name="publish")


def main() -> None:
    """Run the command line. What cannot be used is told in words on standard error, with exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        # Where the system's encoding is another, as on Windows, Arabic could not be written.
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        app(prog_name="iqsy")
    except ProblemsError as error:
        typer.echo(str(error), err=True)
        sys.exit(UNUSABLE)


def _version(asked: bool) -> None:
    if asked:
        from iqsy import library

        typer.echo(f"iqsy {library.version()}")
        raise typer.Exit


@app.callback()
def iqsy(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell the version and stop.")
    ] = False,
) -> None:
    """Read, search and check data on Iraq-Syria security cooperation.

    \b
    iqsy show interior ministers memorandum
    iqsy query "SELECT act, count(*) FROM event_acts GROUP BY act"
    iqsy check path/to/package
    iqsy COMMAND --help has more of each.
    """


@app.command()
def check(
    path: Annotated[
        str | None, typer.Argument(metavar="PATH", help="A folder, datapackage.json, zip or REV: of git.")
    ] = None,
    judge: Annotated[
        list[Judge] | None, typer.Option("--judge", help="Only this judge; may be given again.")
    ] = None,
    schema: Annotated[
        Path | None, typer.Option("--schema", metavar="DIR", help="A contract in place of the installed one.")
    ] = None,
    told: Annotated[FindingsFormat, typer.Option("--format", help="How findings are told.")] = (
        FindingsFormat.text
    ),
    output: Output = None,
) -> None:
    """Check a package against the contract; without PATH, the data that iqsy comes with.

    Three judges look at it, each apart from the others: SQL, pandera and frictionless. The exit code is 0
    where there is no error, 1 where there are errors, 2 where there is nothing to check.

    \b
    iqsy check .
    iqsy check release.zip --format junit --output report.xml
    iqsy check v1.0: --judge sql
    """
    from iqsy import findings, frames, library
    from iqsy.contract import cached

    frames.share_memory()
    found = library.check(path, None if judge is None else [j.value for j in judge], schema)
    match told:
        case FindingsFormat.text:
            text = findings.as_text(found) if found else findings.summary(found)
        case FindingsFormat.json:
            text = findings.as_json(found)
        case FindingsFormat.github:
            text = findings.as_github(found)
        case FindingsFormat.junit:
            text = findings.as_junit(found, library.contract() if schema is None else cached(schema))
    _write(text, output)
    if output is not None:
        typer.echo(f"{findings.summary(found)}; written to {output}", err=True)
    if any(problem.level == "error" for problem in found):
        raise typer.Exit(1)


@app.command()
def show(
    event: Annotated[list[str], typer.Argument(metavar="EVENT", help="An id, or words of a title.")],
    lang: Annotated[Lang, typer.Option("--lang", help="English or Arabic.")] = Lang.en,
    source: Source = None,
) -> None:
    """Show an event: what happened, who took part, what each voice says and where they differ, with links.

    Words mean the one event that has them all in its id or titles, in either language and in any spelling.

    \b
    iqsy show 2024-05-12-interior-ministers-mou
    iqsy show --lang ar توقيع مذكرة
    """
    from iqsy import library
    from iqsy.evidence import find
    from iqsy.show import page, plain

    tables = library.read_tables(source)
    found = find(tables["events"], " ".join(event))
    lines = page(tables, library.contract(), found, lang.value)
    if _is_terminal():
        _print(lines, lang)
    else:
        typer.echo(plain(lines))


@app.command()
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="A query in DuckDB's SQL; - reads it.")],
    told: Annotated[RowsFormat, typer.Option("--format", help="How rows are told.")] = RowsFormat.table,
    output: Output = None,
    source: Source = None,
) -> None:
    """Ask the tables, code lists and views by SQL. Nothing else can be read, and nothing is changed.

    \b
    iqsy query "FROM contacts ORDER BY date_start"
    iqsy query --format csv "SELECT * FROM events WHERE status = 'planned'" > planned.csv
    """
    from iqsy import library, rows

    connection = library.connect(source)
    found = rows.ask(connection, sys.stdin.read() if sql == "-" else sql)
    match told:
        case RowsFormat.table:
            text = rows.as_table(found, for_terminal=output is None and _is_terminal())
        case RowsFormat.csv:
            text = rows.as_csv(found)
        case RowsFormat.json:
            text = rows.as_json(found)
        case RowsFormat.markdown:
            text = rows.as_markdown(found)
    _write(text, output)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A folder, zip or REV: of git.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Another.")],
    told: Annotated[DiffFormat, typer.Option("--format", help="How differences are told.")] = DiffFormat.text,
    output: Output = None,
) -> None:
    """Compare two packages row by row, under the keys of their tables.

    \b
    iqsy diff v1.0: .
    iqsy diff old.zip new.zip --format markdown --output changes.md
    """
    from iqsy import diff as differences
    from iqsy import library
    from iqsy.package import open_package

    contract = library.contract()
    packages = [open_package(given, contract) for given in (old, new)]
    for package in packages:
        for problem in package.problems:
            typer.echo(f"{package.name}: {problem}", err=True)
    found = differences.diff(packages[0].tables, packages[1].tables, contract)
    match told:
        case DiffFormat.text:
            text = differences.as_text(found)
        case DiffFormat.json:
            text = differences.as_json(found)
        case DiffFormat.markdown:
            text = differences.as_markdown(found)
    _write(text, output)


@app.command()
def tables() -> None:
    """List the tables and code lists, with what each holds."""
    from iqsy import library

    described = library.tables()
    width = max(map(len, described))
    for name, description in described.items():
        typer.echo(f"{name:{width}}  {description}")


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _write(text: str, output: Path | None) -> None:
    """Text to standard output, or whole into a file; it ends with one line break."""
    text = text.rstrip("\n")
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise ProblemsError([Problem("output", message, str(output))]) from error


def _print(lines: list[Line], lang: Lang) -> None:
    """A page on a terminal: wrapped at words under its indent, addresses whole."""
    from rich.console import Console
    from rich.text import Text

    from iqsy.show import styled

    console = Console(highlight=False)
    for each in lines:
        indent, text = "  " * each.indent, styled(each, lang.value)
        is_address = any(part.text == part.url for part in each.parts)
        # What is carried over is indented once more.
        width = max(console.width - len(indent) - 2, 1)
        pieces = [text] if is_address else text.wrap(console, width)
        for n, piece in enumerate(pieces):
            piece.rstrip()
            console.print(Text(indent + "  " * (n > 0)) + piece, soft_wrap=True)
