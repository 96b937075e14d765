"""One event as a page to read: what happened, who took part, who says what, where they differ, links.

It is made from a package's tables alone, in English or Arabic, as lines of parts: for a terminal with styles
and with the directions of mixed scripts kept apart, for a file as plain text in logical order.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from iqsy import names
from iqsy.claims import Row
from iqsy.contract import Contract
from iqsy.evidence import claims_of
from iqsy.labels import Labels, Language, number
from iqsy.passages import link
from iqsy.settle import SEPARATOR

if TYPE_CHECKING:
    from rich.text import Text

ISOLATE, END = "\u2068", "\u2069"
UNSAFE = re.compile(names.UNSAFE)
OWN_SCRIPT = {"en": "latin", "ar": "ar"}
SOLE = 1
LAST_LEVEL = "9"

SETS = (
    ("acts", "event_acts", "act", "act"),
    ("topics", "event_topics", "topic_id", "topic"),
    ("outcomes", "event_outcomes", "outcome", "outcome"),
)
WORDS = {
    "acts": ("Acts", "الأفعال"),
    "topics": ("Topics", "المواضيع"),
    "outcomes": ("Outcomes", "النتائج"),
    "instrument": ("Instrument", "الأداة"),
    "evidence": ("Evidence", "الأدلة"),
    "voices": ("What each voice says", "ما يقوله كل صوت"),
    "differences": ("Where accounts differ, and how it was settled", "أين تختلف الروايات وكيف سُوّي الخلاف"),
    "links": ("Links", "الروابط"),
    "own words": ("in its own words", "بكلامه هو"),
    "through": ("through", "عبر"),
    "account": ("account", "الرواية"),
    "inferred": ("inferred", "مستنتج"),
    "settled": ("Settled", "التسوية"),
    "planned": ("planned", "المقرر"),
    "for": ("for", "عن"),
    "whole": ("Part of", "جزء من"),
    "parts": ("Parts", "أجزاؤه"),
    "this event": ("this event", "هذا الحدث"),
    "undated": ("undated", "بلا تاريخ"),
    "untitled": ("no title seen", "لم يُرَ عنوان"),
    "unknown": ("unknown publisher", "ناشر غير معروف"),
}


@dataclass(frozen=True)
class Part:
    """A run of words that keeps together: a name, a value, an id; where it leads, and how it looks."""

    text: str
    style: str = ""
    url: str | None = None


@dataclass(frozen=True)
class Line:
    """A line of a page; what is indented belongs to the line above that is less so."""

    parts: tuple[Part, ...]
    indent: int = 0


def line(*parts: Part | str, indent: int = 0) -> Line:
    """A line of parts, of which mere words need no more than their text."""
    return Line(tuple(Part(p) if isinstance(p, str) else p for p in parts), indent)


def page(tables: Mapping[str, pa.Table], contract: Contract, event: str, lang: Language = "en") -> list[Line]:
    """The page of an event whose id is among the events."""
    return _Page(tables, contract, event, lang).lines()


def plain(lines: Iterable[Line]) -> str:
    """A page as text for a file: logical order, no control characters of any kind."""
    return "\n".join("  " * each.indent + "".join(map(_printable, each.parts)) for each in lines)


def styled(each: Line, lang: Language) -> Text:
    """A line for a terminal, without its indent: what is of another direction than the page is isolated."""
    from rich.text import Text

    text = Text()
    for part in each.parts:
        # An address stands alone on its line, for terminals to find and readers to copy.
        words = _printable(part) if part.text == part.url else isolated(_printable(part), lang)
        text.append(words, f"{part.style} link {part.url}".strip() if part.url else part.style)
    return text


def isolated(words: str, lang: Language) -> str:
    """Words in Unicode's isolates, unless they stay in order and in place without.

    Behind Arabic letters the parts of 2024-05-12 would change places, as no mere punctuation does.
    """
    script = names.script(words)
    is_bare = script == "none" and (lang == "en" or not any(map(str.isdigit, words)))
    return words if is_bare or script == OWN_SCRIPT[lang] else f"{ISOLATE}{words}{END}"


def _printable(part: Part) -> str:
    # A package that nobody has checked might speak to the terminal.
    return UNSAFE.sub("\ufffd", part.text)


class _Page:
    def __init__(
        self, tables: Mapping[str, pa.Table], contract: Contract, event: str, lang: Language
    ) -> None:
        self.tables = tables
        self.contract = contract
        self.event = event
        self.lang = lang
        self.labels = Labels(tables, contract, lang)
        found = self.labels.row("events", event)
        assert found is not None
        self.row = found
        self.claims = self._of("claims")
        self.reports = {str(report["source_id"]): report for report in self._of("reports")}
        sources = sorted({*self.reports, *(str(c["source_id"]) for c in self.claims)}, key=self._published)
        self.numbers = {source: n for n, source in enumerate(sources, 1)}

    def lines(self) -> list[Line]:
        blocks = (
            self._head(),
            self._facts(),
            self._people(),
            self._figures(),
            self._related(),
            self._voices(),
            self._differences(),
            self._links(),
        )
        shown = [block for block in map(list, blocks) if block]
        return [each for block in shown for each in (*block, line())][:-1]

    def _of(self, table: str) -> list[Row]:
        rows: list[Row] = claims_of(self.tables[table], self.event).to_pylist()
        return rows

    def _word(self, name: str) -> str:
        return WORDS[name][self.lang == "ar"]

    def _published(self, source: str) -> tuple[str, str]:
        return str(self._source(source).get("published_start") or "9999"), source

    def _source(self, source: str) -> Row:
        return self.labels.row("sources", source) or {}

    def _head(self) -> Iterator[Line]:
        row = self.row
        other = "en" if self.lang == "ar" else "ar"
        yield line(Part(self.labels.of(row, "title") or self.event, "bold"))
        if row[f"title_{other}"] is not None:
            yield line(Part(str(row[f"title_{other}"]), "dim"))
        coded = [
            self.labels.code("acts", row["event_type"]),
            self.labels.code("inclusions", row["inclusion"]),
            self.labels.code("statuses", row["status"]),
        ]
        if row["extent"] != "single":
            coded.append(self.labels.code("extents", row["extent"]))
        yield line(Part(self.event, "cyan"), "  ", self.labels.comma.join(coded))
        summary = self.labels.of(row, "summary")
        if summary is not None:
            yield line()
            yield line(summary)

    def _facts(self) -> Iterator[Line]:
        labels, row = self.labels, self.row
        precision = labels.code("date_precisions", row["date_precision"])
        yield self._fact(labels.column("events", "date_edtf"), Part(str(row["date_edtf"])), f" ({precision})")
        for place in self._of("event_places"):
            yield self._fact(labels.code("place_roles", place["place_role"]), self._place(place["place_id"]))
        for name, table, column, prop in SETS:
            members = [self._counted(labels.value(prop, r[column]), r) for r in self._of(table)]
            if members:
                yield self._fact(self._word(name), labels.comma.join(members))
        stages: dict[object, list[str]] = defaultdict(list)
        for stage in self._of("event_instruments"):
            stages[stage["instrument_id"]].append(self._counted(labels.code("stages", stage["stage"]), stage))
        for instrument, reached in stages.items():
            name = labels.name("instruments", instrument)
            yield self._fact(self._word("instrument"), Part(name), ": ", labels.comma.join(reached))
        counts = [f"{labels.column('events', n)} {row[n]}" for n in ("n_articles", "n_outlets", "n_accounts")]
        yield self._fact(self._word("evidence"), labels.comma.join(counts))

    def _fact(self, name: str, *parts: Part | str) -> Line:
        return line(Part(f"{name}: ", "bold"), *parts)

    def _counted(self, words: str, row: Row) -> str:
        """Words with the number of accounts behind them, where the event has several."""
        return words if self.row["n_accounts"] == SOLE else f"{words} ({row['n_accounts']})"

    def _place(self, place: object) -> str:
        """A place with those that hold it, up to its country."""
        found: list[object] = []
        while place is not None and place not in found:
            found.append(place)
            place = (self.labels.row("places", place) or {}).get("parent_place_id")
        return self.labels.comma.join(self.labels.name("places", p) for p in found)

    def _people(self) -> Iterator[Line]:
        roles: dict[object, list[Row]] = defaultdict(list)
        for row in self._of("participants"):
            roles[row["actor_id"]].append(row)
        if roles:
            yield line(Part(self.labels.table("participants"), "bold underline"))
        for _, rows in sorted(roles.items(), key=lambda found: self._precedence(found[1][0])):
            yield self._participant(rows)

    def _precedence(self, row: Row) -> tuple[int, str, str]:
        """By side, then by level of office, then by id."""
        rank = self.contract.codelists["sides"].rank
        office = self.labels.row("offices", row["office_id"]) or {}
        level = str(office.get("office_level") or LAST_LEVEL)
        return rank.get(str(row["side"]), len(rank) + 1), level, str(row["actor_id"])

    def _participant(self, rows: Sequence[Row]) -> Line:
        labels, first = self.labels, rows[0]
        roles = labels.comma.join(self._counted(labels.code("roles", r["role"]), r) for r in rows)
        parts: list[Part | str] = [Part(labels.name("actors", first["actor_id"]), "bold")]
        if first["office_id"] is not None:
            parts += [labels.comma, Part(labels.name("offices", first["office_id"]))]
        if first["side"] != "none":
            parts += [" (", Part(labels.code("sides", first["side"])), ")"]
        parts += [": ", roles]
        if first["represents_actor_id"] is not None:
            represented = labels.name("actors", first["represents_actor_id"])
            parts += [labels.comma, self._word("for"), " ", Part(represented)]
        if first["presence"] not in ("in_person", "represented"):
            parts += [labels.comma, labels.code("presences", first["presence"])]
        return line(*parts, indent=1)

    def _figures(self) -> Iterator[Line]:
        rows = self._of("figures")
        if rows:
            yield line(Part(self.labels.table("figures"), "bold underline"))
        for row in rows:
            what = self.labels.figure(*(str(row[c]) for c in ("measure", "item", "unit", "figure_basis")))
            value = Part(number(f"{_bound(row['value_low'])}..{_bound(row['value_high'])}"))
            planned = row["value_planned"]
            more = [f" ({self._word('planned')} {_bound(planned)})"] if planned is not None else []
            yield line(what, ": ", value, *more, indent=1)

    def _related(self) -> Iterator[Line]:
        """The whole, the parts, and other events that this one is tied to, in either direction."""
        labels = self.labels
        if self.row["part_of_event_id"] is not None:
            yield self._fact(self._word("whole"), *self._named(self.row["part_of_event_id"]))
        for row in self.tables["events"].to_pylist():
            if row["part_of_event_id"] == self.event:
                yield self._fact(self._word("parts"), *self._named(row["event_id"]))
        for row in self.tables["event_links"].to_pylist():
            relation = labels.code("relations", row["relation"])
            if row["from_event_id"] == self.event:
                yield self._fact(relation, *self._named(row["to_event_id"]))
            elif row["to_event_id"] == self.event:
                this = self._word("this event")
                yield line(*self._named(row["from_event_id"]), Part(f" — {relation}: ", "bold"), this)

    def _named(self, event: object) -> tuple[Part, str, Part]:
        return Part(self.labels.name("events", event)), "  ", Part(str(event), "cyan")

    def _voices(self) -> Iterator[Line]:
        groups: dict[tuple[int, bool, str], list[Row]] = defaultdict(list)
        for claim in self.claims:
            voice = str(claim["voice"])
            groups[self.numbers[str(claim["source_id"])], voice != "outlet", voice].append(claim)
        if groups:
            yield line(Part(self._word("voices"), "bold underline"))
        for (n, quoted, voice), claims in sorted(groups.items()):
            source = str(claims[0]["source_id"])
            speaker = self._speaker(voice) if quoted else self._outlet(source)
            account = Part(self.labels.account(str(claims[0]["account_id"])))
            said: tuple[Part | str, ...] = (self._word("account"), " ", account, *self._stance(source))
            yield line(f"[{n}] ", *speaker, " (", *said, ")", indent=1)
            yield from self._sayings(claims)

    def _stance(self, source: str) -> tuple[str, ...]:
        if source not in self.reports:
            return ()
        return self.labels.comma, self.labels.code("stances", self.reports[source]["stance"])

    def _outlet(self, source: str) -> tuple[Part | str, ...]:
        return Part(self._publisher(source), "bold"), " ", self._word("own words")

    def _publisher(self, source: str) -> str:
        publisher = self._source(source).get("publisher_id")
        return self._word("unknown") if publisher is None else self.labels.name("publishers", publisher)

    def _speaker(self, voice: str) -> tuple[Part | str, ...]:
        who, _, via = voice.partition("@")
        speaker = Part(self.labels.party(who), "bold")
        return (speaker, f" {self._word('through')} ", Part(self.labels.party(via))) if via else (speaker,)

    def _sayings(self, claims: Iterable[Row]) -> Iterator[Line]:
        """One line for each property and subject; every value leads to its passage."""
        rank = self.contract.codelists["properties"].rank
        groups: dict[tuple[int, str, str], list[Row]] = defaultdict(list)
        for claim in claims:
            prop, subject = str(claim["property"]), str(claim["subject"])
            groups[rank.get(prop, len(rank) + 1), prop, subject].append(claim)
        for (_, prop, subject), rows in sorted(groups.items()):
            parts: list[Part | str] = []
            for row in rows:
                parts += [*([self.labels.comma] if parts else []), *self._value(prop, row)]
            yield line(*self._property(prop, subject), ": ", *parts, indent=3)

    def _property(self, prop: str, subject: str) -> tuple[Part | str, ...]:
        words, of = self.labels.code("properties", prop), self.labels.subject(prop, subject)
        return (words,) if of is None else (words, self.labels.comma, Part(of))

    def _value(self, prop: str, claim: Row) -> Iterator[Part | str]:
        url = self._source(str(claim["source_id"])).get("url")
        passage = link(_text(url), _text(claim["locator"]))
        yield Part(self.labels.value(prop, claim["value"]), url=passage)
        if claim["value_raw"] is not None:
            yield from (" “", Part(str(claim["value_raw"])), "”")
        if claim["inferred"]:
            yield f" ({self._word('inferred')})"

    def _differences(self) -> Iterator[Line]:
        rows = [row for row in self._of("settlements") if row["difference"] != "none"]
        if rows:
            yield line(Part(self._word("differences"), "bold underline"))
        for row in rows:
            yield from self._difference(row)

    def _difference(self, row: Row) -> Iterator[Line]:
        labels, prop, subject = self.labels, str(row["property"]), str(row["subject"])
        kind = labels.code("differences", row["difference"])
        yield line(*self._property(prop, subject), ": ", Part(kind, "yellow"), indent=1)
        for answer, accounts in sorted(self._answers(prop, subject).items()):
            who = labels.comma.join(labels.account(a) for a in sorted(accounts))
            yield line(Part(labels.value(prop, answer)), " — ", Part(who), indent=3)
        value = Part(labels.value(prop, row["value"]), "bold")
        how = labels.code("settling_rules", row["settled_by"])
        because = Part(str(row["reason"] or labels.definition("settling_rules", row["settled_by"])))
        yield line(self._word("settled"), ": ", value, " — ", Part(how), ". ", because, indent=2)

    def _answers(self, prop: str, subject: str) -> dict[str, set[str]]:
        """What accounts say of a property, joined where an account says several things: answer → accounts."""
        values: dict[str, set[str]] = defaultdict(set)
        for claim in self.claims:
            if (claim["property"], claim["subject"]) == (prop, subject):
                values[str(claim["account_id"])].add(str(claim["value"]))
        answers: dict[str, set[str]] = defaultdict(set)
        for account, stated in values.items():
            answers[SEPARATOR.join(sorted(stated))].add(account)
        return answers

    def _links(self) -> Iterator[Line]:
        if self.numbers:
            yield line(Part(self._word("links"), "bold underline"))
        for source, n in self.numbers.items():
            row = self._source(source)
            title = Part(str(row.get("source_title") or self._word("untitled")))
            when = Part(str(row.get("published_edtf") or self._word("undated")))
            publisher = Part(self._publisher(source))
            yield line(f"[{n}] ", publisher, ": ", title, " (", when, ")", indent=1)
            address = link(_text(row.get("url")), _text(self.reports.get(source, {}).get("locator")))
            if address is not None:
                yield line(Part(address, "blue", address), indent=3)


def _bound(value: object) -> str:
    return "" if value is None else f"{value:.15g}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)
