"""The codebook as one page of HTML that needs nothing else: no script, no font, no file beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files

from iqsy.codebook.content import Block, Column, Diagram, Grid, Heading, Prose
from iqsy.codebook.drawing import svg

LANGUAGES = (("both", "English · العربية"), ("en", "English"), ("ar", "العربية"))
# What a paragraph or a cell may hold: code, a link, emphasis.
INLINE = re.compile(r"`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)|\*([^*\s][^*]*)\*")


def page(content: Iterable[Block]) -> str:
    """Blocks as a page in English, Arabic or both, as the reader chooses at its top; the first block is its title."""
    blocks = list(content)
    title = blocks[0]
    assert isinstance(title, Heading)
    style = files(__package__).joinpath("page.css").read_text("utf-8")
    choice = "".join(
        f'<input type="radio" name="language" id="show-{code}"{" checked" if code == "both" else ""}>'
        f'<label for="show-{code}">{words}</label>'
        for code, words in LANGUAGES
    )
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>{escape(f'IQSY: {title.en} · {title.ar}')}</title>",
            f"<style>\n{style}</style></head>",
            f'<body><header><form class="languages">{choice}</form></header>',
            f"<nav>{_contents(blocks)}</nav>",
            "<main>",
            *map(_block, blocks),
            "</main></body></html>\n",
        )
    )


def _contents(blocks: Sequence[Block]) -> str:
    """Chapters, with what each is about folded in."""
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Heading) and block.level == 2:
            parts.append(
                f'</details><details><summary><a href="#{_anchor(block)}">{_both(block.en, block.ar)}</a></summary>'
            )
        elif isinstance(block, Heading) and block.level == 3:
            parts.append(f'<a href="#{_anchor(block)}">{_both(block.en, block.ar)}</a>')
    return "".join([*parts, "</details>"]).removeprefix("</details>")


def _anchor(heading: Heading) -> str:
    return heading.name or re.sub(r"\W+", "-", heading.en.lower())


def _block(block: Block) -> str:
    match block:
        case Heading(level, en, ar, name):
            code = f" <code>{escape(name)}</code>" if name and name != en else ""
            return f'<h{level} id="{_anchor(block)}">{_both(en, ar)}{code}</h{level}>'
        case Prose(en, ar):
            return f"<p{_of('en' if ar else '')}>{_inline(en)}</p>" + (
                f"<p{_of('ar')}>{_inline(ar)}</p>" if ar else ""
            )
        case Diagram():
            return f"<figure>{svg(block)}</figure>"
        case Grid(columns, rows):
            head = "".join(f"<th{_of(_language(c))}>{_both(c.en, c.ar)}</th>" for c in columns)
            body = ("".join(_cell(value, c) for value, c in zip(row, columns, strict=True)) for row in rows)
            lines = "\n".join(f"<tr>{cells}</tr>" for cells in body)
            return f'<div class="grid"><table><thead><tr>{head}</tr></thead><tbody>\n{lines}\n</tbody></table></div>'
    raise TypeError(f"{block} is no block")


def _language(column: Column) -> str:
    """The language of a column's cells: that of its heading, where it has one in one language only."""
    if column.kind != "words" or (column.en and column.ar):
        return ""
    return "ar" if column.ar else "en"


def _of(language: str) -> str:
    """The attributes of what is in a language; of neither, it is shown whatever the reader chooses."""
    return {"": "", "en": ' class="en" lang="en" dir="ltr"', "ar": ' class="ar" lang="ar" dir="rtl"'}[
        language
    ]


def _both(en: str, ar: str) -> str:
    """Words in both languages, or in the only one that there is, which then belongs to no choice."""
    if en and ar:
        return f"<span{_of('en')}>{escape(en)}</span> <span{_of('ar')}>{escape(ar)}</span>"
    return f"<bdi>{escape(en or ar)}</bdi>"


def _cell(text: str, column: Column) -> str:
    if column.kind == "code":
        inner = f'<code dir="auto">{escape(text)}</code>' if text else ""
    elif column.kind == "reference":
        inner = ", ".join(_link(reference) for reference in text.split(", ") if reference)
    else:
        inner = _inline(text)
    return f"<td{_of(_language(column))}>{inner}</td>"


def _link(reference: str) -> str:
    resource = reference.partition(".")[0]
    return f'<a href="#{escape(resource)}"><code>{escape(reference)}</code></a>'


def _inline(text: str) -> str:
    return "".join(_runs(text))


def _runs(text: str) -> Iterator[str]:
    end = 0
    for found in INLINE.finditer(text):
        yield escape(text[end : found.start()])
        code, words, address, stressed = found.groups()
        if code:
            yield f'<code dir="ltr">{escape(code)}</code>'
        elif address:
            yield f'<a href="{escape(address)}">{escape(words)}</a>'
        else:
            yield f"<em>{escape(stressed)}</em>"
        end = found.end()
    yield escape(text[end:])
