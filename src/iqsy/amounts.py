"""Figures as text: `5`, about 680 `~680`, from 150 to 180 `150..180`, more than 600 `600..`, up to 20 `..20`, only words `..`.

An approximate number stands for what rounds to it: half a unit of its last significant digit to either side, so that
about 680 holds 681, and about 700 holds 680.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
RANGE = ".."
ABOUT = "~"


class AmountError(ValueError):
    """A text that is no figure; the message says what would be one."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure: its number where it has one, and the lowest and highest that it allows (None: open)."""

    number: float | None
    low: float | None
    high: float | None


@lru_cache(maxsize=4096)
def parse(text: str) -> Amount:
    """Read a figure; raise AmountError for anything else."""
    if NUMBER.fullmatch(text):
        return Amount(float(text), float(text), float(text))
    if text.startswith(ABOUT) and NUMBER.fullmatch(text[1:]):
        number, half = Decimal(text[1:]), _last_unit(text[1:]) / 2
        return Amount(float(number), float(number - half), float(number + half))
    low, dots, high = text.partition(RANGE)
    if not dots or not all(NUMBER.fullmatch(bound) for bound in (low, high) if bound):
        raise AmountError(f"{text!r} is no figure; write 5, ~680, 150..180, 600.. or ..20, in ASCII digits")
    if low and high and float(low) > float(high):
        raise AmountError(f"{text!r} begins with its higher end; write {high}..{low}")
    return Amount(None, float(low) if low else None, float(high) if high else None)


def _last_unit(digits: str) -> Decimal:
    """Worth of the last significant digit: 10 for 680, 100 for 700, 0.5 gives 0.1."""
    whole, _, decimals = digits.partition(".")
    if decimals:
        return Decimal(10) ** -len(decimals)
    return Decimal(10) ** (len(whole) - len(whole.rstrip("0"))) if whole.strip("-0") else Decimal(1)


def write(value: str | None, low: str | None, high: str | None, *, about: bool = False) -> str:
    """A figure from what a record gives: a value, exact or about, or one bound or two, or neither."""
    if value is not None:
        return f"{ABOUT if about else ''}{value}"
    return f"{low or ''}{RANGE}{high or ''}"


def contains(outer: str, inner: str) -> bool:
    """Whether every number that `inner` allows is one that `outer` allows."""
    wide, narrow = parse(outer), parse(inner)
    below = wide.low is None or (narrow.low is not None and wide.low <= narrow.low)
    above = wide.high is None or (narrow.high is not None and narrow.high <= wide.high)
    return below and above


def hull(texts: Collection[str]) -> str:
    """The smallest figure that holds all of `texts`; one of them where it does so itself."""
    holders = [text for text in sorted(texts) if all(contains(text, other) for other in texts)]
    if holders:
        return holders[0]
    amounts = [parse(text) for text in texts]
    lows, highs = [a.low for a in amounts], [a.high for a in amounts]
    return f"{_end(lows, min)}{RANGE}{_end(highs, max)}"


def shared(texts: Collection[str]) -> str | None:
    """The numbers that all of `texts` allow; None where they have none in common, one of them where it lies in all others."""
    inmost = [text for text in sorted(texts) if all(contains(other, text) for other in texts)]
    if inmost:
        return inmost[0]
    amounts = [parse(text) for text in texts]
    low = max((a.low for a in amounts if a.low is not None), default=None)
    high = min((a.high for a in amounts if a.high is not None), default=None)
    if low is None or high is None or low > high:
        return None
    return f"{low:.15g}" if low == high else f"{low:.15g}{RANGE}{high:.15g}"


def _end(bounds: list[float | None], furthest: object) -> str:
    known = [b for b in bounds if b is not None]
    assert callable(furthest)
    return f"{furthest(known):.15g}" if known and len(known) == len(bounds) else ""
