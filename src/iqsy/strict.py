"""Strict reading of YAML and JSON lines: every scalar is text, every value knows its line, and what could mislead is refused.

YAML is read from the parser's events, not composed: that bounds nesting and sees anchors, tags and styles before they act.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from iqsy.names import is_nfc, unsafe_characters
from iqsy.problems import Problem, ProblemsError

MAX_BYTES = 4_000_000
MAX_DEPTH = 12
NULLS = {"", "~", "null", "Null", "NULL"}
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Node:
    """A value with its place: text, a list of nodes, or a mapping from key to node."""

    value: str | list[Node] | dict[str, Node]
    file: str
    line: int

    def plain(self) -> Any:
        """The value without places: str, list or dict."""
        if isinstance(self.value, str):
            return self.value
        if isinstance(self.value, list):
            return [n.plain() for n in self.value]
        return {k: n.plain() for k, n in self.value.items()}

    def items(self) -> list[Node]:
        """The nodes of a list; a problem where it is none."""
        if not isinstance(self.value, list):
            raise ProblemsError([self.problem("a list belongs here: lines that begin with '- '")])
        return self.value

    def problem(self, message: str, code: str = "record") -> Problem:
        return Problem(code, message, self.file, self.line)


class _Refused(Exception):
    """A construct that is not accepted, with its zero-based line."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def read_yaml(path: Path, shown: str | None = None) -> Node:
    """Read one YAML document in the strict form.

    `shown` is the path that messages name. Raises ProblemsError with file, line and remedy.
    """
    file = shown or str(path)
    return parse_yaml(read_text(path, file), file)


def read_text(path: Path, shown: str | None = None) -> str:
    """The text of a hand-written file: UTF-8, NFC, without BOM, NUL, bidi controls; line ends are folded to LF."""
    file = shown or str(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _problem(file, None, f"{size:,} bytes; a record has at most {MAX_BYTES:,}")
        raw = path.read_bytes()
    except OSError as error:
        raise _problem(file, None, f"cannot be read: {error.strerror}") from error
    if raw.startswith(b"\xef\xbb\xbf"):
        raise _problem(file, 1, "begins with a byte order mark; save as UTF-8 without BOM")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _problem(
            file, line, f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from error
    text = text.replace("\r\n", "\n")
    if not text.isascii() or "\x00" in text or "\r" in text:
        _check_unicode(text, file)
    return text


def _check_unicode(text: str, file: str) -> None:
    whole = unsafe_characters(text.replace("\n", "").replace("\t", ""))
    if whole or not is_nfc(text):
        for number, line in enumerate(text.split("\n"), 1):
            found = unsafe_characters(line.replace("\t", ""))
            if found:
                raise _problem(
                    file,
                    number,
                    f"holds {', '.join(found)}; delete these invisible or compatibility characters",
                )
            if not is_nfc(line):
                raise _problem(file, number, "is not in Unicode normalisation form C; save it as NFC")


def parse_yaml(text: str, file: str) -> Node:
    """The same from text that was read already."""
    if not text.strip():
        raise _problem(file, None, "is empty; it should hold a record")
    try:
        return _Builder(text, file).build()
    except _Refused as refused:
        raise _problem(file, refused.line + 1, str(refused)) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _problem(file, line, f"not YAML: {_remedy(error.problem or 'it cannot be parsed')}") from None
    except yaml.YAMLError as error:
        raise _problem(file, None, f"not YAML: {error}") from None


def _remedy(problem: str) -> str:
    if "cannot start any token" in problem:
        return f"{problem}; indent with spaces, and quote a value that begins with a special character"
    if "mapping values are not allowed" in problem:
        return f"{problem}; quote a value that holds ': '"
    return problem


def _problem(file: str, line: int | None, message: str) -> ProblemsError:
    return ProblemsError([Problem("record", message, file, line)])


class _Builder:
    """Builds nodes from parser events."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.lines = text.split("\n") if "#" in text else []
        self.events: Iterator[Any] = yaml.parse(text, Loader=LOADER)

    def build(self) -> Node:
        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            raise _Refused("holds no record, only comments", 0)
        root = self._node(next(self.events), 0)
        next(self.events)
        if not isinstance(end := next(self.events), yaml.StreamEndEvent):
            raise _Refused("a second document begins here; one record a file", end.start_mark.line)
        return root

    def _node(self, event: Any, depth: int) -> Node:
        line = event.start_mark.line
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise _Refused(
                "anchors and aliases (& and *) are not accepted; write the value out, or quote it", line
            )
        if event.tag is not None:
            raise _Refused(f"tags ({event.tag}) are not accepted; every value is text", line)
        if depth > MAX_DEPTH:
            raise _Refused(f"nested more than {MAX_DEPTH} deep; a record is shallower", line)
        if isinstance(event, yaml.ScalarEvent):
            return Node(self._scalar(event), self.file, line + 1)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(self._sequence(depth), self.file, line + 1)
        if event.flow_style:
            raise _Refused(
                "a mapping in braces is not accepted; write 'key: value' on lines of their own", line
            )
        return Node(self._mapping(depth), self.file, line + 1)

    def _scalar(self, event: Any) -> str:
        value: str = event.value
        if not event.style:
            if value in NULLS:
                raise _Refused(
                    "an empty or null value; leave the key out where nothing is stated", event.start_mark.line
                )
            end = event.end_mark
            if self.lines and self.lines[end.line][end.column :].lstrip().startswith("#"):
                raise _Refused(
                    "' #' after a value starts a comment; quote the value, or move the comment", end.line
                )
        elif not value.strip():
            raise _Refused("an empty value; leave the key out where nothing is stated", event.start_mark.line)
        return value

    def _sequence(self, depth: int) -> list[Node]:
        nodes = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            nodes.append(self._node(event, depth + 1))
        return nodes

    def _mapping(self, depth: int) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key.value, str):
                raise _Refused("a key should be a word", key.line - 1)
            if key.value in nodes:
                raise _Refused(
                    f"key {key.value!r} is there twice; first on line {nodes[key.value].line}", key.line - 1
                )
            value = self._node(next(self.events), depth + 1)
            nodes[key.value] = Node(value.value, value.file, key.line)
        return nodes


def read_jsonl(path: Path, shown: str | None = None) -> list[Node]:
    """Read JSON lines, one mapping a line, into the same nodes; numbers keep their digits as text."""
    file = shown or str(path)
    nodes = []
    for number, line in enumerate(read_text(path, file).split("\n"), 1):
        if line.strip():
            nodes.append(_json_node(line, file, number))
    return nodes


def _json_node(line: str, file: str, number: int) -> Node:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({k for k, _ in found}) < len(found):
            raise _problem(file, number, "a key is there twice")
        return dict(found)

    def refuse(word: str) -> Any:
        raise _problem(file, number, f"{word} is not a value")

    try:
        raw = json.loads(line, object_pairs_hook=pairs, parse_int=str, parse_float=str, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise _problem(file, number, f"not JSON: {error.msg}") from error
    except RecursionError as error:
        raise _problem(file, number, "nested too deep; a record is shallower") from error
    return _wrap(raw, file, number)


def _wrap(raw: Any, file: str, number: int) -> Node:
    if isinstance(raw, dict):
        return Node({k: _wrap(v, file, number) for k, v in raw.items()}, file, number)
    if isinstance(raw, list):
        return Node([_wrap(v, file, number) for v in raw], file, number)
    if isinstance(raw, bool):
        return Node("true" if raw else "false", file, number)
    if not isinstance(raw, str) or not raw.strip():
        raise _problem(file, number, "an empty or null value; leave the key out where nothing is stated")
    return Node(raw, file, number)
