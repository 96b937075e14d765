"""Open data on Iraq–Syria security cooperation since 2003.

    import iqsy

    events = iqsy.load("events")                      # any table or code list, as a pandas frame
    iqsy.tables()                                     # their names, with what each holds
    iqsy.connect().sql("FROM contacts").show()        # all of them in DuckDB
    iqsy.evidence("2024-05-12-interior-ministers-mou")  # who says what of an event, with links
    iqsy.settle("majority")                           # the events, settled by another model
    iqsy.contract("events").validate(frame)           # your own frame, held against the contract

Input that cannot be used raises `iqsy.ProblemsError`, which says what is wrong and what would be right.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iqsy.contract import Contract as Contract
    from iqsy.library import TableContract as TableContract
    from iqsy.library import check as check
    from iqsy.library import conform as conform
    from iqsy.library import connect as connect
    from iqsy.library import contract as contract
    from iqsy.library import evidence as evidence
    from iqsy.library import load as load
    from iqsy.library import settle as settle
    from iqsy.library import tables as tables
    from iqsy.problems import Problem as Problem
    from iqsy.problems import ProblemsError as ProblemsError

    __version__: str

HOMES = {"Contract": "contract", "Problem": "problems", "ProblemsError": "problems"}
FUNCTIONS = ("check", "conform", "connect", "contract", "evidence", "load", "settle", "tables")
__all__ = [
    "Contract",
    "Problem",
    "ProblemsError",
    "TableContract",
    "check",
    "conform",
    "connect",
    "contract",
    "evidence",
    "load",
    "settle",
    "tables",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """What the package offers, imported when it is first asked for."""
        if name not in (*__all__, "__version__"):
            raise AttributeError(f"module 'iqsy' has no attribute {name!r}")
        from importlib import import_module

        home = import_module(f"iqsy.{HOMES.get(name, 'library')}")
        found: object = home.version() if name == "__version__" else getattr(home, name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return [*__all__, "__version__"]


class _Front(ModuleType):
    """Keeps the functions of the package where modules bear their names: `iqsy.check` stays the function."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in FUNCTIONS and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Front
