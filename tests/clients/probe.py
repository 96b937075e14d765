"""Run after a recipe, in the same namespace: writes what the recipe loaded, by name, as column types and rows."""

# mypy: ignore-errors
import decimal
import json
import os
import sqlite3


def _probe(names, out):
    def arrow(value):
        convert = {
            "pandas": lambda frame: __import__("pyarrow").Table.from_pandas(frame, preserve_index=False),
            "polars": lambda frame: frame.to_arrow(),
            "duckdb": lambda relation: relation.to_arrow_table(),
            "datasets": lambda dataset: dataset.with_format("arrow")[:],
            "pyspark": lambda frame: frame.toArrow(),
        }
        return convert[type(value).__module__.partition(".")[0].strip("_")](value)

    def plain(value):
        if isinstance(value, decimal.Decimal):
            return float(value)
        return value if value is None or isinstance(value, bool | int | float | str) else str(value)

    def named(name):
        """A variable; or the table of a database that the recipe opened."""
        if name in globals():
            return globals()[name]
        if isinstance(globals().get("connection"), sqlite3.Connection):
            return globals()["connection"].execute(f"SELECT * FROM {name}").fetchall()
        return globals().get("connection", globals().get("spark")).table(name)

    def found(value):
        if isinstance(value, list):
            rows = [dict(row) for row in value]
            kinds = {n: {type(row[n]).__name__ for row in rows if row[n] is not None} for n in rows[0]}
            types = {name: "/".join(sorted(kind)) for name, kind in kinds.items()}
        else:
            table = arrow(value)
            types, rows = {c.name: str(c.type) for c in table.schema}, table.to_pylist()
            if hasattr(value, "dtypes") and hasattr(value, "iloc"):  # pandas has types beside those of Arrow
                types = {n: str(kind).removesuffix("[pyarrow]") for n, kind in value.dtypes.items()}
        return {"types": types, "rows": [[plain(cell) for cell in row.values()] for row in rows]}

    with open(out, "w", encoding="utf-8") as stream:
        json.dump({name: found(named(name)) for name in names}, stream)


_probe(os.environ["IQSY_PROBE"].split(), os.environ["IQSY_PROBE_OUT"])
