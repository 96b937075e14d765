"""Who, where and what about: the rows of actors, offices, tenures, places, publishers, topics, instruments and series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from iqsy import dates
from iqsy.accounts import Offices, Tenure
from iqsy.claims import Row
from iqsy.contract import Contract
from iqsy.records import Records, listed, maybe, text, truth
from iqsy.settle import SEPARATOR
from iqsy.strict import Node

ATTESTED = "attested"


def actor_rows(records: Records) -> list[Row]:
    """Rows of `actors`; the first English and the first Arabic name of a record are the actor's names."""
    return [_actor(node, records["actors"]) for node in records["actors"].values()]


def _actor(node: Node, actors: Mapping[str, Node]) -> Row:
    founded, ended = maybe(node, "founded"), maybe(node, "ended")
    return {
        "actor_id": text(node, "id"),
        "actor_type": text(node, "type"),
        "name_en": _first_name(node, "en"),
        "name_ar": _first_name(node, "ar"),
        "country": maybe(node, "country"),
        "side": text(node, "side"),
        "parent_actor_id": maybe(node, "parent"),
        "valid_from_edtf": founded,
        "valid_to_edtf": ended,
        "valid_from": dates.parse(founded).start if founded else None,
        "valid_to": dates.parse(ended).end if ended else None,
        "succeeded_by_actor_id": maybe(node, "succeeded_by"),
        "lineage_id": _last_successor(text(node, "id"), actors),
        "note": maybe(node, "note"),
    }


def _first_name(node: Node, language: str) -> str | None:
    return next((text(n, "name") for n in listed(node, "names") if text(n, "language") == language), None)


def _last_successor(actor: str, actors: Mapping[str, Node]) -> str:
    seen = {actor}
    while (successor := maybe(actors[actor], "succeeded_by")) is not None and successor not in seen:
        seen.add(successor)
        actor = successor
    return actor


def office_rows(records: Records) -> list[Row]:
    """Rows of `offices`; an office is of its body's country."""
    return [
        {
            "office_id": text(node, "id"),
            "body_actor_id": text(node, "body"),
            "title_en": text(node, "title_en"),
            "title_ar": text(node, "title_ar"),
            "office_level": text(node, "level"),
            "portfolio": text(node, "portfolio"),
            "country": maybe(records["actors"][text(node, "body")], "country"),
            "single_holder": truth(node, "single_holder", default=True),
        }
        for node in records["offices"].values()
    ]


def tenure_rows(records: Records) -> list[Row]:
    """Rows of `tenures` that sources state; several of one person in one office are numbered in the order of the record."""
    rows = []
    for actor, node in records["actors"].items():
        counts: dict[str, int] = {}
        for tenure in listed(node, "tenures"):
            office = text(tenure, "office")
            counts[office] = counts.get(office, 0) + 1
            rows.append(
                tenure_row(
                    f"{actor}--{office}--{counts[office]}",
                    actor,
                    office,
                    text(tenure, "start"),
                    maybe(tenure, "end"),
                    acting=truth(tenure, "acting"),
                    basis="stated",
                    source=text(tenure, "source"),
                )
            )
    return rows


def tenure_row(
    tenure: str,
    actor: str,
    office: str,
    start: str,
    end: str | None,
    *,
    acting: bool,
    basis: str,
    source: str | None,
) -> Row:
    """A row of `tenures` with the four bounds of its two dates."""
    first = dates.parse(start)
    last = dates.parse(end) if end else None
    return {
        "tenure_id": tenure,
        "actor_id": actor,
        "office_id": office,
        "start_edtf": start,
        "end_edtf": end,
        "start_earliest": first.start,
        "start_latest": first.end,
        "end_earliest": last.start if last else None,
        "end_latest": last.end if last else None,
        "acting": acting,
        "tenure_basis": basis,
        "source_id": source,
    }


def offices_held(tenures: Iterable[Row], offices: Mapping[str, Row]) -> Offices:
    """The index of who held which office when."""

    def held(row: Row) -> Tenure:
        office = offices[str(row["office_id"])]
        start, end = row["start_earliest"], row["end_latest"]
        return Tenure(
            str(row["tenure_id"]),
            str(row["actor_id"]),
            str(row["office_id"]),
            str(office["body_actor_id"]),
            int(str(office["office_level"])),
            start if isinstance(start, date) else date.min,
            end if isinstance(end, date) else date.max,
            bool(row["acting"]),
        )

    return Offices([held(row) for row in tenures])


def place_rows(records: Records, contract: Contract) -> list[Row]:
    """Rows of `places`, with the governorate that holds each and UCDP's precision of its type."""
    nodes = records["places"]
    types = contract.codelists["place_types"].by_code
    rows: list[Row] = []
    for place, node in nodes.items():
        above = ancestors(place, place_parents(records))
        governorate = (p for p in above if text(nodes[p], "type") == "governorate")
        latitude, longitude = maybe(node, "latitude"), maybe(node, "longitude")
        rows.append(
            {
                "place_id": place,
                "place_type": text(node, "type"),
                "name_en": text(node, "name_en"),
                "name_ar": text(node, "name_ar"),
                "country": maybe(node, "country"),
                "latitude": float(latitude) if latitude else None,
                "longitude": float(longitude) if longitude else None,
                "parent_place_id": maybe(node, "within"),
                "admin1_place_id": next(governorate, None),
                "geo_precision": types[text(node, "type")]["geo_precision"],
            }
        )
    return rows


def place_parents(records: Records) -> dict[str, str | None]:
    """Each place's next larger place."""
    return {place: maybe(node, "within") for place, node in records["places"].items()}


def ancestors(place: str, parents: Mapping[str, str | None]) -> list[str]:
    """The places that hold a place, nearest first; a circle ends where it closes."""
    found: list[str] = []
    while (parent := parents[place]) is not None and parent not in found:
        found.append(parent)
        place = parent
    return found


def publisher_rows(records: Records) -> list[Row]:
    """Rows of `publishers`."""
    return [
        {
            "publisher_id": publisher,
            "name_en": text(node, "name_en"),
            "name_ar": maybe(node, "name_ar"),
            "outlet_type": text(node, "type"),
            "country": maybe(node, "country"),
            "url": maybe(node, "url"),
        }
        for publisher, node in records["publishers"].items()
    ]


def affiliation_rows(records: Records) -> list[Row]:
    """Rows of `publisher_affiliations`."""
    rows: list[Row] = [
        {
            "publisher_id": publisher,
            "affiliation": text(entry, "affiliation"),
            "start_edtf": maybe(entry, "start"),
            "end_edtf": maybe(entry, "end"),
        }
        for publisher, node in records["publishers"].items()
        for entry in listed(node, "affiliations")
    ]
    return rows


def topic_rows(records: Records) -> list[Row]:
    """Rows of `topics`."""

    def joined(node: Node, key: str) -> str | None:
        return SEPARATOR.join(str(n.value) for n in listed(node, key)) or None

    return [
        {
            "topic_id": topic,
            "broader_topic_id": maybe(node, "broader"),
            "label_en": text(node, "label_en"),
            "label_ar": text(node, "label_ar"),
            "definition_en": text(node, "definition_en"),
            "definition_ar": text(node, "definition_ar"),
            "alt_labels_en": joined(node, "alt_en"),
            "alt_labels_ar": joined(node, "alt_ar"),
        }
        for topic, node in records["topics"].items()
    ]


def instrument_rows(records: Records) -> list[Row]:
    """Rows of `instruments`."""
    return [
        {
            "instrument_id": instrument,
            "instrument_type": text(node, "type"),
            "title_en": text(node, "title_en"),
            "title_ar": text(node, "title_ar"),
            "signed_edtf": maybe(node, "signed"),
        }
        for instrument, node in records["instruments"].items()
    ]


def party_rows(records: Records) -> list[Row]:
    """Rows of `instrument_parties`."""
    return [
        {"instrument_id": instrument, "actor_id": str(party.value)}
        for instrument, node in records["instruments"].items()
        for party in listed(node, "parties")
    ]


def series_rows(records: Records) -> list[Row]:
    """Rows of `series`."""
    return [
        {"series_id": series, "title_en": text(node, "title_en"), "title_ar": text(node, "title_ar")}
        for series, node in records["series"].items()
    ]


def code_rows(contract: Contract) -> list[Row]:
    """Rows of `codes`: every code of every list."""
    shared = ("code", "label_en", "label_ar", "definition_en", "definition_ar")
    return [
        {
            "code_list": name,
            **{column: row[column] for column in shared},
            "broader": row["broader"] or None,
            "rank": int(row["rank"]),
        }
        for name, codelist in contract.codelists.items()
        for row in codelist.rows
    ]


def link_rows(records: Records) -> list[Row]:
    """Rows of `event_links`, from the events' records."""
    rows: list[Row] = []
    for event, node in records["events"].items():
        for link in listed(node, "links"):
            rows.append(
                {
                    "from_event_id": event,
                    "to_event_id": text(link, "to"),
                    "relation": text(link, "relation"),
                    "source_id": maybe(link, "source"),
                    "locator": maybe(link, "at"),
                }
            )
    return rows


def part_of(records: Records) -> dict[str, str]:
    """Event → the whole that it is a part of."""
    found = {event: maybe(node, "part_of") for event, node in records["events"].items()}
    return {event: whole for event, whole in found.items() if whole is not None}


def settle_decisions(records: Records) -> dict[tuple[str, str, str], tuple[str, str]]:
    """(event, property, subject) → (value, reason) of the curators' own decisions."""
    decided = {}
    for event, node in records["events"].items():
        for entry in listed(node, "settle"):
            key = event, text(entry, "property"), maybe(entry, "subject") or event
            decided[key] = text(entry, "value"), text(entry, "reason")
    return decided
