"""Accounts: which institution speaks behind a claim.

All officers of one ministry are one account, however many outlets print them; an outlet's own words are the account of the outlet
they first came from; an unnamed speaker is the account of the medium that had him.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from iqsy.claims import Claim, Row

HERE = "~"


@dataclass(frozen=True, slots=True)
class Tenure:
    """A person's time in an office, with the widest bounds that its dates allow."""

    tenure_id: str
    actor: str
    office: str
    body: str
    level: int
    start: date
    end: date
    acting: bool


@dataclass
class Offices:
    """Who held which office when."""

    tenures: list[Tenure]
    by_actor: dict[str, list[Tenure]] = field(init=False)

    def __post_init__(self) -> None:
        self.by_actor = {}
        for tenure in self.tenures:
            self.by_actor.setdefault(tenure.actor, []).append(tenure)

    def held(
        self, actor: str, start: date | None, end: date | None, office: str | None = None
    ) -> Tenure | None:
        """The actor's tenure that overlaps these days (None: open), of this office where one is named; the highest of several."""
        first, last = start or date.min, end or date.max
        found = [
            t
            for t in self.by_actor.get(actor, ())
            if t.start <= last and first <= t.end and (office is None or t.office == office)
        ]
        return min(found, key=lambda t: (t.level, -t.start.toordinal(), t.tenure_id)) if found else None


@dataclass
class Accounts:
    """Finds the account and the side of each claim's voice."""

    sources: Mapping[str, Row]
    publishers: Mapping[str, Row]
    actors: Mapping[str, Row]
    office_bodies: Mapping[str, str]
    offices: Offices
    side_of_country: Mapping[str, str]

    def of_outlet(self, source: str) -> str:
        """The publisher whose words a source's own words are, followed back through its origins."""
        row = self.sources[source]
        seen = {source}
        while (origin := row["origin_source_id"]) is not None and origin not in seen:
            seen.add(str(origin))
            row = self.sources[str(origin)]
        found = row["origin_publisher_id"] or row["publisher_id"] or row["source_id"]
        return str(found)

    def of_claim(self, claim: Claim, office: str | None) -> str:
        """The account of a claim; `office` is the one that the claim's article gives the speaker, where it gives one."""
        voice = claim.voice
        if voice.speaker is None and voice.speaker_type is None:
            return self.of_outlet(claim.source)
        if voice.speaker is None:
            medium = voice.via or self.of_outlet(claim.source)
            return f"{medium}{HERE}{voice.via_type}" if voice.via_type else medium
        if voice.speaker in self.publishers:
            return voice.speaker
        if office is not None:
            return self.office_bodies[office]
        row = self.sources[claim.source]
        start, end = row["published_start"], row["published_end"]
        tenure = self.offices.held(
            voice.speaker, start if isinstance(start, date) else None, end if isinstance(end, date) else None
        )
        return tenure.body if tenure else voice.speaker

    def side(self, account: str, claim: Claim) -> str | None:
        """The side that the account speaks for; None where nothing tells."""
        if account in self.actors:
            return str(self.actors[account]["side"])
        country = claim.voice.speaker_country
        if country is None and account.partition(HERE)[0] in self.publishers:
            found = self.publishers[account.partition(HERE)[0]]["country"]
            country = str(found) if found is not None else None
        return None if country is None else self.side_of_country.get(country, "third")

    def speaker_type(self, claim: Claim) -> str | None:
        """Kind of speaker of a claim; None for the outlet's own words."""
        voice = claim.voice
        if voice.speaker is None:
            return voice.speaker_type
        if voice.speaker in self.publishers:
            return (
                "broadcaster" if self.publishers[voice.speaker]["outlet_type"] == "broadcaster" else "agency"
            )
        return "official"
