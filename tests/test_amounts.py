"""Figures as text: what each form allows, how they lie in each other, their hull and what they share."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iqsy import amounts

numbers = st.integers(0, 10**6) | st.decimals(0, 1000, places=2).map(lambda d: d.normalize())
digits = numbers.map(lambda n: f"{n:f}")
ranges = st.tuples(digits, digits).map(lambda pair: "..".join(sorted(pair, key=float)))
figures = (
    digits
    | digits.map("~{}".format)
    | ranges
    | digits.map("{}..".format)
    | digits.map("..{}".format)
    | st.just("..")
)


@given(figures)
def test_a_figure_allows_its_own_number(text: str) -> None:
    amount = amounts.parse(text)
    if amount.number is not None:
        assert amount.low is not None and amount.high is not None
        assert amount.low <= amount.number <= amount.high
        assert (amount.low < amount.high) == text.startswith("~")


@given(figures, figures, figures)
def test_containment_is_an_order(a: str, b: str, c: str) -> None:
    assert amounts.contains(a, a)
    if amounts.contains(a, b) and amounts.contains(b, c):
        assert amounts.contains(a, c)


@given(st.lists(figures, min_size=1, max_size=5))
@example(["14", "~13.09"])
def test_a_hull_holds_all_and_does_not_depend_on_order(texts: list[str]) -> None:
    hull = amounts.hull(texts)
    assert all(amounts.contains(hull, text) for text in texts)
    assert amounts.parse(amounts.hull(texts[::-1])) == amounts.parse(hull)


@given(st.lists(figures, min_size=1, max_size=5), digits)
def test_what_is_shared_is_what_all_allow(texts: list[str], digit: str) -> None:
    common = amounts.shared(texts)
    assert amounts.shared([*texts[::-1], texts[0]]) == common
    if common is None:
        assert not all(amounts.contains(text, digit) for text in texts)
    else:
        assert amounts.contains(common, digit) == all(amounts.contains(text, digit) for text in texts)


@pytest.mark.parametrize(
    ("texts", "common"),
    [
        (["600..", "..700"], "600..700"),
        (["600..", "..600"], "600"),
        (["150..180", "170..200"], "170..180"),
        (["~700", "680.."], "680..750"),
        (["~700", "680"], "680"),
        (["600..", "..500"], None),
    ],
)
def test_known_shared_numbers(texts: list[str], common: str | None) -> None:
    assert amounts.shared(texts) == common


@given(digits)
def test_writing_and_reading_give_the_number_again(digit: str) -> None:
    assert amounts.parse(amounts.write(digit, None, None)).number == float(digit)
    assert amounts.parse(amounts.write(digit, None, None, about=True)).number == float(digit)
    assert amounts.parse(amounts.write(None, digit, digit)).low == float(digit)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("~680", 675, 685),
        ("~700", 650, 750),
        ("~681", 680.5, 681.5),
        ("~0.5", 0.45, 0.55),
        ("600..", 600, None),
        ("..20", None, 20),
        ("..", None, None),
    ],
)
def test_known_values(text: str, low: float | None, high: float | None) -> None:
    amount = amounts.parse(text)
    assert amount.low == (low if low is None else pytest.approx(low))
    assert amount.high == (high if high is None else pytest.approx(high))


def test_about_holds_what_rounds_to_it() -> None:
    assert amounts.contains("~680", "681")
    assert amounts.contains("~700", "~680")
    assert not amounts.contains("~680", "700")


@pytest.mark.parametrize(
    "text", ["", "five", "1,200", "٥", "5..3", "1..2..3", "~", "~5..6", "1e3", "nan", "05", "+5"]
)
def test_what_is_no_figure_says_what_would_be_one(text: str) -> None:
    with pytest.raises(amounts.AmountError, match="write"):
        amounts.parse(text)
