"""What `import iqsy` offers: tables as frames or in DuckDB, the contract, checks, evidence, other models.

Everything reads iqsy's own data, from the installed wheel or the checkout, or another package, named as
`source`: a folder, a datapackage.json, a zip, a git revision. What is heavy is imported where it is needed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from iqsy.contract import Contract, Table, cached
from iqsy.problems import Problem, ProblemsError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Frame = TypeVar("Frame")
Engine = Literal["pandas", "polars", "arrow"]
Model = Literal["standard", "conservative", "informative", "majority"]
Judge = Literal["sql", "pandera", "frictionless"]
Source = str | Path

ENGINES = ("pandas", "polars", "arrow")


@overload
def load(name: str, engine: Literal["pandas"] = ..., source: Source | None = ...) -> pd.DataFrame: ...
@overload
def load(name: str, engine: Literal["polars"], source: Source | None = ...) -> pl.DataFrame: ...
@overload
def load(name: str, engine: Literal["arrow"], source: Source | None = ...) -> pa.Table: ...
def load(name: str, engine: Engine = "pandas", source: Source | None = None) -> Any:
    """A table or code list as a frame of the contract's types: a pandas or polars frame, or an Arrow table.

    In pandas days are datetime64[s], integers Int64 and truths boolean, so that a null stays a null. Code
    lists are always those of the installed contract.
    Raises ProblemsError for a name that does not exist, and for a table that is not there or cannot be read.
    """
    terms = contract()
    table = terms.resources[known(name, terms.resources, "table or code list")]
    if name in terms.codelists:
        from iqsy import frames

        return _frame(frames.codelists(terms)[name], table, engine)
    return _frame(read_table(name, source), table, engine)


def connect(source: Source | None = None, model: Model = "standard") -> duckdb.DuckDBPyConnection:
    """A DuckDB connection in memory with every table, code list and view under its name.

    It reads nothing else: no file, no address. `model` is how the tables are settled (see `settle`).
    """
    from iqsy import engines

    settled = read_tables(source) if model == "standard" else _resettled(model, source)
    return engines.connect(settled, contract())


def tables() -> dict[str, str]:
    """The name of every table and code list, with what it holds."""
    terms = contract()
    described = {name: table.description for name, table in terms.tables.items()}
    for table in terms.tables.values():
        for key in table.foreign_keys:
            if key.resource in terms.codelists:
                described.setdefault(key.resource, f"Codes of {table.name}.{key.columns[0]}.")
    return {**described, **{n: "Codes." for n in terms.codelists if n not in described}}


@dataclass(frozen=True)
class TableContract:
    """What the contract demands of one table, for frames of one's own."""

    table: Table
    contract: Contract

    def __repr__(self) -> str:
        return f"<contract of {self.table.name}: {', '.join(self.table.columns)}>"

    def conform(self, frame: Frame) -> Frame:
        """The frame in the table's types and order of columns; see `conform`."""
        from iqsy import frames

        return frames.conform(frame, self.table)

    def validate(self, frame: Frame, tables: Mapping[str, object] | None = None) -> Frame:
        """The frame, conformed, if it keeps every constraint of the table.

        Takes a pandas or polars frame or an Arrow table. References to code lists are always looked up,
        those to other tables in `tables`, frames by name. Raises ProblemsError with every violation.
        """
        from iqsy import frames

        return frames.validate(frame, self.table, self.contract, tables)

    @property
    def schema(self) -> Any:
        """The same as a pandera schema for pandas frames of the table's types."""
        from iqsy import models

        return models.pandas_model(self.table, self.contract)


@overload
def contract() -> Contract: ...
@overload
def contract(name: str) -> TableContract: ...
def contract(name: str | None = None) -> Contract | TableContract:
    """The contract: every table, code list, view and rule; or what it demands of the table of this name."""
    from iqsy.package import installed_root

    terms = cached(installed_root() / "schema")
    return terms if name is None else TableContract(terms.tables[known(name, terms.tables, "table")], terms)


def conform(frame: Frame, table: str) -> Frame:
    """A frame whose types were guessed, as `pandas.read_csv` does, in a table's types and order of columns.

    Takes a pandas or polars frame or an Arrow table and gives the same kind. Raises ProblemsError where a
    value cannot be of its column's type and where a column is missing or unknown.
    """
    return contract(table).conform(frame)


def check(
    path: Source | None = None, judges: Sequence[Judge] | None = None, schema: Source | None = None
) -> list[Problem]:
    """All findings about a package, each once, sorted; iqsy's own data where no path is given.

    `judges` are all three unless some are named; `schema` is a contract in place of the installed one, for
    what is checked does not say itself what is right. Raises ProblemsError where there is nothing to judge:
    no package, no such judge or contract.
    """
    from iqsy.check import JUDGES, check
    from iqsy.package import installed_root, open_package

    named = [known(judge, JUDGES, "judge") for judge in (JUDGES if judges is None else judges)]
    terms = contract() if schema is None else cached(Path(schema))
    package = open_package(installed_root() if path is None else path, terms)
    files = package.csv_files() if "frictionless" in named else None
    return check(package.tables, terms, named, files, package.problems)


@overload
def settle(
    model: Model = ..., table: str = ..., engine: Literal["pandas"] = ..., source: Source | None = ...
) -> pd.DataFrame: ...
@overload
def settle(
    model: Model = ..., table: str = ..., *, engine: Literal["polars"], source: Source | None = ...
) -> pl.DataFrame: ...
@overload
def settle(
    model: Model = ..., table: str = ..., *, engine: Literal["arrow"], source: Source | None = ...
) -> pa.Table: ...
def settle(
    model: Model = "standard", table: str = "events", engine: Engine = "pandas", source: Source | None = None
) -> Any:
    """The events, or any other table, with claims settled by another model.

    `standard` is how the published tables are settled, `conservative` takes the widest wherever accounts
    differ, `informative` the narrowest, `majority` what most accounts state. All tables settled by a model
    are in `connect(model=…)`. Raises ProblemsError for a model or table that does not exist, and for a
    source that is not valid.
    """
    terms = contract()
    wanted = terms.tables[known(table, terms.tables, "table")]
    return _frame(_resettled(model, source)[table], wanted, engine)


@overload
def evidence(event: str, engine: Literal["pandas"] = ..., source: Source | None = ...) -> pd.DataFrame: ...
@overload
def evidence(event: str, engine: Literal["polars"], source: Source | None = ...) -> pl.DataFrame: ...
@overload
def evidence(event: str, engine: Literal["arrow"], source: Source | None = ...) -> pa.Table: ...
def evidence(event: str, engine: Engine = "pandas", source: Source | None = None) -> Any:
    """What each voice states of an event: outlet, voice, account, stance, property, subject, value.

    `link` opens the article at the passage. `event` is an id, or words of a title that no other event has.
    Raises ProblemsError, with events like it, for one that does not exist.
    """
    from iqsy.evidence import claims_of, find

    found = find(read_table("events", source), event)
    claims = claims_of(read_table("claims_flat", source), found)
    return _frame(claims, contract().tables["claims_flat"], engine)


def version() -> str:
    """The version of iqsy's own package, code and data alike."""
    from iqsy import package

    described = json.loads((package.installed_root() / package.DESCRIPTOR).read_text(encoding="utf-8"))
    return str(described["version"])


def read_table(name: str, source: Source | None = None) -> pa.Table:
    """A table of the contract, of iqsy's own data or of another package.

    Raises ProblemsError where it is not there or where something in it cannot be read.
    """
    from iqsy import package

    terms = contract()
    if source is None:
        return package.read_table(package.installed_root(), name, terms)
    opened = package.open_package(source, terms)
    problems = [p for p in opened.problems if p.table in (name, None)]
    if problems:
        raise ProblemsError(problems)
    return opened.tables[name]


def read_tables(source: Source | None = None) -> dict[str, pa.Table]:
    """All tables of the contract; ProblemsError where one is not there or something in it cannot be read."""
    from iqsy import package

    terms = contract()
    if source is None:
        root = package.installed_root()
        return {name: package.read_table(root, name, terms) for name in terms.tables}
    opened = package.open_package(source, terms)
    if opened.problems:
        raise ProblemsError(opened.problems)
    return opened.tables


def known(name: str, names: Collection[str], what: str) -> str:
    """The name, if it is one of these; else ProblemsError with the one that may be meant, and all others."""
    if name in names:
        return name
    close = get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]!r}? One of" if close else "one of"
    raise ProblemsError([Problem("name", f"there is no {what} {name!r}; {hint} {', '.join(names)}")])


def _resettled(model: str, source: Source | None) -> dict[str, pa.Table]:
    from iqsy.resettle import resettle
    from iqsy.settle import MODELS

    chosen = known(model, MODELS, "model")
    errors = [problem for problem in check(source, ["sql"]) if problem.level == "error"] if source else []
    if errors:
        raise ProblemsError(errors)
    return resettle(read_tables(source), contract(), chosen)


def _frame(arrow: pa.Table, table: Table, engine: str) -> Any:
    from iqsy import frames

    match known(engine, ENGINES, "engine"):
        case "pandas":
            return frames.to_pandas(arrow, table)
        case "polars":
            return frames.to_polars(arrow)
    return arrow
