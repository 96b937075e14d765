"""Merging and withdrawing records: a redirect is made and the records are changed line by line.

So comments, order and style of hand-written files stay.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from iqsy import derive, frames, strict
from iqsy import records as files
from iqsy.check import check
from iqsy.constraints import shown
from iqsy.contract import Contract
from iqsy.names import is_nfc, unsafe_characters
from iqsy.problems import Problem, ProblemsError
from iqsy.records import IDENTIFIED, REDIRECTS, Records, get, listed
from iqsy.shapes import Examination, Shape
from iqsy.strict import Node

# Keys of decisions and audits whose text may hold an id.
NAMING = ("subject", "value", "voice")
LONGEST_REASON = 1200


def merge(data: Path, contract: Contract, table: str, old: str, new: str, reason: str) -> list[Problem]:
    """Make record `new` stand for `old`: references are rewritten, the old record goes, a redirect comes.

    Returns what must be mended by hand: errors that the build would find, and as warnings what the old record
    held that the new one lacks. Raises ProblemsError, and changes nothing, where that is impossible.
    """
    found = files.read(data, contract)
    problems = [*_unknown(found, table, old), *_unknown(found, table, new), *_unfit(reason)]
    if old == new:
        problems.append(_refused(f"{old!r} cannot be merged into itself; name two records"))
    if problems:
        raise ProblemsError(problems)
    sheets = _Sheets(data)
    for node in _references(data, contract, found, table, old):
        sheets.rename(node, old, new)
    lost = list(_lost(found[table][old], found[table][new], old))
    _retire(sheets, found, table, old, new, reason)
    return [*_broken(data, contract), *lost]


def withdraw(data: Path, contract: Contract, table: str, identifier: str, reason: str) -> list[Problem]:
    """Take a record out and leave a redirect to nothing; returns and raises like `merge`.

    What refers to the record stays, and is told: only a person can say what becomes of it.
    """
    found = files.read(data, contract)
    problems = [*_unknown(found, table, identifier), *_unfit(reason)]
    if problems:
        raise ProblemsError(problems)
    _retire(_Sheets(data), found, table, identifier, None, reason)
    return _broken(data, contract)


def _unknown(found: Records, table: str, identifier: str) -> Iterator[Problem]:
    if table not in IDENTIFIED:
        yield _refused(f"{table!r} is no table of records; one of {', '.join(IDENTIFIED)}")
    elif identifier not in found[table]:
        close = get_close_matches(identifier, found[table], n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "; look in data/curated"
        yield _refused(f"there is no record {identifier!r} among the {table}{hint}")


def _unfit(reason: str) -> Iterator[Problem]:
    if not reason.strip() or "\n" in reason or len(reason) > LONGEST_REASON:
        yield _refused(f"--reason should be one line of words, of {LONGEST_REASON:,} characters at most")
    if found := unsafe_characters(reason):
        yield _refused(f"--reason holds {', '.join(found)}; type it without these")
    if not is_nfc(reason):
        yield _refused("--reason is not in Unicode normalisation form C; type it anew")


def _retire(sheets: _Sheets, found: Records, table: str, old: str, new: str | None, reason: str) -> None:
    node = found[table][old]
    if table in files.FOLDERS:
        sheets.delete(node)
    else:
        sheets.cut(node, [entry.line for entry in found[table].values()])
    pairs = {"table": table, "old": old, **({"new": new} if new else {}), "reason": _quoted(reason.strip())}
    sheets.append(
        "\n".join(f"{'  ' if n else '- '}{key}: {value}" for n, (key, value) in enumerate(pairs.items()))
    )
    sheets.save()


def _quoted(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"


def _references(
    data: Path, contract: Contract, found: Records, table: str, identifier: str
) -> Iterator[Node]:
    """Every value in a hand-written file that means this record, as far as its place can tell."""
    examination = Examination(contract)
    audited = _audited(data)
    for node, shape in _shaped(found, audited):
        examination.examine(node, shape)
    others = {name for name, nodes in found.by_table.items() if identifier in nodes} - {table}
    for tables, node in examination.references:
        if node.value == identifier and table in tables and not others & set(tables):
            yield node
    if not others:
        settled = [entry for node in found["events"].values() for entry in listed(node, "settle")]
        for entry in [*settled, *audited]:
            yield from (named for key in NAMING if (named := get(entry, key)) is not None)


def _audited(data: Path) -> list[Node]:
    path = data / "curated" / files.AUDIT
    return strict.read_yaml(path, path.relative_to(data.parent).as_posix()).items() if path.exists() else []


def _shaped(found: Records, audited: Iterable[Node]) -> Iterator[tuple[Node, Shape]]:
    """Every record that a person writes, with its shape."""
    for table, (_, shape) in {**files.FOLDERS, **files.LISTS}.items():
        yield from ((node, shape) for node in found[table].values())
    yield from ((node, files.ARTICLE) for node in found.recodings.values())
    yield from ((node, files.AUDITED) for node in audited)


def _lost(old: Node, new: Node, identifier: str) -> Iterator[Problem]:
    """What a record says under keys that another lacks, and the members of its lists that are not in the other's."""
    assert isinstance(old.value, dict) and isinstance(new.value, dict)
    for key, node in old.value.items():
        kept = new.value.get(key)
        if kept is None:
            rest = node.plain()
        elif isinstance(node.value, list) and isinstance(kept.value, list):
            rest = [value for value in node.plain() if value not in kept.plain()]
        else:
            continue
        if rest:
            message = f"lacks what {identifier} had as {key}: {shown(str(rest))}; add what should stay"
            yield Problem("merge", message, new.file, new.line, "warning")


def _broken(data: Path, contract: Contract) -> list[Problem]:
    """What a build would say of the records as they are now, as far as one judge can tell."""
    try:
        derived = derive.derive(files.read(data, contract), contract)
        tables = {name: frames.to_arrow(contract.tables[name], rows) for name, rows in derived.tables.items()}
    except ProblemsError as error:
        return list(error.problems)
    return [problem for problem in check(tables, contract, ["sql"]) if problem.level == "error"]


def _refused(message: str) -> Problem:
    return Problem("record", message)


class _Sheets:
    """Files of records as lines, to be changed together: nothing is written before `save`."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.lines: dict[Path, list[str]] = {}
        self.gone: list[Path] = []

    def of(self, path: Path) -> list[str]:
        if path not in self.lines:
            self.lines[path] = strict.read_text(path).split("\n") if path.exists() else [""]
        return self.lines[path]

    def rename(self, node: Node, old: str, new: str) -> None:
        """Write one id for another in the line where a value stands."""
        lines = self.of(self.data.parent / node.file)
        lines[node.line - 1] = re.sub(rf"(?<![\w-]){old}(?![\w-])", new, lines[node.line - 1])

    def cut(self, node: Node, starts: Iterable[int]) -> None:
        """Take an entry out of a list whose entries start on these lines; comments above the next one stay."""
        path = self.data.parent / node.file
        lines = self.of(path)
        first = node.line - 1
        last = min((line - 1 for line in starts if line > node.line), default=len(lines))
        while last > first + 1 and re.match(r"#|$", lines[last - 1]):
            last -= 1
        del lines[first:last]
        if not any(re.match("- ", line) for line in lines):
            self.delete(node)

    def append(self, entry: str) -> None:
        """Add an entry to the redirects."""
        lines = self.of(self.data / "curated" / REDIRECTS)
        lines[-1:] = [*([lines[-1]] if lines[-1] else []), *entry.split("\n"), ""]

    def delete(self, node: Node) -> None:
        """Take a whole file away."""
        path = self.data.parent / node.file
        self.lines.pop(path, None)
        self.gone.append(path)

    def save(self) -> None:
        """Write every changed file beside the old one, and only when all are written put them in place."""
        written = {path: path.with_name(f".{path.name}.new") for path in self.lines}
        try:
            for path, beside in written.items():
                beside.write_text("\n".join(self.lines[path]), encoding="utf-8", newline="\n")
            for path, beside in written.items():
                os.replace(beside, path)
        except OSError as error:
            raise ProblemsError([Problem("write", f"cannot be written: {error}")]) from error
        finally:
            for beside in written.values():
                beside.unlink(missing_ok=True)
        for path in self.gone:
            path.unlink()
