"""What the contract demands of a table, as data, and the one wording of what breaks it.

`of` compiles a table of the contract into constraints. Each judge puts them into the language of its engine
and says only which keys break which; the words of a finding are made here, so that all judges give the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from iqsy import names
from iqsy.contract import Contract, Field, ForeignKey, Rule, Table, View
from iqsy.problems import Problem

# Letters of a script, and white space, as classes that Python's re, RE2 and Rust's regex read alike: every
# character stands for itself.
ARABIC = (
    "[\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u06ff\u0750-\u077f\u0870-\u0887\u0889-\u08c9]"
)
LATIN = (
    "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1d00-\u1d25\u1d6b-\u1d77\u1d79-\u1d9a\u1e00-\u1eff\u2184"
    "\u2c60-\u2c7f\ua722-\ua76f\ua771-\ua787\ua78b-\ua7ff\uab30-\uab64\uab66-\uab68\ufb00-\ufb06]"
)
BLANK = "[ \t\n\r\f\v\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
TATWEEL = "\u0640"
FORMULA = "^[=+@-]"
FOREIGN_LETTERS = {"_en": ("Arabic", ARABIC), "_ar": ("Latin", LATIN)}

TYPE_WORDS = {
    "string": "text",
    "integer": "an integer: digits, as in 81",
    "number": "a number: digits and a point, as in 81.5",
    "boolean": "true or false",
    "date": "a day: year, month and day, as in 2024-05-12",
}
LONGEST_SHOWN = 80
# Findings of one kind about one table that are told one by one.
MOST = 200
PLACEHOLDER = r"\{(\w+)\}"


@dataclass(frozen=True)
class Required:
    """No null."""


@dataclass(frozen=True)
class Unique:
    """No two rows alike in these columns, unless all of them are null."""


@dataclass(frozen=True)
class Finite:
    """Neither NaN nor infinite."""


@dataclass(frozen=True)
class Composed:
    """In Unicode's normal form C."""


@dataclass(frozen=True)
class Matches:
    """The whole value matches the pattern."""

    pattern: str


@dataclass(frozen=True)
class Lacks:
    """The pattern is found nowhere in the value."""

    pattern: str


@dataclass(frozen=True)
class Length:
    """Number of characters, counted in code points."""

    least: int
    most: int | None


@dataclass(frozen=True)
class Range:
    """Bounds of a number or a day, both included."""

    least: int | float | date | None
    most: int | float | date | None


@dataclass(frozen=True)
class Among:
    """One of these values."""

    values: tuple[str | int | float, ...]


@dataclass(frozen=True)
class Refers:
    """Values found in columns of a table; a row with a null among them refers to nothing."""

    resource: str
    reference: tuple[str, ...]


Test = Required | Unique | Finite | Composed | Matches | Lacks | Length | Range | Among | Refers


@dataclass(frozen=True)
class Constraint:
    """A test of one column of a table, or of several together; code and columns name it within the table."""

    code: str
    table: Table
    columns: tuple[str, ...]
    test: Test

    @property
    def column(self) -> str:
        """The column that findings name; several are joined by `+`."""
        return "+".join(self.columns)

    def problem(self, key: Sequence[object], value: Sequence[object] = ()) -> Problem:
        """The finding for a row with these values of the primary key and of the constraint's columns."""
        stated = any(part is not None for part in value)
        shown = "+".join(map(text_of, value)) if stated else None
        return Problem(
            code=self.code,
            message=f"{self.column} {self._words(shown or '')}",
            table=self.table.name,
            key=tuple(zip(self.table.primary_key, map(text_of, key), strict=True)),
            column=self.column,
            value=shown,
        )

    def _words(self, value: str) -> str:
        match self.test:
            case Required():
                return f"is empty; every row of {self.table.name} states it"
            case Unique():
                return "is the key of more than one row; delete the double, or correct one of them"
            case Finite():
                return "is not a finite number; leave it empty where nothing is stated"
            case Composed():
                return f"{quoted(value)} is not in Unicode normal form C; save it composed"
            case Matches(pattern):
                return f"{quoted(value)} does not have the form {pattern}"
            case Lacks():
                return self._words_on_characters(value)
            case Length(least, most):
                wanted = f"{least} to {most:,}" if most is not None else f"{least} or more"
                return f"{quoted(value)} has a length of {len(value):,}; {wanted} characters are right"
            case Range(least, most):
                return f"{value} is out of range; {_range_words(least, most)} is right"
            case Among(values):
                return f"{quoted(value)} {_not_among(value, tuple(map(str, values)))}"
            case Refers(resource, reference):
                target = f"{resource}.{'+'.join(reference)}"
                return f"{quoted(value)} is not in {target}; add it there, or correct it here"

    def _words_on_characters(self, value: str) -> str:
        if self.code == "formula":
            return f"{quoted(value)} would be a formula in a spreadsheet; begin it with a letter or digit"
        if self.code == "tatweel":
            return f"{quoted(value)} holds U+0640, which only stretches letters; delete it"
        if self.code == "script":
            foreign, _ = FOREIGN_LETTERS[self.column[-3:]]
            return f"{quoted(value)} holds {foreign} letters; the other language has its own column"
        unsafe = names.unsafe_characters(value)
        if unsafe:
            return f"{quoted(value)} holds {', '.join(unsafe)}; delete what is invisible, retype what is not"
        return "is only white space; leave it empty where nothing is stated"


def of(table: Table, contract: Contract) -> tuple[Constraint, ...]:
    """All constraints of a table, in the order of its columns, keys last."""
    return tuple(_of(table, contract))


def checkable(table: Table, contract: Contract, present: Collection[str]) -> list[Constraint]:
    """The constraints that can be judged where only these resources are there to refer to."""
    known = {*present, *contract.codelists}
    return [c for c in of(table, contract) if not isinstance(c.test, Refers) or c.test.resource in known]


def _of(table: Table, contract: Contract) -> Iterator[Constraint]:
    for field in table.fields:
        for code, test in _tests(table, field):
            yield Constraint(code, table, (field.name,), test)
    for key in table.foreign_keys:
        yield Constraint("foreign-key", table, key.columns, _reference(key, contract))
    yield Constraint("unique", table, table.primary_key, Unique())


def _tests(table: Table, field: Field) -> Iterator[tuple[str, Test]]:
    declared = field.constraints
    closed = "enum" in declared or table.reference(field.name) is not None
    if field.required:
        yield "required", Required()
    if field.type == "number":
        yield "nan", Finite()
    if "enum" in declared:
        yield "enum", Among(tuple(declared["enum"]))
    if field.pattern is not None:
        yield "pattern", Matches(field.pattern)
    if "minimum" in declared or "maximum" in declared:
        yield "range", Range(_bound(field, "minimum"), _bound(field, "maximum"))
    if field.type == "string" and (not closed or "minLength" in declared or "maxLength" in declared):
        # An empty text is null in a CSV file, so nowhere else is it a value either.
        yield "length", Length(max(1, declared.get("minLength", 1)), declared.get("maxLength"))
    if table.free_text(field.name) and not closed:
        yield "hygiene", Lacks(f"{names.UNSAFE}|^{BLANK}+$")
        yield "formula", Lacks(FORMULA)
        if field.name.endswith("_ar"):
            yield "tatweel", Lacks(TATWEEL)
        if field.name[-3:] in FOREIGN_LETTERS:
            yield "script", Lacks(FOREIGN_LETTERS[field.name[-3:]][1])
        yield "nfc", Composed()


def _bound(field: Field, name: str) -> int | float | date | None:
    bound = field.constraints.get(name)
    return date.fromisoformat(bound) if isinstance(bound, str) else bound


def _reference(key: ForeignKey, contract: Contract) -> Test:
    """A closed list is a set of values that everybody knows; only a table has to be joined."""
    if key.resource in contract.codelists and len(key.columns) == 1:
        rows = contract.codelists[key.resource].rows
        return Among(tuple(row[key.reference[0]] for row in rows))
    return Refers(key.resource, key.reference)


def not_composed(values: Sequence[str]) -> tuple[str, ...]:
    """Those of some distinct values that are not in normal form C."""
    return tuple(v for v in values if not v.isascii() and not names.is_nfc(v))


def rules_by_view(contract: Contract) -> list[tuple[View, Table, list[Rule]]]:
    """Each view that rules look at, with the table whose rows it has and these rules."""
    found: dict[str, list[Rule]] = {}
    for rule in contract.rules.values():
        found.setdefault(rule.view, []).append(rule)
    views = [(contract.views[name], rules) for name, rules in found.items()]
    return [(view, contract.tables[view.table], rules) for view, rules in views]


def rule_problem(rule: Rule, table: Table, row: Mapping[str, object]) -> Problem:
    """The finding for a row of the rule's view, whose columns fill the placeholders of the message."""

    def value(match: re.Match[str]) -> str:
        found = row.get(match[1])
        return "(not stated)" if found is None else shown(text_of(found))

    return Problem(
        code=rule.code,
        message=re.sub(PLACEHOLDER, value, rule.message),
        level=rule.level,
        table=table.name,
        key=tuple((column, text_of(row[column])) for column in table.primary_key),
        column=rule.column,
        value=text_of(row[rule.column]) if row.get(rule.column) is not None else None,
    )


def row_columns(rule: Rule, table: Table, available: Sequence[str]) -> tuple[str, ...]:
    """Columns that a finding of the rule is made of, as far as the view has them."""
    wanted = dict.fromkeys((*table.primary_key, *re.findall(PLACEHOLDER, rule.message), rule.column))
    return tuple(column for column in wanted if column in available)


def capped(problems: Sequence[Problem]) -> list[Problem]:
    """The first findings of each kind, in the order of their keys, and one that counts the others."""
    kinds: dict[tuple[object, ...], list[Problem]] = {}
    for problem in dict.fromkeys(problems):
        kinds.setdefault((problem.code, problem.table, problem.column), []).append(problem)
    kept: list[Problem] = []
    for alike in kinds.values():
        alike.sort(key=lambda p: p.key)
        kept += alike[:MOST]
        kept += more(alike[0], len(alike) - MOST)
    return kept


def more(like: Problem, count: int) -> list[Problem]:
    """The finding that there are so many more like one that is told; none where there are none."""
    if count <= 0:
        return []
    return [replace(like, message=f"{count:,} more rows of {like.table} like these", key=(), value=None)]


def text_of(value: object) -> str:
    """A value as text, as a CSV file has it; null is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def shown(text: str) -> str:
    """Text fit for a message: cut where long, with escapes for what a terminal would act upon."""
    cut = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
    return re.sub(names.UNSAFE, lambda m: f"\\u{ord(m[0]):04x}", cut)


def quoted(text: str) -> str:
    """The same in quotation marks."""
    return f"“{shown(text)}”"


def _range_words(least: object, most: object) -> str:
    if most is None:
        return f"{text_of(least)} or more"
    return f"{text_of(least)} to {text_of(most)}" if least is not None else f"{text_of(most)} or less"


def _not_among(value: str, values: Sequence[str]) -> str:
    close = get_close_matches(value, values, n=1)
    if close:
        return f"is not in the list; did you mean {close[0]}?"
    listed = ", ".join(values[:12]) + (" …" if len(values) > 12 else "")
    return f"is not in the list; it has {listed}"
