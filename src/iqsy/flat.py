"""Ready-made tables: what most readers want in one row, put together from the settled tables and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from iqsy.claims import Row
from iqsy.contract import Contract
from iqsy.passages import link
from iqsy.settle import SEPARATOR

Tables = Mapping[str, Sequence[Row]]
MEETING_CLASSES = {"contact", "agreement", "institution"}
MESSAGES = {"message", "invitation"}
PAIR = ("iq", "sy")
SHOWN_LINKS = 3


def rows(tables: Tables, contract: Contract) -> dict[str, list[Row]]:
    """Rows of `events_flat`, `claims_flat`, `contacts` and `disagreements`."""
    disagreements = [row for row in tables["settlements"] if row["difference"] != "none"]
    return {
        "events_flat": _Flat(tables, contract, disagreements).event_rows(),
        "claims_flat": _claim_rows(tables),
        "contacts": _contact_rows(tables, contract),
        "disagreements": disagreements,
    }


def _index(table: Iterable[Row], key: str) -> dict[object, Row]:
    return {row[key]: row for row in table}


def _groups(table: Iterable[Row], key: str = "event_id") -> dict[object, list[Row]]:
    groups: dict[object, list[Row]] = defaultdict(list)
    for row in table:
        groups[row[key]].append(row)
    return groups


def _joined(words: Iterable[object]) -> str | None:
    return SEPARATOR.join(dict.fromkeys(str(w) for w in words if w is not None)) or None


class _Flat:
    """Looks up what hangs on an event."""

    def __init__(self, tables: Tables, contract: Contract, disagreements: Iterable[Row]) -> None:
        self.events = tables["events"]
        self.contract = contract
        self.actors = _index(tables["actors"], "actor_id")
        self.offices = _index(tables["offices"], "office_id")
        self.places = _index(tables["places"], "place_id")
        self.topics = _index(tables["topics"], "topic_id")
        self.sources = _index(tables["sources"], "source_id")
        self.of = {
            name: _groups(
                sorted(
                    tables[name], key=lambda r: tuple(str(r[c]) for c in contract.tables[name].primary_key)
                )
            )
            for name in (
                "participants",
                "event_sides",
                "event_topics",
                "event_outcomes",
                "figures",
                "reports",
            )
        }
        self.disagreements = _groups(disagreements)

    def event_rows(self) -> list[Row]:
        return [self._row(event) for event in self.events]

    def _row(self, event: Row) -> Row:
        key = event["event_id"]
        place = self.places.get(event["place_id"], {})
        links = self._links(key)
        own = set(self.contract.tables["events_flat"].columns) & set(event)
        acts = self.contract.codelists["acts"].by_code
        kind = str(event["event_type"])
        return {
            **{column: event[column] for column in own},
            "event_type_en": acts[kind]["label_en"],
            "event_type_ar": acts[kind]["label_ar"],
            "event_class": acts[kind]["act_class"],
            "place_en": place.get("name_en"),
            "place_ar": place.get("name_ar"),
            "country": place.get("country"),
            "latitude": place.get("latitude"),
            "longitude": place.get("longitude"),
            "sides": _joined(r["side"] for r in self.of["event_sides"].get(key, ())),
            **{
                f"{group}_{lang}": self._names(key, group, lang)
                for group in ("people", "bodies")
                for lang in ("en", "ar")
            },
            **{f"topics_{lang}": self._topics(key, lang) for lang in ("en", "ar")},
            "outcomes": _joined(r["outcome"] for r in self.of["event_outcomes"].get(key, ())),
            "figures_text": _joined(_figure(r) for r in self.of["figures"].get(key, ())),
            "n_disagreements": len(self.disagreements.get(key, ())),
            **{f"link_{i + 1}": links[i] if i < len(links) else None for i in range(SHOWN_LINKS)},
            "n_links": len(links),
        }

    def _names(self, event: object, group: str, lang: str) -> str | None:
        people = group == "people"
        found = []
        for row in self.of["participants"].get(event, ()):
            actor = self.actors[row["actor_id"]]
            if (actor["actor_type"] == "person") == people:
                office = self.offices.get(row["office_id"])
                title = f" ({office[f'title_{lang}']})" if office else ""
                found.append(f"{actor[f'name_{lang}']}{title}")
        return _joined(found)

    def _topics(self, event: object, lang: str) -> str | None:
        return _joined(
            self.topics[r["topic_id"]][f"label_{lang}"] for r in self.of["event_topics"].get(event, ())
        )

    def _links(self, event: object) -> list[str]:
        found = []
        for report in self.of["reports"].get(event, ()):
            source = self.sources[report["source_id"]]
            address = link(_text(source["url"]), _text(report["locator"]))
            if address is not None:
                found.append(address)
        return found


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _figure(row: Row) -> str | None:
    low, high = row["value_low"], row["value_high"]
    if low is None and high is None:
        return None
    if row["value_number"] not in (low, high):
        amount = f"~{row['value_number']:g}"
    else:
        amount = f"{low:g}" if low == high else f"{_bound(low)}–{_bound(high)}"
    item = "" if row["item"] == "all" else f" {row['item']}"
    return f"{row['measure']}{item}: {amount} {row['unit']}"


def _bound(value: object) -> str:
    return "" if value is None else f"{value:g}"


def _claim_rows(tables: Tables) -> list[Row]:
    events, sources = _index(tables["events"], "event_id"), _index(tables["sources"], "source_id")
    publishers, actors = _index(tables["publishers"], "publisher_id"), _index(tables["actors"], "actor_id")
    stances = {(r["event_id"], r["source_id"]): r["stance"] for r in tables["reports"]}
    kept = (
        "event_id",
        "source_id",
        "voice",
        "property",
        "subject",
        "value",
        "account_id",
        "voice_side",
        "value_raw",
        "inferred",
    )
    found = []
    for claim in tables["claims"]:
        source, event = sources[claim["source_id"]], events[claim["event_id"]]
        found.append(
            {
                **{column: claim[column] for column in kept},
                "title_en": event["title_en"],
                "title_ar": event["title_ar"],
                "publisher_name": publishers.get(source["publisher_id"], {}).get("name_en"),
                "speaker_name": actors.get(claim["speaker_actor_id"], {}).get("name_en"),
                "stance": stances[claim["event_id"], claim["source_id"]],
                "language": source["language"],
                "published_edtf": source["published_edtf"],
                "source_title": source["source_title"],
                "link": link(_text(source["url"]), _text(claim["locator"])),
            }
        )
    return found


def _contact_rows(tables: Tables, contract: Contract) -> list[Row]:
    """One row per episode in which active people or bodies of both sides met or spoke."""
    acts, sides = _groups(tables["event_acts"]), _groups(tables["event_sides"])
    participants, whole = _groups(tables["participants"]), _index(tables["events"], "event_id")
    classes = contract.codelists["acts"].by_code
    episodes: dict[object, list[Row]] = defaultdict(list)
    for event in tables["events"]:
        met = any(
            classes[str(a["act"])]["act_class"] in MEETING_CLASSES for a in acts.get(event["event_id"], ())
        )
        present = {_of_pair(r["side"], contract) for r in sides.get(event["event_id"], ())}
        if met and event["inclusion"] == "core" and event["extent"] == "single" and set(PAIR) <= present:
            episodes[event["episode_id"]].append(event)
    found = []
    for episode, members in episodes.items():
        shown = whole[episode]
        both = [r for e in members for r in sides[e["event_id"]]]
        travelled = sorted({str(_of_pair(r["side"], contract)) for r in both if r["travelled"]} & set(PAIR))
        found.append(
            {
                "episode_id": episode,
                **{
                    c: shown[c]
                    for c in ("title_en", "title_ar", "status", "date_edtf", "date_start", "date_end")
                },
                "date_precision": shown["date_precision"],
                **{f"level_{side}": _level(both, side, contract) for side in PAIR},
                "contact_form": _form(members, both, acts, participants, contract),
                "place_id": shown["place_id"]
                or next((e["place_id"] for e in members if e["place_id"]), None),
                "travelled_side": travelled[0] if len(travelled) == 1 else None,
                "n_accounts": shown["n_accounts"],
            }
        )
    return found


def _of_pair(side: object, contract: Contract) -> str:
    """A side, or the one that it belongs to."""
    return contract.codelists["sides"].by_code[str(side)]["broader"] or str(side)


def _level(sides: Iterable[Row], side: str, contract: Contract) -> str | None:
    levels = [
        str(r["office_level"])
        for r in sides
        if _of_pair(r["side"], contract) == side and r["office_level"] is not None
    ]
    return min(levels, default=None)


def _form(
    members: Sequence[Row],
    sides: Iterable[Row],
    acts: Mapping[object, Sequence[Row]],
    participants: Mapping[object, Sequence[Row]],
    contract: Contract,
) -> str:
    if any(_of_pair(r["side"], contract) == "third" and not r["is_host"] for r in sides):
        return "multilateral"
    if all(a["act"] in MESSAGES for e in members for a in acts[e["event_id"]]):
        return "message"
    remote = any(r["presence"] == "remote" for e in members for r in participants[e["event_id"]])
    return "remote" if remote else "in_person"
