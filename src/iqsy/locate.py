"""Locating an article's passages in its text: offsets into the record, length and hash beside them, and nothing of the text kept.

The record is edited line by line, so that its comments and its order stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from iqsy import passages, strict
from iqsy.contract import Contract
from iqsy.problems import Problem, ProblemsError
from iqsy.records import ARTICLE, examine_one, get, maybe
from iqsy.strict import Node

OFFSETS = re.compile(r"^\s*chars: .*\n", re.MULTILINE)
KNOWN_TEXT = re.compile(r"^  (?:sha256|length): .*\n", re.MULTILINE)
KEY_COLUMN = re.compile(r"\s*(?:- )*")


@dataclass(frozen=True)
class Located:
    """The record with its offsets, how many passages were found, and which were not."""

    record: str
    found: int
    problems: tuple[Problem, ...]


def article_file(given: str, data: Path) -> Path:
    """The file of an article that is named by path or id. Raises ProblemsError where there is none."""
    path = Path(given)
    if path.is_file():
        return path
    found = sorted((data / "curated" / "articles").rglob(f"{path.name}.yaml")) if path.name == given else []
    if not found:
        raise ProblemsError([Problem("record", f"there is no article {given!r}; give its file or its id")])
    return found[0]


def locate(path: Path, text: str, contract: Contract) -> Located:
    """Find every passage of an article in its text.

    Raises ProblemsError where the record does not fit its shape.
    """
    node, problems = examine_one(path, ARTICLE, contract)
    if problems:
        raise ProblemsError(problems)
    record = KNOWN_TEXT.sub("", OFFSETS.sub("", strict.read_text(path)))
    node = strict.parse_yaml(record, str(path))
    normalised = passages.normalise(text)
    lines = record.split("\n")
    added: dict[int, list[str]] = {}
    missing = []
    for place in _places(node):
        span = passages.find(normalised, *_locator(place))
        if span is None:
            missing.append(place.problem(_remedy(place, normalised), "passage"))
        else:
            last = max(key.line for name, key in _keys(place) if name in ("at", "from", "to", "nth"))
            indent = " " * len(KEY_COLUMN.match(lines[last - 1])[0])  # type: ignore[index]
            added.setdefault(last, []).append(f"{indent}chars: {span[0]}-{span[1]}")
    seen = get(node, "text")
    assert seen is not None
    where = max(key.line for name, key in _keys(seen) if name == "seen")
    known = [f"  sha256: {passages.text_hash(normalised)}", f"  length: {len(normalised)}"]
    added.setdefault(where, []).extend(known)
    out = [new for number, line in enumerate(lines, 1) for new in (line, *added.get(number, ()))]
    return Located("\n".join(out), sum(map(len, added.values())) - len(known), tuple(missing))


def write(path: Path, located: Located) -> None:
    """Replace the article's file whole."""
    scratch = path.with_suffix(".tmp")
    scratch.write_text(located.record, encoding="utf-8", newline="\n")
    scratch.replace(path)


def _keys(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, dict):
        yield from node.value.items()


def _places(node: Node) -> Iterator[Node]:
    """Every mapping that says where something stands."""
    if isinstance(node.value, dict):
        if "at" in node.value or "from" in node.value:
            yield node
        for child in node.value.values():
            yield from _places(child)
    elif isinstance(node.value, list):
        for child in node.value:
            yield from _places(child)


def _locator(place: Node) -> tuple[str, int]:
    at, first, last = maybe(place, "at"), maybe(place, "from"), maybe(place, "to")
    return at or passages.ELLIPSIS.join(filter(None, (first, last))), int(maybe(place, "nth") or 1)


def _remedy(place: Node, normalised: str) -> str:
    locator, nth = _locator(place)
    times = passages.count(normalised, locator)
    if times == 0:
        return f"{locator!r} is not in the text; copy the words as they stand there"
    if times < nth:
        return f"{locator!r} occurs {times} times, so there is no nth {nth}"
    return f"the text has no end for {locator!r} after its beginning"
