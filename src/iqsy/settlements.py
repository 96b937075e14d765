"""All claims of all events → all settlements: who votes on what, the defaults, and what wholes and parts lend each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from iqsy import dates
from iqsy.claims import ANY, Claim, Row
from iqsy.contract import Contract
from iqsy.settle import (
    DATES,
    NUMBERS,
    Order,
    Settlement,
    Vote,
    plain,
    settle_reported,
    settle_set,
    settle_single,
)

OFFICIAL_GENRES = {"statement", "official_document"}
DISPUTED = "disputed"
STATUS_OF_STANCE = {"previews": "planned", "denies": DISPUTED}
Key = tuple[str, str]


@dataclass(frozen=True)
class Case:
    """What settling needs besides the claims: the account of each, the sources, and the curators' decisions."""

    contract: Contract
    accounts: Mapping[tuple[str, ...], str]
    outlet_accounts: Mapping[str, str]
    sources: Mapping[str, Row]
    extents: Mapping[str, str]
    wholes: Mapping[str, str]
    followed: Mapping[str, Sequence[str]]
    decided: Mapping[tuple[str, str, str], tuple[str, str]]
    place_order: Order
    as_of: date
    model: str = "standard"

    def order(self, prop: str) -> Order:
        """How values of a single-valued property nest and tie."""
        if prop == "date":
            return DATES
        if prop == "figure":
            return NUMBERS
        if prop == "venue":
            return self.place_order
        if prop == "status":
            return STATUSES
        return plain(min)


def followed(links: Iterable[Row], contract: Contract) -> dict[str, list[str]]:
    """Event → the events that it cannot precede, by the relation in which it stands to them."""
    relations = contract.codelists["relations"].by_code
    found: dict[str, list[str]] = defaultdict(list)
    for link in links:
        if relations[str(link["relation"])]["is_later"] == "true":
            found[str(link["from_event_id"])].append(str(link["to_event_id"]))
    return found


def _became(before: str, after: str) -> bool:
    """Whether the second status is what the first was to come to: what was going on has then occurred."""
    return before == after or (before, after) == ("ongoing", "occurred")


STATUSES = Order(_became, lambda values: DISPUTED)


class Settled:
    """The settlements of one event, by property and subject."""

    def __init__(self, event: str) -> None:
        self.event = event
        self.by_key: dict[Key, Settlement] = {}
        self.planned: dict[str, Settlement] = {}

    def add(self, settlement: Settlement) -> None:
        self.by_key[settlement.prop, settlement.subject] = settlement

    def value(self, prop: str, subject: str | None = None) -> str | None:
        """Settled value of a property, or None where nobody states one."""
        found = self.by_key.get((prop, subject or self.event))
        return found.value if found else None

    def members(self, prop: str, subject: str | None = None) -> Mapping[str, frozenset[str]]:
        """Members of a settled set with their accounts."""
        found = self.by_key.get((prop, subject or self.event))
        return found.members if found else {}

    def subjects(self, prop: str) -> list[str]:
        """What a property is stated of in this event, in a fixed order."""
        return sorted(subject for p, subject in self.by_key if p == prop)


def settle_all(
    events: Iterable[str],
    claims: Mapping[str, Sequence[Claim]],
    reports: Mapping[str, Sequence[Row]],
    case: Case,
) -> dict[str, Settled]:
    """Settlements of every event; wholes and parts are brought together last."""
    settled = {e: _settle_event(e, claims.get(e, ()), reports.get(e, ()), case) for e in events}
    _dates_of_parts(settled, case)
    _bound_by_what_they_follow(settled, case)
    for own in settled.values():
        _overdue(own, case)
    return settled


def _settle_event(event: str, claims: Sequence[Claim], reports: Sequence[Row], case: Case) -> Settled:
    own = Settled(event)
    told = any(r["stance"] != "previews" for r in reports)
    voting = [c for c in claims if not told or c.stance != "previews"]
    for (prop, subject), votes in _votes(voting, case).items():
        if prop != "status" and not (prop == "figure" and not told):
            _settle_property(own, prop, subject, votes, case)
    previews = [c for c in claims if c.prop == "figure" and c.stance == "previews"]
    for (_, subject), votes in _votes(previews, case).items():
        own.planned[subject] = settle_single(event, "figure", subject, votes, NUMBERS, case.model)
    _settle_status(own, voting, reports, case)
    if own.value("date") is None:
        own.add(_default(event, "date", _by_first_report(reports, case)))
    elif published := _days(reports, "published_end", case):
        _bound(own, f"[..{min(published)}]", case)
    return own


def _votes(claims: Iterable[Claim], case: Case) -> dict[Key, list[Vote]]:
    claims = list(claims)
    counted = _counted_alike({c.subject for c in claims if c.prop == "ordinal"})
    votes: dict[Key, list[Vote]] = defaultdict(list)
    for claim in claims:
        votes[claim.prop, counted.get(claim.subject, claim.subject)].append(_vote(claim, case))
    return votes


def _counted_alike(subjects: Iterable[str]) -> dict[str, str]:
    """Ordinals of the same act of the same person from the same start count the same row, unless their places differ.

    An outlet that names no place is held against those that name one. One that names no start counts a row of its own: a third
    convoy of the year may be the twentieth of all.
    """
    groups: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for subject in subjects:
        actor, act, place, since = subject.split("/")
        groups[actor, act, since].add(place)
    alike: dict[str, str] = {}
    for (actor, act, since), places in groups.items():
        named = sorted(places - {ANY})
        if len(named) == 1:
            alike |= {
                "/".join((actor, act, place, since)): "/".join((actor, act, named[0], since))
                for place in places
            }
    return alike


def _vote(claim: Claim, case: Case) -> Vote:
    source = case.sources[claim.source]
    official = claim.voice.speaker_type == "document" or source["genre"] in OFFICIAL_GENRES
    return Vote(
        claim.value,
        case.accounts[claim.key],
        claim.source,
        official,
        claim.complete,
        source["text_seen"] == "whole",
    )


def _settle_property(own: Settled, prop: str, subject: str, votes: Sequence[Vote], case: Case) -> None:
    entry = case.contract.codelists["properties"].by_code[prop]
    if entry["cardinality"] == "set":
        own.add(settle_set(own.event, prop, subject, votes))
    elif entry["cardinality"] == "single":
        found = settle_single(own.event, prop, subject, votes, case.order(prop), case.model)
        own.add(_curated(found, case))
    elif entry["value_type"] == "number":
        own.add(settle_reported(own.event, prop, subject, votes))


def _curated(found: Settlement, case: Case) -> Settlement:
    """The curators' own decision in place of a rule's, where there is one."""
    decision = case.decided.get((found.event, found.prop, found.subject))
    if decision is None:
        return found
    value, reason = decision
    return replace(found, value=value, settled_by="curator", reason=reason)


def _default(event: str, prop: str, value: str, rule: str = "by_default") -> Settlement:
    return Settlement(
        event, prop, event, value, rule, n_reports=0, n_accounts=0, n_values=1, difference="none"
    )


def _settle_status(own: Settled, claims: Sequence[Claim], reports: Sequence[Row], case: Case) -> None:
    """A report counts for its stance's status unless a voice in it states one."""
    stated = [c for c in claims if c.prop == "status"]
    votes = [_vote(c, case) for c in stated]
    speaking = {c.source for c in stated}
    told = any(r["stance"] != "previews" for r in reports)
    for report in reports:
        source, stance = str(report["source_id"]), str(report["stance"])
        if source in speaking or (told and stance == "previews"):
            continue
        usual = "ongoing" if case.extents[own.event] == "standing" else "occurred"
        votes.append(Vote(STATUS_OF_STANCE.get(stance, usual), case.outlet_accounts[source], source))
    if not votes:
        own.add(_curated(_default(own.event, "status", "outcome_unknown"), case))
        return
    denied = any(r["stance"] == "denies" for r in reports)
    found = settle_single(
        own.event, "status", own.event, votes, case.order("status"), case.model, denied=denied
    )
    if not stated and found.n_values == 1:
        found = replace(found, settled_by="by_default")
    own.add(_curated(found, case))


def _by_first_report(reports: Sequence[Row], case: Case) -> str:
    """`[..day]` of the first publication, else of the first reading: what was reported had begun by then."""
    known = _days(reports, "published_end", case) or _days(reports, "accessed_date", case) or [case.as_of]
    return f"[..{min(known)}]"


def _bound(own: Settled, allowed: str, case: Case) -> None:
    """Of the days open to what was done once, those that `allowed` has too; a curator's decision and a duration stand."""
    found = own.by_key["date", own.event]
    once = case.extents[own.event] == "single" and own.value("status") == "occurred"
    if not once or found.settled_by == "curator" or dates.parse(found.value).is_duration:
        return
    narrowed = dates.shared((found.value, allowed))
    if narrowed is not None and narrowed != found.value:
        own.add(replace(found, value=narrowed, settled_by="bounded"))


def _days(reports: Sequence[Row], column: str, case: Case) -> list[date]:
    """The known days of a column of the sources that tell the event as done."""
    rows = [case.sources[str(r["source_id"])] for r in reports if r["stance"] != "previews"]
    return [day for row in rows if isinstance(day := row[column], date)]


def _dates_of_parts(settled: Mapping[str, Settled], case: Case) -> None:
    """A whole lasts from its own and its parts' first day to their last; an undated part takes its whole's date."""
    parts: dict[str, list[Settled]] = defaultdict(list)
    for part, whole in sorted(case.wholes.items()):
        parts[whole].append(settled[part])
    for whole, members in parts.items():
        own = settled[whole].by_key["date", whole]
        dated = [m.by_key["date", m.event] for m in members]
        known = [d.value for d in (own, *dated) if d.settled_by != "by_default"]
        if known:
            value = dates.hull(known)
            if value != own.value and own.settled_by != "curator":
                settled[whole].add(replace(own, value=value, settled_by="from_part"))
            for member, date_of_part in zip(members, dated, strict=True):
                if date_of_part.settled_by == "by_default":
                    member.add(replace(date_of_part, value=value, settled_by="from_whole"))


def _bound_by_what_they_follow(settled: Mapping[str, Settled], case: Case) -> None:
    """What follows an event did not come before it; days are those known before any event is bounded so."""
    begun = {event: dates.parse(own.value("date") or "").start for event, own in settled.items()}
    for event, earlier in case.followed.items():
        if known := [day for e in earlier if (day := begun[e])]:
            _bound(settled[event], f"[{max(known)}..]", case)


def _overdue(own: Settled, case: Case) -> None:
    """What was planned for a day that has passed, and was never reported, has an unknown outcome."""
    status = own.by_key["status", own.event]
    end = dates.parse(own.by_key["date", own.event].value).end
    if status.value == "planned" and status.settled_by != "curator" and end is not None and end < case.as_of:
        own.add(replace(status, value="outcome_unknown", settled_by="by_default"))
