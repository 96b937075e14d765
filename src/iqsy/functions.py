"""Pure functions that rules name, for what SQL cannot say alike on every engine.

Each takes values of some columns of a row and says whether the rule holds. A null is something not stated and
never breaks a rule by itself. They are called once for each distinct set of arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pyarrow as pa

from iqsy import amounts, dates
from iqsy.contract import Rule
from iqsy.problems import Problem, ProblemsError

MOST_WORDS = 8
MOST_WORDS_OF_HALF = 4
BETWEEN = "…"


def failing(rule: Rule, distinct: pa.Table) -> pa.Table:
    """Those of some distinct arguments, one set a row, for which the rule's function is false.

    Raises ProblemsError where there is no such function.
    """
    function = FUNCTIONS.get(rule.function or "")
    if function is None:
        message = f"rule {rule.code} names no function that there is; there are {', '.join(FUNCTIONS)}"
        raise ProblemsError([Problem("contract", message, "schema/rules.yaml")])
    rows = zip(*(column.to_pylist() for column in distinct.columns), strict=True)
    return distinct.filter(pa.array([not function(*row) for row in rows], pa.bool_()))


def edtf_parses(text: str | None) -> bool:
    """Whether a date is one of the closed profile."""
    return text is None or _parsed(text) is not None


def edtf_all_parse(*texts: str | None) -> bool:
    """Whether each of several dates is."""
    return all(map(edtf_parses, texts))


def edtf_bounds_follow(text: str | None, start: date | None, end: date | None) -> bool:
    """Whether two days are the bounds of a date; where none is stated there are no bounds."""
    return (start, end) == _bounds(text)


def edtf_four_bounds_follow(
    start_text: str | None,
    end_text: str | None,
    start_earliest: date | None,
    start_latest: date | None,
    end_earliest: date | None,
    end_latest: date | None,
) -> bool:
    """Whether four days are the bounds of a start and of an end."""
    start, end = (start_earliest, start_latest), (end_earliest, end_latest)
    return (start, end) == (_bounds(start_text), _bounds(end_text))


def edtf_outer_bounds_follow(
    start_text: str | None, end_text: str | None, first: date | None, last: date | None
) -> bool:
    """Whether two days are the earliest of a start and the latest of an end."""
    start, end = _bounds(start_text), _bounds(end_text)
    return start is not None and end is not None and (first, last) == (start[0], end[1])


def edtf_precision_follows(text: str | None, precision: str | None) -> bool:
    """Whether a code is the precision of a date."""
    if text is None or precision is None:
        return True
    parsed = _parsed(text)
    return parsed is not None and parsed.precision == precision


def weekday_fits(raw: str | None, text: str | None) -> bool:
    """Whether the day falls on the weekday that the source's words name, if they name one."""
    return raw is None or text is None or dates.weekday_misfit(raw, text) is None


def locator_within_limits(locator: str | None) -> bool:
    """Whether words that find a passage are no more than that takes: its first and last few, or a phrase."""
    halves = (locator or "").split(BETWEEN)
    if len(halves) == 2:
        return all(len(half.split()) <= MOST_WORDS_OF_HALF for half in halves)
    return len((locator or "").split()) <= MOST_WORDS


def number_follows(value_type: str | None, value: str | None, number: float | None) -> bool:
    """Whether a value that should be a number or a range is one, and the number beside it the same."""
    if value is None or value_type is None:
        return True
    if value_type != "number":
        return number is None
    try:
        return amounts.parse(value).number == number
    except amounts.AmountError:
        return False


def word_in(word: str | None, words: str | None) -> bool:
    """Whether a word is one of those parted by spaces."""
    return word is None or words is None or word in words.split()


def _parsed(text: str) -> dates.EDTF | None:
    try:
        return dates.parse(text)
    except dates.DateError:
        return None


def _bounds(text: str | None) -> tuple[date | None, date | None] | None:
    """Bounds of a date, open where none is stated; None for a text that is no date."""
    if text is None:
        return None, None
    parsed = _parsed(text)
    return None if parsed is None else (parsed.start, parsed.end)


FUNCTIONS: dict[str, Callable[..., bool]] = {
    function.__name__: function
    for function in (
        edtf_parses,
        edtf_all_parse,
        edtf_bounds_follow,
        edtf_four_bounds_follow,
        edtf_outer_bounds_follow,
        edtf_precision_follows,
        weekday_fits,
        locator_within_limits,
        number_follows,
        word_in,
    )
}
