"""The contract: what `schema/` says, as objects.

`schema/` is the only place where a column, a code or a rule is defined; everything else asks here. Reading is quick and uses
the standard library only, but for the rules, which are YAML.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from iqsy import strict
from iqsy.problems import Problem, ProblemsError

TYPES = ("string", "integer", "number", "boolean", "date")
PLAIN_CODELIST = "codelist.json"
CODELISTS = "codelists"
PROPERTIES = "properties"
VALUES_VIEW = "property_values"


@dataclass(frozen=True)
class ForeignKey:
    """Columns that must be found in `resource` (a table or a code list), under `reference`."""

    columns: tuple[str, ...]
    resource: str
    reference: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """A column: its Table Schema type, its words in both languages and its constraints."""

    name: str
    type: str
    title: str
    title_ar: str
    description: str
    description_ar: str
    constraints: Mapping[str, Any] = field(default_factory=dict)

    @property
    def required(self) -> bool:
        return bool(self.constraints.get("required", False))

    @property
    def pattern(self) -> str | None:
        """Pattern that a whole value matches, as declared (no anchors)."""
        return self.constraints.get("pattern")


@dataclass(frozen=True)
class Table:
    """A resource of the package: a table of `data/tables`, or a code list of `schema/codelists`.

    `comparison` says what the field calls such a thing and how it differs; empty where there is nothing to compare.
    """

    name: str
    group: str
    title: str
    title_ar: str
    description: str
    description_ar: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    path: str
    schema_path: str
    comparison: str = ""
    comparison_ar: str = ""

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.fields)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        return {f.name: f for f in self.fields}

    def reference(self, column: str) -> ForeignKey | None:
        """The foreign key of this single column, if it has one."""
        return next((k for k in self.foreign_keys if k.columns == (column,)), None)

    def free_text(self, column: str) -> bool:
        """Whether the column holds words rather than codes, ids or patterned values."""
        f = self.by_name[column]
        return f.type == "string" and f.pattern is None and self.reference(column) is None


@dataclass(frozen=True)
class CodeList:
    """A closed list: its schema as a table, and its rows as text, in file order."""

    table: Table
    rows: tuple[Mapping[str, str], ...]

    @cached_property
    def codes(self) -> tuple[str, ...]:
        return tuple(r["code"] for r in self.rows)

    @cached_property
    def by_code(self) -> Mapping[str, Mapping[str, str]]:
        return {r["code"]: r for r in self.rows}

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """Code → place in the order of the list, 1 first."""
        return {r["code"]: int(r["rank"]) for r in self.rows}


@dataclass(frozen=True)
class View:
    """A join that rules look at: SQL that selects at least the key columns of `table`, one row for each of its rows or more."""

    name: str
    table: str
    sql: str


@dataclass(frozen=True)
class Rule:
    """What must hold of every row of a view: an SQL predicate, or a pure function of some of its columns."""

    code: str
    view: str
    level: str
    message: str
    message_ar: str
    column: str
    predicate: str | None
    function: str | None
    arguments: tuple[str, ...]
    after: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Contract:
    """All of `schema/`: `tables`, `codelists`, `views` and `rules` by name."""

    folder: Path
    tables: Mapping[str, Table]
    codelists: Mapping[str, CodeList]
    views: Mapping[str, View]
    rules: Mapping[str, Rule]

    @cached_property
    def resources(self) -> Mapping[str, Table]:
        """Tables and code lists alike, by resource name."""
        return {**self.tables, **{name: lst.table for name, lst in self.codelists.items()}}

    def codes(self, name: str) -> tuple[str, ...]:
        """Codes of a code list, in its order."""
        return self.codelists[name].codes

    def label(self, name: str, code: str, lang: str = "en") -> str:
        """Label of a code in `en` or `ar`."""
        return self.codelists[name].by_code[code][f"label_{lang}"]


def read(folder: Path) -> Contract:
    """Read a contract folder.

    Raises ProblemsError, with file and line, where a file is missing, is no JSON, CSV or YAML, or names what does not exist.
    """
    tables = {p.stem: _table(p, f"data/tables/{p.stem}.csv") for p in _files(folder, "tables", "*.json")}
    codelists = _told({p.stem: _codelist(p) for p in _files(folder, "codelists", "*.csv")})
    views = {VALUES_VIEW: _values_view(codelists[PROPERTIES])} if PROPERTIES in codelists else {}
    views |= {p.stem: _view(p) for p in _files(folder, "views", "*.sql")}
    contract = Contract(folder, tables, codelists, views, _rules(folder / "rules.yaml"))
    problems = list(_dangling(contract))
    if problems:
        raise ProblemsError(problems)
    return contract


@lru_cache(maxsize=4)
def cached(folder: Path) -> Contract:
    """The contract of a folder, read once a process."""
    return read(folder)


def _files(folder: Path, part: str, glob: str) -> list[Path]:
    found = sorted((folder / part).glob(glob))
    if not found:
        raise ProblemsError(
            [Problem("contract", f"no {glob} in it; a contract has its {part} there", str(folder / part))]
        )
    return found


def _table(path: Path, csv_path: str, name: str | None = None) -> Table:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ProblemsError(
            [Problem("contract", f"not JSON: {error.msg}", str(path), error.lineno)]
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemsError([Problem("contract", f"cannot be read: {error}", str(path))]) from error
    name = name or path.stem
    try:
        return Table(
            name=name,
            group=raw["group"],
            title=raw["title"],
            title_ar=raw["title_ar"],
            description=raw["description"],
            description_ar=raw["description_ar"],
            fields=tuple(_field(f) for f in raw["fields"]),
            primary_key=tuple(raw["primaryKey"]),
            foreign_keys=tuple(_foreign_key(k, name) for k in raw.get("foreignKeys", ())),
            path=csv_path,
            schema_path=f"schema/{path.parent.name}/{path.name}",
            comparison=raw.get("comparison", ""),
            comparison_ar=raw.get("comparison_ar", ""),
        )
    except (KeyError, TypeError) as error:
        raise ProblemsError(
            [Problem("contract", f"lacks or mistypes {error}; see metaschema.json", str(path))]
        ) from error


def _field(raw: Mapping[str, Any]) -> Field:
    return Field(
        raw["name"],
        raw["type"],
        raw["title"],
        raw["title_ar"],
        raw["description"],
        raw["description_ar"],
        raw.get("constraints", {}),
    )


def _foreign_key(raw: Mapping[str, Any], own: str) -> ForeignKey:
    def names(value: str | list[str]) -> tuple[str, ...]:
        return (value,) if isinstance(value, str) else tuple(value)

    reference = raw["reference"]
    return ForeignKey(names(raw["fields"]), reference.get("resource") or own, names(reference["fields"]))


def _codelist(path: Path) -> CodeList:
    sidecar = path.with_suffix(".json")
    schema = sidecar if sidecar.exists() else path.with_name(PLAIN_CODELIST)
    table = _table(schema, f"schema/codelists/{path.name}", path.stem)
    rows: dict[str, Mapping[str, str]] = {}
    for line, row in _cells(path, table.columns):
        code = row[table.columns[0]]
        if code in rows:
            raise ProblemsError([Problem("contract", f"code {code} is there twice", str(path), line)])
        if not row.get("rank", "1").isdecimal():
            problem = Problem(
                "contract", f"rank {row['rank']!r} of {code} is no whole number", str(path), line
            )
            raise ProblemsError([problem])
        rows[code] = row
    return CodeList(table, tuple(rows.values()))


def _told(codelists: dict[str, CodeList]) -> dict[str, CodeList]:
    """The code lists with what the list of code lists, where there is one, says of each."""
    if CODELISTS not in codelists:
        return codelists
    told = codelists[CODELISTS].by_code
    return {
        name: _titled(codelist, told[name]) if name in told else codelist
        for name, codelist in codelists.items()
    }


def _titled(codelist: CodeList, told: Mapping[str, str]) -> CodeList:
    table = replace(
        codelist.table,
        title=told["label_en"],
        title_ar=told["label_ar"],
        description=told["definition_en"],
        description_ar=told["definition_ar"],
        comparison=told.get("comparison_en", ""),
        comparison_ar=told.get("comparison_ar", ""),
    )
    return CodeList(table, codelist.rows)


def _cells(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows of a CSV file that has these columns, each with its line."""

    def problem(message: str, line: int | None = None) -> ProblemsError:
        return ProblemsError([Problem("contract", message, str(path), line)])

    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        try:
            if tuple(reader.fieldnames or ()) != columns:
                raise problem(f"its header should be {','.join(columns)}", 1)
            for row in reader:
                if None in row or None in row.values():
                    raise problem("a row with more or fewer cells than the header", reader.line_num)
                yield reader.line_num, row
        except csv.Error as error:
            raise problem(f"not CSV: {error}", reader.line_num + 1) from error
        except UnicodeDecodeError as error:
            raise problem(f"cannot be read: {error}; save it as UTF-8") from error


def _view(path: Path) -> View:
    sql = path.read_text(encoding="utf-8")
    head = re.match(r"-- one row per (\w+)", sql)
    if head is None:
        problem = Problem("contract", "its first line should be '-- one row per TABLE'", str(path), 1)
        raise ProblemsError([problem])
    return View(path.stem, head[1], sql)


def _values_view(properties: CodeList) -> View:
    """Every value that a property may have, so that views can ask whether a claim's value is one of them."""
    parts = []
    for row in properties.rows:
        if row["values_in"]:
            resource, _, column = row["values_in"].partition(".")
            parts.append(f"SELECT '{row['code']}' AS property, {column} AS value FROM {resource}")
    return View(VALUES_VIEW, "claims", " UNION ALL ".join(parts))


def _rules(path: Path) -> Mapping[str, Rule]:
    rules: dict[str, Rule] = {}
    for entry in strict.read_yaml(path).items():
        raw = entry.plain()
        try:
            rule = Rule(
                code=raw["code"],
                view=raw["view"],
                level=raw["level"],
                message=raw["message"],
                message_ar=raw["message_ar"],
                column=raw["column"],
                predicate=raw.get("predicate"),
                function=raw.get("function"),
                arguments=tuple(raw.get("arguments", ())),
                after=tuple(raw.get("after", ())),
                line=entry.line,
            )
        except (KeyError, TypeError) as error:
            problem = Problem("contract", f"a rule lacks {error}", str(path), entry.line)
            raise ProblemsError([problem]) from error
        if rule.code in rules:
            raise ProblemsError(
                [Problem("contract", f"rule {rule.code} is there twice", str(path), entry.line)]
            )
        rules[rule.code] = rule
    return rules


def _dangling(contract: Contract) -> Iterator[Problem]:
    """References inside the contract that lead nowhere."""
    yield from _dangling_keys(contract)
    yield from _dangling_values(contract)
    for view in contract.views.values():
        if view.table not in contract.tables and view.name != VALUES_VIEW:
            path = contract.folder / "views" / f"{view.name}.sql"
            yield Problem("contract", f"one row per {view.table}: no such table", str(path), 1)
    for rule in contract.rules.values():
        for message in _faults(rule, contract):
            yield Problem(
                "contract", f"rule {rule.code} {message}", str(contract.folder / "rules.yaml"), rule.line
            )


def _dangling_keys(contract: Contract) -> Iterator[Problem]:
    for table in contract.resources.values():
        path = contract.folder.joinpath(*Path(table.schema_path).parts[1:])
        for key in table.foreign_keys:
            target = contract.resources.get(key.resource)
            missing = (
                [key.resource] if target is None else [c for c in key.reference if c not in target.columns]
            )
            if missing:
                what = (
                    f"{table.name}.{'+'.join(key.columns)} refers to {key.resource}.{'+'.join(key.reference)}"
                )
                yield Problem(
                    "contract", f"{what}, which does not exist", str(path), _line(path, f'"{missing[0]}"')
                )


def _dangling_values(contract: Contract) -> Iterator[Problem]:
    if PROPERTIES in contract.codelists:
        path = contract.folder / "codelists" / f"{PROPERTIES}.csv"
        for row in contract.codelists[PROPERTIES].rows:
            resource, _, column = row["values_in"].partition(".")
            if resource and (
                resource not in contract.resources or column not in contract.resources[resource].columns
            ):
                message = f"values of {row['code']} are in {row['values_in']}, which does not exist"
                yield Problem("contract", message, str(path), _line(path, row["values_in"]))


def _faults(rule: Rule, contract: Contract) -> Iterator[str]:
    view = contract.views.get(rule.view)
    if view is None:
        yield f"looks at view {rule.view}, which does not exist"
    elif view.table in contract.tables and rule.column not in contract.tables[view.table].columns:
        yield f"names column {rule.column}, which {view.table} does not have"
    if (rule.predicate is None) == (rule.function is None):
        yield "should have a predicate or else a function"
    for code in rule.after:
        if code not in contract.rules:
            yield f"comes after {code}, which does not exist"


def _line(path: Path, words: str) -> int | None:
    """The last line of a file that holds some words: keys stand at the end of a schema."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return max((number for number, line in enumerate(lines, 1) if words in line), default=None)
