"""Engines that hold a package's tables, code lists and views under their names."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from iqsy import frames, sql
from iqsy.contract import Contract
from iqsy.problems import Problem, ProblemsError

# Nothing but what is registered can be read, and nobody can change that afterwards.
LOCKED = ("SET enable_external_access = false", "SET lock_configuration = true")


def connect(tables: Mapping[str, pa.Table], contract: Contract) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory with these tables, the contract's code lists and its views, shut off from all else.

    A table of the contract that is not given is there without rows. Raises ProblemsError for a view that
    DuckDB cannot read.
    """
    connection = duckdb.connect(":memory:", config={"python_enable_replacements": False})
    for name, arrow in frames.relations(tables, contract).items():
        connection.register(name, arrow)
    for statement in LOCKED:
        connection.execute(statement)
    for view in sql.in_order(contract.views):
        try:
            connection.execute(f"CREATE VIEW {sql.name(view.name)} AS\n{view.sql}")
        except duckdb.Error as error:
            raise unreadable(f"view {view.name}", error, f"schema/views/{view.name}.sql") from error
    return connection


def unreadable(what: str, error: duckdb.Error, file: str) -> ProblemsError:
    """The error that says that some SQL of the contract cannot be run."""
    message = f"{what} cannot be run: {str(error).splitlines()[0]}"
    return ProblemsError([Problem("contract", message, file)])
