"""Tables as frames: Arrow schemas from the contract, and frames of any kind brought to its types.

Importing this needs pyarrow only; pandas and polars are imported where they are used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pyarrow as pa

from iqsy.constraints import TYPE_WORDS, quoted, text_of
from iqsy.contract import Contract, Field, Table
from iqsy.problems import Problem, ProblemsError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

Frame = TypeVar("Frame")

ARROW_TYPES: Mapping[str, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
# What read_csv gives, except where that cannot hold a null beside its values.
PANDAS_TYPES = {
    "string": "str",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
    "date": "datetime64[s]",
}
PYTHON_TYPES: Mapping[str, type] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "date": date,
}
INTEGER = re.compile(r"[+-]?\d{1,18}(?:\.0*)?", re.ASCII)
DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]00:00(?::00(?:\.0*)?)?)?", re.ASCII)
TRUTHS = {"true": True, "false": False}


def share_memory() -> None:
    """Let Arrow take memory from the system's pool in this process: its own holds on to what others could use."""
    pa.set_memory_pool(pa.system_memory_pool())


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table, nullable everywhere: what is required is for the judges to say."""
    return pa.schema([pa.field(f.name, ARROW_TYPES[f.type]) for f in table.fields])


def to_arrow(table: Table, rows: Iterable[Mapping[str, object]]) -> pa.Table:
    """Rows of Python values, or of text, as an Arrow table in the contract's columns, sorted by primary key.

    A column that a row lacks is null, and so is an empty text. Raises ProblemsError for a column that the
    table does not have and for a value that is not of the column's type.
    """
    kept = list(rows)
    unknown = sorted({column for row in kept for column in row} - set(table.columns))
    if unknown:
        raise ProblemsError(
            [_structure(table, f"has no column {name}; remove it from the rows") for name in unknown]
        )
    columns = {f.name: [row.get(f.name) for row in kept] for f in table.fields}
    return _typed(table, columns).sort_by([(column, "ascending") for column in table.primary_key])


def codelists(contract: Contract) -> dict[str, pa.Table]:
    """The contract's code lists as Arrow tables, by name, each in the order of the list."""
    return {
        name: _typed(lst.table, {column: [row[column] for row in lst.rows] for column in lst.table.columns})
        for name, lst in contract.codelists.items()
    }


def relations(tables: Mapping[str, pa.Table], contract: Contract) -> dict[str, pa.Table]:
    """These tables and the contract's code lists, by name; a table that is not given has no rows."""
    empty = {name: arrow_schema(table).empty_table() for name, table in contract.tables.items()}
    return {**empty, **tables, **codelists(contract)}


def to_pandas(arrow: pa.Table, table: Table) -> pd.DataFrame:
    """An Arrow table as a pandas frame of str, Int64, float64, boolean and datetime64[s] columns."""
    frame: pd.DataFrame = arrow.to_pandas(types_mapper=_nullable, date_as_object=True)
    return frame.astype({name: PANDAS_TYPES[table.by_name[name].type] for name in frame.columns})


def _nullable(arrow_type: pa.DataType) -> Any:
    """pandas has nullable integers and booleans only on request; without them a null turns 81 into 81.0."""
    import pandas as pd

    return {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get(arrow_type)


def to_polars(arrow: pa.Table) -> pl.DataFrame:
    """An Arrow table as a polars frame, also where it has no rows."""
    import polars as pl

    return cast("pl.DataFrame", pl.from_arrow(arrow))


def conform(frame: Frame, table: Table) -> Frame:
    """A frame whose types were guessed, as `pandas.read_csv` does, in the contract's types and columns.

    Takes a pandas or polars frame or an Arrow table and gives the same kind. Empty text is null, 81.0 is the
    integer 81, the text "true" is a truth and "2024-05-12" a day. Raises ProblemsError with key, column and
    value where a value cannot be of the column's type, and where a column is missing or unknown.
    """
    arrow = conform_to_arrow(frame, table)
    kind = _kind(frame)
    if kind == "arrow":
        return cast(Frame, arrow)
    if kind == "polars":
        return cast(Frame, to_polars(arrow))
    return cast(Frame, to_pandas(arrow, table).set_index(cast("pd.DataFrame", frame).index))


def conform_to_arrow(frame: object, table: Table) -> pa.Table:
    """The same as an Arrow table, from a frame of any of the three kinds."""
    names, column = _columns(frame)
    problems = [_structure(table, f"lacks the column {c}; add it") for c in table.columns if c not in names]
    problems += [_structure(table, f"has no column {c}; drop it") for c in names if c not in table.columns]
    problems += [
        _structure(table, f"has the column {c} twice; drop one") for c in set(names) if names.count(c) > 1
    ]
    if problems:
        raise ProblemsError(sorted(problems, key=lambda p: p.message))
    return _typed(table, {name: column(name) for name in table.columns})


def validate(
    frame: Frame, table: Table, contract: Contract, tables: Mapping[str, object] | None = None
) -> Frame:
    """Conform a frame and hold it against all constraints of its table; give it back conformed.

    `tables` are frames of other tables, by name, that foreign keys are looked up in; references to tables
    that are not given are not checked, those to code lists always are. Raises ProblemsError with all of it.
    """
    from iqsy import models

    arrow = conform_to_arrow(frame, table)
    others = {name: conform_to_arrow(other, contract.tables[name]) for name, other in (tables or {}).items()}
    problems = models.judge_pandas(arrow, table, contract, others)
    if problems:
        raise ProblemsError(problems)
    return conform(frame, table)


def align(arrow: pa.Table, table: Table) -> tuple[pa.Table | None, list[Problem]]:
    """An Arrow table in exactly the contract's types, or what is wrong with its shape.

    Types that hold the same values (large or dictionary-encoded text, small integers) are cast.
    """
    problems = []
    names = arrow.column_names
    if set(names) != set(table.columns) or len(names) != len(table.columns):
        missing = [c for c in table.columns if c not in names]
        extra = [c for c in names if c not in table.columns or names.count(c) > 1]
        problems += [_structure(table, f"lacks the column {c}; add it") for c in missing]
        problems += [
            _structure(table, f"has the column {c} too many; remove it") for c in dict.fromkeys(extra)
        ]
    elif tuple(names) != table.columns:
        problems.append(
            _structure(table, f"has its columns in another order; it should be {', '.join(table.columns)}")
        )
    if problems:
        return None, problems
    columns = []
    for f in table.fields:
        try:
            columns.append(_cast(arrow.column(f.name), f))
        except pa.ArrowInvalid:
            message = (
                f"{f.name} is of type {arrow.schema.field(f.name).type}; it should hold {TYPE_WORDS[f.type]}"
            )
            problems.append(Problem("type", message, table=table.name, column=f.name))
    return (None, problems) if problems else (pa.table(columns, schema=arrow_schema(table)), [])


def _cast(column: pa.ChunkedArray, field: Field) -> pa.ChunkedArray:
    """The column in its contract's type; ArrowInvalid where that would read one kind of value as another."""
    wanted = ARROW_TYPES[field.type]
    found = column.type
    if pa.types.is_dictionary(found):
        column, found = column.cast(found.value_type), found.value_type
    kinds: dict[str, Callable[[pa.DataType], bool]] = {
        "string": lambda t: pa.types.is_large_string(t) or pa.types.is_string_view(t),
        "integer": pa.types.is_integer,
        "number": lambda t: pa.types.is_floating(t) or pa.types.is_integer(t),
        "boolean": pa.types.is_boolean,
        "date": pa.types.is_date,
    }
    if found == wanted:
        return column
    if kinds[field.type](found) or pa.types.is_null(found):
        return column.cast(wanted)
    raise pa.ArrowInvalid


def _typed(table: Table, columns: Mapping[str, Sequence[object]]) -> pa.Table:
    """Columns of Python values in the contract's types; ProblemsError with every value of another type."""
    problems: list[Problem] = []
    arrays = []
    for field in table.fields:
        values = columns[field.name]
        try:
            arrays.append(_array(values, field))
        except (ValueError, TypeError):
            problems += _mistyped(table, field, columns)
    if problems:
        raise ProblemsError(problems)
    return pa.table(arrays, schema=arrow_schema(table))


def _array(values: Sequence[object], field: Field) -> pa.Array:
    """Python values in a column's type; by polars, since Arrow's own way from Python values loads pandas first."""
    import polars as pl

    types = {str: pl.String, int: pl.Int64, float: pl.Float64, bool: pl.Boolean, date: pl.Date}
    wanted = PYTHON_TYPES[field.type]
    # A number may be NaN and a text empty, which are null.
    as_they_are = wanted is not float and set(map(type, values)) <= {wanted, type(None)} and "" not in values
    typed = values if as_they_are else [convert(value, field.type) for value in values]
    return pl.Series(typed, dtype=types[wanted]).to_arrow().cast(ARROW_TYPES[field.type])


def _mistyped(table: Table, field: Field, columns: Mapping[str, Sequence[object]]) -> Iterable[Problem]:
    for number, value in enumerate(columns[field.name]):
        try:
            convert(value, field.type)
        except ValueError:
            key = tuple((name, text_of(columns[name][number])) for name in table.primary_key)
            yield mistyped(table, field, key, text_of(value))


def mistyped(table: Table, field: Field, key: tuple[tuple[str, str], ...], value: str) -> Problem:
    """The finding for a value that is not of its column's type."""
    message = f"{field.name} {quoted(value)} is not {TYPE_WORDS[field.type]}"
    return Problem("type", message, table=table.name, key=key, column=field.name, value=value)


def convert(value: object, field_type: str) -> str | int | float | bool | date | None:
    """A value of any frame, or its text, in a type of Table Schema; ValueError where it is not one of it."""
    if value is None or value == "" or value != value:
        return None
    return _CONVERTERS[field_type](value)


def _to_string(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        # A column of codes that look like numbers, of which some are missing.
        return str(int(value))
    return text_of(value)


def _to_integer(value: object) -> int:
    if isinstance(value, bool) or not INTEGER.fullmatch(str(value)):
        raise ValueError(value)
    return int(str(value).partition(".")[0])


def _to_number(value: object) -> float:
    if isinstance(value, bool):
        raise ValueError(value)
    text = str(value)
    if "_" in text:
        raise ValueError(value)
    return float(text)


def _to_boolean(value: object) -> bool:
    truth = value if isinstance(value, bool) else TRUTHS.get(str(value).lower())
    if truth is None:
        raise ValueError(value)
    return truth


def _to_date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    found = DAY.fullmatch(str(value))
    if found is None:
        raise ValueError(value)
    return date.fromisoformat(found[1])


_CONVERTERS: Mapping[str, Callable[[object], str | int | float | bool | date]] = {
    "string": _to_string,
    "integer": _to_integer,
    "number": _to_number,
    "boolean": _to_boolean,
    "date": _to_date,
}


def _columns(frame: object) -> tuple[list[str], Callable[[str], list[object]]]:
    """Names of a frame's columns, and how to get the values of one, with None for every null."""
    match _kind(frame):
        case "arrow":
            arrow = cast(pa.Table, frame)
            return arrow.column_names, lambda name: arrow.column(name).to_pylist()
        case "polars":
            polars = cast("pl.DataFrame", frame)
            return polars.columns, lambda name: polars.get_column(name).to_list()
        case "pandas":
            pandas = cast("pd.DataFrame", frame)
            values = pandas.astype(object).where(pandas.notna(), None)
            return list(pandas.columns), lambda name: values[name].tolist()
    raise TypeError(f"a pandas or polars frame or an Arrow table is needed, not {type(frame).__name__}")


def _kind(frame: object) -> str:
    """Which library a frame is of, without importing it."""
    if isinstance(frame, pa.Table):
        return "arrow"
    return type(frame).__module__.partition(".")[0]


def _structure(table: Table, message: str) -> Problem:
    return Problem("structure", f"{table.name} {message}", table=table.name)
