"""The evidence of an event: finding the event that is meant, and what each voice states of it."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import pyarrow as pa
import pyarrow.compute as pc

from iqsy.constraints import quoted, shown
from iqsy.names import fold
from iqsy.problems import Problem, ProblemsError

MOST_SHOWN = 5
ALIKE_ENOUGH = 75.0
WORDS_FROM = ("event_id", "title_en", "title_ar")


def find(events: pa.Table, given: str) -> str:
    """The id of the event that is meant, by its id or by words of its id and titles.

    Words mean an event if it alone has them all, whatever their order and spelling. Raises ProblemsError
    that names the events that come near.
    """
    words = _words_of_events(events)
    if given in words:
        return given
    wanted = _words(given)
    having = [event for event, own in words.items() if wanted and wanted <= own]
    if len(having) == 1:
        return having[0]
    if having:
        message, told = f"{len(having):,} events have the words {quoted(given)}; give more, or an id:", having
    else:
        told = near(events, given)
        message = f"there is no event {quoted(given)}; " + (
            "did you mean one of these?" if told else "give an id, or words of a title in English or Arabic"
        )
    raise ProblemsError([Problem("event", message + _lines(told[:MOST_SHOWN], events))])


def near(events: pa.Table, given: str) -> list[str]:
    """Ids of at most five events whose id or titles come near what is given, nearest first."""
    from rapidfuzz import fuzz

    words, wanted = _words_of_events(events), _words(given)

    def likeness(event: str) -> float:
        """How alike each word wanted is to the nearest of the event's, on average, of 100."""
        best = [max(fuzz.ratio(word, own) for own in words[event]) for word in wanted]
        return sum(best) / max(len(best), 1)

    alike = get_close_matches(given, words, n=MOST_SHOWN, cutoff=0.8)
    scored = sorted((-score, event) for event in words if (score := likeness(event)) >= ALIKE_ENOUGH)
    return list(dict.fromkeys([*alike, *(event for _, event in scored)]))[:MOST_SHOWN]


def claims_of(claims: pa.Table, event: str) -> pa.Table:
    """Those rows of a table that are about an event."""
    return claims.filter(pc.equal(claims["event_id"], event))


def _words_of_events(events: pa.Table) -> dict[str, frozenset[str]]:
    columns: Sequence[Sequence[str | None]] = [events.column(name).to_pylist() for name in WORDS_FROM]
    return {str(texts[0]): frozenset().union(*map(_words, texts)) for texts in zip(*columns, strict=True)}


def _words(text: str | None) -> frozenset[str]:
    return frozenset(fold(text or "").split())


def _lines(found: Sequence[str], events: pa.Table) -> str:
    titles = dict(zip(events["event_id"].to_pylist(), events["title_en"].to_pylist(), strict=True))
    return "".join(f"\n  {shown(event)}  {shown(titles[event] or '')}" for event in found)
