"""Articles → sources, reports and claims: every value that a voice states, one row each, with its words and place.

What an article leaves out stays out; the few defaults of the article format (venue, count, flow, all) are filled here, those
that need the event (status, presence, side, office) where events are derived.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from iqsy import amounts, dates
from iqsy.records import get, listed, maybe, text, truth
from iqsy.strict import Node

Row = dict[str, object]
ANY = "any"


@dataclass(frozen=True, slots=True)
class Voice:
    """Who says it: `key` names the voice within an article; the outlet's own words have no speaker."""

    key: str
    speaker: str | None = None
    speaker_type: str | None = None
    speaker_country: str | None = None
    via: str | None = None
    via_type: str | None = None


OUTLET = Voice("outlet")


@dataclass(frozen=True, slots=True)
class Passage:
    """Where a value stands: a locator of at most eight words, and code-point offsets where the text was at hand."""

    locator: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One value that one voice states of one subject; `file` and `line` say where it was coded."""

    event: str
    source: str
    voice: Voice
    prop: str
    subject: str
    value: str
    passage: Passage
    number: float | None
    unit: str | None
    raw: str | None
    basis: str | None
    complete: bool
    inferred: bool
    stance: str
    file: str
    line: int

    @property
    def key(self) -> tuple[str, str, str, str, str, str]:
        return self.event, self.source, self.voice.key, self.prop, self.subject, self.value


def source_row(article: Node) -> Row:
    """The row of `sources` that an article file is."""
    published = maybe(article, "published")
    bounds = dates.parse(published) if published else None
    origin, seen = get(article, "origin"), get(article, "text")
    assert seen is not None
    length = maybe(seen, "length")
    return {
        "source_id": text(article, "id"),
        "publisher_id": maybe(article, "publisher"),
        "source_title": maybe(article, "title"),
        "language": text(article, "language"),
        "url": maybe(article, "url"),
        "published_edtf": published,
        "published_start": bounds.start if bounds else None,
        "published_end": bounds.end if bounds else None,
        "genre": text(article, "genre"),
        "origin_source_id": maybe(origin, "source") if origin else None,
        "origin_publisher_id": maybe(origin, "publisher") if origin else None,
        "origin_basis": text(origin, "basis") if origin else None,
        "accessed_date": dates.parse(text(article, "accessed")).start,
        "text_seen": text(seen, "seen"),
        "text_sha256": maybe(seen, "sha256"),
        "text_length": int(length) if length else None,
        "note": maybe(article, "note"),
    }


def report_rows(article: Node) -> list[Row]:
    """The rows of `reports` of an article, one for each event it speaks of, whatever the number of entries."""
    rows: dict[str, Row] = {}
    for entry in listed(article, "says"):
        event = text(entry, "event")
        rows.setdefault(
            event,
            {
                "event_id": event,
                "source_id": text(article, "id"),
                "stance": maybe(entry, "stance") or "reports",
                "method": "curated",
                "coder": text(article, "coder"),
                "locator": _passage(entry, Passage()).locator,
            },
        )
    return list(rows.values())


def claims_of(article: Node) -> list[Claim]:
    """All claims of an article; what the same voice says twice is one claim, with its first place."""
    claims: dict[tuple[str, ...], Claim] = {}
    for entry in listed(article, "says"):
        for claim in _entry_claims(article, entry):
            first = claims.get(claim.key)
            claims[claim.key] = (
                claim if first is None else replace(first, complete=first.complete or claim.complete)
            )
    return list(claims.values())


def _entry_claims(article: Node, entry: Node) -> Iterator[Claim]:
    quotes = listed(entry, "quotes")
    reader = _Reader(
        text(article, "id"),
        text(entry, "event"),
        maybe(entry, "stance") or "reports",
        frozenset(
            text(participant, "actor")
            for block in (entry, *quotes)
            for participant in listed(block, "participants")
            if listed(participant, "role")
        ),
    )
    place = _passage(entry, Passage())
    yield from reader.said(entry, OUTLET, place)
    for quote in quotes:
        yield from reader.said(quote, _voice(quote), _passage(quote, place))


def _voice(quote: Node) -> Voice:
    by, via = get(quote, "by"), get(quote, "via")
    assert by is not None
    speaker, speaker_type, country = _named(by)
    key = speaker or _described(speaker_type, country)
    through, through_type, through_country = _named(via) if via else (None, None, None)
    if via is not None:
        key += "@" + (through or _described(through_type, through_country))
    described = None if via is None or through else _described(through_type, through_country)
    return Voice(key, speaker, speaker_type, country, through, described)


def _named(node: Node) -> tuple[str | None, str | None, str | None]:
    """Identifier, or type and country."""
    if isinstance(node.value, str):
        return node.value, None, None
    return None, text(node, "type"), maybe(node, "country")


def _described(kind: str | None, country: str | None) -> str:
    return f"{kind}:{country.lower()}" if country else f"{kind}"


def _passage(node: Node, inherited: Passage) -> Passage:
    """A node's own place in the text, else the one it inherits."""
    at, first, last = maybe(node, "at"), maybe(node, "from"), maybe(node, "to")
    locator = at or (f"{first} … {last}" if first and last else first or last)
    if locator is None:
        return inherited
    chars = maybe(node, "chars")
    start, end = (int(part) for part in chars.split("-")) if chars else (None, None)
    return Passage(locator, start, end)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns one block of sayings into claims; `with_role` are the actors to whom some block of the entry gives a role."""

    source: str
    event: str
    stance: str
    with_role: frozenset[str]

    def said(self, block: Node, voice: Voice, place: Passage) -> Iterator[Claim]:
        yield from self._codes(block, "acts", voice, place, "act", self.event)
        for key in ("status", "date"):
            if (node := get(block, key)) is not None:
                yield self._claim(node, voice, place, key, self.event, _short(node))
        for node in listed(block, "places"):
            role = maybe(node, "place_role") or "venue"
            subject = self.event if role == "venue" else role
            yield self._claim(
                node, voice, place, "venue" if role == "venue" else "place", subject, _short(node, "place")
            )
        for node in listed(block, "instruments"):
            yield from self._instrument(node, voice, place)
        for node in listed(block, "participants"):
            yield from self._participant(node, voice, place)
        for node in listed(block, "figures"):
            yield self._figure(node, voice, place)
        for node in listed(block, "ordinals"):
            subject = "/".join(
                (
                    text(node, "of"),
                    text(node, "act"),
                    maybe(node, "place") or ANY,
                    maybe(node, "since") or ANY,
                )
            )
            yield self._claim(
                node, voice, place, "ordinal", subject, text(node, "value"), number=float(text(node, "value"))
            )
        yield from self._codes(block, "topics", voice, place, "topic", self.event)
        yield from self._codes(block, "outcomes", voice, place, "outcome", self.event)

    def _instrument(self, node: Node, voice: Voice, place: Passage) -> Iterator[Claim]:
        instrument = text(node, "id")
        inner = _passage(node, place)
        for stage in listed(node, "stage"):
            yield self._claim(node, voice, place, "stage", instrument, str(stage.value))
        for word in listed(node, "called"):
            yield self._claim(node, voice, place, "designation", instrument, str(word.value))
        yield from self._codes(node, "topics", voice, inner, "coverage", instrument)

    def _participant(self, node: Node, voice: Voice, place: Passage) -> Iterator[Claim]:
        actor = text(node, "actor")
        for role in listed(node, "role"):
            yield self._claim(node, voice, place, "role", actor, str(role.value))
        if not listed(node, "role") and actor not in self.with_role:
            yield self._claim(node, voice, place, "role", actor, "participant")
        for name in ("office", "presence", "represents"):
            if (value := maybe(node, name)) is not None:
                yield self._claim(node, voice, place, name, actor, value)
        for printed in listed(node, "as"):
            yield self._claim(node, voice, place, "name", actor, str(printed.value))

    def _figure(self, node: Node, voice: Voice, place: Passage) -> Claim:
        unit = maybe(node, "unit") or "count"
        subject = "/".join(
            (text(node, "measure"), maybe(node, "item") or "all", unit, maybe(node, "basis") or "flow")
        )
        value = maybe(node, "value")
        shown = amounts.write(value, maybe(node, "low"), maybe(node, "high"), about=truth(node, "about"))
        number = amounts.parse(shown).number
        return self._claim(node, voice, place, "figure", subject, shown, number=number, unit=unit)

    def _codes(
        self, block: Node, key: str, voice: Voice, place: Passage, prop: str, subject: str
    ) -> Iterator[Claim]:
        """A list of codes, short or long, or a mapping that holds the list and says whether it is the whole."""
        node = get(block, key)
        if node is None:
            return
        whole = isinstance(node.value, dict)
        items = listed(node, "codes") if whole else listed(block, key)
        outer = _passage(node, place) if whole else place
        for item in items:
            said = item if isinstance(item.value, dict) or not whole else replace_value(node, item)
            yield self._claim(
                said, voice, outer, prop, subject, _short(item), complete=truth(node, "complete")
            )

    def _claim(
        self,
        node: Node,
        voice: Voice,
        place: Passage,
        prop: str,
        subject: str,
        value: str,
        *,
        number: float | None = None,
        unit: str | None = None,
        complete: bool = False,
    ) -> Claim:
        return Claim(
            event=self.event,
            source=self.source,
            voice=voice,
            prop=prop,
            subject=subject,
            value=value,
            passage=_passage(node, place),
            number=number,
            unit=unit,
            raw=maybe(node, "raw"),
            basis=maybe(node, "basis") if prop == "date" else None,
            complete=complete,
            inferred=truth(node, "inferred"),
            stance=self.stance,
            file=node.file,
            line=node.line,
        )


def replace_value(node: Node, item: Node) -> Node:
    """The words about a list, at the line of one of its items."""
    return Node(node.value, item.file, item.line)


def _short(node: Node, key: str = "value") -> str:
    """The value itself, whether written short or long."""
    return node.value if isinstance(node.value, str) else text(node, key)
