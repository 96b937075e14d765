"""How good the data are, in figures made from the tables: coverage, disagreement, agreement of coders, the audit."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from iqsy import agreement, dates
from iqsy.claims import Row
from iqsy.contract import Contract

Tables = Mapping[str, Sequence[Row]]
Draws = Sequence[Mapping[str, Any]]
PRECISE = {"day", "duration"}
PERIODS = ((2003, 2006), (2007, 2010), (2011, 2013), (2014, 2018), (2019, 2023), (2024, 2026))


@dataclass(frozen=True)
class Share:
    """A count out of a total."""

    count: int
    total: int

    def __str__(self) -> str:
        return f"{self.count} of {self.total} ({self.count / self.total:.0%})" if self.total else "0 of 0"


def shares(tables: Tables) -> dict[str, Share]:
    """The figures that the project holds itself to, each as a count out of a total."""
    events, languages = tables["events"], {s["source_id"]: s["language"] for s in tables["sources"]}
    arabic = {r["event_id"] for r in tables["reports"] if languages[r["source_id"]] == "ar"}
    told = [s for s in tables["sources"] if s["source_id"] in {r["source_id"] for r in tables["reports"]}]
    given = {c["event_id"] for c in tables["claims"] if c["property"] == "date"}
    reported = Counter(r["event_id"] for r in tables["reports"])
    told_twice = [e for e in events if e["extent"] == "single" and reported[e["event_id"]] >= 2]
    persons = {a["actor_id"] for a in tables["actors"] if a["actor_type"] == "person"}
    basis = {t["tenure_id"]: t["tenure_basis"] for t in tables["tenures"]}
    in_office = {
        (p["event_id"], p["actor_id"]): basis.get(p["tenure_id"])
        for p in tables["participants"]
        if p["actor_id"] in persons and p["office_id"] is not None
    }
    return {
        "events with two or more articles": _share(events, lambda e: e["n_articles"] >= 2),
        "events with two or more accounts": _share(events, lambda e: e["n_accounts"] >= 2),
        "events with an Arabic article": _share(events, lambda e: e["event_id"] in arabic),
        "events dated to the day or duration": _share(events, _is_dated),
        "of those that an article dates": _share([e for e in events if e["event_id"] in given], _is_dated),
        "of those that happened once and two or more articles tell": _share(told_twice, _is_dated),
        "articles in Arabic": _share(told, lambda s: s["language"] == "ar"),
        "articles read whole": _share(told, lambda s: s["text_seen"] == "whole"),
        "articles whose passages are located": _share(told, lambda s: s["text_sha256"] is not None),
        "people with an office whose tenure covers the event": _share([*in_office.values()], bool),
        "of these, by a tenure that a source dates": _share([*in_office.values()], lambda b: b == "stated"),
    }


def _is_dated(event: Row) -> bool:
    return event["date_precision"] in PRECISE


def _share(rows: Sequence[Any], holds: Callable[[Any], object]) -> Share:
    return Share(sum(bool(holds(row)) for row in rows), len(rows))


def variation(tables: Tables, contract: Contract) -> dict[str, Share]:
    """How many events are told differently: out of those on which two accounts or more speak of an aspect.

    Accounts differ where what they say is not the same as a set; that one is only less precise, or tells less, counts too.
    """
    active = {row["code"] for row in contract.codelists["roles"].rows if row["is_active"] == "true"}
    types = {a["actor_id"]: a["actor_type"] for a in tables["actors"]}
    said: dict[str, dict[object, dict[object, set[object]]]] = {}

    def say(aspect: str, claim: Row, value: object) -> None:
        accounts = said.setdefault(aspect, {}).setdefault(claim["event_id"], {})
        accounts.setdefault(claim["account_id"], set()).add(value)

    for claim in tables["claims"]:
        if claim["property"] == "date":
            say("start date", claim, dates.parse(str(claim["value"])).start)
        elif claim["property"] == "role" and claim["value"] in active:
            say("actors", claim, claim["subject"])
            say("types of actors", claim, types[claim["subject"]])
        elif claim["property"] == "venue":
            say("venue", claim, claim["value"])
    found = {}
    for aspect, events in said.items():
        shared = [accounts for accounts in events.values() if len(accounts) >= 2]
        found[aspect] = _share(shared, lambda accounts: len({frozenset(v) for v in accounts.values()}) > 1)
    return found


def stratum_of_source(source: Row) -> tuple[str, int, str]:
    """Language, period of publication (by its first year, 0 where unknown) and publisher of a source."""
    published = source["published_end"]
    year = published.year if isinstance(published, date) else 0
    period = next((first for first, last in PERIODS if first <= year <= last), 0)
    return str(source["language"]), period, str(source["publisher_id"])


def wilson(successes: int, trials: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927), 95 % by default."""
    share, spread = successes / trials, z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return centre - half, centre + half


def report(tables: Tables, contract: Contract, audit: Sequence[Row], draws: Draws) -> str:
    """docs/quality.md as Markdown; the same tables give the same text.

    `audit` and `draws` are the entries of the files of these names. What no draw accounts for is told as one more draw.
    """
    parts = [
        "# Quality",
        "Made by `python3 build quality` from the tables; do not edit. Figures describe the package as it stands.",
        _counts(tables),
        _disagreements(tables, contract),
        _agreement(tables, contract, draws),
        _audit(audit, contract, draws),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(map(str, row)) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def _counts(tables: Tables) -> str:
    years = Counter(e["date_end"].year for e in tables["events"] if e["date_end"] is not None)  # type: ignore[attr-defined]
    periods = [(f"{a}–{b}", sum(n for year, n in years.items() if a <= year <= b)) for a, b in PERIODS]
    told = {r["source_id"] for r in tables["reports"]}
    sizes = [("events", len(tables["events"])), ("articles that tell of events", len(told))]
    sizes += [(name, len(tables[name])) for name in ("claims", "actors", "tenures", "disagreements")]
    return "\n\n".join(
        (
            "## Coverage",
            _table(("", "count"), [*sizes, *((f"events of {period}", n) for period, n in periods)]),
            _table(("", "share"), shares(tables).items()),
        )
    )


def _disagreements(tables: Tables, contract: Contract) -> str:
    settled = Counter(str(s["property"]) for s in tables["settlements"] if s["n_accounts"] >= 2)  # type: ignore[operator]
    kinds = Counter((str(d["property"]), str(d["difference"])) for d in tables["disagreements"])
    columns = sorted({kind for _, kind in kinds})
    rows = [
        (contract.label("properties", prop), settled[prop], *(kinds[prop, kind] for kind in columns))
        for prop in contract.codes("properties")
        if any(kinds[prop, kind] for kind in columns)
    ]
    head = (
        "property",
        "settled from two or more accounts",
        *(contract.label("differences", k) for k in columns),
    )
    return "\n\n".join(
        (
            "## Where accounts differ",
            "As settled: properties on which two accounts or more speak, and how they differ.",
            _table(head, rows),
            "As told: events of which two accounts or more tell an aspect, and do not tell the same; a wider date or a shorter list "
            "counts too.",
            _table(("", "told differently"), variation(tables, contract).items()),
        )
    )


def _agreement(tables: Tables, contract: Contract, draws: Draws) -> str:
    if not tables["recodings"]:
        return ""
    return "\n\n".join(
        (
            "## Agreement of two coders",
            "Articles were drawn at random and coded a second time by coders who saw only the text and the codebook. A pair is an "
            "event that an article tells of. On the pairs that both found, Krippendorff's alpha (sets by MASI distance), with a "
            f"95 % interval from {agreement.DRAWS:,} bootstrap draws over units; no alpha where all values are one.",
            *(
                f"{title}\n\n{_agreed(tables['claims'], rows, contract)}"
                for title, rows in _drawn(tables["recodings"], "recoder", draws)
            ),
        )
    )


def _drawn(rows: Sequence[Row], worker: str, draws: Draws) -> list[tuple[str, list[Row]]]:
    """The rows by the draw that their worker worked on, under a heading each; what no draw names comes last."""
    ours = [draw for draw in draws if {r[worker] for r in rows} & set(draw["by"])]
    named = {name for draw in ours for name in draw["by"]}
    found = [
        (_draw_title(i, draw), [r for r in rows if r[worker] in draw["by"]]) for i, draw in enumerate(ours, 1)
    ]
    rest = [r for r in rows if r[worker] not in named]
    return [*found, ("### Not drawn", rest)] if rest else found


def _draw_title(number: int, draw: Mapping[str, Any]) -> str:
    note = f"\n\n{draw['note']}" if draw.get("note") else ""
    return f"### Draw {number}, {draw['day']}, seed {draw['seed']}{note}"


def _agreed(claims: Sequence[Row], recodings: Sequence[Row], contract: Contract) -> str:
    found = agreement.events(claims, recodings)
    rows = [
        (
            _property(a.property, contract),
            a.n_units,
            f"{a.identical:.0%}",
            _decimal(a.alpha),
            _interval(a.low, a.high),
        )
        for a in agreement.properties(claims, recodings)
    ]
    return (
        f"{found.n_articles} articles; {found.both} pairs found by both, {found.only_first} by the first only, {found.only_second} "
        f"by the second only (F1 {found.f1:.2f}).\n\n"
        + _table(("property", "units", "identical", "alpha", "95 % interval"), rows)
    )


def _property(code: str, contract: Contract) -> str:
    return (
        code if code not in contract.codelists["properties"].by_code else contract.label("properties", code)
    )


def _decimal(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{low:.2f} to {high:.2f}"


def _audit(audit: Sequence[Row], contract: Contract, draws: Draws) -> str:
    """Claims that were drawn at random and read again against their pages, by someone who did not code them."""
    if not audit:
        return ""
    intro = (
        "Claims were drawn at random over property and language and read again against their pages, by someone who had not coded "
        "them. What was found wrong was mended, and its like elsewhere; the verdicts are those of the day."
    )
    drawn = _drawn(audit, "auditor", draws)
    return "\n\n".join(
        ("## Audit", intro, *(f"{title}\n\n{_audited(rows, contract)}" for title, rows in drawn))
    )


def _audited(audit: Sequence[Row], contract: Contract) -> str:
    groups: dict[str, list[bool]] = {}
    for row in audit:
        groups.setdefault(str(row["property"]), []).append(row["verdict"] == "supported")
    groups["all"] = [holds for found in groups.values() for holds in found]
    rows = []
    for prop, found in groups.items():
        low, high = wilson(sum(found), len(found))
        rows.append((_property(prop, contract), len(found), sum(found), f"{low:.0%} to {high:.0%}"))
    return _table(("property", "claims", "supported", "Wilson 95 % interval"), rows)
