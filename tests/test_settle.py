"""Settling: what must hold of any votes under any model; then whose account a claim is, wholes and parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import CONTRACT, FORMS, written

from iqsy import amounts, dates
from iqsy.accounts import Accounts, Offices, Tenure
from iqsy.claims import OUTLET, Claim, Passage, Row, Voice
from iqsy.settle import (
    DATES,
    MODELS,
    NUMBERS,
    SEPARATOR,
    Order,
    Settlement,
    Vote,
    places,
    plain,
    settle_reported,
    settle_set,
    settle_single,
)
from iqsy.settlements import Case, followed, settle_all

# --- votes ---

GAZETTEER = {
    "region": None,
    "iraq": "region",
    "syria": "region",
    "anbar": "iraq",
    "qaim": "anbar",
    "baghdad": "iraq",
    "palace": "baghdad",
    "damascus": "syria",
}
NEAR_DAYS = st.sampled_from((date(2024, 2, 29), date(2024, 3, 1)))
DATE_TEXTS = st.builds(written, st.sampled_from(sorted(FORMS)), NEAR_DAYS, st.integers(1, 2))
NUMBER_TEXTS = st.sampled_from(("1", "2", "2.0", "~2", "3", "1..3", "2..4", "2..", "..3", ".."))
# How values of each kind lie in each other, and what they may be.
KINDS: dict[str, tuple[Order, st.SearchStrategy[str]]] = {
    "date": (DATES, DATE_TEXTS),
    "figure": (NUMBERS, NUMBER_TEXTS),
    "venue": (places(GAZETTEER), st.sampled_from(sorted(GAZETTEER))),
    "status": (plain(lambda values: "disputed"), st.sampled_from(("occurred", "cancelled", "postponed"))),
}
ACCOUNTS = st.sampled_from("abcd")


def votes(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[Vote]]:
    one = st.builds(
        Vote,
        value=values,
        account=ACCOUNTS,
        source=st.sampled_from(("s1", "s2", "s3")),
        official=st.booleans(),
        complete=st.booleans(),
        whole_text=st.booleans(),
    )
    return st.lists(one, min_size=1, max_size=6)


@st.composite
def ballots(draw: st.DrawFn) -> tuple[str, Order, list[Vote]]:
    """A kind of property, its order and votes on it; often few values, so that they agree or nest."""
    prop = draw(st.sampled_from(sorted(KINDS)))
    order, values = KINDS[prop]
    few = draw(st.lists(values, min_size=1, max_size=3))
    return prop, order, draw(votes(st.sampled_from(few)))


any_model = st.sampled_from(sorted(MODELS))


def settled(prop: str, cast: Sequence[Vote], order: Order, model: str = "standard") -> Settlement:
    return settle_single("event", prop, "event", cast, order, model)


def innermost(values: Collection[str], order: Order) -> set[str]:
    """Values in which no other lies that does not hold them in turn."""
    return {v for v in values if not any(order.contains(v, w) and not order.contains(w, v) for w in values)}


@given(ballots(), any_model)
def test_what_is_unanimous_stays_so(ballot: tuple[str, Order, list[Vote]], model: str) -> None:
    prop, order, cast = ballot
    alike = [replace(vote, value=cast[0].value) for vote in cast]
    found = settled(prop, alike, order, model)
    rule = "single_account" if len({v.account for v in cast}) == 1 else "unanimous"
    assert (found.value, found.settled_by, found.difference) == (cast[0].value, rule, "none")


@given(ballots(), any_model)
def test_no_value_that_nobody_claimed_but_for_a_tie_or_an_overlap(
    ballot: tuple[str, Order, list[Vote]], model: str
) -> None:
    prop, order, cast = ballot
    found = settled(prop, cast, order, model)
    assert found.settled_by in ("tie", *dict(MODELS[model]))
    assert found.settled_by in ("tie", "overlap") or found.value in {v.value for v in cast}


@given(ballots(), any_model)
def test_a_tie_is_made_of_its_candidates_alone(ballot: tuple[str, Order, list[Vote]], model: str) -> None:
    prop, order, cast = ballot
    found = settled(prop, cast, order, model)
    values = {v.value for v in cast}
    candidates = values if model == "conservative" else innermost(values, order)
    if found.settled_by != "tie":
        return
    assert len(values) > 1
    if prop == "status":
        assert found.value == "disputed"
    else:
        assert all(order.contains(found.value, candidate) for candidate in candidates)
        assert _is_no_wider_than(found.value, candidates, prop)


def _is_no_wider_than(value: str, candidates: Collection[str], prop: str) -> bool:
    if prop == "date":
        # Every alternative that the set names was claimed as such.
        claimed = {span for candidate in candidates for span in dates.parse(candidate).spans}
        return set(dates.parse(value).spans) <= claimed
    if prop == "figure":
        found, said = amounts.parse(value), [amounts.parse(candidate) for candidate in candidates]
        return found.low in {a.low for a in said} and found.high in {a.high for a in said}
    # The smallest place that holds them all: none of those within it does.
    inside = [place for place, parent in GAZETTEER.items() if parent == value]
    return not any(all(places(GAZETTEER).contains(i, candidate) for candidate in candidates) for i in inside)


@given(ballots(), any_model, st.data())
def test_accounts_decide_not_addresses(
    ballot: tuple[str, Order, list[Vote]], model: str, data: st.DataObject
) -> None:
    prop, order, cast = ballot
    repeated = replace(data.draw(st.sampled_from(cast)), source="another")
    once, twice = settled(prop, cast, order, model), settled(prop, [*cast, repeated], order, model)
    assert twice == replace(once, n_reports=once.n_reports + 1)


@given(ballots(), any_model, st.randoms(use_true_random=False))
def test_the_order_of_votes_does_not_matter(
    ballot: tuple[str, Order, list[Vote]], model: str, random: object
) -> None:
    prop, order, cast = ballot
    shuffled = list(cast)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert settled(prop, shuffled, order, model) == settled(prop, cast, order, model)


@given(ballots(), any_model)
def test_the_names_of_accounts_do_not_matter(ballot: tuple[str, Order, list[Vote]], model: str) -> None:
    prop, order, cast = ballot
    renamed = [replace(v, account="dcba"["abcd".index(v.account)]) for v in cast]
    assert settled(prop, renamed, order, model) == settled(prop, cast, order, model)


@given(ballots(), any_model, ACCOUNTS, st.data())
def test_more_votes_never_mean_fewer_accounts(
    ballot: tuple[str, Order, list[Vote]], model: str, account: str, data: st.DataObject
) -> None:
    prop, order, cast = ballot
    more = replace(data.draw(st.sampled_from(cast)), account=account)
    before, after = settled(prop, cast, order, model), settled(prop, [*cast, more], order, model)
    assert before.n_accounts == len({v.account for v in cast})
    assert after.n_accounts == before.n_accounts + (account not in {v.account for v in cast})


@given(ballots())
def test_the_most_precise_lies_in_every_value(ballot: tuple[str, Order, list[Vote]]) -> None:
    prop, order, cast = ballot
    found = settled(prop, cast, order)
    values = {v.value for v in cast}
    inmost = [v for v in values if all(order.contains(w, v) for w in values)]
    if len(values) > 1:
        assert (found.settled_by == "most_precise") == bool(inmost)
        assert found.difference == ("precision" if order.shared(values) or inmost else "contradiction")
    if found.settled_by == "most_precise":
        assert found.value in inmost


@given(ballots())
def test_values_that_overlap_settle_on_what_they_share(ballot: tuple[str, Order, list[Vote]]) -> None:
    prop, order, cast = ballot
    found = settled(prop, cast, order)
    values = {v.value for v in cast}
    assert (found.settled_by == "overlap") == (
        len(values) > 1
        and order.shared(values) is not None
        and not any(all(order.contains(w, v) for w in values) for v in values)
    )
    if found.settled_by == "overlap":
        assert found.value == order.shared(values)


@pytest.mark.parametrize(
    ("prop", "one", "other"),
    [
        ("figure", "2", "2.0"),
        ("date", "2024-05-12", "2024-05-12?"),
        ("date", "2024-05", "[2024-05-01..2024-05-31]"),
    ],
)
def test_saying_the_same_in_other_words_is_no_contradiction(prop: str, one: str, other: str) -> None:
    found = settled(prop, [Vote(other, "a", "s1"), Vote(one, "b", "s2")], KINDS[prop][0])
    assert (found.value, found.settled_by, found.difference) == (one, "most_precise", "precision")


@given(ballots())
def test_a_majority_is_more_than_half_of_those_who_state_a_candidate(
    ballot: tuple[str, Order, list[Vote]],
) -> None:
    prop, order, cast = ballot
    found = settled(prop, cast, order)
    standing = innermost({v.value for v in cast}, order)
    voters = {v.account for v in cast if v.value in standing}
    shares = {value: len({v.account for v in cast if v.value == value}) for value in standing}
    more_than_half = [value for value, share in shares.items() if 2 * share > len(voters)]
    if found.settled_by == "majority":
        assert more_than_half == [found.value]
    if found.settled_by in ("official_text", "tie"):
        assert len(more_than_half) != 1


@given(ballots())
def test_an_official_text_decides_only_where_it_says_one_thing(ballot: tuple[str, Order, list[Vote]]) -> None:
    prop, order, cast = ballot
    found = settled(prop, cast, order)
    standing = innermost({v.value for v in cast}, order)
    official = {v.value for v in cast if v.official} & standing
    if found.settled_by == "official_text":
        assert official == {found.value}
    if found.settled_by == "tie":
        assert len(official) != 1


@pytest.mark.parametrize(
    ("prop", "one", "other", "common"),
    [
        ("figure", "1..3", "2..4", "2..3"),
        ("figure", "2..", "..3", "2..3"),
        ("date", "[..2024-05-29]", "[2024-05-26..2024-05-30]", "[2024-05-26..2024-05-29]"),
    ],
)
def test_what_overlaps_settles_on_what_all_allow(prop: str, one: str, other: str, common: str) -> None:
    found = settled(prop, [Vote(one, "a", "s1"), Vote(other, "b", "s2")], KINDS[prop][0])
    assert (found.value, found.settled_by, found.difference) == (common, "overlap", "precision")


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(KeyError):
        settled("status", [Vote("occurred", "a", "s1")], KINDS["status"][0], "oracle")


def test_models_are_those_of_the_code_list() -> None:
    assert set(MODELS) == set(CONTRACT.codes("settling_models"))
    rules = {name for model in MODELS.values() for name, _ in model}
    assert rules < set(CONTRACT.codes("settling_rules"))


@pytest.mark.parametrize(
    ("model", "value", "rule"),
    [
        ("standard", "2024-05-13", "majority"),
        ("conservative", "[2024-05..2024-05,2024-05-12,2024-05-13]", "tie"),
        ("informative", "2024-05-13", "most_precise"),
        ("majority", "2024-05", "majority"),
    ],
)
def test_known_values_of_each_model(model: str, value: str, rule: str) -> None:
    """Three accounts name the month, two of its days have one and two more."""
    said = {"2024-05": "abc", "2024-05-12": "d", "2024-05-13": "ef"}
    cast = [Vote(day, account, "s1") for day, accounts in said.items() for account in accounts]
    found = settled("date", cast, DATES, model)
    assert found.settled_by == rule
    if rule == "tie":
        assert {span.text for span in dates.parse(found.value).spans} == set(said)
    else:
        assert found.value == value


# --- sets and what is not voted on ---

TOPICS = votes(st.sampled_from(("border", "crossings", "drugs")))


@given(TOPICS)
def test_a_set_is_the_union_with_the_accounts_behind_each_member(cast: list[Vote]) -> None:
    found = settle_set("event", "topic", "event", cast)
    assert found.value.split(SEPARATOR) == sorted({v.value for v in cast})
    assert found.members == {x: {v.account for v in cast if v.value == x} for x in {v.value for v in cast}}
    assert settle_set("event", "topic", "event", cast[::-1]) == found


@given(TOPICS)
def test_only_a_whole_list_in_a_text_seen_whole_leaves_something_out(cast: list[Vote]) -> None:
    lists = {
        account: {v.value for v in cast if v.account == account} for account in {v.account for v in cast}
    }
    whole = {v.account for v in cast if v.complete and v.whole_text}
    lacking = any(lists[account] != {v.value for v in cast} for account in whole)
    found = settle_set("event", "topic", "event", cast)
    assert found.difference == ("omission" if lacking else "none")
    assert found.n_values == (len(set(map(frozenset, lists.values()))) if lacking else 1)


@given(votes(NUMBER_TEXTS))
def test_ordinals_are_never_voted_on(cast: list[Vote]) -> None:
    values = {v.value for v in cast}
    found = settle_reported("event", "ordinal", "a/visit/any/any", cast)
    assert found.settled_by == "not_voted"
    assert all(NUMBERS.contains(found.value, value) for value in values)
    assert found.difference == ("contradiction" if len(values) > 1 else "none")


# --- accounts ---

PUBLISHERS: Mapping[str, Row] = {
    "agency": {"outlet_type": "news_agency", "country": "IQ"},
    "paper": {"outlet_type": "newspaper", "country": "SY"},
}
ACTORS: Mapping[str, Row] = {
    name: {"side": side}
    for name, side in (
        ("iq-ministry", "iq"),
        ("sy-ministry", "sy"),
        ("minister", "iq"),
        ("officer", "iq"),
        ("guest", "sy"),
    )
}
BODIES = {"iq-minister": "iq-ministry", "iq-spokesman": "iq-ministry", "sy-minister": "sy-ministry"}
LATE, EARLY = date(2024, 12, 31), date(2020, 1, 1)


def source(name: str, publisher: str | None = None, **more: object) -> Row:
    row: Row = {
        "source_id": name,
        "publisher_id": publisher,
        "origin_source_id": None,
        "origin_publisher_id": None,
    }
    dated: Row = {
        "published_start": date(2024, 5, 12),
        "published_end": date(2024, 5, 12),
        "accessed_date": LATE,
    }
    return {**row, **dated, "genre": "news_report", "text_seen": "whole", **more}


def claim(voice: Voice = OUTLET, prop: str = "act", value: str = "visit", **more: object) -> Claim:
    """A claim about the event `e` in the source `s`."""
    plainly = Claim(
        "e", "s", voice, prop, "e", value, Passage(), None, None, None, None, False, False, "reports", "f", 1
    )
    return replace(plainly, **{"subject": more.get("event", "e"), **more})  # type: ignore[arg-type]


def accounts(*sources: Row) -> Accounts:
    held = [
        Tenure("t1", "minister", "iq-minister", "iq-ministry", 2, EARLY, LATE, False),
        Tenure("t2", "officer", "iq-spokesman", "iq-ministry", 4, EARLY, LATE, False),
        Tenure("t3", "guest", "sy-minister", "sy-ministry", 2, EARLY, date(2023, 1, 1), False),
    ]
    rows = {str(row["source_id"]): row for row in sources}
    return Accounts(rows, PUBLISHERS, ACTORS, BODIES, Offices(held), {"IQ": "iq", "SY": "sy"})


@given(st.lists(st.tuples(st.sampled_from((None, *PUBLISHERS)), st.integers(0, 6)), min_size=1, max_size=6))
def test_a_copy_counts_as_its_origin(given_sources: list[tuple[str | None, int]]) -> None:
    """Each source comes from one before it, or from none; the first is an original."""
    rows = [
        source(str(n), publisher, origin_source_id=str(origin) if origin < n else None)
        for n, (publisher, origin) in enumerate(given_sources)
    ]
    found = accounts(*rows)
    for row in rows:
        origin = row["origin_source_id"]
        original = row["publisher_id"] or row["source_id"]
        assert found.of_outlet(str(row["source_id"])) == (
            found.of_outlet(str(origin)) if origin else original
        )


def test_origins_in_a_circle_still_have_an_account() -> None:
    found = accounts(source("a", origin_source_id="b"), source("b", "paper", origin_source_id="a"))
    assert {found.of_outlet("a"), found.of_outlet("b")} <= {"a", "paper"}


def test_an_origin_that_is_only_named_counts_too() -> None:
    assert accounts(source("s", "paper", origin_publisher_id="agency")).of_outlet("s") == "agency"


@given(st.sampled_from(("minister", "officer")), st.sampled_from((None, "agency", "paper")))
def test_officers_of_one_ministry_are_one_account_whoever_prints_them(speaker: str, via: str | None) -> None:
    voice = Voice(speaker, speaker=speaker, via=via)
    assert accounts(source("s", "paper")).of_claim(claim(voice), None) == "iq-ministry"


def test_whoever_holds_no_office_then_speaks_for_himself() -> None:
    found = accounts(source("s", "paper"))
    speech = claim(Voice("guest", speaker="guest"))
    assert found.of_claim(speech, None) == "guest"
    # An office that the article gives him is believed.
    assert found.of_claim(speech, "sy-minister") == "sy-ministry"


@given(st.sampled_from(("unnamed_official", "witness")), st.sampled_from((None, "IQ", "SY")))
def test_an_unnamed_speaker_is_the_account_of_the_medium_that_had_him(kind: str, country: str | None) -> None:
    found = accounts(source("s", "paper"))
    unnamed = Voice("x", speaker_type=kind, speaker_country=country)
    assert found.of_claim(claim(unnamed), None) == "paper" == found.of_claim(claim(), None)
    assert found.of_claim(claim(replace(unnamed, via="agency")), None) == "agency"
    assert found.of_claim(claim(replace(unnamed, via_type="broadcaster:sy")), None) == "paper~broadcaster:sy"


def test_an_agency_that_is_quoted_is_its_own_account() -> None:
    found = accounts(source("s", "paper"))
    assert found.of_claim(claim(Voice("agency", speaker="agency")), None) == "agency"


# --- events together ---


def case(
    claims: Collection[Claim], sources: Mapping[str, Row], model: str = "standard", **more: object
) -> Case:
    """What settling needs; each source's own words are its own account."""
    plainly = Case(
        contract=CONTRACT,
        accounts={c.key: c.source for c in claims},
        outlet_accounts={name: name for name in sources},
        sources=sources,
        extents={},
        wholes={},
        followed={},
        decided={},
        place_order=places(GAZETTEER),
        as_of=LATE,
        model=model,
    )
    events = {c.event for c in claims} | {"e"}
    return replace(plainly, **{"extents": dict.fromkeys(events, "single"), **more})  # type: ignore[arg-type]


def report(name: str, stance: str = "reports", event: str = "e") -> Row:
    return {"event_id": event, "source_id": name, "stance": stance}


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Claim], dict[str, Row], list[Row]]:
    """What several sources say of one event, each with a stance."""
    sources = {
        name: source(name) for name in draw(st.lists(st.sampled_from("stuv"), min_size=1, unique=True))
    }
    stances = {name: draw(st.sampled_from(CONTRACT.codes("stances"))) for name in sources}
    claims = []
    for name, stance in stances.items():
        said = {"date": DATE_TEXTS, "venue": KINDS["venue"][1], "act": st.sampled_from(("visit", "talks"))}
        for prop, values in said.items():
            if draw(st.booleans()):
                claims.append(claim(prop=prop, value=draw(values), source=name, stance=stance))
        if draw(st.booleans()):
            value = draw(NUMBER_TEXTS)
            claims.append(
                claim(OUTLET, "figure", value, subject="areas/all/count/flow", source=name, stance=stance)
            )
    return claims, sources, [report(name, stance) for name, stance in stances.items()]


@given(stories(), any_model)
def test_every_event_has_a_date_and_a_status(
    story: tuple[list[Claim], dict[str, Row], list[Row]], model: str
) -> None:
    claims, sources, reports = story
    own = settle_all(["e"], {"e": claims}, {"e": reports}, case(claims, sources, model))["e"]
    assert dates.parse(own.value("date") or "")
    assert own.value("status") in CONTRACT.codes("statuses")


@given(stories(), any_model, st.randoms(use_true_random=False))
def test_the_order_of_claims_and_reports_does_not_matter(
    story: tuple[list[Claim], dict[str, Row], list[Row]], model: str, random: object
) -> None:
    claims, sources, reports = story
    around = case(claims, sources, model)
    expected = settle_all(["e"], {"e": claims}, {"e": reports}, around)["e"]
    for items in (claims, reports):
        random.shuffle(items)  # type: ignore[attr-defined]
    found = settle_all(["e"], {"e": claims}, {"e": reports}, around)["e"]
    assert (found.by_key, found.planned) == (expected.by_key, expected.planned)


@given(stories())
def test_a_preview_says_what_was_planned_and_nothing_else_once_there_is_a_report(
    story: tuple[list[Claim], dict[str, Row], list[Row]],
) -> None:
    claims, sources, reports = story
    told = [r for r in reports if r["stance"] != "previews"]
    assume(told)
    around = case(claims, sources)
    own = settle_all(["e"], {"e": claims}, {"e": reports}, around)["e"]
    without = [c for c in claims if c.stance != "previews"]
    alone = settle_all(["e"], {"e": without}, {"e": told}, around)["e"]
    assert own.by_key == alone.by_key
    planned = {c.value for c in claims if c.stance == "previews" and c.prop == "figure"}
    assert bool(planned) == bool(own.planned)


@given(stories())
def test_what_was_planned_for_a_day_that_has_passed_has_an_unknown_outcome(
    story: tuple[list[Claim], dict[str, Row], list[Row]],
) -> None:
    claims, sources, reports = story
    previews = [replace(c, stance="previews") for c in claims]
    announced = [{**r, "stance": "previews"} for r in reports]
    own = settle_all(["e"], {"e": previews}, {"e": announced}, case(claims, sources, as_of=date(2024, 3, 1)))[
        "e"
    ]
    end = dates.parse(own.value("date") or "").end
    overdue = end is not None and end < date(2024, 3, 1)
    assert own.value("status") == ("outcome_unknown" if overdue else "planned")
    assert not own.subjects("figure")


@given(st.lists(DATE_TEXTS | st.none(), min_size=1, max_size=3), DATE_TEXTS | st.none())
def test_a_whole_spans_its_parts_and_an_undated_part_takes_its_date(
    of_parts: list[str | None], of_whole: str | None
) -> None:
    said: dict[str, str | None] = {"e": of_whole, **{f"part-{n}": text for n, text in enumerate(of_parts)}}
    claims = {e: [claim(event=e, prop="date", value=text)] if text else [] for e, text in said.items()}
    around = case(
        [c for own in claims.values() for c in own],
        {"s": source("s")},
        wholes={e: "e" for e in said if e != "e"},
        extents=dict.fromkeys(said, "series"),
    )
    found = settle_all(said, claims, {e: [report("s", event=e)] for e in said}, around)
    whole = found["e"].by_key["date", "e"]
    known = [text for text in said.values() if text]
    assert whole.value == (dates.hull(known) if known else "[..2024-05-12]")
    for part, text in said.items():
        own = found[part].by_key["date", part]
        assert dates.contains(whole.value, own.value)
        if part != "e" and text is None and known:
            assert (own.value, own.settled_by) == (whole.value, "from_whole")
        elif part != "e" and text is not None:
            assert own.value == text


def test_an_undated_event_had_begun_by_its_first_report() -> None:
    sources = {"s": source("s"), "late": source("late", published_end=date(2024, 5, 20))}
    own = settle_all(["e"], {}, {"e": [report("late"), report("s")]}, case([], sources))["e"]
    assert (own.value("date"), own.by_key["date", "e"].settled_by) == ("[..2024-05-12]", "by_default")


@given(st.sampled_from(CONTRACT.codes("extents")), DATE_TEXTS, st.booleans())
def test_what_was_done_once_was_done_by_its_first_report(extent: str, text: str, decided: bool) -> None:
    first = date(2024, 3, 1)
    sources = {"s": source("s", published_end=first), "late": source("late")}
    said = [claim(prop="date", value=text, source="late")]
    reports = [report("s"), report("late"), report("eager", "previews")]
    around = case(
        said,
        {**sources, "eager": source("eager", published_end=date(2024, 1, 1))},
        extents={"e": extent},
        decided={("e", "date", "e"): (text, "seen")} if decided else {},
    )
    found = settle_all(["e"], {"e": said}, {"e": reports}, around)["e"].by_key["date", "e"]
    bounded = dates.shared((text, f"[..{first}]"))
    stays = decided or extent != "single" or dates.parse(text).is_duration or bounded is None
    assert found.value == (text if stays else bounded)
    assert (found.settled_by == "bounded") == (found.value != text)


@given(DATE_TEXTS, DATE_TEXTS, st.sampled_from(CONTRACT.codes("relations")))
def test_what_follows_an_event_did_not_come_before_it(cause: str, text: str, relation: str) -> None:
    said = {"cause": [claim(event="cause", prop="date", value=cause)], "e": [claim(prop="date", value=text)]}
    link: Row = {"from_event_id": "e", "to_event_id": "cause", "relation": relation}
    later = followed([link], CONTRACT)
    around = case(
        [c for own in said.values() for c in own],
        {"s": source("s", published_end=None)},
        followed=later,
        extents=dict.fromkeys(said, "single"),
    )
    found = settle_all(said, said, {e: [report("s", event=e)] for e in said}, around)
    begun = dates.parse(cause).start
    bounded = dates.shared((text, f"[{begun}..]")) if later and begun else text
    expected = text if bounded is None or dates.parse(text).is_duration else bounded
    assert (found["cause"].value("date"), found["e"].value("date")) == (cause, expected)


def test_an_answer_on_the_day_of_its_cause_has_that_day() -> None:
    said = {"e": [], "cause": [claim(event="cause", prop="date", value="2024-05-12")]}
    later = followed([{"from_event_id": "e", "to_event_id": "cause", "relation": "responds_to"}], CONTRACT)
    around = case(said["cause"], {"s": source("s")}, followed=later)
    own = settle_all(said, said, {e: [report("s", event=e)] for e in said}, around)["e"]
    assert (own.value("date"), own.by_key["date", "e"].settled_by) == ("2024-05-12", "bounded")


@given(stories(), st.sampled_from(("date", "venue")))
def test_a_curators_decision_stands_with_its_reason(
    story: tuple[list[Claim], dict[str, Row], list[Row]], prop: str
) -> None:
    claims, sources, reports = story
    assume(any(c.prop == prop and c.stance != "previews" for c in claims))
    decided = {("e", prop, "e"): ("2024-03-01" if prop == "date" else "qaim", "seen in the register")}
    own = settle_all(["e"], {"e": claims}, {"e": reports}, case(claims, sources, decided=decided))["e"]
    found = own.by_key[prop, "e"]
    assert (found.value, found.reason) == decided["e", prop, "e"]
    assert found.settled_by == "curator"


@given(st.integers(1, 3), st.booleans())
def test_a_denial_makes_the_status_disputed_unless_most_report_it(reporting: int, doubled: bool) -> None:
    names = [f"r{n}" for n in range(reporting)] + ["denier"]
    sources = {name: source(name) for name in names}
    stances = [report(name, "denies" if name == "denier" else "reports") for name in names]
    own = settle_all(["e"], {}, {"e": stances * (1 + doubled)}, case([], sources))["e"]
    status = own.by_key["status", "e"]
    assert status.difference == "denial"
    assert status.value == ("occurred" if reporting > 1 else "disputed")


def test_ordinals_of_one_row_are_held_against_each_other() -> None:
    said = [
        claim(prop="ordinal", subject="minister/visit/any/any", value="2"),
        claim(prop="ordinal", subject="minister/visit/baghdad/any", value="3", source="t"),
        claim(prop="ordinal", subject="minister/talks/any/any", value="1"),
    ]
    sources = {name: source(name) for name in "st"}
    own = settle_all(["e"], {"e": said}, {"e": [report("s"), report("t")]}, case(said, sources))["e"]
    visits = own.by_key["ordinal", "minister/visit/baghdad/any"]
    assert (visits.value, visits.settled_by, visits.difference) == ("2..3", "not_voted", "contradiction")
    assert own.value("ordinal", "minister/talks/any/any") == "1"


def test_days_in_the_future_of_the_records_stay_planned() -> None:
    planned = claim(prop="date", value=str(LATE + timedelta(days=1)), stance="previews")
    own = settle_all(
        ["e"], {"e": [planned]}, {"e": [report("s", "previews")]}, case([planned], {"s": source("s")})
    )["e"]
    assert own.value("status") == "planned"
