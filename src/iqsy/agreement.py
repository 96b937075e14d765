"""Agreement of two coders of the same articles, property by property.

A unit is what both could have coded: an event in an article for what is said of the event, an event for each article's
choice of events. Values are sets: distance is MASI (Passonneau 2006), which for single values is nominal. Alpha is
Krippendorff's (2019), by the library of that name; its interval is a bootstrap over units.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from iqsy.claims import Row

Pair = tuple[frozenset[str], frozenset[str]]
DRAWS = 1000
SEED = 20261124


@dataclass(frozen=True)
class Agreement:
    """How two coders agree on a property: alpha with its 95 % interval, and the share of units where they are identical."""

    property: str
    n_units: int
    identical: float
    alpha: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class EventAgreement:
    """How far two coders find the same events in the same articles: pairs of article and event, by both and by one."""

    n_articles: int
    both: int
    only_first: int
    only_second: int

    @property
    def f1(self) -> float:
        """Share of agreement, positive agreement weighed twice, as usual where absence cannot be counted."""
        return 2 * self.both / (2 * self.both + self.only_first + self.only_second)


def events(claims: Iterable[Row], recodings: Iterable[Row]) -> EventAgreement:
    """Agreement on which events an article tells of, over the articles that were coded twice."""
    second = {(str(r["source_id"]), str(r["event_id"])) for r in recodings}
    twice = {source for source, _ in second}
    first = {(str(r["source_id"]), str(r["event_id"])) for r in claims if r["source_id"] in twice}
    return EventAgreement(len(twice), len(first & second), len(first - second), len(second - first))


def properties(claims: Iterable[Row], recodings: Sequence[Row]) -> list[Agreement]:
    """Agreement on each property, over the events that both coders found in an article."""
    twice = {r["source_id"] for r in recodings}
    first, second = _sets(r for r in claims if r["source_id"] in twice), _sets(recodings)
    shared = {unit[:2] for unit in first} & {unit[:2] for unit in second}
    found: dict[str, list[Pair]] = defaultdict(list)
    for unit in sorted(first.keys() | second.keys()):
        if unit[:2] in shared:
            found[unit[2]].append((first.get(unit, frozenset()), second.get(unit, frozenset())))
    return [_agreement(prop, pairs) for prop, pairs in sorted(found.items())]


def _sets(rows: Iterable[Row]) -> dict[tuple[str, str, str], frozenset[str]]:
    """(article, event, property) → what is said, with the subject where it is not the event; voices are a property too."""
    values: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in rows:
        source, event, prop = str(row["source_id"]), str(row["event_id"]), str(row["property"])
        subject = "" if row["subject"] == event else f"{row['subject']}="
        values[source, event, prop].add(f"{subject}{row['value']}")
        values[source, event, "voice"].add(str(row["voice"]))
    return {unit: frozenset(found) for unit, found in values.items()}


def masi(a: frozenset[str], b: frozenset[str]) -> float:
    """Distance of two sets: one less Jaccard's index, weighed by whether one holds the other, they overlap or are apart."""
    if a == b:
        return 0.0
    shared = len(a & b)
    if shared == 0:
        return 1.0
    return 1 - shared / len(a | b) * (2 / 3 if a <= b or b <= a else 1 / 3)


def _agreement(prop: str, pairs: Sequence[Pair]) -> Agreement:
    identical = sum(a == b for a, b in pairs) / len(pairs)
    alpha, low, high = _alpha(pairs)
    return Agreement(prop, len(pairs), identical, alpha, low, high)


def _alpha(pairs: Sequence[Pair]) -> tuple[float | None, float | None, float | None]:
    """Alpha and the 2.5th and 97.5th percentile of its bootstrap; None where all values are one, so that it is undefined."""
    import numpy as np

    domain = sorted({value for pair in pairs for value in pair}, key=sorted)
    if len(domain) < 2:
        return None, None, None
    index = {value: i for i, value in enumerate(domain)}
    distances = np.array([[masi(a, b) for b in domain] for a in domain])
    counts = np.zeros((len(pairs), len(domain)), dtype=int)
    for row, pair in enumerate(pairs):
        for value in pair:
            counts[row, index[value]] += 1
    draws = np.random.default_rng(SEED).integers(len(pairs), size=(DRAWS, len(pairs)))
    resampled = [a for draw in draws if (a := _alpha_of(counts[draw], distances)) is not None]
    low, high = np.percentile(resampled, [2.5, 97.5]) if resampled else (None, None)
    return _alpha_of(counts, distances), _number(low), _number(high)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _alpha_of(counts: Any, distances: Any) -> float | None:
    """Krippendorff's alpha of value counts (units × values) under a matrix of distances (values × values)."""
    import krippendorff
    import numpy as np

    table, apart = np.asarray(counts), np.asarray(distances)
    if (table.sum(axis=0) > 0).sum() < 2:
        return None

    def metric(v1: Any, v2: Any, i1: Any, i2: Any, n_v: Any, dtype: Any = None) -> Any:
        return apart[i1, i2]

    return float(
        krippendorff.alpha(
            value_counts=table, value_domain=np.arange(len(apart)), level_of_measurement=metric
        )
    )
