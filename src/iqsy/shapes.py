"""Shapes of hand-written records: which keys a mapping has, what each value is, and what to say where it is not.

A shape is data; `examine` walks a node along it and yields every problem, with did-you-mean remedies, and every reference to
be resolved once all records are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from iqsy import dates
from iqsy.contract import Contract
from iqsy.problems import Problem
from iqsy.strict import Node

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
MAX_WORDS = 8


@dataclass(frozen=True)
class Text:
    """A scalar of a kind: text, id, edtf, number, integer, truth, day, phrase or span."""

    kind: str = "text"
    longest: int = 1200


@dataclass(frozen=True)
class Column:
    """A scalar that ends up in a column of the contract, and is what the contract says of that column."""

    table: str
    name: str
    wanted: str


@dataclass(frozen=True)
class Code:
    """A code of a code list."""

    codelist: str


@dataclass(frozen=True)
class Ref:
    """The identifier of a record of any of these tables."""

    tables: tuple[str, ...]


@dataclass(frozen=True)
class Many:
    """A list of values of one shape."""

    item: Shape


@dataclass(frozen=True)
class Keys:
    """A mapping: its keys with their shapes, those it must have, and groups of which it has one at most."""

    shapes: Mapping[str, Shape]
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Either:
    """A value that may be short or long: which shape applies is told by text, list or mapping."""

    text: Shape | None = None
    many: Many | None = None
    keys: Keys | None = None


Shape = Text | Column | Code | Ref | Many | Keys | Either


@dataclass
class Examination:
    """What a walk found: problems, and references as (tables, node)."""

    contract: Contract
    problems: list[Problem] = field(default_factory=list)
    references: list[tuple[tuple[str, ...], Node]] = field(default_factory=list)

    def examine(self, node: Node, shape: Shape, name: str = "the record") -> None:
        """Walk `node` along `shape`; `name` is what messages call it."""
        if isinstance(shape, Either):
            self._either(node, shape, name)
        elif isinstance(shape, Keys):
            self._keys(node, shape, name)
        elif isinstance(shape, Many):
            self._many(node, shape, name)
        elif not isinstance(node.value, str):
            self.problems.append(node.problem(f"{name} is one value, not a list or mapping"))
        elif isinstance(shape, Column):
            self._column(node, node.value, shape, name)
        elif isinstance(shape, Code):
            self._code(node, node.value, shape, name)
        elif isinstance(shape, Ref):
            if not ID.fullmatch(node.value):
                self.problems.append(
                    node.problem(f"{name} {node.value!r} is no identifier: a-z, 0-9 and single hyphens")
                )
            else:
                self.references.append((shape.tables, node))
        else:
            self.problems += [node.problem(f"{name}: {m}") for m in _misfits(node.value, shape)]

    def _either(self, node: Node, shape: Either, name: str) -> None:
        chosen: Shape | None
        if isinstance(node.value, str):
            chosen, wanted = shape.text, "text"
        elif isinstance(node.value, list):
            chosen, wanted = shape.many, "a list"
        else:
            chosen, wanted = shape.keys, "a mapping"
        if chosen is None:
            self.problems.append(node.problem(f"{name} cannot be {wanted}"))
        else:
            self.examine(node, chosen, name)

    def _keys(self, node: Node, shape: Keys, name: str) -> None:
        if not isinstance(node.value, dict):
            self.problems.append(node.problem(f"{name} is a mapping: lines of 'key: value'"))
            return
        for key in shape.required:
            if key not in node.value:
                self.problems.append(node.problem(f"{name} lacks {key}"))
        for key, value in node.value.items():
            if key in shape.shapes:
                self.examine(value, shape.shapes[key], key)
            else:
                self.problems.append(value.problem(f"{name} has no key {key!r}{_instead(key, shape.shapes)}"))

    def _many(self, node: Node, shape: Many, name: str) -> None:
        if not isinstance(node.value, list):
            self.problems.append(node.problem(f"{name} is a list: lines that begin with '- '"))
            return
        for item in node.value:
            self.examine(item, shape.item, name)

    def _column(self, node: Node, value: str, shape: Column, name: str) -> None:
        field = self.contract.tables[shape.table].by_name[shape.name]
        longest = field.constraints.get("maxLength", len(value))
        if not re.fullmatch(field.pattern or ".*", value) or len(value) > longest:
            self.problems.append(node.problem(f"{name}: {value[:80]!r} is not {shape.wanted}"))

    def _code(self, node: Node, value: str, shape: Code, name: str) -> None:
        codes = self.contract.codes(shape.codelist)
        if value not in codes:
            hint = _instead(value, codes) or f"; one of {', '.join(codes[:60])}"
            self.problems.append(node.problem(f"{name} {value!r} is not in the list {shape.codelist}{hint}"))

    def resolve(self, known: Mapping[str, Iterable[str]]) -> Iterator[Problem]:
        """Problems of references that no record answers; `known` gives the identifiers of each table."""
        sets = {table: set(ids) for table, ids in known.items()}
        for tables, node in self.references:
            if not any(node.value in sets.get(t, ()) for t in tables):
                candidates = [i for t in tables for i in sets.get(t, ())]
                hint = _instead(str(node.value), candidates) or "; add its record, or correct the identifier"
                yield node.problem(
                    f"{node.value!r} is not among the {' or '.join(tables)}{hint}", "reference"
                )


def _instead(word: str, words: Iterable[str]) -> str:
    close = get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def _misfits(value: str, shape: Text) -> Iterator[str]:
    """Why a scalar is not of its kind; nothing where it is."""
    if len(value) > shape.longest:
        yield f"{len(value)} characters; at most {shape.longest}"
    if value.lower() == "unknown":
        yield "unknown is never a value; leave the key out where nothing is stated"
    if shape.kind == "edtf":
        try:
            dates.parse(value)
        except dates.DateError as error:
            yield str(error)
    elif shape.kind == "phrase":
        if len(value.split()) > MAX_WORDS:
            yield f"{len(value.split())} words; at most {MAX_WORDS}, enough to find the passage"
    elif shape.kind in _PATTERNS:
        pattern, wanted = _PATTERNS[shape.kind]
        if not pattern.fullmatch(value):
            yield f"{value[:80]!r} is not {wanted}"


_PATTERNS = {
    "id": (ID, "an identifier: a-z, 0-9 and single hyphens"),
    "number": (NUMBER, "a number in ASCII digits, without separators"),
    "integer": (re.compile(r"[1-9]\d{0,9}"), "a whole number from 1, in ASCII digits"),
    "truth": (re.compile("true|false"), "true or false"),
    "span": (re.compile(r"\d+-\d+"), "a span of code points such as 120-168"),
    "day": (re.compile(r"\d{4}-\d{2}-\d{2}"), "a day such as 2026-11-24"),
}
