"""The contract as pandera models: of polars frames, for the second judge, and of users' pandas frames.

Every check bears the name of the constraint or rule that it stands for; `judge_polars`, `judge_view` and
`judge_pandas` run the models and say what failed where, as findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import pandera.pandas
import pandera.polars
import polars as pl
import pyarrow as pa

from iqsy import constraints, frames
from iqsy.constraints import (
    Among,
    Composed,
    Constraint,
    Finite,
    Lacks,
    Length,
    Matches,
    Range,
    Refers,
    Required,
    Unique,
)
from iqsy.contract import Contract, Rule, Table
from iqsy.problems import Problem

POLARS_TYPES = {
    "string": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Date,
}


def polars_model(
    table: Table, contract: Contract, others: Mapping[str, pl.DataFrame]
) -> pandera.polars.DataFrameSchema:
    """A model of a table as a polars frame: types and all constraints.

    `others` are frames of other tables, by name; references to tables that are not among them are not
    checked. Validate an eager frame: of a lazy one pandera checks the types only.
    """
    single, joint = _checks(
        table, contract, others, lambda c: _polars_check(_expression(c, others), _name(c))
    )
    columns = {
        f.name: pandera.polars.Column(POLARS_TYPES[f.type], single[f.name], nullable=not f.required)
        for f in table.fields
    }
    return pandera.polars.DataFrameSchema(
        columns, joint, unique=list(table.primary_key), strict=True, ordered=True, name=table.name
    )


def pandas_model(
    table: Table, contract: Contract, others: Mapping[str, pd.DataFrame] | None = None
) -> pandera.pandas.DataFrameSchema:
    """A model of a table as a pandas frame in the types of `frames.to_pandas`, with the same constraints."""
    known = others or {}

    def check(constraint: Constraint) -> Any:
        name = _name(constraint)
        return pandera.pandas.Check(_series_test(constraint, known), name=name, error=name)

    single, joint = _checks(table, contract, known, check)
    columns = {
        f.name: pandera.pandas.Column(frames.PANDAS_TYPES[f.type], single[f.name], nullable=not f.required)
        for f in table.fields
    }
    return pandera.pandas.DataFrameSchema(
        columns, joint, unique=list(table.primary_key), strict=True, ordered=True, name=table.name
    )


def view_model(rules: Iterable[Rule]) -> pandera.polars.DataFrameSchema:
    """A model of a view as a polars frame: the predicates of its rules, read by polars' own SQL."""
    checks = [
        _polars_check(pl.sql_expr(rule.predicate), rule.code) for rule in rules if rule.predicate is not None
    ]
    return pandera.polars.DataFrameSchema(checks=checks)


def judge_polars(
    frame: pl.DataFrame, table: Table, contract: Contract, others: Mapping[str, pl.DataFrame]
) -> list[Problem]:
    """Findings of the polars model on a frame of the contract's types."""
    # pandera takes about a millisecond for each check, so all of them are first asked as one.
    held = [_holds(c, others).fill_null(True) for c in constraints.checkable(table, contract, others)]
    gate = pandera.polars.DataFrameSchema(checks=[_polars_check(pl.all_horizontal(held), "all")])
    try:
        gate.validate(frame)
    except pandera.polars.errors.SchemaError:
        failed = _failed(polars_model(table, contract, others), frame)
        return _problems(table, contract, failed, lambda columns: frame.select(columns).rows())
    return []


def judge_pandas(
    arrow: pa.Table, table: Table, contract: Contract, others: Mapping[str, pa.Table]
) -> list[Problem]:
    """Findings of the pandas model on an Arrow table of the contract's types."""
    looked_up = {name: frames.to_pandas(other, contract.tables[name]) for name, other in others.items()}
    looked_up[table.name] = frame = frames.to_pandas(arrow, table)
    failed = _failed(pandas_model(table, contract, looked_up), frame)
    columns = {name: arrow.column(name).to_pylist() for name in table.columns}
    return _problems(
        table, contract, failed, lambda names: list(zip(*(columns[n] for n in names), strict=True))
    )


def judge_view(frame: pl.DataFrame, rules: Sequence[Rule], table: Table) -> list[Problem]:
    """Findings of the rules with a predicate on the rows of their view."""
    by_code = {rule.code: rule for rule in rules}
    return [
        constraints.rule_problem(by_code[code], table, frame.row(number, named=True))
        for code, number in _failed(view_model(rules), frame)
    ]


def _failed(model: Any, frame: Any) -> list[tuple[str, int]]:
    """Names of the checks that fail, each with the number of a row that fails it."""
    try:
        model.validate(frame, lazy=True)
    except (pandera.polars.errors.SchemaErrors, pandera.pandas.errors.SchemaErrors) as error:
        cases = error.failure_cases
        rows: Any = cases.to_dict("records") if isinstance(cases, pd.DataFrame) else cases.to_dicts()
        if any(row["index"] is None for row in rows):
            raise
        named = [(_check_name(row), int(row["index"])) for row in rows]
        return list(dict.fromkeys(named))
    return []


def _check_name(case: Mapping[str, Any]) -> str:
    if case["check"] == "multiple_fields_uniqueness":
        return "unique"
    return f"required {case['column']}" if case["check"] == "not_nullable" else str(case["check"])


def _problems(
    table: Table,
    contract: Contract,
    failed: Iterable[tuple[str, int]],
    rows: Callable[[Sequence[str]], Sequence[tuple[object, ...]]],
) -> list[Problem]:
    by_name = {_name(c): c for c in constraints.of(table, contract)}
    keys = rows(table.primary_key)
    problems = []
    for name, number in failed:
        constraint = by_name[name]
        if not isinstance(constraint.test, Unique):
            problems.append(constraint.problem(keys[number], rows(constraint.columns)[number]))
        elif any(part is not None for part in keys[number]):
            problems.append(constraint.problem(keys[number]))
    return list(dict.fromkeys(problems))


def _name(constraint: Constraint) -> str:
    if isinstance(constraint.test, Unique):
        return constraint.code
    return f"{constraint.code} {constraint.column}"


def _checks(
    table: Table, contract: Contract, others: Mapping[str, Any], check: Callable[[Constraint], Any]
) -> tuple[Mapping[str, list[Any]], list[Any]]:
    """Checks of single columns, by column, and of several; nulls and double keys pandera sees by itself."""
    single: dict[str, list[Any]] = {f.name: [] for f in table.fields}
    joint: list[Any] = []
    for constraint in constraints.checkable(table, contract, others):
        if not isinstance(constraint.test, Required | Unique):
            (single[constraint.column] if len(constraint.columns) == 1 else joint).append(check(constraint))
    return single, joint


# --- polars ---


def _polars_check(expression: pl.Expr, name: str) -> Any:
    return pandera.polars.Check(lambda data: data.lazyframe.select(expression), name=name, error=name)


def _holds(constraint: Constraint, others: Mapping[str, pl.DataFrame]) -> pl.Expr:
    """Whether a row keeps the constraint, those included that pandera checks by itself."""
    match constraint.test:
        case Required():
            return pl.col(constraint.column).is_not_null()
        case Unique():
            return ~pl.struct(constraint.columns).is_duplicated()
        case _:
            return _expression(constraint, others)


def _expression(constraint: Constraint, others: Mapping[str, pl.DataFrame]) -> pl.Expr:
    column = pl.col(constraint.columns[0])
    match constraint.test:
        case Finite():
            return column.is_finite()
        case Composed():
            return column == column.str.normalize("NFC")
        case Matches(pattern):
            return column.str.contains(rf"\A(?:{pattern})\z")
        case Lacks(pattern):
            return ~column.str.contains(pattern)
        case Length(least, most):
            return _within(column.str.len_chars(), least, most)
        case Range(least, most):
            return _within(column, least, most)
        case Among(values):
            return column.is_in(list(values))
        case Refers(resource, reference):
            return _found(constraint.columns, others[resource], reference)
    raise TypeError(f"{constraint.test} is not a test of values")


def _within(quantity: pl.Expr, least: Any, most: Any) -> pl.Expr:
    bounds = [quantity >= least] if least is not None else []
    bounds += [quantity <= most] if most is not None else []
    return pl.all_horizontal(bounds)


def _found(columns: Sequence[str], other: pl.DataFrame, reference: Sequence[str]) -> pl.Expr:
    if len(columns) == 1:
        return pl.col(columns[0]).is_in(other.get_column(reference[0]).drop_nulls().unique().implode())
    targets = other.select(pl.struct(reference)).to_series().unique().implode()
    values = pl.struct(pl.col(own).alias(theirs) for own, theirs in zip(columns, reference, strict=True))
    return pl.any_horizontal(pl.col(columns).is_null()) | values.is_in(targets)


# --- pandas ---


def _series_test(constraint: Constraint, others: Mapping[str, pd.DataFrame]) -> Callable[[Any], Any]:
    """A function of the column, or of the frame where there are several, that gives a truth for every row."""
    match constraint.test:
        case Finite():
            return lambda s: ~s.isin([float("inf"), float("-inf")])
        case Composed():
            return lambda s: ~s.isin(constraints.not_composed(s.dropna().unique().tolist()))
        case Matches(pattern):
            return lambda s: s.str.fullmatch(f"(?:{pattern})", na=True).astype(bool)
        case Lacks(pattern):
            return lambda s: ~s.str.contains(f"(?:{pattern})", na=False).astype(bool)
        case Length(least, most):
            return lambda s: _between(s.str.len(), least, most)
        case Range(least, most):
            return lambda s: _between(s, least, most)
        case Among(values):
            return lambda s: s.isna() | s.isin(list(values))
        case Refers(resource, reference):
            return _series_found(constraint.columns, others[resource], reference)
    raise TypeError(f"{constraint.test} is not a test of values")


def _between(quantity: Any, least: Any, most: Any) -> Any:
    broken = pd.Series(False, index=quantity.index)
    if least is not None:
        broken |= (quantity < _comparable(least)).fillna(False).astype(bool)
    if most is not None:
        broken |= (quantity > _comparable(most)).fillna(False).astype(bool)
    return ~broken


def _comparable(bound: object) -> object:
    """pandas compares its days with time stamps only."""
    return pd.Timestamp(bound) if isinstance(bound, date) else bound


def _series_found(
    columns: Sequence[str], other: pd.DataFrame, reference: Sequence[str]
) -> Callable[[Any], Any]:
    if len(columns) == 1:
        return lambda s: s.isna() | s.isin(other[reference[0]].dropna())
    targets = set(other[list(reference)].itertuples(index=False, name=None))

    def found(frame: pd.DataFrame) -> Any:
        values = frame[list(columns)]
        return values.isna().any(axis=1) | pd.Series(
            [row in targets for row in values.itertuples(index=False, name=None)],
            index=frame.index,
            dtype=bool,
        )

    return found
