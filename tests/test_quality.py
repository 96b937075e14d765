"""Agreement, shares and intervals: properties, and values known from the literature."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import terms

from iqsy import agreement, quality
from iqsy.claims import Row

sets = st.frozensets(st.sampled_from("abcde"), max_size=5)


def claim(event: str, value: str, prop: str = "act", source: str = "s") -> Row:
    return {
        "source_id": source,
        "event_id": event,
        "voice": "outlet",
        "property": prop,
        "subject": event,
        "value": value,
    }


@given(sets, sets)
def test_masi_is_a_distance_that_only_equal_sets_have_at_nought(a: frozenset[str], b: frozenset[str]) -> None:
    assert agreement.masi(a, b) == agreement.masi(b, a)
    assert 0 <= agreement.masi(a, b) <= 1
    assert (agreement.masi(a, b) == 0) == (a == b)


def test_masi_of_passonneaus_cases() -> None:
    """Passonneau (2006): monotonicity 2/3 where one set holds the other, 1/3 where they overlap, 0 where they are apart."""
    a, b, c = frozenset("ab"), frozenset("abc"), frozenset("bc")
    assert agreement.masi(a, b) == pytest.approx(1 - 2 / 3 * 2 / 3)
    assert agreement.masi(a, c) == pytest.approx(1 - 1 / 3 * 1 / 3)
    assert agreement.masi(a, frozenset("d")) == 1


def test_alpha_of_krippendorffs_binary_example() -> None:
    """Krippendorff (2011), "Computing Krippendorff's alpha-reliability", section A: two observers, ten units, 0.095."""
    first, second = "0100000010", "1110010000"
    mine = [claim(f"e{i}", value) for i, value in enumerate(first)]
    other = [claim(f"e{i}", value) for i, value in enumerate(second)]
    (acts,) = [a for a in agreement.properties(mine, other) if a.property == "act"]
    assert acts.n_units == 10
    assert acts.identical == 0.6
    assert acts.alpha == pytest.approx(0.095, abs=0.0005)
    assert acts.low is not None and acts.alpha is not None and acts.high is not None
    assert acts.low <= acts.alpha <= acts.high


@given(
    st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True), min_size=2, max_size=8)
)
def test_who_codes_the_same_agrees_wholly(coded: list[list[str]]) -> None:
    rows = [claim(f"e{i}", value) for i, values in enumerate(coded) for value in values]
    assert agreement.events(rows, rows).f1 == 1
    for found in agreement.properties(rows, rows):
        assert found.identical == 1
        assert found.alpha is None or found.alpha == pytest.approx(1)


def test_only_articles_and_events_that_both_coded_count() -> None:
    mine = [claim("e1", "a"), claim("e2", "a"), claim("e9", "b", source="other")]
    second = [claim("e1", "a"), claim("e3", "b")]
    found = agreement.events(mine, second)
    assert (found.n_articles, found.both, found.only_first, found.only_second) == (1, 1, 1, 1)
    assert found.f1 == 0.5
    assert {a.n_units for a in agreement.properties(mine, second)} == {1}


@given(st.integers(1, 500), st.data())
def test_wilsons_interval_holds_the_share(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    low, high = quality.wilson(successes, trials)
    share, slack = successes / trials, 1e-9
    assert -slack <= low <= share + slack
    assert share - slack <= high <= 1 + slack


def test_wilsons_interval_at_known_points() -> None:
    """At no success the upper bound is z² / (n + z²)."""
    z = 1.959964
    assert quality.wilson(0, 10)[1] == pytest.approx(z * z / (10 + z * z))
    assert quality.wilson(50, 100) == pytest.approx((0.4038, 0.5962), abs=5e-5)


def test_a_report_says_what_was_measured_and_nothing_of_what_was_not() -> None:
    tables: dict[str, list[Row]] = {name: [] for name in terms().tables}
    text = quality.report(tables, terms(), [], [])
    assert "## Coverage" in text
    assert "Agreement" not in text
    assert "Audit" not in text


def test_each_draw_is_told_apart() -> None:
    tables: dict[str, list[Row]] = {name: [] for name in terms().tables}
    tables["claims"] = [claim("e1", "a"), claim("e2", "b")]
    tables["recodings"] = [{**claim("e1", "a"), "recoder": "x"}, {**claim("e2", "a"), "recoder": "y"}]
    audit: list[Row] = [
        {"property": "date", "verdict": "supported", "auditor": "x"},
        {"property": "date", "verdict": "unsupported", "auditor": "z"},
    ]
    draws: list[Row] = [
        {"what": "articles", "seed": 1, "day": "2026-01-02", "by": ["x"], "note": "The first."},
        {"what": "claims", "seed": 3, "day": "2026-01-03", "by": ["z"]},
    ]
    agreed, audited = quality.report(tables, terms(), audit, draws).split("## Audit")
    first, rest = agreed.split("### Draw 1, 2026-01-02, seed 1\n\nThe first.")[1].split("### Not drawn")
    assert "| act | 1 | 100% |" in first and "| act | 1 | 0% |" in rest
    assert "### Draw 2, 2026-01-03, seed 3\n\n| property" in audited
    assert audited.count("| date | 1 | 1 |") == audited.count("| date | 1 | 0 |") == 1


def test_accounts_that_tell_an_event_differently_are_counted() -> None:
    tables: dict[str, list[Row]] = {name: [] for name in terms().tables}
    tables["actors"] = [{"actor_id": a, "actor_type": "person"} for a in ("x", "y")]

    def told(event: str, account: str, prop: str, value: str, subject: str = "") -> Row:
        return {**claim(event, value, prop), "account_id": account, "subject": subject or event}

    tables["claims"] = [
        *(told(e, a, "venue", "baghdad") for e in ("e1", "e2") for a in ("a", "b")),
        told("e3", "a", "venue", "damascus"),
        told("e1", "a", "date", "2024-05"),
        told("e1", "b", "date", "2024-05-12"),
        told("e1", "a", "role", "host", "x"),
        told("e1", "b", "role", "guest", "y"),
        told("e1", "b", "role", "target", "x"),
    ]
    found = quality.variation(tables, terms())
    assert {aspect: (share.count, share.total) for aspect, share in found.items()} == {
        "venue": (0, 2),
        "start date": (1, 1),
        "actors": (1, 1),
        "types of actors": (0, 1),
    }
