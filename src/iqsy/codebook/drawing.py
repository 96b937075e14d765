"""The entity diagram as SVG: a column for each group of tables, lines from a table to what it refers to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from iqsy.codebook.content import Diagram, Entity

WIDTH, LINE, PAD, GAP, ALLEY = 190, 15, 8, 14, 120
# The events stand between what tells of them and what they are made of.
CENTRE = "events"
PARTS = "parts of events"
COLUMNS = ("evidence", CENTRE, PARTS, "entities")
SWEEPS = 8


@dataclass(frozen=True)
class Box:
    """Where a table stands: its column, and where in that its upper edge is; all boxes are as wide."""

    entity: Entity
    column: int
    y: int

    @property
    def x(self) -> int:
        return self.column * (WIDTH + ALLEY)

    @property
    def height(self) -> int:
        return height(self.entity)

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


def svg(diagram: Diagram) -> str:
    """The drawing; hovering over a table brings out its lines, and a click leads to its chapter."""
    boxes = {box.entity.table.name: box for box in placed(diagram)}
    width = max(box.x for box in boxes.values()) + WIDTH + ALLEY // 2
    tall = max(box.y + box.height for box in boxes.values()) + GAP
    return "\n".join(
        (
            f'<svg class="diagram" viewBox="{-ALLEY // 2} 0 {width + ALLEY // 2} {tall}" role="img">',
            f"<style>{' '.join(_highlight(name) for name in boxes)}</style>",
            *_lines(diagram, boxes),
            *(_drawn(box) for box in boxes.values()),
            "</svg>",
        )
    )


def height(entity: Entity) -> int:
    """A line for the name, one for its words in each language and one for each column of the key."""
    return LINE * (3 + len(entity.key)) + PAD * 2


def placed(diagram: Diagram) -> list[Box]:
    """Every table in the column of its group, near those that it is tied to: the barycentre of its neighbours, swept to and fro."""
    columns: list[list[Entity]] = [[] for _ in COLUMNS]
    for entity in diagram.entities:
        columns[_column(entity)].append(entity)
    near: dict[str, set[str]] = {entity.table.name: set() for entity in diagram.entities}
    for reference in diagram.references:
        if reference.of != reference.to:
            near[reference.of].add(reference.to)
            near[reference.to].add(reference.of)
    boxes = _stacked(columns)
    for _ in range(SWEEPS):
        at = {box.entity.table.name: box.middle for box in boxes}
        for column in columns:
            column.sort(key=lambda entity: _mean([at[name] for name in sorted(near[entity.table.name])]))
        boxes = _stacked(columns)
    return boxes


def _column(entity: Entity) -> int:
    table = entity.table
    return COLUMNS.index(PARTS if table.group == CENTRE != table.name else table.group)


def _stacked(columns: Sequence[Sequence[Entity]]) -> list[Box]:
    tallest = max(_tall(column) for column in columns)
    boxes = []
    for i, column in enumerate(columns):
        y = (tallest - _tall(column)) // 2
        for entity in column:
            boxes.append(Box(entity, i, y))
            y += height(entity) + GAP
    return boxes


def _tall(column: Sequence[Entity]) -> int:
    return sum(height(entity) + GAP for entity in column)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.inf


def _highlight(name: str) -> str:
    return f"svg:has(#draw-{name}:hover) .to-{name},svg:has(#draw-{name}:hover) .of-{name}{{stroke:var(--accent);stroke-width:2}}"


def _lines(diagram: Diagram, boxes: dict[str, Box]) -> Iterator[str]:
    """One line for all references between two tables; its tooltip names the columns."""
    told: dict[tuple[str, str], list[str]] = {}
    for reference in diagram.references:
        told.setdefault((reference.of, reference.to), []).append("+".join(reference.columns))
    for (of, to), columns in told.items():
        words = "\n".join(f"{of}.{column} → {to}" for column in columns)
        yield (
            f'<path class="of-{of} to-{to}" d="{_path(boxes[of], boxes[to])}">'
            f"<title>{escape(words)}</title></path>"
        )


def _path(of: Box, to: Box) -> str:
    """A curve from side to side; within a column round its outer side."""
    if of.column == to.column:
        side = of.x if of.column == 0 else of.x + WIDTH
        bend = side + (-1 if of.column == 0 else 1) * (18 + abs(of.middle - to.middle) ** 0.5 * 2)
        end = to.middle + (12 if of is to else 0)
        return f"M{side},{of.middle:g} C{bend:.1f},{of.middle:g} {bend:.1f},{end:g} {side},{end:g}"
    start, end = (of.x + WIDTH, to.x) if of.column < to.column else (of.x, to.x + WIDTH)
    half = (start + end) / 2
    return f"M{start},{of.middle:g} C{half:g},{of.middle:g} {half:g},{to.middle:g} {end},{to.middle:g}"


def _drawn(box: Box) -> str:
    table, x, y = box.entity.table, box.x, box.y
    lines = [
        f'<a href="#{table.name}"><g id="draw-{table.name}" class="entity {table.group}">',
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{box.height}" rx="4"/>',
        f'<text class="name" x="{x + PAD}" y="{y + PAD + LINE - 3}">{table.name}</text>',
        f'<text class="en" x="{x + PAD}" y="{y + PAD + 2 * LINE - 3}">{escape(table.title)}</text>',
        f'<text class="ar" x="{x + WIDTH - PAD}" y="{y + PAD + 3 * LINE - 3}" direction="rtl" text-anchor="start">'
        f"{escape(table.title_ar)}</text>",
    ]
    for i, (_, column) in enumerate(box.entity.key):
        sign = "→ " if column in box.entity.referring else "• "
        lines.append(
            f'<text class="key" x="{x + PAD}" y="{y + PAD + (4 + i) * LINE - 3}">{sign}{column}</text>'
        )
    return "".join([*lines, "</g></a>"])
