"""The codebook in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from iqsy.codebook.content import Block, Diagram, Entity, Grid, Heading, Prose, Reference


def markdown(content: Iterable[Block]) -> str:
    """Blocks as Markdown: headings and columns in both languages, paragraphs each in its own direction."""
    return "\n\n".join(_block(block) for block in content) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(level, en, ar, None):
            return f"{'#' * level} {_both(en, ar)}"
        case Heading(level, en, ar, str(name)):
            title = "" if en == name else f"\n\n**{_both(en, ar)}**"
            return f"{'#' * level} {name}{title}"
        case Prose(en, ar):
            return f'{en}\n\n<p dir="rtl" lang="ar">{ar}</p>' if ar else en
        case Diagram():
            return f"```mermaid\n{mermaid(block)}\n```"
        case Grid(columns, rows):
            head = [_both(c.en, c.ar) for c in columns]
            body = [[_cell(v, c.kind) for v, c in zip(row, columns, strict=True)] for row in rows]
            return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(columns), *body])
    raise TypeError(f"{block} is no block")


def mermaid(diagram: Diagram) -> str:
    """The entity diagram in the words of Mermaid."""
    lines = ["erDiagram"]
    for entity in diagram.entities:
        lines += [f"  {entity.table.name} {{", *(f"    {line}" for line in _keys(entity)), "  }"]
    return "\n".join([*lines, *(f"  {_relation(reference)}" for reference in diagram.references)])


def _keys(entity: Entity) -> Iterator[str]:
    for kind, column in entity.key:
        yield f"{kind} {column} PK{', FK' if column in entity.referring else ''}"


def _relation(reference: Reference) -> str:
    """One row of the resource for none, one or many of the table."""
    ends = f"{'||' if reference.needed else '|o'}--{'o|' if reference.alone else 'o{'}"
    return f'{reference.to} {ends} {reference.of} : "{"+".join(reference.columns)}"'


def _both(en: str, ar: str) -> str:
    return " · ".join(words for words in (en, ar) if words)


def _cell(text: str, kind: str) -> str:
    if not text:
        return ""
    if kind == "code":
        return _code(text)
    if kind == "reference":
        return ", ".join(_link(reference) for reference in text.split(", "))
    return "".join(_code(run[1:-1]) if run.startswith("`") else _words(run) for run in _runs(text))


def _runs(text: str) -> list[str]:
    """Text parted into words and code in backticks."""
    return [run for run in re.split(r"(`[^`]+`)", text) if run]


def _code(text: str) -> str:
    if "\\|" in text:
        return _words(text)  # no code span in a grid can hold these two
    fence = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text.replace('|', chr(92) + '|')}{pad}{fence}"


def _words(text: str) -> str:
    return re.sub(r"([\\|*~<\[\]])", r"\\\1", text)


def _link(reference: str) -> str:
    resource, _, column = reference.partition(".")
    return f"[{reference}](#{resource})" if column else f"[{resource}](#{resource})"
