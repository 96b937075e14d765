"""The contract → the codebook: every table, code list and rule, with examples from the data.

What it says is put together once, as blocks in both languages; `markdown` writes them, as other formats can.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    "مولَّد من العقد ومن البيانات، فلا يُحرَّر باليد.",
)
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
class Diagram:
    """A drawing in the words of Mermaid."""

    mermaid: str


Block = Heading | Prose | Grid | Diagram


def generate(contract: Contract, tables: Mapping[str, pa.Table]) -> str:
    """The codebook in Markdown; the same contract and tables give the same text."""
    return markdown(blocks(contract, tables))


def blocks(contract: Contract, tables: Mapping[str, pa.Table]) -> Iterator[Block]:
    """All that the codebook says, from its title to its last rule."""
    yield Heading(1, "Codebook", "دليل البيانات")
    yield Prose(*INTRODUCTION)
    yield Prose(*NULLS)
    yield from _overview(contract)
    yield Heading(2, "How the tables hang together", "كيف تترابط الجداول")
    yield Diagram(diagram(contract))
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


def diagram(contract: Contract) -> str:
    """The tables with their keys and the references between them, as an entity diagram."""
    drawn = {t.name: t for group in DRAWN for t in _of_group(contract, group)}
    lines = ["erDiagram"]
    for table in drawn.values():
        lines += [f"  {table.name} {{", *(f"    {line}" for line in _keys(table)), "  }"]
    for table in drawn.values():
        lines += [f"  {_relation(table, key)}" for key in table.foreign_keys if key.resource in drawn]
    return "\n".join(lines)


def _keys(table: Table) -> Iterator[str]:
    referring = {column for key in table.foreign_keys for column in key.columns}
    for field in table.fields:
        marks = ["PK"] if field.name in table.primary_key else []
        marks += ["FK"] if field.name in referring else []
        if "PK" in marks:
            yield f"{field.type} {field.name} {', '.join(marks)}"


def _relation(table: Table, key: ForeignKey) -> str:
    """One row of the resource for none, one or many of the table."""
    needed = all(table.by_name[column].required for column in key.columns)
    alone = set(table.primary_key) <= set(key.columns)
    ends = f"{'||' if needed else '|o'}--{'o|' if alone else 'o{'}"
    return f'{key.resource} {ends} {table.name} : "{"+".join(key.columns)}"'


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
            Column("constraints", "القيود"),
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
                constraints(field),
                _reference(table, field.name),
                example(data, field.name),
            )
            for field in table.fields
        ),
    )


def _comparison(table: Table) -> Iterator[Block]:
    if table.comparison:
        yield Prose(f"*Compare:* {table.comparison}", f"*قارن:* {table.comparison_ar}")


def constraints(field: Field) -> str:
    """What a value of a column must be, in words and signs."""
    found = field.constraints
    told = ["required"] if field.required else []
    least, most = found.get("minLength"), found.get("maxLength")
    if most is not None:
        told.append(f"{least or 0} to {most} characters")
    elif least is not None:
        told.append(f"{least} characters or more")
    told += [f"≥ {found['minimum']}"] if "minimum" in found else []
    told += [f"≤ {found['maximum']}"] if "maximum" in found else []
    told += ["one of " + ", ".join(map(str, found["enum"]))] if "enum" in found else []
    told += [f"`{field.pattern}`"] if field.pattern is not None else []
    return "; ".join(told)


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


# --- Markdown ---


def markdown(content: Iterable[Block]) -> str:
    """Blocks as Markdown: headings and columns in both languages, paragraphs each in its own direction."""
    return "\n\n".join(_block(block) for block in content) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(level, en, ar, None):
            return f"{'#' * level} {_both(en, ar)}"
        case Heading(level, en, ar, str(name)):
            title = "" if en == name else f"\n\n**{_both(en, ar)}**"
            return f"{'#' * level} {name}{title}"
        case Prose(en, ar):
            return f'{en}\n\n<p dir="rtl" lang="ar">{ar}</p>' if ar else en
        case Diagram(mermaid):
            return f"```mermaid\n{mermaid}\n```"
        case Grid(columns, rows):
            head = [_both(c.en, c.ar) for c in columns]
            body = [[_cell(v, c.kind) for v, c in zip(row, columns, strict=True)] for row in rows]
            return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(columns), *body])
    raise TypeError(f"{block} is no block")


def _both(en: str, ar: str) -> str:
    return " · ".join(words for words in (en, ar) if words)


def _cell(text: str, kind: str) -> str:
    if not text:
        return ""
    if kind == "code":
        return _code(text)
    if kind == "reference":
        return ", ".join(_link(reference) for reference in text.split(", "))
    return "".join(_code(run[1:-1]) if run.startswith("`") else _words(run) for run in _runs(text))


def _runs(text: str) -> list[str]:
    """Text parted into words and code in backticks."""
    return [run for run in re.split(r"(`[^`]+`)", text) if run]


def _code(text: str) -> str:
    if "\\|" in text:
        return _words(text)  # no code span in a grid can hold these two
    fence = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text.replace('|', chr(92) + '|')}{pad}{fence}"


def _words(text: str) -> str:
    return re.sub(r"([\\|*~<\[\]])", r"\\\1", text)


def _link(reference: str) -> str:
    resource, _, column = reference.partition(".")
    return f"[{reference}](#{resource})" if column else f"[{resource}](#{resource})"
