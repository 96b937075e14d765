"""One way to break each rule of the contract, and each kind of constraint, in an otherwise valid package.

`MUTATIONS` has them by name: the code of a rule, or one of KINDS. Each changes as little as it can, works on
every package of `strategies.packages`, and knows where exactly it must be found.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
from strategies import CONTRACT, Package, Row, Tables, bounds, dated

from iqsy import dates

# What is broken that is no rule: a constraint, what a column holds, which columns and tables there are.
KINDS = (
    "required",
    "unique",
    "enum",
    "pattern",
    "range",
    "range of numbers",
    "length",
    "empty",
    "foreign-key",
    "foreign-key to a code list",
    "foreign-key of two columns",
    "hygiene",
    "hygiene of white space",
    "formula",
    "script of English",
    "script of Arabic",
    "tatweel",
    "nfc",
    "nan",
    "infinity",
    "type",
    "missing table",
    "unknown table",
    "missing column",
    "extra column",
    "other order",
)
NINE_WORDS = "one two three four five six seven eight nine"
NOT_A_DATE = "2024-13-40"


@dataclass(frozen=True)
class Place:
    """Where a finding must be: the table, the primary key as text (empty for a whole table), the column."""

    table: str
    key: tuple[tuple[str, str], ...]
    column: str | None


@dataclass(frozen=True)
class Mutation:
    """A way to break something.

    `change` edits the rows of a package in place and gives those that are broken; `shape` does what only
    Arrow tables can be put through; `schema` edits the files of a copy of the contract.
    """

    code: str
    table: str
    column: str | None
    change: Callable[[Package], list[Row]] = lambda package: []
    shape: Callable[[Tables], Tables] = lambda tables: tables
    schema: Callable[[Path], None] | None = None

    def places(self, broken: list[Row]) -> set[Place]:
        """Where the findings must be, for the rows that `change` broke."""
        if not broken:
            return {Place(self.table, (), self.column)}
        key = CONTRACT.tables[self.table].primary_key
        return {Place(self.table, tuple((c, str(row[c])) for c in key), self.column) for row in broken}


MUTATIONS: dict[str, Mutation] = {}
Change = Callable[[Package], Row | list[Row]]


def breaks(name: str, table: str, column: str | None, code: str | None = None) -> Callable[[Change], None]:
    """Register a function that breaks rows of a package and returns those in which that must be found."""

    def register(change: Change) -> None:
        def listed(package: Package) -> list[Row]:
            broken = change(package)
            return broken if isinstance(broken, list) else [broken]

        assert name not in MUTATIONS
        MUTATIONS[name] = Mutation(code or name, table, column, listed)

    return register


def cell(
    name: str, table: str, where: Row, changes: Mapping[str, object], at: str = "", code: str = ""
) -> None:
    """Register a change of cells of one row; a function among the new values is given the row.

    It must be found in the column `at`, by default the first that changes.
    """

    def change(package: Package) -> Row:
        row = one(package, table, where)
        row |= {column: new(row) if callable(new) else new for column, new in changes.items()}
        return row

    breaks(name, table, at or next(iter(changes)), code or name)(change)


def one(package: Package, table: str, where: Row) -> Row:
    """The first row of a table that has these values."""
    return next(row for row in package[table] if all(row[column] == value for column, value in where.items()))


def added(package: Package, table: str, like: Row, changes: Row) -> Row:
    """A new row of a table: another with some changes."""
    row = {**like, **changes}
    package[table].append(row)
    return row


def again(package: Package, event: str, tables: tuple[str, ...] = ("event_acts", "reports")) -> Row:
    """A second event like one, with copies of what hangs on that one in these tables."""
    for table in tables:
        for row in [row for row in package[table] if row["event_id"] == event]:
            added(package, table, row, {"event_id": f"{event}-again"})
    first = one(package, "events", {"event_id": event})
    whole: Row = {} if first["part_of_event_id"] else {"episode_id": f"{event}-again"}
    return added(package, "events", first, {"event_id": f"{event}-again", **whole})


def later(column: str, days: int) -> Callable[[Row], date]:
    """The day so many days after the one in a column."""

    def shifted(row: Row) -> date:
        day = row[column]
        assert isinstance(day, date)
        return day + timedelta(days=days)

    return shifted


# --- events ---

SESSION: Row = {"event_id": "session-1"}
FALL: Row = {"event_id": "fall"}

cell("event-date-parses", "events", SESSION, {"date_edtf": NOT_A_DATE})
cell("event-bounds-follow", "events", SESSION, {"date_end": later("date_end", 1)}, at="date_edtf")
cell("event-precision-follows", "events", SESSION, {"date_precision": "month"})
cell("planned-overdue", "events", {"event_id": "missed"}, {"status": "planned"})
cell("episode-follows", "events", {"event_id": "trip-talks"}, {"episode_id": "trip-talks"})
cell("articles-miscounted", "events", SESSION, {"n_articles": 2})
cell("core-without-side", "events", FALL, {"inclusion": "core"})
cell("context-not-single", "events", FALL, {"extent": "series"})
cell("type-not-highest", "events", SESSION, {"event_type": "statement"})
cell("number-without-series", "events", {"event_id": "audience"}, {"series_number": 1}, at="event_id")


@breaks("occurred-only-previewed", "events", "status")
def _(package: Package) -> Row:
    one(package, "reports", SESSION)["stance"] = "previews"
    return one(package, "events", SESSION)


@breaks("part-outside-whole", "events", "date_edtf")
def _(package: Package) -> Row:
    part = one(package, "events", {"event_id": "trip-talks"})
    part |= dated(str(later("date_end", 3)(part)))
    return part


@breaks("parts-too-deep", "events", "part_of_event_id")
def _(package: Package) -> Row:
    deep = again(package, "trip-talks")
    deep["part_of_event_id"] = "trip-talks"
    return deep


@breaks("event-without-report", "events", "n_articles")
def _(package: Package) -> Row:
    untold = again(package, "session-1", ("event_acts",))
    untold |= {"series_number": None, "n_articles": 0}
    return untold


@breaks("context-too-vague", "events", "date_edtf")
def _(package: Package) -> Row:
    vague = one(package, "events", FALL)
    vague |= {"place_id": "sy", **dated(f"[2003..{vague['date_end'] or 2005}]")}
    return vague


@breaks("near-duplicate", "events", "event_id")
def _(package: Package) -> Row:
    again(package, "audience", ("event_acts", "reports", "participants", "events_flat"))
    return one(package, "events", {"event_id": "audience"})


@breaks("series-number-twice", "events", "event_id")
def _(package: Package) -> list[Row]:
    sessions = [one(package, "events", {"event_id": f"session-{number}"}) for number in (1, 2)]
    sessions[1]["series_number"] = sessions[0]["series_number"]
    return sessions


cell("report-before-event", "reports", {"event_id": "missed"}, {"stance": "reports"})
cell(
    "links-to-itself",
    "event_links",
    {"relation": "coincides_with"},
    {"to_event_id": lambda r: r["from_event_id"]},
)
cell("link-locator-too-long", "event_links", {"relation": "coincides_with"}, {"locator": NINE_WORDS})
cell(
    "after-before",
    "event_links",
    {"relation": "follows_up"},
    {"from_event_id": "session-1", "to_event_id": "session-2"},
    at="relation",
)

# --- participants ---


def member(
    name: str, actor: str, changes: Mapping[str, object], at: str = "", event: str = "audience"
) -> None:
    """Register a change of what an actor was at an event."""
    cell(name, "participants", {"event_id": event, "actor_id": actor}, changes, at)


member("office-not-held", "iq-minister", {"tenure_id": None}, at="office_id")
member("tenure-elsewhen", "iq-minister", {"tenure_id": "iq-minister--iq-minister-of-interior--1"})
member("tenure-of-another", "iq-minister", {"tenure_id": "sy-minister--sy-minister-of-interior--1"})
member("side-not-of-body", "iq-minister", {"side": "sy"})
member("party-without-signing", "iq-officer", {"role": "signatory"})
member("guest-at-home", "iq-officer", {"role": "guest"})
member("host-abroad", "sy-officer", {"role": "host"})
member("role-unlike-actor", "armed-group", {"role": "head_of_delegation"}, event="fall")
member("body-in-person", "krg-ministry", {"presence": "in_person"})
member("active-but-only-named", "iq-officer", {"presence": "named_only"})


@breaks("acts-before-founding", "participants", "actor_id")
def _(package: Package) -> Row:
    return _outlives(package, "valid_from", 1)


@breaks("acts-after-end", "participants", "actor_id")
def _(package: Package) -> Row:
    return _outlives(package, "valid_to", -1)


def _outlives(package: Package, bound: str, days: int) -> Row:
    """Give a body that takes part in one event only a life that does not reach to it."""
    event = one(package, "events", {"event_id": "audience"})
    day = later("date_start", days)(event)
    package["participants"] = [
        p for p in package["participants"] if p["actor_id"] != "krg-ministry" or p["event_id"] == "audience"
    ]
    one(package, "actors", {"actor_id": "krg-ministry"}).update({f"{bound}_edtf": str(day), bound: day})
    return one(package, "participants", {"actor_id": "krg-ministry"})


# --- tenures and offices ---

FIRST: Row = {"tenure_id": "iq-minister--iq-minister-of-interior--1"}
SPOKESMAN: Row = {"tenure_id": "iq-retired--iq-spokesman--attested"}

cell("tenure-dates-parse", "tenures", FIRST, {"end_edtf": NOT_A_DATE}, at="start_edtf")
cell("tenure-bounds-follow", "tenures", FIRST, {"end_latest": later("end_latest", 1)}, at="start_edtf")
cell(
    "tenures-overlap",
    "tenures",
    FIRST,
    {"end_edtf": None, **bounds(None, "end_earliest", "end_latest")},
    at="tenure_id",
)
cell("tenure-without-source", "tenures", FIRST, {"source_id": None})
cell("tenure-across-countries", "tenures", SPOKESMAN, {"actor_id": "sy-officer"}, at="office_id")
cell("tenure-of-body", "tenures", SPOKESMAN, {"actor_id": "iraq"})
cell("office-elsewhere", "offices", {"office_id": "iq-spokesman"}, {"country": "SY"})


@breaks("tenure-ends-first", "tenures", "end_edtf")
def _(package: Package) -> Row:
    tenure = one(package, "tenures", FIRST)
    start = str(later("end_latest", 1)(tenure))
    tenure |= {"start_edtf": start, **bounds(start, "start_earliest", "start_latest")}
    return tenure


# --- who, where and what about ---

OFFICER: Row = {"actor_id": "iq-officer"}

cell("actor-dates-follow", "actors", OFFICER, {"valid_from": date(2003, 1, 1)}, at="valid_from_edtf")
cell("lineage-follows", "actors", {"actor_id": "sy-ministry-before"}, {"lineage_id": "sy-ministry-before"})
cell("actor-off-side", "actors", {"actor_id": "iq-retired"}, {"side": "sy"})
cell("half-a-coordinate", "places", {"place_id": "baghdad"}, {"latitude": None})
cell("place-across-border", "places", {"place_id": "al-qaim"}, {"country": "SY"})
cell("place-precision-follows", "places", {"place_id": "baghdad"}, {"geo_precision": "7"})
cell(
    "topics-too-deep", "topics", {"topic_id": "crossings"}, {"broader_topic_id": lambda row: row["topic_id"]}
)
cell("broader-unknown", "codes", {"code_list": "sides", "code": "third"}, {"broader": "nobody"})
cell("codes-too-deep", "codes", {"code_list": "sides", "code": "third"}, {"broader": "iq-krg"})
cell(
    "affiliation-dates-parse",
    "publisher_affiliations",
    {"affiliation": "state"},
    {"end_edtf": NOT_A_DATE},
    at="start_edtf",
)
cell("instrument-date-parses", "instruments", {"instrument_id": "memorandum"}, {"signed_edtf": NOT_A_DATE})


@breaks("parents-too-deep", "actors", "parent_actor_id")
def _(package: Package) -> Row:
    return _nested(
        package,
        "actors",
        "actor_id",
        "parent_actor_id",
        one(package, "actors", {"actor_id": "krg-ministry"}),
        4,
    )


@breaks("places-too-deep", "places", "parent_place_id")
def _(package: Package) -> Row:
    return _nested(
        package, "places", "place_id", "parent_place_id", one(package, "places", {"place_id": "al-qaim"}), 5
    )


def _nested(package: Package, table: str, key: str, parent: str, top: Row, levels: int) -> Row:
    """So many rows more, each in the one before, the first in a row that is itself in another."""
    row = top
    for level in range(levels):
        changes: Row = {key: f"level-{level}", parent: row[key]}
        row = added(
            package, table, row, changes | ({"lineage_id": f"level-{level}"} if table == "actors" else {})
        )
    return row


@breaks("actor-is-publisher", "actors", "actor_id")
def _(package: Package) -> Row:
    added(
        package,
        "publishers",
        one(package, "publishers", {"publisher_id": "agency"}),
        {"publisher_id": "iq-officer"},
    )
    return one(package, "actors", OFFICER)


# --- evidence ---

WIRE: Row = {"source_id": "wire"}
REWRITTEN: Row = {"source_id": "rewritten"}

cell(
    "source-date-follows", "sources", WIRE, {"published_end": later("published_end", 1)}, at="published_edtf"
)
cell(
    "published-after-reading",
    "sources",
    WIRE,
    {"accessed_date": later("published_end", -1)},
    at="published_edtf",
)
cell("copy-without-origin", "sources", {"source_id": "read-out"}, {"genre": "translation"})
cell("origin-without-basis", "sources", REWRITTEN, {"origin_basis": None})


@breaks("origins-too-deep", "sources", "origin_source_id")
def _(package: Package) -> Row:
    row = one(package, "sources", REWRITTEN)
    for step in range(3):
        row = added(
            package, "sources", row, {"source_id": f"step-{step}", "origin_source_id": row["source_id"]}
        )
    return row


def said(
    name: str, prop: str, changes: Mapping[str, object], at: str = "", code: str = "", **where: object
) -> None:
    """Register a change of a claim about the first session, or about the raid where it is a figure."""
    event = "raid" if prop == "figure" else "session-1"
    cell(name, "claims", {"event_id": event, "property": prop, **where}, changes, at, code)


said("value-unknown", "act", {"value": "nonsense"})
said("number-misread", "figure", {"value_number": -1.0}, at="value")
said("outlet-with-speaker", "topic", {"speaker_type": "official"}, value="drugs")
said("quote-without-speaker", "topic", {"speaker_type": None}, value="crossings")
said("passage-half-placed", "act", {"char_end": None}, at="char_start")
said("passage-ends-first", "act", {"char_start": 900}, at="char_end")
said("passage-outside-text", "act", {"char_end": 901})
said("locator-too-long", "act", {"locator": NINE_WORDS})
said("raw-too-long", "act", {"value_raw": NINE_WORDS})
said("date-claim-parses", "date", {"value": NOT_A_DATE})


@breaks("subject-unknown", "claims", "subject")
def _(package: Package) -> Row:
    claim = one(package, "claims", {"event_id": "session-1", "property": "role"})
    return added(package, "claims", claim, {"subject": "nobody"})


@breaks("passage-in-unknown-text", "claims", "char_start")
def _(package: Package) -> Row:
    claim = one(package, "claims", {"source_id": "preview"})
    claim |= {"char_start": 0, "char_end": 900}
    return claim


@breaks("weekday-misfits", "claims", "value")
def _(package: Package) -> Row:
    claim = one(package, "claims", {"event_id": "session-1", "property": "date"})
    day = dates.parse(str(claim["value"])).start
    assert day is not None
    claim["value_raw"] = f"on {day + timedelta(days=1):%A}"
    return claim


DATED: Row = {"event_id": "session-1", "property": "date"}
ASSUMED: Row = {"event_id": "session-1", "property": "status"}

cell("settled-from-nothing", "settlements", ASSUMED, {"settled_by": "unanimous"})
cell("decided-without-reason", "settlements", {"settled_by": "curator"}, {"reason": None})
cell("tie-of-one", "settlements", DATED, {"settled_by": "majority"}, at="n_values")
cell("difference-of-one", "settlements", DATED, {"difference": "precision"})
cell("figure-out-of-range", "figures", {"measure": "drugs_seized"}, {"value_number": -1.0})
cell("counted-but-no-flow", "figures", {"measure": "population_held"}, {"is_counted": True})

# --- kinds of constraints ---

SERIES: Row = {"series_id": "sessions"}
FIRST_REPORT: Row = {"event_id": "session-1"}

cell("required", "reports", FIRST_REPORT, {"coder": None})
cell("pattern", "reports", FIRST_REPORT, {"coder": "Second_Coder"}, code="pattern")
cell("range", "claims", {"char_start": 0}, {"char_start": -1})
cell("range of numbers", "places", {"place_id": "baghdad"}, {"latitude": 90.5}, code="range")
cell("length", "series", SERIES, {"title_en": "x" * 301})
cell("foreign-key", "event_topics", {"event_id": "session-1"}, {"topic_id": "nowhere"})
cell(
    "foreign-key to a code list",
    "event_outcomes",
    {"event_id": "session-1"},
    {"outcome": "nothing"},
    code="foreign-key",
)
cell("hygiene", "series", SERIES, {"title_en": "Sessions\u200f"})
cell("hygiene of white space", "series", SERIES, {"title_ar": "\u2003 \u00a0"}, code="hygiene")
cell("formula", "series", SERIES, {"title_en": "=1+1"})
cell("script of English", "series", SERIES, {"title_en": "Session \u062c"}, code="script")
cell("tatweel", "series", SERIES, {"title_ar": "جلـسة"})
cell("script of Arabic", "series", SERIES, {"title_ar": "جلسة x"}, code="script")
cell("nfc", "series", SERIES, {"title_ar": "ا\u0654مر"})
cell("infinity", "figures", {"measure": "visits"}, {"value_planned": float("inf")}, code="nan")


@breaks("unique", "event_outcomes", "event_id+outcome")
def _(package: Package) -> Row:
    return added(package, "event_outcomes", package["event_outcomes"][0], {"n_accounts": 2})


@breaks("foreign-key of two columns", "claims", "event_id+source_id", "foreign-key")
def _(package: Package) -> Row:
    claim = one(package, "claims", {"event_id": "session-1", "property": "act"})
    return added(package, "claims", claim, {"source_id": "preview", "char_start": None, "char_end": None})


def reshaped(
    name: str,
    code: str,
    table: str,
    shape: Callable[[pa.Table], pa.Table],
    column: str | None = None,
    where: Row | None = None,
) -> None:
    """Register what only an Arrow table can be put through; `where` says in which row of it that is found."""

    def change(package: Package) -> list[Row]:
        return [one(package, table, where)] if where else []

    MUTATIONS[name] = Mutation(
        code, table, column, change, lambda tables: {**tables, table: shape(tables[table])}
    )


def with_value(arrow: pa.Table, column: str, value: object, kind: pa.DataType) -> pa.Table:
    """The table with one value in the first row of a column, which is given a type that can hold it."""
    values = arrow.column(column).cast(kind).to_pylist()
    return arrow.set_column(arrow.column_names.index(column), column, pa.array([value, *values[1:]], kind))


reshaped(
    "nan",
    "nan",
    "figures",
    lambda t: with_value(t, "value_planned", float("nan"), pa.float64()),
    "value_planned",
    {"measure": "visits"},
)
reshaped("type", "type", "events", lambda t: with_value(t, "n_articles", "many", pa.string()), "n_articles")
reshaped("missing column", "structure", "series", lambda t: t.drop_columns(["title_ar"]))
reshaped("extra column", "structure", "series", lambda t: t.append_column("extra", t.column("title_ar")))
reshaped("other order", "structure", "series", lambda t: t.select(["title_en", "series_id", "title_ar"]))
MUTATIONS["missing table"] = Mutation(
    "structure", "recodings", None, shape=lambda tables: {n: t for n, t in tables.items() if n != "recodings"}
)
MUTATIONS["unknown table"] = Mutation(
    "structure", "rumours", None, shape=lambda tables: {**tables, "rumours": tables["series"]}
)


def _close_coders(schema: Path) -> None:
    """Let the contract list who codes, which ours leaves open: no table of it has a list of its own."""
    path = schema / "tables" / "reports.json"
    described = json.loads(path.read_text(encoding="utf-8"))
    (coder,) = (field for field in described["fields"] if field["name"] == "coder")
    coder["constraints"]["enum"] = ["first"]
    path.write_text(json.dumps(described), encoding="utf-8")


def _by_another(package: Package) -> list[Row]:
    report = one(package, "reports", FIRST_REPORT)
    report["coder"] = "another"
    return [report]


MUTATIONS["enum"] = Mutation("enum", "reports", "coder", _by_another, schema=_close_coders)
# An empty text, which a file cannot tell from none.
reshaped(
    "empty", "length", "series", lambda t: with_value(t, "title_en", "", pa.string()), "title_en", SERIES
)
