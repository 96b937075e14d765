"""Settlements → events and what hangs on them: acts, participants, sides, topics, outcomes, places, figures, instruments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from iqsy import amounts, dates
from iqsy.accounts import Offices, Tenure
from iqsy.claims import Claim, Row
from iqsy.contract import Contract
from iqsy.entities import ATTESTED, tenure_row
from iqsy.records import Records, get, maybe, text
from iqsy.settle import Settlement
from iqsy.settlements import Settled

NO_SIDE = "none"
EVER = "[..2100-12-31]"
NOTHING = amounts.Amount(None, None, None)
HAPPENED = {"occurred", "ongoing"}


@dataclass(frozen=True)
class World:
    """What events are derived from: the contract, the records, who and where, the evidence and its settlements."""

    contract: Contract
    records: Records
    actors: Mapping[str, Row]
    offices: Mapping[str, Row]
    places: Mapping[str, Row]
    held: Offices
    sources: Mapping[str, Row]
    reports: Mapping[str, Sequence[Row]]
    claims: Mapping[str, Sequence[Claim]]
    accounts: Mapping[tuple[str, ...], str]
    settled: Mapping[str, Settled]
    wholes: Mapping[str, str]

    @cached_property
    def roles(self) -> Mapping[str, Mapping[str, str]]:
        return self.contract.codelists["roles"].by_code

    @cached_property
    def parts(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for part, whole in sorted(self.wholes.items()):
            found[whole].append(part)
        return found

    def is_active(self, role: object) -> bool:
        return self.roles[str(role)]["is_active"] == "true"

    def bounds(self, event: str) -> tuple[date | None, date | None]:
        parsed = dates.parse(self.settled[event].value("date") or "")
        return parsed.start, parsed.end

    def episode(self, event: str) -> str:
        """The topmost whole of an event, or itself."""
        seen = {event}
        while (whole := self.wholes.get(event)) is not None and whole not in seen:
            seen.add(whole)
            event = whole
        return event


def settled_rows(world: World, tenures: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows of every table that hangs on settlements; attested tenures join those that sources state."""
    participants, attested = participant_rows(world)
    return {
        "events": event_rows(world),
        "event_acts": member_rows(world, "act", "act"),
        "participants": participants,
        "event_sides": side_rows(world, participants),
        "event_topics": member_rows(world, "topic", "topic_id"),
        "event_outcomes": member_rows(world, "outcome", "outcome"),
        "event_places": place_link_rows(world),
        "figures": figure_rows(world),
        "event_instruments": stage_rows(world),
        "instrument_topics": coverage_rows(world),
        "tenures": [*tenures, *attested],
        "settlements": settlement_rows(world),
    }


def event_rows(world: World) -> list[Row]:
    """Rows of `events`."""
    return [_event(world, event, own) for event, own in world.settled.items()]


def _event(world: World, event: str, own: Settled) -> Row:
    node = world.records["events"][event]
    series = get(node, "series")
    number = maybe(series, "number") if series else None
    when = dates.parse(own.value("date") or "")
    venue = own.value("venue")
    reports = world.reports.get(event, ())
    sources = [world.sources[str(r["source_id"])] for r in reports]
    return {
        "event_id": event,
        "event_type": _highest(own.members("act"), world.contract),
        "inclusion": text(node, "inclusion"),
        "extent": maybe(node, "extent") or "single",
        "status": own.value("status"),
        "title_en": text(node, "title_en"),
        "title_ar": text(node, "title_ar"),
        "summary_en": maybe(node, "summary_en"),
        "summary_ar": maybe(node, "summary_ar"),
        "date_edtf": when.text,
        "date_start": when.start,
        "date_end": when.end,
        "date_precision": when.precision,
        "place_id": venue,
        "geo_precision": world.places[venue]["geo_precision"] if venue else None,
        "part_of_event_id": world.wholes.get(event),
        "series_id": text(series, "id") if series else None,
        "series_number": int(number) if number else None,
        "episode_id": world.episode(event),
        "n_articles": len(reports),
        "n_outlets": len({s["publisher_id"] or s["source_id"] for s in sources}),
        "n_accounts": len({world.accounts[c.key] for c in world.claims.get(event, ())}),
    }


def _highest(acts: Iterable[str], contract: Contract) -> str | None:
    return min(acts, key=contract.codelists["acts"].rank.__getitem__, default=None)


def member_rows(world: World, prop: str, column: str) -> list[Row]:
    """Rows of a table that lists the members of a set of the event itself, with the accounts behind each."""
    return [
        {"event_id": event, column: value, "n_accounts": len(accounts)}
        for event, own in world.settled.items()
        for value, accounts in own.members(prop).items()
    ]


def place_link_rows(world: World) -> list[Row]:
    """Rows of `event_places`: the venue, and every other place with its role."""
    rows = []
    for event, own in world.settled.items():
        venue = own.by_key.get(("venue", event))
        if venue is not None:
            rows.append(_event_place(event, venue.value, "venue", venue.n_accounts))
        for role in own.subjects("place"):
            for place, accounts in own.members("place", role).items():
                rows.append(_event_place(event, place, role, len(accounts)))
    return rows


def _event_place(event: str, place: str, role: str, n_accounts: int) -> Row:
    return {"event_id": event, "place_id": place, "place_role": role, "n_accounts": n_accounts}


def participant_rows(world: World) -> tuple[list[Row], list[Row]]:
    """Rows of `participants`, and rows of `tenures` for offices that articles attest and no source dates."""
    rows: list[Row] = []
    for event, own in world.settled.items():
        found = [row for actor in own.subjects("role") for row in _roles_of(world, event, own, actor)]
        rows += _folded(found, world)
    attested = _attested(rows, world)
    for row in rows:
        key = row["actor_id"], row["office_id"]
        if row["office_id"] is not None and row["tenure_id"] is None and key in attested:
            row["tenure_id"] = attested[key]["tenure_id"]
    return [_counted(row) for row in rows], list(attested.values())


def _roles_of(world: World, event: str, own: Settled, actor: str) -> list[Row]:
    kind = str(world.actors[actor]["actor_type"])
    office, tenure = (
        _office(world, event, own, actor) if kind == "person" else (own.value("office", actor), None)
    )
    body = world.actors[str(world.offices[office]["body_actor_id"])] if office else None
    presence = own.value("presence", actor)
    return [
        {
            "event_id": event,
            "actor_id": actor,
            "role": role,
            "side": (body or world.actors[actor])["side"],
            "presence": presence or _presence(world.roles[role]["default_presence"], kind),
            "office_id": office,
            "tenure_id": tenure.tenure_id if tenure else None,
            "represents_actor_id": own.value("represents", actor),
            "accounts": accounts,
        }
        for role, accounts in own.members("role", actor).items()
    ]


def _office(world: World, event: str, own: Settled, actor: str) -> tuple[str | None, Tenure | None]:
    """The office that accounts give, with its tenure; else the one that the person held throughout the event's dates."""
    start, end = world.bounds(event)
    stated = own.value("office", actor)
    if stated is not None:
        return stated, world.held.held(actor, start, end, stated)
    tenure = world.held.held(actor, start, end)
    if tenure is None or start is None or end is None or tenure.start > start or tenure.end < end:
        return None, None
    return tenure.office, tenure


def _presence(default: str, kind: str) -> str:
    """People act in person where their role does; bodies, states and groups through those who act for them."""
    return "represented" if default == "in_person" and kind != "person" else default


def _folded(rows: Sequence[Row], world: World) -> list[Row]:
    """A body that has the same role as its own office-holder is the same participant; its accounts join his."""
    holders: dict[tuple[object, object], Row] = {}
    for row in rows:
        if row["office_id"] is not None and world.actors[str(row["actor_id"])]["actor_type"] == "person":
            holders.setdefault((world.offices[str(row["office_id"])]["body_actor_id"], row["role"]), row)
    kept = []
    for row in rows:
        holder = holders.get((row["actor_id"], row["role"]))
        if holder is None:
            kept.append(row)
        else:
            holder["accounts"] = frozenset((*_accounts(holder), *_accounts(row)))
    return kept


def _accounts(row: Row) -> frozenset[str]:
    accounts = row["accounts"]
    assert isinstance(accounts, frozenset)
    return accounts


def _counted(row: Row) -> Row:
    return {**{k: v for k, v in row.items() if k != "accounts"}, "n_accounts": len(_accounts(row))}


def _attested(rows: Iterable[Row], world: World) -> dict[tuple[object, object], Row]:
    """One tenure for each person and office that events show and no source dates: from the first such event to the last."""
    shown: dict[tuple[object, object], list[str]] = defaultdict(list)
    for row in rows:
        person = world.actors[str(row["actor_id"])]["actor_type"] == "person"
        if person and row["office_id"] is not None and row["tenure_id"] is None:
            shown[row["actor_id"], row["office_id"]].append(str(row["event_id"]))
    found = {}
    for (actor, office), events in sorted(shown.items(), key=str):
        bounds = [world.bounds(e) for e in events]
        starts, ends = [s for s, _ in bounds if s], [e for _, e in bounds if e]
        start = dates.before(str(min(ends))) if ends else EVER
        end = f"[{max(starts)}..]" if starts else None
        source = _attesting(str(actor), str(office), events, world)
        row = tenure_row(
            f"{actor}--{office}--{ATTESTED}",
            str(actor),
            str(office),
            start,
            end,
            acting=False,
            basis=ATTESTED,
            source=source,
        )
        found[actor, office] = row
    return found


def _attesting(actor: str, office: str, events: Iterable[str], world: World) -> str | None:
    sources = [
        c.source
        for e in events
        for c in world.claims[e]
        if (c.prop, c.subject, c.value) == ("office", actor, office)
    ]
    return min(sources, default=None)


def side_rows(world: World, participants: Iterable[Row]) -> list[Row]:
    """Rows of `event_sides`: the sides that acted at each event."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in participants:
        if row["side"] != NO_SIDE and world.is_active(row["role"]) and row["presence"] != "named_only":
            groups[str(row["event_id"]), str(row["side"])].append(row)
    return [_side(world, event, side, rows) for (event, side), rows in groups.items()]


def _side(world: World, event: str, side: str, rows: Sequence[Row]) -> Row:
    venue = world.settled[event].value("venue")
    country = world.places[venue]["country"] if venue else None
    countries = {
        world.actors[str(r["actor_id"])]["country"] for r in rows if r["presence"] == "in_person"
    } - {None}
    levels = [
        str(world.offices[str(r["office_id"])]["office_level"]) for r in rows if r["office_id"] is not None
    ]
    return {
        "event_id": event,
        "side": side,
        "office_level": min(levels, default=None),
        "n_present": len({r["actor_id"] for r in rows}),
        "is_host": any(r["role"] == "host" for r in rows),
        "travelled": country is not None and any(c != country for c in countries),
    }


def figure_rows(world: World) -> list[Row]:
    """Rows of `figures`: what reports say, and beside it what previews planned."""
    rows = []
    for event, own in world.settled.items():
        for subject in sorted({*own.subjects("figure"), *own.planned}):
            rows.append(
                _figure(world, event, subject, own.by_key.get(("figure", subject)), own.planned.get(subject))
            )
    return rows


def _figure(
    world: World, event: str, subject: str, told: Settlement | None, planned: Settlement | None
) -> Row:
    measure, item, unit, basis = subject.split("/")
    amount = amounts.parse(told.value) if told else NOTHING
    value = _one_number(amount)
    decided = told or planned
    assert decided is not None
    return {
        "event_id": event,
        "measure": measure,
        "item": item,
        "unit": unit,
        "figure_basis": basis,
        "value_number": value,
        "value_low": amount.low,
        "value_high": amount.high,
        "value_planned": _one_number(amounts.parse(planned.value)) if planned else None,
        "is_counted": basis == "flow"
        and value is not None
        and world.settled[event].value("status") in HAPPENED
        and not any(("figure", subject) in world.settled[p].by_key for p in world.parts.get(event, ())),
        "settled_by": decided.settled_by,
        "n_accounts": decided.n_accounts,
    }


def _one_number(amount: amounts.Amount) -> float | None:
    """The number of a figure; of a range its lower end, else its upper."""
    return next((n for n in (amount.number, amount.low, amount.high) if n is not None), None)


def stage_rows(world: World) -> list[Row]:
    """Rows of `event_instruments`."""
    return [
        {"event_id": event, "instrument_id": instrument, "stage": stage, "n_accounts": len(accounts)}
        for event, own in world.settled.items()
        for instrument in own.subjects("stage")
        for stage, accounts in own.members("stage", instrument).items()
    ]


def coverage_rows(world: World) -> list[Row]:
    """Rows of `instrument_topics`, over all events that speak of an instrument."""
    behind: dict[tuple[str, str], set[str]] = defaultdict(set)
    for own in world.settled.values():
        for instrument in own.subjects("coverage"):
            for topic, accounts in own.members("coverage", instrument).items():
                behind[instrument, topic] |= accounts
    return [
        {"instrument_id": instrument, "topic_id": topic, "n_accounts": len(accounts)}
        for (instrument, topic), accounts in behind.items()
    ]


def settlement_rows(world: World) -> list[Row]:
    """Rows of `settlements`."""
    columns: Mapping[str, Callable[[Settlement], object]] = {
        "event_id": lambda s: s.event,
        "property": lambda s: s.prop,
        "subject": lambda s: s.subject,
        "value": lambda s: s.value,
        "settled_by": lambda s: s.settled_by,
        "n_reports": lambda s: s.n_reports,
        "n_accounts": lambda s: s.n_accounts,
        "n_values": lambda s: s.n_values,
        "difference": lambda s: s.difference,
        "reason": lambda s: s.reason,
    }
    return [
        {column: of(settlement) for column, of in columns.items()}
        for own in world.settled.values()
        for settlement in own.by_key.values()
    ]
