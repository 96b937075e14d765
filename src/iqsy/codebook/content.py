"""What the codebook says, as blocks in both languages, which every format of it writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from iqsy.constraints import text_of
from iqsy.contract import CodeList, Contract, Field, ForeignKey, Rule, Table

LONGEST_EXAMPLE = 60
GROUPS = {
    "ready_made": ("Ready-made tables", "جداول جاهزة"),
    "events": ("What happened", "ما حدث"),
    "entities": ("Who, where, about what", "من وأين وعمّ"),
    "evidence": ("Evidence", "الأدلة"),
    "extracted": ("Coded by machine, accepted by nobody yet", "ترميز آلي لم يقبله أحد بعد"),
}
DRAWN = ("events", "entities", "evidence")
SHARED = ("code", "label_en", "label_ar", "definition_en", "definition_ar")
HIDDEN = ("rank",)
INTRODUCTION = (
    "Generated from `schema/`, with examples from `data/tables`; `python3 build` writes it anew. How the "
    "data are made is in [method.md](method.md), how articles are coded in [curating.md](curating.md).",
    "تولّده الأداة من العقد ومن البيانات عند كل بناء فلا يُحرَّر باليد. أما كيف تُصنع البيانات ففي [method.md](method.md)، وكيف "
    "تُرمَّز المقالات ففي [curating.md](curating.md).",
)
CONSTRAINTS = {
    "en": {
        "required": "required",
        "between": "{} to {} characters",
        "least": "{} characters or more",
        "enum": "one of {}",
        "and": "; ",
    },
    "ar": {
        "required": "مطلوب",
        "between": "من {} إلى {} محرفاً",
        "least": "{} محارف فأكثر",
        "enum": "واحد من {}",
        "and": "؛ ",
    },
}
NULLS = (
    "An empty cell is a null: nothing is stated. A key of several columns is unique as a whole.",
    "الخلية الفارغة تعني أن شيئاً لم يُذكر، والمفتاح من عدة أعمدة فريد بمجموعها.",
)


@dataclass(frozen=True)
class Heading:
    """The beginning of a chapter (level 2) or of what it is about (3); `name` is that of a resource."""

    level: int
    en: str
    ar: str
    name: str | None = None


@dataclass(frozen=True)
class Prose:
    """A paragraph in both languages."""

    en: str
    ar: str


@dataclass(frozen=True)
class Column:
    """A column of a grid: its heading, and whether cells are words, code or references to resources."""

    en: str
    ar: str
    kind: str = "words"


@dataclass(frozen=True)
class Grid:
    """A table of text; an empty cell has nothing to say."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Entity:
    """A table of the diagram: its group, its key as pairs of type and column, and which of these refer to another table."""

    table: Table
    key: tuple[tuple[str, str], ...]
    referring: frozenset[str]


@dataclass(frozen=True)
class Reference:
    """A foreign key of the diagram: `of` refers to `to` by some columns, whether it must, and whether at most one row does."""

    of: str
    to: str
    columns: tuple[str, ...]
    needed: bool
    alone: bool


@dataclass(frozen=True)
class Diagram:
    """The tables with their keys and the references between them."""

    entities: tuple[Entity, ...]
    references: tuple[Reference, ...]


Block = Heading | Prose | Grid | Diagram


def blocks(contract: Contract, tables: Mapping[str, pa.Table]) -> Iterator[Block]:
    """All that the codebook says, from its title to its last rule."""
    yield Heading(1, "Codebook", "دليل البيانات")
    yield Prose(*INTRODUCTION)
    yield Prose(*NULLS)
    yield from _overview(contract)
    yield Heading(2, "How the tables hang together", "كيف تترابط الجداول")
    yield diagram(contract)
    for group, title in GROUPS.items():
        yield Heading(2, *title)
        for table in _of_group(contract, group):
            yield from _table(table, tables.get(table.name))
    yield Heading(2, "Code lists", "قوائم الرموز")
    users = _users(contract)
    for name, codelist in contract.codelists.items():
        yield from _codelist(codelist, users.get(name, []))
    yield Heading(2, "Rules", "القواعد")
    yield from _rules(contract)


def diagram(contract: Contract) -> Diagram:
    """The entity diagram: ready-made and extracted tables are left out, for they only repeat the others."""
    drawn = {t.name: t for group in DRAWN for t in _of_group(contract, group)}
    return Diagram(
        tuple(_entity(table) for table in drawn.values()),
        tuple(
            _drawn_reference(table, key)
            for table in drawn.values()
            for key in table.foreign_keys
            if key.resource in drawn
        ),
    )


def _entity(table: Table) -> Entity:
    referring = frozenset(column for key in table.foreign_keys for column in key.columns)
    key = tuple((field.type, field.name) for field in table.fields if field.name in table.primary_key)
    return Entity(table, key, referring)


def _drawn_reference(table: Table, key: ForeignKey) -> Reference:
    needed = all(table.by_name[column].required for column in key.columns)
    return Reference(
        table.name, key.resource, key.columns, needed, set(table.primary_key) <= set(key.columns)
    )


def _of_group(contract: Contract, group: str) -> list[Table]:
    return [table for table in contract.tables.values() if table.group == group]


def _users(contract: Contract) -> dict[str, list[str]]:
    """Code list → the columns that hold its codes."""
    users: dict[str, list[str]] = {}
    for table in contract.resources.values():
        for key in table.foreign_keys:
            if key.resource in contract.codelists and key.resource != table.name:
                users.setdefault(key.resource, []).append(f"{table.name}.{'+'.join(key.columns)}")
    return users


def _overview(contract: Contract) -> Iterator[Block]:
    yield Heading(2, "Tables", "الجداول")
    rows = [
        (table.name, table.title, table.title_ar, table.description, table.description_ar)
        for group in GROUPS
        for table in _of_group(contract, group)
    ]
    yield Grid(
        (
            Column("table", "الجدول", "reference"),
            Column("title", ""),
            Column("", "العنوان"),
            Column("one row is", ""),
            Column("", "الصف"),
        ),
        tuple(rows),
    )


def _table(table: Table, data: pa.Table | None) -> Iterator[Block]:
    yield Heading(3, table.title, table.title_ar, table.name)
    yield Prose(
        f"{table.description} Key: {', '.join(f'`{c}`' for c in table.primary_key)}. "
        f"File: `{table.path}`, schema `{table.schema_path}`.",
        table.description_ar,
    )
    yield from _comparison(table)
    yield Grid(
        (
            Column("column", "العمود", "code"),
            Column("type", "النوع"),
            Column("title", ""),
            Column("", "العنوان"),
            Column("meaning", ""),
            Column("", "المعنى"),
            Column("constraints", ""),
            Column("", "القيود"),
            Column("pattern", "النمط", "code"),
            Column("refers to", "يحيل إلى", "reference"),
            Column("example", "مثال", "code"),
        ),
        tuple(
            (
                field.name,
                field.type,
                field.title,
                field.title_ar,
                field.description,
                field.description_ar,
                constraints(field, "en"),
                constraints(field, "ar"),
                field.pattern or "",
                _reference(table, field.name),
                example(data, field.name),
            )
            for field in table.fields
        ),
    )


def _comparison(table: Table) -> Iterator[Block]:
    if table.comparison:
        yield Prose(f"*Compare:* {table.comparison}", f"*قارن:* {table.comparison_ar}")


def constraints(field: Field, language: str) -> str:
    """What a value of a column must be beside its pattern, in words of `en` or `ar` and signs."""
    words, found = CONSTRAINTS[language], field.constraints
    told = [words["required"]] if field.required else []
    least, most = found.get("minLength"), found.get("maxLength")
    if most is not None:
        told.append(words["between"].format(least or 0, most))
    elif least is not None:
        told.append(words["least"].format(least))
    told += [f"≥ {found['minimum']}"] if "minimum" in found else []
    told += [f"≤ {found['maximum']}"] if "maximum" in found else []
    told += [words["enum"].format(", ".join(map(str, found["enum"])))] if "enum" in found else []
    return words["and"].join(told)


def _reference(table: Table, column: str) -> str:
    """What a column refers to, alone or with others of its table."""
    keys = [key for key in table.foreign_keys if column in key.columns]
    return ", ".join(f"{key.resource}.{key.reference[key.columns.index(column)]}" for key in keys)


def example(data: pa.Table | None, column: str) -> str:
    """The first value of a column that is not null, cut where it is long."""
    if data is None:
        return ""
    value = next((v for v in data.column(column).to_pylist() if v is not None), None)
    text = text_of(value)
    return text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1] + "…"


def _codelist(codelist: CodeList, users: Sequence[str]) -> Iterator[Block]:
    table = codelist.table
    yield Heading(3, table.title, table.title_ar, table.name)
    used = ", ".join(f"`{user}`" for user in users)
    yield Prose(f"{table.description} {f'In {used}.' if users else ''}".rstrip(), table.description_ar)
    yield from _comparison(table)
    filled = [c for c in table.columns if c not in HIDDEN and any(row[c] for row in codelist.rows)]
    columns = tuple(_heading(table, c, "code" if c == "code" else "words") for c in filled)
    yield Grid(columns, tuple(tuple(row[c] for c in filled) for row in codelist.rows))


def _heading(table: Table, column: str, kind: str) -> Column:
    field = table.by_name[column]
    return Column("", field.title_ar, kind) if column.endswith("_ar") else Column(field.title, "", kind)


def _rules(contract: Contract) -> Iterator[Block]:
    by_view: dict[str, list[Rule]] = {}
    for rule in contract.rules.values():
        by_view.setdefault(rule.view, []).append(rule)
    yield Prose(
        "What must hold of every row of a view. A rule that comes after another is silent where that fails.",
        "ما يجب أن يصح في كل صف من العرض، والقاعدة التي تلي أخرى تسكت حيث لا تصح تلك.",
    )
    for view, rules in by_view.items():
        yield Heading(3, view, "", view)
        yield Prose(f"One row per `{contract.views[view].table}`{_about(contract.views[view].sql)}.", "")
        yield Grid(
            (
                Column("rule", "القاعدة", "code"),
                Column("level", "الدرجة"),
                Column("column", "العمود", "code"),
                Column("message", ""),
                Column("", "الرسالة"),
                Column("holds if", "تصح إذا", "code"),
                Column("after", "تلي", "code"),
            ),
            tuple(
                (
                    rule.code,
                    rule.level,
                    rule.column,
                    rule.message,
                    rule.message_ar,
                    _test(rule),
                    ", ".join(rule.after),
                )
                for rule in rules
            ),
        )


def _about(sql: str) -> str:
    """What a view's first line says of it after the table."""
    found = re.match(r"-- one row per \w+(:.*)?", sql)
    return (found[1] or "") if found else ""


def _test(rule: Rule) -> str:
    return rule.predicate or f"{rule.function}({', '.join(rule.arguments)})"
