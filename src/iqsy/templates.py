"""New records to fill in, each with what can be known beforehand and a comment for what a coder adds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from iqsy import dates, records
from iqsy.contract import Contract
from iqsy.problems import Problem, ProblemsError
from iqsy.shapes import ID

ARTICLE = """\
# Codebook: docs/curating.md. Delete every key that the page does not state; nothing is carried over from other pages.
id: {id}
{publisher}{title}language: {language}
{url}{published}genre: news_report
# origin:                      # only of a translation, republication or rewrite: source or publisher, and
#   publisher: ina             # basis: stated or inferred
#   basis: stated
accessed: {today}
coder: {coder}
text:
  # or beginning: then silence proves nothing
  seen: whole
says:
{entries}"""
ENTRY = """\
  - event: {event}
    # stance: previews         # only where the text looks ahead, confirms, denies or corrects
    # at: at most eight words of the text, found first here
    acts: [meeting]
    # date:
    #   value: 2024-05-12
    #   raw: on Sunday
    #   basis: weekday_only
    # places: [baghdad]
    # participants:
    #   - actor: abdul-amir-al-shammari
    #     role: [host, signatory]
    #     office: iq-minister-of-interior
    #     as: the name as printed
    # topics: [border-control]
    # outcomes: [agreed]
    # quotes:
    #   - by: abdul-amir-al-shammari
    #     via: ina
    #     at: at most eight words
    #     topics: [counter-narcotics]
"""
EVENT = """\
# Titles and summaries are your own words, in both languages; everything that articles state stands in their files.
id: {id}
inclusion: core
# extent: series               # or standing; single where left out
title_en: Who does what where, sentence case, present tense
title_ar: من يفعل ماذا وأين بصيغة المصدر
# summary_en: What is settled and what is disputed, in two or three sentences.
# summary_ar: ما استقر وما اختُلف فيه في جملتين أو ثلاث.
# part_of: the-whole
# series:
#   id: the-series
#   number: 1
# links:
#   - to: another-event
#     relation: follows_up
#     source: the-article
#     at: at most eight words
"""


def new_article(data: Path, contract: Contract, given: Mapping[str, object], today: date) -> Path:
    """Write an article to fill in and return its file.

    `given` holds publisher, url, published, language, title, words, coder and event (a list), where known. Raises
    ProblemsError where the publisher is not told, an id or date is none, or the file is there already.
    """
    publishers = records.read(data, contract)["publishers"]
    url, published = _text(given, "url"), _text(given, "published")
    publisher = _text(given, "publisher") or _publisher_of(
        url, {p: records.maybe(n, "url") for p, n in publishers.items()}
    )
    if publisher is not None and publisher not in publishers:
        raise _refused(
            f"{publisher!r} is not among the publishers; add it to data/curated/publishers.yaml first"
        )
    shelf = _shelf(published)
    identifier = _identifier(
        publisher or "unnamed", published if shelf != "undated" else None, _text(given, "words") or ""
    )
    events = given.get("event") or ["the-event"]
    assert isinstance(events, list)
    record = ARTICLE.format(
        id=identifier,
        publisher=_line("publisher", publisher),
        title=_line("title", _text(given, "title")),
        language=_text(given, "language") or "en",
        url=_line("url", url),
        published=_line("published", published),
        today=today.isoformat(),
        coder=_text(given, "coder") or "curator",
        entries="".join(ENTRY.format(event=event) for event in events),
    )
    return _write(data / "curated" / "articles" / shelf / f"{identifier}.yaml", record)


def new_event(data: Path, when: str | None, words: str) -> Path:
    """Write an event to fill in and return its file. Raises ProblemsError like `new_article`."""
    shelf = _shelf(when)
    identifier = _identifier(None, when if shelf != "undated" else None, words)
    return _write(data / "curated" / "events" / shelf / f"{identifier}.yaml", EVENT.format(id=identifier))


def _text(given: Mapping[str, object], key: str) -> str | None:
    value = given.get(key)
    return None if value is None else str(value)


def _line(key: str, value: str | None) -> str:
    if value is None:
        return ""
    plain = not re.search(r"^[\W_]|: | #|:$", value) or value.startswith("http")
    return f"{key}: {value}\n" if plain else f"{key}: '{value.replace(chr(39), chr(39) * 2)}'\n"


def _publisher_of(url: str | None, addresses: Mapping[str, str | None]) -> str | None:
    """The publisher at whose host an address is."""
    host = _host(url)
    return next((p for p, address in addresses.items() if host and _host(address) == host), None)


def _host(url: str | None) -> str | None:
    return (urlsplit(url).hostname or "").removeprefix("www.") or None if url else None


def _shelf(edtf: str | None) -> str:
    try:
        return records.year_shelf(edtf)
    except dates.DateError as error:
        raise _refused(str(error)) from error


def _identifier(publisher: str | None, edtf: str | None, words: str) -> str:
    start = (
        dates.parse(edtf).text.strip("[].~?%").split("/")[0].split(",")[0].split("..")[0] if edtf else None
    )
    identifier = "-".join(part for part in (publisher, start, words) if part)
    if not ID.fullmatch(identifier):
        raise _refused(f"{identifier!r} is no identifier; use a-z, 0-9 and single hyphens in --words")
    return identifier


def _write(path: Path, record: str) -> Path:
    if path.exists():
        raise _refused("there already; choose other words, or fill in that one", str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(record, encoding="utf-8", newline="\n")
    return path


def _refused(message: str, file: str | None = None) -> ProblemsError:
    return ProblemsError([Problem("record", message, file)])
