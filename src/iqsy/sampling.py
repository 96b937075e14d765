"""Samples that anyone can draw again: rows in turn from every stratum, each stratum shuffled by a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

T = TypeVar("T")


def stratified(rows: Iterable[T], stratum: Callable[[T], Hashable], size: int, seed: int) -> list[T]:
    """`size` rows (fewer where there are not so many), one from each stratum in turn until enough are drawn.

    The draw depends on the rows, in the order given, and the seed, and on nothing else.
    """
    strata: dict[Hashable, list[T]] = {}
    for row in rows:
        strata.setdefault(stratum(row), []).append(row)
    generator = random.Random(seed)
    queues = [strata[key] for key in sorted(strata, key=repr)]
    for queue in queues:
        generator.shuffle(queue)
    generator.shuffle(queues)
    drawn: list[T] = []
    while len(drawn) < size and any(queues):
        for queue in queues:
            if queue and len(drawn) < size:
                drawn.append(queue.pop())
    return drawn
