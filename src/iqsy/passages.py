"""Passages: finding a locator in a text, and linking to it.

Offsets count Unicode code points of the text in NFC with white space collapsed; a link opens an article at its passage by a URL
text fragment (WICG, "Scroll to text fragment").
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import quote

ELLIPSIS = " … "


def normalise(text: str) -> str:
    """NFC, every run of white space one space, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def text_hash(normalised: str) -> str:
    """SHA-256 of a normalised text, in hexadecimal digits."""
    return hashlib.sha256(normalised.encode("utf-8")).hexdigest()


def find(normalised: str, locator: str, nth: int = 1) -> tuple[int, int] | None:
    """Where the `nth` place of a locator begins and ends in a normalised text; None where there is no such place.

    A locator is a phrase, or its first and last words with an ellipsis between.
    """
    first, _, last = locator.partition(ELLIPSIS)
    first, last = normalise(first), normalise(last)
    start = -1
    for _ in range(nth):
        start = normalised.find(first, start + 1)
        if start < 0:
            return None
    if not last:
        return start, start + len(first)
    end = normalised.find(last, start + len(first))
    return None if end < 0 else (start, end + len(last))


def count(normalised: str, locator: str) -> int:
    """How many times a locator's first words occur."""
    return len(re.findall(re.escape(normalise(locator.partition(ELLIPSIS)[0])), normalised))


def link(url: str | None, locator: str | None) -> str | None:
    """The address that opens a page at the passage, the bare address where none is known, None without an address."""
    if url is None or locator is None or "#" in url:
        return url
    return f"{url}#:~:text={','.join(_encoded(part) for part in locator.split(ELLIPSIS))}"


def _encoded(part: str) -> str:
    return quote(part, safe="").replace("-", "%2D")
