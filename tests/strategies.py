"""Whole packages that keep every constraint and every rule of the contract.

`Choices` are the few things that are drawn; `build` makes a package of them by ordinary code, so that what
fails shrinks to plain choices. `build(Choices())` is the plain package: some of everything, dated to the day.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
from hypothesis import strategies as st

from iqsy import dates, entities, flat, frames
from iqsy.contract import cached

SCHEMA = Path(__file__).parents[1] / "schema"
CONTRACT = cached(SCHEMA)

Row = dict[str, object]
Package = dict[str, list[Row]]
Tables = dict[str, pa.Table]

DAY = timedelta(days=1)
# A row of each table that states nothing.
NOTHING: Mapping[str, Row] = {name: dict.fromkeys(table.columns) for name, table in CONTRACT.tables.items()}

# --- text ---

# Letters of the press in both scripts, and characters that stand just outside what hygiene refuses.
LATIN_LETTERS = "abcdefghijklmnopqrstuvwxyzABDHKMSZāīūḥṣṭẓġéüçğış"
ARABIC_LETTERS = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيٱپچکگیە"
WITHIN = (
    "~\xa0\xac\xae\u034e\u0350\u061b\u061d\u180d\u200a\u200c\u200d"
    "\u2027\u202f\u205f\u2065\u2070\ufb4f\ufe00\ufe6f"
)
LATIN_OTHERS = "0123456789'’ʿʾ.,()&/=+@-–«»" + WITHIN
ARABIC_OTHERS = "0123456789٠٣٩\u064b\u064e\u064f\u0651\u0652\u0654\u0670،؟.()/=+@-–«»" + WITHIN


def _words(letters: str, others: str) -> st.SearchStrategy[str]:
    """A few words in normal form C, beginning with a letter."""
    word = st.tuples(st.sampled_from(letters), st.text(letters + others, max_size=7)).map("".join)
    return st.lists(word, min_size=1, max_size=3).map(" ".join).map(lambda t: unicodedata.normalize("NFC", t))


latin = _words(LATIN_LETTERS, LATIN_OTHERS)
arabic = _words(ARABIC_LETTERS, ARABIC_OTHERS)
identifiers = st.lists(st.text("abz059", min_size=1, max_size=6), min_size=1, max_size=5).map("-".join)

# --- dates ---

# Every form of the profile, for something that may have fallen on `day`; `later` is a day behind it.
FORMS = {
    "day": "{day}",
    "approximate day": "{day}~",
    "doubtful day": "{day}?",
    "approximate and doubtful day": "{day}%",
    "month": "{month}",
    "approximate month": "{month}~",
    "year": "{year}",
    "doubtful year": "{year}?",
    "approximate year": "{year}~",
    "set": "[{day},{later}]",
    "range": "[{day}..{later}]",
    "day or month": "[{day},{next_year}-03]",
    "by": "[..{day}]",
    "from": "[{day}..]",
    "open set": "[..{day},{later}..]",
    "duration": "{day}/{later}",
    "months": "{month}/{next_year}-03",
    "began": "{day}/..",
    "ended": "../{day}",
    "always": "../..",
    "yearless day": "XXXX-{day_of_year}",
    "yearless month": "XXXX-{month_of_year}",
    "yearless set": "[{day},XXXX-{day_of_year}]",
}


def written(form: str, day: date, days: int = 2) -> str:
    """A date of the profile under which `day` is possible."""
    return FORMS[form].format(
        day=day,
        month=f"{day:%Y-%m}",
        year=day.year,
        later=day + days * DAY,
        next_year=day.year + 1,
        day_of_year=f"{day:%m-%d}",
        month_of_year=f"{day:%m}",
    )


def bounds(text: object, start: str, end: str) -> Row:
    """The bounds of a date, in columns of these names."""
    when = dates.parse(str(text)) if text else None
    return {start: when.start if when else None, end: when.end if when else None}


def dated(text: str) -> Row:
    """The columns of a date in `events`."""
    return {
        "date_edtf": text,
        **bounds(text, "date_start", "date_end"),
        "date_precision": dates.parse(text).precision,
    }


# --- who, where and what about ---

# Type, country, side.
ACTORS = {
    "iraq": ("state", "IQ", "iq"),
    "syria": ("state", "SY", "sy"),
    "jordan": ("state", "JO", "third"),
    "iq-ministry": ("state_body", "IQ", "iq"),
    "sy-ministry": ("state_body", "SY", "sy"),
    "sy-ministry-before": ("state_body", "SY", "sy"),
    "krg-ministry": ("state_body", "IQ", "iq-krg"),
    "coalition": ("coalition", None, "third"),
    "united-nations": ("international_body", None, "third"),
    "armed-group": ("armed_group", "IQ", "none"),
    "opposition-party": ("party", "SY", "none"),
    "camp-families": ("population", "IQ", "none"),
    "iq-minister": ("person", "IQ", "iq"),
    "iq-predecessor": ("person", "IQ", "iq"),
    "iq-deputy": ("person", "IQ", "iq"),
    "iq-retired": ("person", "IQ", "iq"),
    "iq-officer": ("person", "IQ", "iq"),
    "sy-minister": ("person", "SY", "sy"),
    "sy-officer": ("person", "SY", "sy"),
}
PARENTS = {
    "iq-ministry": "iraq",
    "sy-ministry": "syria",
    "sy-ministry-before": "syria",
    "krg-ministry": "iraq",
    "iq-officer": "iq-ministry",
}
# Body, country, whether one person at a time holds it.
OFFICES = {
    "iq-minister-of-interior": ("iq-ministry", "IQ", True),
    "sy-minister-of-interior": ("sy-ministry", "SY", True),
    "iq-spokesman": ("iq-ministry", "IQ", False),
    "special-envoy": ("united-nations", None, True),
}
# Office and tenure in which they take part in events.
HELD = {
    "iq-minister": ("iq-minister-of-interior", "iq-minister--iq-minister-of-interior--2"),
    "sy-minister": ("sy-minister-of-interior", "sy-minister--sy-minister-of-interior--1"),
}
# Type, country, the place around it.
PLACES = {
    "iq": ("country", "IQ", None),
    "sy": ("country", "SY", None),
    "jazira": ("region", None, None),
    "baghdad-governorate": ("governorate", "IQ", "iq"),
    "baghdad": ("city", "IQ", "baghdad-governorate"),
    "syrian-embassy": ("mission", "IQ", "baghdad"),
    "damascus": ("city", "SY", "sy"),
    "al-qaim": ("crossing", "IQ", "iq"),
    "al-hol": ("camp", "SY", "jazira"),
}
PRECISION = {code: row["geo_precision"] for code, row in CONTRACT.codelists["place_types"].by_code.items()}
RANK = CONTRACT.codelists["acts"].rank
ROLES = CONTRACT.codelists["roles"].by_code
# Roles that depend on nothing but the actor: not on the venue, not on a signing.
FREE_ROLES = [role for role in ROLES if role not in ("host", "guest", "signatory", "party")]
# They take part in nothing that is drawn.
ASIDE = ("sy-ministry-before", "iq-retired")
# Ways in which two occasions that look alike are known to be two.
APART = ("link", "link back", "series", "whole", "strangers", "far")

Part = tuple[str, str, str]
Told = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Choices:
    """What is drawn of a package; by default the plainest of each."""

    latin: tuple[str, ...] = ("Talks in Baghdad", "A session", "Qaʾim, Albu Kamal")
    arabic: tuple[str, ...] = ("مباحثات في بغداد", "جلسة", "القائم والبوكمال")
    longest: bool = False
    stray: str = "stray"
    day: date = date(2024, 5, 12)
    forms: tuple[str, ...] = ("day",)
    days: int = 2
    lag: int = 0
    apart: str = "link"
    handover: int = 1
    tenure_forms: tuple[str, ...] = ("day",)
    superiors: int = 0
    surroundings: int = 0
    origins: int = 1
    amount: str = "120"
    width: int = 0
    venue: str | None = "baghdad"
    coordinates: tuple[float | None, float | None] = (33.3, 44.4)
    crowd: tuple[Part, ...] = ()
    weekday: str | None = "on {english}"


def _casts() -> st.SearchStrategy[tuple[Part, ...]]:
    """Actors in roles that are open to their type, present as such actors in such roles may be."""
    possible = []
    for actor in sorted(ACTORS.keys() - ASIDE):
        kind = ACTORS[actor][0]
        by_type = ["remote", "represented"] + ["in_person"] * (
            kind in ("person", "armed_group", "population")
        )
        for role in FREE_ROLES:
            if kind in ROLES[role]["actor_types"].split():
                named = ["named_only"] * (ROLES[role]["is_active"] == "false")
                possible += [(actor, role, presence) for presence in by_type + named]
    return st.lists(st.sampled_from(possible), max_size=5, unique_by=lambda part: part[:2]).map(tuple)


def _forms(count: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.tuples(*[st.sampled_from(sorted(FORMS))] * count)


choices = st.builds(
    Choices,
    latin=st.tuples(latin, latin, latin),
    arabic=st.tuples(arabic, arabic, arabic),
    longest=st.booleans(),
    stray=identifiers.map(lambda text: f"x{text}"),
    day=st.dates(date(2006, 1, 1), date(2030, 12, 31)),
    forms=_forms(5),
    days=st.integers(1, 40),
    lag=st.sampled_from((0, 0, 1, 400)),
    apart=st.sampled_from(APART),
    handover=st.sampled_from((-1, 0, 1, 60)),
    tenure_forms=_forms(3),
    superiors=st.integers(0, 3),
    surroundings=st.integers(0, 2),
    origins=st.integers(0, 2),
    amount=st.decimals(0, 10**9, places=2).map(str) | st.integers(0, 10**12).map(str),
    width=st.sampled_from((0, 0, 1, 5000)),
    venue=st.sampled_from(("baghdad", "syrian-embassy", None)),
    coordinates=st.sampled_from(((None, None), (-90.0, -180.0), (0.0, 0.0), (33.3, 44.4), (90.0, 180.0))),
    crowd=_casts(),
    weekday=st.sampled_from(("on {english}", "يوم {arabic}", "{english} or {another}", "last year", None)),
)


def packages() -> st.SearchStrategy[Package]:
    """Valid packages."""
    return choices.map(build)


def to_arrow(package: Package) -> Tables:
    """The tables of a package as the judges take them."""
    return {name: frames.to_arrow(CONTRACT.tables[name], found) for name, found in package.items()}


def build(chosen: Choices) -> Package:
    """A valid package."""
    world = _World(chosen)
    package: Package = {name: [] for name in CONTRACT.tables}
    package |= world.tables() | {"sources": _sources(chosen)}
    for occasion in _occasions(chosen):
        for name, found in _rows_of(occasion, world).items():
            package[name] += found
    package["event_links"] = _links(chosen)
    package["settlements"] += _settlements(package)
    package["recodings"] = [{**row, "recoder": "second"} for row in package["claims"][:3]]
    package["extracted_reports"] = [{**package["reports"][0], "event_id": "found", "method": "extracted"}]
    package["extracted_claims"] = [{**package["claims"][0], "event_id": "found"}]
    package["changes"] = rows(
        "release table_name row_key column_name change_kind old_value new_value",
        ("1.1.0", "topics", "smuggling", "topic_id", "merged", "smuggling", chosen.stray),
        ("1.1.0", "figures", "e|areas", "value_low", "corrected", "-1", "=1"),
    )
    package["redirects"] = rows(
        "table_name old_id reason new_id release",
        ("topics", "smuggling", "One topic.", chosen.stray, "1.1.0"),
        ("events", "e", "It never was."),
    )
    package["codes"] = [r for r in entities.code_rows(CONTRACT) if r["code_list"] in ("sides", "stances")]
    whole = {name: [{**NOTHING[name], **row} for row in found] for name, found in package.items()}
    return whole | flat.rows(whole, CONTRACT)


def rows(columns: str, *cells: Sequence[object]) -> list[Row]:
    """Rows of these columns; what is left out at the end is not stated."""
    return [dict(zip(columns.split(), row, strict=False)) for row in cells]


class _World:
    """Entities, and texts of which no two are alike."""

    def __init__(self, chosen: Choices) -> None:
        self.chosen = chosen
        self.named = 0

    def named_rows(self, prefix: str, columns: str, *cells: Sequence[object]) -> list[Row]:
        """Rows with the next texts in both languages, in columns `prefix_en` and `prefix_ar`."""
        return [row | self.texts(prefix) for row in rows(columns, *cells)]

    def texts(self, prefix: str) -> Row:
        self.named += 1
        words = {"en": self.chosen.latin, "ar": self.chosen.arabic}
        return {f"{prefix}_{lang}": f"{text[self.named % 3]} {self.named}" for lang, text in words.items()}

    def tables(self) -> Package:
        stray, day = self.chosen.stray, self.chosen.day
        signed = written(self.chosen.forms[0], day, self.chosen.days)
        topics = [("border", None), ("crossings", "border"), ("drugs", None), (stray, "drugs")]
        return {
            "actors": self.actors(),
            "actor_names": rows(
                "actor_id actor_name language name_type source_id",
                ("iq-minister", self.chosen.latin[0], "en", "official", None),
                ("iq-minister", self.chosen.arabic[0], "ar", "as_printed", "wire"),
            ),
            "offices": self.named_rows(
                "title",
                "office_id body_actor_id country single_holder office_level portfolio",
                *((office, *facts, "2", "interior") for office, facts in OFFICES.items()),
            ),
            "tenures": _tenures(self.chosen),
            "places": self.places(),
            "publishers": self.named_rows(
                "name",
                "publisher_id outlet_type country url",
                ("agency", "news_agency", "IQ"),
                ("paper", "newspaper", "SY", "https://paper.example"),
                (stray, "broadcaster"),
            ),
            "publisher_affiliations": rows(
                "publisher_id affiliation start_edtf end_edtf",
                ("agency", "state", None, "2025"),
                ("agency", "independent", "2025"),
            ),
            "topics": [
                row | self.texts("definition")
                for row in self.named_rows("label", "topic_id broader_topic_id", *topics)
            ],
            "series": self.named_rows("title", "series_id", ("sessions",), (stray,)),
            "instruments": self.named_rows(
                "title",
                "instrument_id instrument_type signed_edtf",
                ("memorandum", "memorandum", signed),
                ("committee", "committee"),
            ),
            "instrument_parties": rows(
                "instrument_id actor_id", ("memorandum", "iraq"), ("memorandum", "syria")
            ),
            "instrument_topics": rows("instrument_id topic_id n_accounts", ("memorandum", "border", 1)),
        }

    def actors(self) -> list[Row]:
        actors = {name: (*facts, PARENTS.get(name)) for name, facts in ACTORS.items()}
        # The lowest of three has as many bodies above it as there may be.
        above = "iq-ministry"
        for name in ("department", "directorate", "section")[: self.chosen.superiors]:
            actors[name] = ("state_body", "IQ", "iq", above)
            above = name
        found = self.named_rows(
            "name",
            "actor_id lineage_id actor_type country side parent_actor_id",
            *((name, name, *facts) for name, facts in actors.items()),
        )
        change = _change(self.chosen)
        for row in found:
            if row["actor_id"] == "sy-ministry":
                row |= {"valid_from_edtf": str(change), "valid_from": change}
            elif row["actor_id"] == "sy-ministry-before":
                row |= {"valid_to_edtf": str(change), "valid_to": change}
                row |= {"succeeded_by_actor_id": "sy-ministry", "lineage_id": "sy-ministry"}
        return found

    def places(self) -> list[Row]:
        places = dict(PLACES)
        # The inner of two has as many places around it as there may be.
        around = "syrian-embassy"
        for name in ("annex", "hall")[: self.chosen.surroundings]:
            places[name] = ("facility", "IQ", around)
            around = name
        known = {"baghdad": (33.3, 44.4)}
        columns = (
            "place_id place_type country parent_place_id latitude longitude geo_precision admin1_place_id"
        )
        return self.named_rows(
            "name",
            columns,
            *(
                (
                    name,
                    *facts,
                    *known.get(name, self.chosen.coordinates),
                    PRECISION[facts[0]],
                    _governorate(name),
                )
                for name, facts in places.items()
            ),
        )


def _governorate(place: str) -> str | None:
    return "baghdad-governorate" if place in ("baghdad", "syrian-embassy") else None


def _change(chosen: Choices) -> date:
    """The day on which the one Syrian ministry became the other."""
    return chosen.day - 200 * DAY


def _last_day(chosen: Choices) -> date:
    """The day on which most is published, and the last on which anything happens."""
    return chosen.day + 60 * DAY


def _as_of(chosen: Choices) -> date:
    return _last_day(chosen) + chosen.lag * DAY


def _tenures(chosen: Choices) -> list[Row]:
    """Three ministers in a row, the first and the last one man; one who acts; two spokesmen at a time."""
    forms, minister = chosen.tenure_forms, "iq-minister-of-interior"
    since, change = chosen.day - 1000 * DAY, _change(chosen)
    ended = since - chosen.handover * DAY
    first = chosen.day - 3000 * DAY
    long_ago = chosen.day - 2200 * DAY
    drawn = [written(forms[n % len(forms)], day) for n, day in enumerate((ended, since, change))]
    found = rows(
        "actor_id office_id number start_edtf end_edtf acting tenure_basis source_id",
        ("iq-minister", minister, 1, str(first), str(first + 500 * DAY), False, "stated", "wire"),
        ("iq-predecessor", minister, 1, str(long_ago), drawn[0], False, "stated", "wire"),
        ("iq-deputy", minister, 1, str(long_ago), None, True, "stated", "wire"),
        ("iq-minister", minister, 2, drawn[1], None, False, "stated", "wire"),
        ("sy-minister", "sy-minister-of-interior", 1, drawn[2], None, False, "stated", "wire"),
        ("iq-retired", "iq-spokesman", "attested", str(since), None, False, "attested", None),
        ("iq-officer", "iq-spokesman", 1, str(since), None, False, "stated", "wire"),
    )
    for row in found:
        row["tenure_id"] = f"{row['actor_id']}--{row['office_id']}--{row.pop('number')}"
        row |= bounds(row["start_edtf"], "start_earliest", "start_latest")
        row |= bounds(row["end_edtf"], "end_earliest", "end_latest")
    return found


def _sources(chosen: Choices) -> list[Row]:
    stray, last = chosen.stray, str(_last_day(chosen))
    drawn = written(chosen.forms[-1], _last_day(chosen), chosen.days)
    copies = [("copy", "translation", "wire"), ("copy-of-copy", "republication", "copy")][: chosen.origins]
    found = rows(
        "source_id publisher_id genre published_edtf origin_source_id origin_publisher_id origin_basis",
        ("wire", "agency", "agency_dispatch", last),
        ("paper-report", "paper", "news_report", drawn),
        ("read-out", None, "statement", None),
        ("preview", "agency", "news_report", str(chosen.day - 30 * DAY)),
        ("rewritten", "paper", "rewrite", last, None, "agency", "inferred"),
        *((name, stray, genre, last, origin, None, "stated") for name, genre, origin in copies),
    )
    for row in found:
        row |= bounds(row["published_edtf"], "published_start", "published_end")
        row |= {"language": "ar", "accessed_date": _as_of(chosen), "text_seen": "beginning"}
        if row["publisher_id"]:
            row |= {"source_title": chosen.arabic[1], "url": f"https://{stray}.example/{row['source_id']}"}
        if row["source_id"] == "wire":
            row |= {"text_seen": "whole", "text_sha256": "0f" * 32, "text_length": TEXT_LENGTH}
    return found


TEXT_LENGTH = 900

# --- events ---


@dataclass
class Occasion:
    """An event and what is said of it: acts parted by spaces, people as (actor, role, presence)."""

    event: str
    acts: str
    date: str
    reports: Told
    people: Sequence[Part] = ()
    venue: str | None = None
    status: str = "occurred"
    inclusion: str = "core"
    extent: str = "single"
    part_of: str | None = None
    series: tuple[str, int | None] | tuple[None, None] = (None, None)
    # The dates that two sources state, where they differ.
    rivals: tuple[str, ...] = ()
    figures: Sequence[Row] = field(default_factory=list)


MINISTERS: list[Part] = [("iq-minister", "host", "in_person"), ("sy-minister", "guest", "in_person")]
STATES: list[Part] = [("iraq", "operator", "represented"), ("syria", "operator", "represented")]
HEARD: Told = (("wire", "reports"),)
RETOLD: Told = (("wire", "reports"), ("paper-report", "confirms"))
ANNOUNCED: Told = (("preview", "previews"),)


def _occasions(chosen: Choices) -> list[Occasion]:
    """Some of everything; beside events with dates of any form such as have days, to be broken on purpose."""

    def drawn(number: int, day: date) -> str:
        return written(chosen.forms[number % len(chosen.forms)], day, chosen.days)

    def after(days: int) -> str:
        return str(chosen.day + days * DAY)

    change, last = _change(chosen), _last_day(chosen)
    band: list[Part] = [("armed-group", "operator", "in_person"), ("camp-families", "victim", "named_only")]
    raiders: list[Part] = [
        ("iq-ministry", "operator", "represented"),
        ("coalition", "supporter", "represented"),
    ]
    callers: list[Part] = [("iq-minister", "caller", "remote"), ("sy-minister", "called", "remote")]
    rivals = (str(chosen.day), drawn(2, chosen.day + 100 * DAY))
    seized = _figures(chosen)
    return [
        *_wholes(chosen),
        *_twins(chosen),
        Occasion(
            "fall", "government_change attack", drawn(0, change), HEARD, band, "damascus", inclusion="context"
        ),
        Occasion("before", "message", str(change), HEARD, [("sy-ministry-before", "participant", "remote")]),
        Occasion(
            "session-1",
            "committee_session statement",
            after(20),
            HEARD,
            MINISTERS,
            chosen.venue,
            series=("sessions", 1),
        ),
        Occasion(
            "session-2", "committee_session", after(40), HEARD, MINISTERS, "baghdad", series=("sessions", 2)
        ),
        Occasion(
            "forum", "conference", after(41), HEARD, [*MINISTERS[:1], *chosen.crowd], series=(chosen.stray, 1)
        ),
        Occasion("audience", "audience", after(43), HEARD, _delegations(), "baghdad"),
        Occasion(
            "sharing",
            "intelligence_exchange",
            drawn(2, chosen.day),
            RETOLD,
            STATES,
            status="ongoing",
            extent="standing",
        ),
        Occasion(
            "raid", "joint_operation seizure", drawn(3, last), HEARD, raiders, "al-qaim", figures=seized
        ),
        Occasion("disputed", "call", dates.one_of(rivals), RETOLD, callers, status="disputed", rivals=rivals),
        Occasion("missed", "visit", after(-10), ANNOUNCED, status="outcome_unknown"),
        Occasion(
            "next",
            "meeting",
            drawn(4, _as_of(chosen)),
            ANNOUNCED,
            MINISTERS,
            status="planned",
            figures=[_figure("visits", planned=2.0)],
        ),
        Occasion("dropped", "opening", drawn(1, chosen.day), (("read-out", "denies"),), status="cancelled"),
    ]


def _delegations() -> list[Part]:
    return [
        *MINISTERS,
        ("iq-officer", "member", "in_person"),
        ("sy-officer", "member", "remote"),
        ("krg-ministry", "participant", "represented"),
        ("sy-ministry", "subject", "named_only"),
    ]


def _wholes(chosen: Choices) -> list[Occasion]:
    """A trip of known days with a signing, and a journey with dates of any form."""
    signatories: list[Part] = [
        ("iraq", "party", "represented"),
        ("syria", "party", "represented"),
        ("iq-minister", "signatory", "in_person"),
        ("jordan", "witness", "remote"),
    ]
    talks, signing = str(chosen.day), str(chosen.day + 2 * DAY)
    envoys: list[Part] = [("iq-officer", "envoy", "in_person"), ("united-nations", "mediator", "represented")]
    stop, way = (written(f, chosen.day + 5 * DAY, chosen.days) for f in (chosen.forms[0], chosen.forms[-1]))
    return [
        Occasion("trip", "visit", f"{talks}/{signing}", HEARD, MINISTERS[1:]),
        Occasion("trip-talks", "talks", talks, HEARD, MINISTERS, "baghdad", part_of="trip"),
        Occasion(
            "trip-signing", "signing press_conference", signing, HEARD, signatories, "baghdad", part_of="trip"
        ),
        Occasion("journey", "invitation", dates.hull([stop, way]), RETOLD, envoys),
        Occasion("journey-stop", "inspection", stop, RETOLD, envoys, "al-hol", part_of="journey"),
    ]


def _twins(chosen: Choices) -> list[Occasion]:
    """Two condemnations within three days, kept apart in the way that was drawn."""
    ways = ("represented", "represented", "remote")
    speakers = [(actor, "speaker", way) for actor, way in zip(("iraq", "syria", "jordan"), ways, strict=True)]
    # One of three is less than half.
    strangers = [("iq-ministry", *speakers[0][1:]), ("sy-ministry", *speakers[1][1:]), speakers[2]]
    apart = chosen.apart
    days = [chosen.day + n * DAY for n in (30, 34 if apart == "far" else 33)]
    twins = [Occasion(f"twin-{n}", "condemnation", str(day), HEARD, speakers) for n, day in enumerate(days)]
    if apart == "strangers":
        twins[1].people = strangers
    elif apart == "series":
        twins[0].series = twins[1].series = ("sessions", None)
    elif apart == "whole":
        twins[0].part_of = twins[1].part_of = "wave"
        twins.append(Occasion("wave", "announcement", f"{days[0]}/{days[1]}", HEARD))
    return twins


def _links(chosen: Choices) -> list[Row]:
    twins = {
        "link": [("twin-0", "twin-1", "may_be_same_as")],
        "link back": [("twin-1", "twin-0", "responds_to")],
    }
    return rows(
        "from_event_id to_event_id relation source_id locator",
        ("session-2", "session-1", "follows_up", "wire", "a few … words"),
        ("audience", "session-1", "coincides_with"),
        ("trip-talks", "fall", "after", "wire", "one two three four five six seven eight"),
        ("sharing", "next", "announces"),
        *twins.get(chosen.apart, []),
    )


def _figures(chosen: Choices) -> list[Row]:
    low = float(chosen.amount)
    return [
        _figure("drugs_seized", low, low + chosen.width, counted=True),
        _figure("persons_arrested", low),
        _figure("population_held", None, low, basis="stock"),
    ]


def _figure(
    measure: str,
    low: float | None = None,
    high: float | None = None,
    planned: float | None = None,
    basis: str = "flow",
    counted: bool = False,
) -> Row:
    numbers = {"value_number": high if low is None else low, "value_low": low, "value_high": high}
    kept: Row = {"is_counted": counted, "settled_by": "single_account", "n_accounts": 1}
    key = {"measure": measure, "item": "all", "unit": "kg", "figure_basis": basis}
    return {**key, **numbers, "value_planned": planned, **kept}


def _rows_of(own: Occasion, world: _World) -> Package:
    """An event with all that hangs on it."""
    key: Row = {"event_id": own.event}
    one: Row = {**key, "n_accounts": 1}
    participants = [one | _participant(*part) for part in own.people]
    places = [(own.venue, "venue"), ("sy", "origin")] if own.venue else []
    signed = [("memorandum", "signed")] if "signing" in own.acts else []
    reports = rows("source_id stance", *own.reports)
    return {
        "events": [_event(own, world)],
        "event_acts": [one | {"act": act} for act in own.acts.split()],
        "participants": participants,
        "event_sides": [key | side for side in _sides(participants)],
        "event_topics": [one | {"topic_id": topic} for topic in ("crossings", "drugs")],
        "event_outcomes": [one | {"outcome": "pledged"}],
        "event_places": [one | row for row in rows("place_id place_role", *places)],
        "event_instruments": [one | row for row in rows("instrument_id stage", *signed)],
        "figures": [key | figure for figure in own.figures],
        "reports": [key | row | {"method": "curated", "coder": "first"} for row in reports],
        "claims": [key | row for row in _claims(own, world.chosen)],
        "settlements": [_status(own)],
    }


def _event(own: Occasion, world: _World) -> Row:
    counts = dict.fromkeys(("n_articles", "n_outlets", "n_accounts"), len(own.reports))
    titles = world.texts("title")
    if world.chosen.longest:
        titles = {column: str(text).ljust(300, ".") for column, text in titles.items()} | world.texts(
            "summary"
        )
    return {
        "event_id": own.event,
        "event_type": min(own.acts.split(), key=RANK.__getitem__),
        "inclusion": own.inclusion,
        "extent": own.extent,
        "status": own.status,
        **titles,
        **dated(own.date),
        "place_id": own.venue,
        "geo_precision": PRECISION[PLACES[own.venue][0]] if own.venue else None,
        "part_of_event_id": own.part_of,
        "series_id": own.series[0],
        "series_number": own.series[1],
        "episode_id": own.part_of or own.event,
        **counts,
    }


def _participant(actor: str, role: str, presence: str) -> Row:
    office, tenure = HELD.get(actor, (None, None))
    what = {"actor_id": actor, "role": role, "side": ACTORS[actor][2], "presence": presence}
    return what | {"office_id": office, "tenure_id": tenure}


def _sides(participants: Sequence[Row]) -> list[Row]:
    present = [
        row["side"] for row in participants if row["side"] != "none" and row["presence"] != "named_only"
    ]
    return rows(
        "side n_present is_host travelled",
        *((side, present.count(side), False, False) for side in dict.fromkeys(present)),
    )


def _claims(own: Occasion, chosen: Choices) -> list[Row]:
    """What the first source says in its own words and what it quotes, then what the second says."""
    (first, _), *others = own.reports
    placed: Row = {"char_start": 0, "char_end": TEXT_LENGTH} if first == "wire" else {}
    said: Row = {"source_id": first, "subject": own.event, **VOICES["outlet"]}
    dates_said = own.rivals or (own.date,)
    roles: list[Row] = [
        {"property": "role", "value": role, "subject": actor} for actor, role, _ in own.people[:2]
    ]
    found: list[Row] = [
        *[{"property": "act", "value": act, **placed} for act in own.acts.split()],
        {"property": "date", "value": dates_said[0], "value_raw": _weekday(dates_said[0], chosen)},
        *roles,
        {"property": "topic", "value": "drugs", "is_complete": True, "locator": chosen.latin[2]},
        {"property": "topic", "value": "crossings", **VOICES["quoted"]},
        *([{"property": "venue", "value": own.venue, **VOICES["unnamed"]}] if own.venue else []),
        *(_numbers(chosen) if own.figures else []),
    ]
    again = {"property": "date", "value": dates_said[-1], "account_id": "paper"}
    return [said | row for row in found] + [said | again | {"source_id": source} for source, _ in others]


VOICES: Mapping[str, Row] = {
    "outlet": {"voice": "outlet", "account_id": "agency", "is_complete": False, "inferred": False},
    "quoted": {
        "voice": "iq-minister@agency",
        "speaker_actor_id": "iq-minister",
        "speaker_type": "official",
        "speaker_country": "IQ",
        "via_publisher_id": "agency",
        "account_id": "iq-ministry",
    },
    "unnamed": {
        "voice": "unnamed_official:iq@broadcaster:sy",
        "speaker_type": "unnamed_official",
        "speaker_country": "IQ",
        "account_id": "agency~broadcaster:sy",
    },
}


def _numbers(chosen: Choices) -> list[Row]:
    subject = "drugs_seized/all/kg/flow"
    number = {"value_number": float(chosen.amount), "unit": "kg", "value_raw": chosen.arabic[2]}
    return [
        {"property": "figure", "subject": subject, "value": chosen.amount, **number},
        {"property": "figure", "subject": "operations/all/count/flow", "value": "150..180"},
    ]


ARABIC_WEEKDAYS = ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")


def _weekday(text: str, chosen: Choices) -> str | None:
    """Words that name the weekday of a day; for other dates, words that name none."""
    day = dates.parse(text)
    if chosen.weekday is None or day.precision != "day" or day.start is None:
        return chosen.weekday and "last year"
    names = {"english": f"{day.start:%A}", "another": f"{day.start + DAY:%A}"}
    return chosen.weekday.format(arabic=ARABIC_WEEKDAYS[day.start.weekday()], **names)


def _status(own: Occasion) -> Row:
    """Nobody states a status; of one event it is decided."""
    by = {"settled_by": "by_default"}
    if own.event == "dropped":
        by = {"settled_by": "curator", "reason": "The later text corrects the earlier."}
    counts = {"n_reports": 0, "n_accounts": 0, "n_values": 1, "difference": "none"}
    key = {"event_id": own.event, "property": "status", "subject": own.event}
    return {**key, "value": own.status, **counts, **by}


def _settlements(package: Mapping[str, Sequence[Row]]) -> list[Row]:
    """What is claimed, settled plainly: sets by union, one value as such, several as a tie."""
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for claim in package["claims"]:
        groups[claim["event_id"], claim["property"], claim["subject"]].append(claim)
    properties = CONTRACT.codelists["properties"].by_code
    found = []
    for key, claims in groups.items():
        values = sorted({str(claim["value"]) for claim in claims})
        if properties[str(key[1])]["cardinality"] == "set":
            rule = ("union", 1, "none")
        else:
            rule = ("unanimous", 1, "none") if len(values) == 1 else ("tie", len(values), "contradiction")
        counts = (len({c["source_id"] for c in claims}), len({c["account_id"] for c in claims}))
        found.append((*key, "; ".join(values), *counts, *rule))
    columns = "event_id property subject value n_reports n_accounts settled_by n_values difference"
    return rows(columns, *found)
