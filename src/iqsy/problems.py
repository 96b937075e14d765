"""What is wrong and where: the one shape in which bad input is reported, from a YAML key to a row of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: a code, words that say what would be right, and where it stands."""

    code: str
    message: str
    file: str | None = None
    line: int | None = None
    level: str = "error"
    table: str | None = None
    key: tuple[tuple[str, str], ...] = field(default=())
    column: str | None = None
    value: str | None = None

    def where(self) -> str:
        """`file:line`, or the row's table and key, or nothing."""
        if self.file is not None:
            return self.file if self.line is None else f"{self.file}:{self.line}"
        if self.table is not None:
            return " ".join([self.table, *(f"{k}={v}" for k, v in self.key)])
        return ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where(), self.message) if part)


class ProblemsError(Exception):
    """Input that cannot be used; `problems` says all that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))
