"""What publishing would change, or has changed: the same list drives the work, the dry run and the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Change:
    """One change: of a part (`dataset`, `file`, `rows` …) that has a name; `detail` says what differs."""

    action: Literal["create", "update", "delete", "publish"]
    part: str
    name: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.action} {self.part} {self.name}" + (f": {self.detail}" if self.detail else "")


@dataclass(frozen=True)
class Changes:
    """Changes in the order in which they are made; false where there are none.

    `url` is where the package is to be seen.
    """

    url: str
    items: tuple[Change, ...] = ()

    def of(self, name: str) -> dict[str, Change]:
        """The changes of what has this name, by part."""
        return {change.part: change for change in self.items if change.name == name}

    def __iter__(self) -> Iterator[Change]:
        return iter(self.items)

    def __bool__(self) -> bool:
        return bool(self.items)

    def __str__(self) -> str:
        return "\n".join(map(str, self.items)) or "nothing to change"


def differs(before: object, after: object) -> str:
    """`before → after`, each cut to what fits on a line."""
    return f"{_short(before)} → {_short(after)}"


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return f"‘{text}’" if len(text) <= LONGEST_SHOWN else f"‘{text[: LONGEST_SHOWN - 1]}…’"
