"""Samples: repeatable, without repeats, and even over strata."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from iqsy.sampling import stratified

rows = st.lists(st.tuples(st.sampled_from("abc"), st.integers()), unique=True, max_size=40)


@given(rows, st.integers(0, 50), st.integers())
def test_a_draw_can_be_drawn_again_and_holds_no_row_twice(
    found: list[tuple[str, int]], size: int, seed: int
) -> None:
    drawn = stratified(found, lambda row: row[0], size, seed)
    assert drawn == stratified(found, lambda row: row[0], size, seed)
    assert len(drawn) == len(set(drawn)) == min(size, len(found))
    assert set(drawn) <= set(found)


@given(rows, st.integers(1, 20), st.integers())
def test_no_stratum_gives_two_more_than_another_that_has_rows_left(
    found: list[tuple[str, int]], size: int, seed: int
) -> None:
    drawn = Counter(row[0] for row in stratified(found, lambda row: row[0], size, seed))
    there = Counter(row[0] for row in found)
    for one in there:
        for other in there:
            assert drawn[one] - drawn[other] <= 1 or drawn[other] == there[other]
