"""Records → every table of the contract, as rows: the one place where the steps of the flow are put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from iqsy import dates, entities, events, flat, history
from iqsy.accounts import Accounts
from iqsy.claims import Claim, Row, claims_of, report_rows, source_row
from iqsy.contract import Contract
from iqsy.events import World
from iqsy.names import fold
from iqsy.problems import Problem, ProblemsError
from iqsy.records import Records, listed, maybe, text
from iqsy.settle import places
from iqsy.settlements import Case, followed, settle_all

Mark = tuple[str, int]


# Which table's record a row of another table is derived from, by a column of the row's key.
OWNERS = {
    "event_id": "events",
    "from_event_id": "events",
    "actor_id": "actors",
    "instrument_id": "instruments",
}


@dataclass(frozen=True)
class Derived:
    """Rows of every table, and where each record and each claim stands: (table, primary key) → (file, line)."""

    tables: Mapping[str, list[Row]]
    marks: Mapping[tuple[str, tuple[str, ...]], Mark]

    def mark(self, problem: Problem) -> Mark | None:
        """The file and line of the record that a finding's row comes from, where one person wrote it."""
        own = (problem.table or "", tuple(value for _, value in problem.key))
        owners = ((OWNERS[column], (value,)) for column, value in problem.key if column in OWNERS)
        return next((mark for key in (own, *owners) if (mark := self.marks.get(key))), None)


def derive(records: Records, contract: Contract, model: str = "standard") -> Derived:
    """Derive all tables from records that were read without problems.

    `model` names how claims are settled (see `settle.MODELS`). Raises ProblemsError where what the records say cannot be
    settled: a name that nobody prints, a curator's decision about nothing.
    """
    articles = records["sources"]
    sources = {s: source_row(node) for s, node in articles.items()}
    reports = [row for node in articles.values() for row in report_rows(node)]
    claims = [claim for node in articles.values() for claim in claims_of(node)]
    actors = _by("actor_id", entities.actor_rows(records))
    offices = _by("office_id", entities.office_rows(records))
    publishers = _by("publisher_id", entities.publisher_rows(records))
    tenures = entities.tenure_rows(records)
    accounts = _accounts(contract, sources, publishers, actors, offices, tenures)
    of_claim = _accounts_of_claims(claims, accounts)
    case = Case(
        contract=contract,
        accounts=of_claim,
        outlet_accounts={s: accounts.of_outlet(s) for s in sources},
        sources=sources,
        extents={e: maybe(n, "extent") or "single" for e, n in records["events"].items()},
        wholes=entities.part_of(records),
        followed=followed(entities.link_rows(records), contract),
        decided=entities.settle_decisions(records),
        place_order=places(entities.place_parents(records)),
        as_of=max(
            (d for s in sources.values() if isinstance(d := s["accessed_date"], date)),
            default=dates.FIRST_DAY,
        ),
        model=model,
    )
    reports_by, claims_by = _group(reports), _group_claims(claims)
    world = World(
        contract=contract,
        records=records,
        actors=actors,
        offices=offices,
        places=_by("place_id", entities.place_rows(records, contract)),
        held=accounts.offices,
        sources=sources,
        reports=reports_by,
        claims=claims_by,
        accounts=of_claim,
        settled=settle_all(sorted(records["events"]), claims_by, reports_by, case),
        wholes=case.wholes,
    )
    _refuse(world, case)
    claim_rows = [_claim_row(c, accounts, of_claim) for c in claims]
    tables: dict[str, list[Row]] = {
        **events.settled_rows(world, tenures),
        "event_links": entities.link_rows(records),
        "instruments": entities.instrument_rows(records),
        "instrument_parties": entities.party_rows(records),
        "actors": list(actors.values()),
        "actor_names": _name_rows(records, claims, sources),
        "offices": list(offices.values()),
        "places": list(world.places.values()),
        "publishers": list(publishers.values()),
        "publisher_affiliations": entities.affiliation_rows(records),
        "topics": entities.topic_rows(records),
        "series": entities.series_rows(records),
        "sources": list(sources.values()),
        "reports": reports,
        "claims": claim_rows,
        "recodings": _recoding_rows(records, accounts),
        "codes": entities.code_rows(contract),
        "changes": history.change_rows(records),
        "redirects": history.redirect_rows(records),
    }
    tables |= _extracted(records, accounts)
    tables |= flat.rows(tables, contract)
    return Derived(tables, _marks(records, claims))


def _by(key: str, rows: Iterable[Row]) -> dict[str, Row]:
    return {str(row[key]): row for row in rows}


def _group(rows: Iterable[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[str(row["event_id"])].append(row)
    return groups


def _group_claims(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[claim.event].append(claim)
    return groups


def _accounts(
    contract: Contract,
    sources: Mapping[str, Row],
    publishers: Mapping[str, Row],
    actors: Mapping[str, Row],
    offices: Mapping[str, Row],
    tenures: Sequence[Row],
) -> Accounts:
    sides = contract.codelists["sides"].rows
    return Accounts(
        sources=sources,
        publishers=publishers,
        actors=actors,
        office_bodies={o: str(row["body_actor_id"]) for o, row in offices.items()},
        offices=entities.offices_held(tenures, offices),
        side_of_country={s["country"]: s["code"] for s in sides if s["country"] and not s["broader"]},
    )


def _accounts_of_claims(claims: Sequence[Claim], accounts: Accounts) -> dict[tuple[str, ...], str]:
    """The account of each claim; a speaker's office is the one that his article gives him, in whatever event."""
    offices = {(c.source, c.subject): c.value for c in claims if c.prop == "office"}
    return {c.key: accounts.of_claim(c, offices.get((c.source, c.voice.speaker or ""))) for c in claims}


def _claim_row(claim: Claim, accounts: Accounts, of_claim: Mapping[tuple[str, ...], str]) -> Row:
    voice, account = claim.voice, of_claim[claim.key]
    return {
        "event_id": claim.event,
        "source_id": claim.source,
        "voice": voice.key,
        "property": claim.prop,
        "subject": claim.subject,
        "value": claim.value,
        "speaker_actor_id": voice.speaker if voice.speaker in accounts.actors else None,
        "speaker_type": accounts.speaker_type(claim),
        "speaker_country": voice.speaker_country,
        "via_publisher_id": voice.via if voice.via in accounts.publishers else None,
        "account_id": account,
        "voice_side": accounts.side(account, claim),
        "value_number": claim.number,
        "unit": claim.unit,
        "value_raw": claim.raw,
        "date_basis": claim.basis,
        "is_complete": claim.complete,
        "inferred": claim.inferred,
        "locator": claim.passage.locator,
        "char_start": claim.passage.start,
        "char_end": claim.passage.end,
    }


def _recoding_rows(records: Records, accounts: Accounts) -> list[Row]:
    rows = []
    for (coder, _), node in records.recodings.items():
        claims = claims_of(node)
        of_claim = _accounts_of_claims(claims, accounts)
        rows += [{"recoder": coder, **_claim_row(c, accounts, of_claim)} for c in claims]
    return rows


def _extracted(records: Records, accounts: Accounts) -> dict[str, list[Row]]:
    reports: list[Row] = []
    claim_rows: list[Row] = []
    for node in records.extracted:
        reports += [{**row, "method": "extracted"} for row in report_rows(node)]
        claims = claims_of(node)
        of_claim = _accounts_of_claims(claims, accounts)
        claim_rows += [_claim_row(c, accounts, of_claim) for c in claims]
    return {"extracted_reports": reports, "extracted_claims": claim_rows}


def _name_rows(records: Records, claims: Sequence[Claim], sources: Mapping[str, Row]) -> list[Row]:
    """Rows of `actor_names`: the names of the records, then the forms that articles print."""
    printed: dict[tuple[str, str, str], str] = {}
    for claim in sorted(claims, key=lambda c: _first_published(sources[c.source])):
        if claim.prop == "name":
            printed.setdefault(
                (claim.subject, claim.value, str(sources[claim.source]["language"])), claim.source
            )
    folded: dict[tuple[str, str], str] = {}
    for (actor, name, _), first in printed.items():
        folded.setdefault((actor, fold(name)), first)
    rows: dict[tuple[str, str, str], Row] = {}
    for actor, node in records["actors"].items():
        named: set[str] = set()
        for entry in listed(node, "names"):
            name, language = text(entry, "name"), text(entry, "language")
            kind = maybe(entry, "type") or ("alias" if language in named else "official")
            named.add(language)
            source = maybe(entry, "source") or folded.get((actor, fold(name)))
            rows[actor, name, language] = _name_row(actor, name, language, kind, source)
    for (actor, name, language), first in printed.items():
        rows.setdefault((actor, name, language), _name_row(actor, name, language, "as_printed", first))
    return list(rows.values())


def _first_published(source: Row) -> tuple[date, str]:
    """Order in which sources count as the first to say something: a later one displaces none."""
    published = source["published_end"]
    return published if isinstance(published, date) else date.max, str(source["source_id"])


def _name_row(actor: str, name: str, language: str, kind: str, source: str | None) -> Row:
    return {
        "actor_id": actor,
        "actor_name": name,
        "language": language,
        "name_type": kind,
        "source_id": source,
    }


def _refuse(world: World, case: Case) -> None:
    """Problems that show only when everything is brought together, told at the records where they are mended."""
    problems = [
        *_decisions_about_nothing(world, case),
        *_events_without_acts(world),
        *_names_of_nobody(world),
    ]
    if problems:
        raise ProblemsError(sorted(problems))


def _decisions_about_nothing(world: World, case: Case) -> Iterable[Problem]:
    for event, prop, subject in case.decided:
        if (prop, subject) not in world.settled[event].by_key:
            node = world.records["events"][event]
            yield node.problem(
                f"settle: no article states {prop} of {subject!r}; a decision needs claims to decide between"
            )


def _events_without_acts(world: World) -> Iterable[Problem]:
    for event, own in world.settled.items():
        if not own.members("act"):
            yield world.records["events"][event].problem(
                "no article states an act of this event, so it has no type; code what was done, or delete the event"
            )


def _names_of_nobody(world: World) -> Iterable[Problem]:
    """A person's name is one that a source prints, or is marked as transliterated."""
    printed = {
        (c.subject, fold(c.value)) for claims in world.claims.values() for c in claims if c.prop == "name"
    }
    for actor, node in world.records["actors"].items():
        for entry in listed(node, "names") if text(node, "type") == "person" else ():
            known = maybe(entry, "source") or maybe(entry, "type") == "transliterated"
            if not known and (actor, fold(text(entry, "name"))) not in printed:
                yield entry.problem(
                    f"no article prints {text(entry, 'name')!r}; name its source, or write 'type: transliterated'"
                )


def _marks(records: Records, claims: Iterable[Claim]) -> dict[tuple[str, tuple[str, ...]], Mark]:
    marks: dict[tuple[str, tuple[str, ...]], Mark] = {("claims", c.key): (c.file, c.line) for c in claims}
    for table, nodes in records.by_table.items():
        marks |= {(table, (i,)): (n.file, n.line) for i, n in nodes.items()}
    return marks
