"""Published tables → the same tables, settled by another model.

An installed package has no records, but its evidence holds all that settling asks for: what each voice
states, whose account that is, and what curators decided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import cast

import pyarrow as pa

from iqsy import dates, entities, events, flat, frames
from iqsy.accounts import Accounts, Offices
from iqsy.claims import Claim, Passage, Row, Voice
from iqsy.contract import Contract
from iqsy.events import World
from iqsy.records import Records
from iqsy.settle import places
from iqsy.settlements import Case, followed, settle_all
from iqsy.strict import Node

Rows = Mapping[str, Sequence[Row]]
CURATED = ("inclusion", "extent", "title_en", "title_ar", "summary_en", "summary_ar")


def resettle(tables: Mapping[str, pa.Table], contract: Contract, model: str) -> dict[str, pa.Table]:
    """All tables of a whole package, those that hang on settlements made anew.

    `model` is one of `settle.MODELS`; by `standard` come out the tables that the build makes.
    """
    rows: Rows = {name: table.to_pylist() for name, table in tables.items()}
    stated = [row for row in rows["tenures"] if row["tenure_basis"] != entities.ATTESTED]
    settled = events.settled_rows(_world(rows, stated, contract, model), stated)
    settled |= flat.rows({**rows, **settled}, contract)
    return {**tables, **{name: frames.to_arrow(contract.tables[name], settled[name]) for name in settled}}


def _world(rows: Rows, tenures: Sequence[Row], contract: Contract, model: str) -> World:
    offices, sources = _by("office_id", rows["offices"]), _by("source_id", rows["sources"])
    held = entities.offices_held(tenures, offices)
    claims, reports = _claims(rows), _grouped(rows["reports"])
    accounts: dict[tuple[str, ...], str] = {_key(row): str(row["account_id"]) for row in rows["claims"]}
    case = _case(rows, accounts, _outlet_accounts(sources, held), contract, model)
    own = {str(row["event_id"]): _record(row) for row in rows["events"]}
    return World(
        contract=contract,
        records=Records({"events": own}),
        actors=_by("actor_id", rows["actors"]),
        offices=offices,
        places=_by("place_id", rows["places"]),
        held=held,
        sources=sources,
        reports=reports,
        claims=claims,
        accounts=accounts,
        settled=settle_all(sorted(own), claims, reports, case),
        wholes=case.wholes,
    )


def _case(
    rows: Rows,
    accounts: Mapping[tuple[str, ...], str],
    outlet_accounts: Mapping[str, str],
    contract: Contract,
    model: str,
) -> Case:
    whole = {str(row["event_id"]): row["part_of_event_id"] for row in rows["events"]}
    parents = {str(row["place_id"]): cast("str | None", row["parent_place_id"]) for row in rows["places"]}
    return Case(
        contract=contract,
        accounts=accounts,
        outlet_accounts=outlet_accounts,
        sources=_by("source_id", rows["sources"]),
        extents={str(row["event_id"]): str(row["extent"]) for row in rows["events"]},
        wholes={event: str(found) for event, found in whole.items() if found is not None},
        followed=followed(rows["event_links"], contract),
        decided=_decided(rows["settlements"]),
        place_order=places(parents),
        as_of=max((cast(date, row["accessed_date"]) for row in rows["sources"]), default=dates.FIRST_DAY),
        model=model,
    )


def _decided(settlements: Iterable[Row]) -> dict[tuple[str, str, str], tuple[str, str]]:
    """What curators decided, which stands whatever the model."""
    decided = {}
    for row in settlements:
        if row["settled_by"] == "curator":
            key = str(row["event_id"]), str(row["property"]), str(row["subject"])
            decided[key] = str(row["value"]), str(row["reason"])
    return decided


def _outlet_accounts(sources: Mapping[str, Row], held: Offices) -> dict[str, str]:
    # Whose words an outlet prints is told by origins alone; who and where else is asked only about speakers.
    accounts = Accounts(sources, {}, {}, {}, held, {})
    return {source: accounts.of_outlet(source) for source in sources}


def _claims(rows: Rows) -> dict[str, list[Claim]]:
    stances = {(row["event_id"], row["source_id"]): str(row["stance"]) for row in rows["reports"]}
    groups: dict[str, list[Claim]] = defaultdict(list)
    for row in rows["claims"]:
        groups[str(row["event_id"])].append(_claim(row, stances[row["event_id"], row["source_id"]]))
    return groups


def _claim(row: Row, stance: str) -> Claim:
    """The claim that a row of `claims` is; where it was coded is of no account here."""
    event, source, voice, prop, subject, value = _key(row)
    speaker, country = _text(row["speaker_actor_id"]), _text(row["speaker_country"])
    via = _text(row["via_publisher_id"])
    return Claim(
        event=event,
        source=source,
        voice=Voice(voice, speaker, _text(row["speaker_type"]), country, via),
        prop=prop,
        subject=subject,
        value=value,
        passage=Passage(),
        number=cast("float | None", row["value_number"]),
        unit=_text(row["unit"]),
        raw=_text(row["value_raw"]),
        basis=_text(row["date_basis"]),
        complete=bool(row["is_complete"]),
        inferred=bool(row["inferred"]),
        stance=stance,
        file="",
        line=0,
    )


def _key(row: Row) -> tuple[str, str, str, str, str, str]:
    event, source, voice, prop, subject, value = (
        str(row[column]) for column in ("event_id", "source_id", "voice", "property", "subject", "value")
    )
    return event, source, voice, prop, subject, value


def _record(row: Row) -> Node:
    """The record of an event, as far as its row repeats it."""

    def node(column: str) -> Node:
        return Node(str(row[column]), "", 0)

    keys = {column: node(column) for column in CURATED if row[column] is not None}
    if row["series_id"] is not None:
        series = {"id": node("series_id")}
        if row["series_number"] is not None:
            series["number"] = node("series_number")
        keys["series"] = Node(series, "", 0)
    return Node(keys, "", 0)


def _by(key: str, rows: Iterable[Row]) -> dict[str, Row]:
    return {str(row[key]): row for row in rows}


def _grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[str(row["event_id"])].append(row)
    return groups


def _text(value: object) -> str | None:
    return None if value is None else str(value)
