"""A small contract with every kind of constraint, and rows for it, valid by construction or not at all."""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from iqsy import constraints, frames
from iqsy.contract import Contract, read

Row = dict[str, object]
WORD = "(?:[a-z0-9]+(?:-[a-z0-9]+)*)"


def _field(name: str, kind: str, **constraints: object) -> dict[str, object]:
    words = {"title": name, "title_ar": name, "description": name, "description_ar": name}
    return {"name": name, "type": kind, **words, "constraints": constraints}


def _key(fields: str | list[str], resource: str, reference: str | list[str]) -> dict[str, object]:
    return {"fields": fields, "reference": {"resource": resource, "fields": reference}}


def _schema(
    fields: list[Any], primary_key: list[str], foreign_keys: Sequence[object] = ()
) -> dict[str, object]:
    words = {"title": "t", "title_ar": "t", "description": "d", "description_ar": "d", "group": "g"}
    keys = {"primaryKey": primary_key, "foreignKeys": list(foreign_keys), "missingValues": [""]}
    return {**words, "fields": fields, **keys}


SCHEMAS = {
    "tables/things": _schema(
        [
            _field("thing_id", "string", required=True, pattern=WORD, minLength=1, maxLength=12),
            _field("title_en", "string", required=True, minLength=1, maxLength=20),
            _field("title_ar", "string", minLength=1, maxLength=20),
            _field("kind", "string", required=True),
            _field("letter", "string", enum=["a", "b", "c"]),
            _field("size", "integer", minimum=0, maximum=9),
            _field("weight", "number", minimum=0.5),
            _field("born", "date", minimum="1900-01-01", maximum="2100-12-31"),
            _field("born_edtf", "string", pattern="(?:[0-9X.~/-]+)", minLength=4, maxLength=30),
            _field("known", "boolean", required=True),
            _field("parent_id", "string", pattern=WORD, minLength=1, maxLength=12),
        ],
        ["thing_id"],
        [_key("kind", "kinds", "code"), _key("parent_id", "", "thing_id")],
    ),
    "tables/parts": _schema(
        [
            _field("thing_id", "string", required=True, pattern=WORD, minLength=1, maxLength=12),
            _field("part", "string", required=True, pattern=WORD, minLength=1, maxLength=12),
            _field("of_part", "string", pattern=WORD, minLength=1, maxLength=12),
            _field("share", "number", minimum=0, maximum=1),
        ],
        ["thing_id", "part"],
        [_key("thing_id", "things", "thing_id"), _key(["thing_id", "of_part"], "", ["thing_id", "part"])],
    ),
    "codelists/codelist": _schema(
        [
            _field("code", "string", required=True, pattern=WORD, minLength=1, maxLength=12),
            _field("label_en", "string", required=True, minLength=1, maxLength=20),
            _field("label_ar", "string", required=True, minLength=1, maxLength=20),
            _field("rank", "integer", required=True, minimum=1),
        ],
        ["code"],
    ),
}
KINDS = "code,label_en,label_ar,rank\nstone,Stone,حجر,1\nplant,Plant,نبات,2\n"
VIEWS = {
    # The first by name reads the second.
    "heavy_things": (
        "-- one row per things\nSELECT thing_id, weight, n_parts FROM things_counted WHERE weight > 5\n"
    ),
    "things_counted": (
        "-- one row per things: with the number of their parts\n"
        "SELECT t.thing_id, t.letter, t.size, COALESCE(t.weight, 1) AS weight,\n"
        "  t.born, t.born AS last, t.born_edtf, COALESCE(p.n_parts, 0) AS n_parts\n"
        "FROM things AS t\n"
        "LEFT JOIN (SELECT thing_id, COUNT(*) AS n_parts FROM parts GROUP BY thing_id) AS p\n"
        "  ON t.thing_id = p.thing_id\n"
    ),
    "parts_of_things": (
        "-- one row per parts\n"
        "SELECT p.thing_id, p.part, p.share, t.size\n"
        "FROM parts AS p JOIN things AS t ON p.thing_id = t.thing_id\n"
    ),
}
RULES = """
- code: heavy-without-parts
  view: heavy_things
  level: error
  column: weight
  predicate: n_parts > 0
  message: '{thing_id} weighs {weight} and has no parts; add them'
  message_ar: 'بلا أجزاء'
- code: large-in-pieces
  view: things_counted
  level: warning
  column: size
  predicate: size < 8 OR n_parts < 2
  message: 'size {size} is too large for {n_parts} parts; its letter is {letter}'
  message_ar: 'كبير'
- code: largest-in-pieces
  view: things_counted
  level: error
  column: size
  predicate: size < 9 OR n_parts < 2
  after: [large-in-pieces]
  message: 'size {size} is far too large'
  message_ar: 'كبير جداً'
- code: born-follows
  view: things_counted
  level: error
  column: born
  function: edtf_bounds_follow
  arguments: [born_edtf, born, last]
  message: '{born} is not the day of {born_edtf}; derive it'
  message_ar: 'ليس اليوم'
- code: part-of-large
  view: parts_of_things
  level: error
  column: share
  predicate: size < 9 OR share > 0.1
  after: [large-in-pieces]
  message: 'share {share} of a large thing'
  message_ar: 'حصة'
"""


def write(folder: Path) -> Contract:
    """Write the contract into a folder and read it back."""
    for part in ("tables", "codelists", "views"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, schema in SCHEMAS.items():
        (folder / f"{name}.json").write_text(json.dumps(schema), encoding="utf-8")
    (folder / "codelists" / "kinds.csv").write_text(KINDS, encoding="utf-8")
    for name, sql in VIEWS.items():
        (folder / "views" / f"{name}.sql").write_text(sql, encoding="utf-8")
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    return read(folder)


def thing(thing_id: str, **values: object) -> Row:
    """A row of `things` that keeps every constraint and rule, but for what is given."""
    return {"thing_id": thing_id, "title_en": "A thing", "kind": "stone", "known": True, **values}


def part(thing_id: str, name: str, **values: object) -> Row:
    """The same of `parts`."""
    return {"thing_id": thing_id, "part": name, **values}


def arrow(small: Contract, **rows: Sequence[Mapping[str, object]]) -> dict[str, pa.Table]:
    """Tables of these rows; values need only be of the right type, and empty text stays."""
    tables = {}
    for name, table in small.tables.items():
        columns = {c: [row.get(c) for row in rows.get(name, ())] for c in table.columns}
        tables[name] = pa.table(columns, schema=frames.arrow_schema(table))
    return tables


def write_csv(tables: Mapping[str, pa.Table], folder: Path) -> dict[str, Path]:
    """The tables as CSV files, null and empty text alike."""
    files = {}
    for name, table in tables.items():
        files[name] = folder / f"{name}.csv"
        with files[name].open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(table.column_names)
            writer.writerows([constraints.text_of(v) for v in row.values()] for row in table.to_pylist())
    return files


# Values of each type, near enough to the right ones that most rows break one constraint or none.
IDS = st.sampled_from(["a", "b", "c", "a-b", "long-long-long", "A", "a--b", "a\n", "", "ه"])
NASTY = st.text(st.sampled_from("aZ9 =+-@\n\t\u00a0\u200f\u202e\u0301é\ufefbءلA"), max_size=4)
CODES = st.sampled_from(["stone", "plant", "stones", "", "Stone"])
LETTERS = st.sampled_from(["a", "b", "c", "d", "", "a\n"])
NUMBERS = st.sampled_from([0.0, 0.5, 1.0, 1.5, -1.0, float("nan"), float("inf"), float("-inf"), 1e300])
DAYS = st.sampled_from([date(1899, 12, 31), date(1900, 1, 1), date(2024, 2, 29), date(2101, 1, 1)])
DATES = st.sampled_from(["2024-02-29", "1900-01-01", "2024", "2024-02", "2023-02-29", "XXXX-04-25", "x", ""])


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


THINGS = st.fixed_dictionaries(
    {
        "thing_id": _maybe(IDS),
        "title_en": _maybe(NASTY),
        "title_ar": _maybe(NASTY),
        "kind": _maybe(CODES),
        "letter": _maybe(LETTERS),
        "size": _maybe(st.integers(-1, 10)),
        "weight": _maybe(NUMBERS),
        "born": _maybe(DAYS),
        "born_edtf": _maybe(DATES),
        "known": _maybe(st.booleans()),
        "parent_id": _maybe(IDS),
    }
)
PARTS = st.fixed_dictionaries(
    {"thing_id": _maybe(IDS), "part": _maybe(IDS), "of_part": _maybe(IDS), "share": _maybe(NUMBERS)}
)
ROWS = st.fixed_dictionaries({"things": st.lists(THINGS, max_size=6), "parts": st.lists(PARTS, max_size=6)})
