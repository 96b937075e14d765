"""Findings as people and machines read them: text, JSON, annotations of GitHub, JUnit's XML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from iqsy.constraints import shown
from iqsy.contract import Contract
from iqsy.problems import Problem

# What XML 1.0 cannot hold, not even as a reference.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_text(problems: Sequence[Problem]) -> str:
    """Findings for a terminal: under each file or table the places, what is wrong, what would be right."""
    lines = []
    for group, members in groupby(sorted(problems, key=_group), key=_group):
        lines.append(group[1] or "findings")
        for problem in members:
            place = _place(problem)
            level = "" if problem.level == "error" else f"{problem.level}: "
            lines.append(f"  {place + ': ' if place else ''}{level}{problem.message} [{problem.code}]")
    return "\n".join([*lines, summary(problems)])


def summary(problems: Sequence[Problem]) -> str:
    """How many errors and warnings there are."""
    counts = [(sum(p.level == level for p in problems), level) for level in ("error", "warning")]
    told = [f"{count:,} {level}{'' if count == 1 else 's'}" for count, level in counts if count]
    return ", ".join(told) or "no errors"


def as_json(problems: Sequence[Problem]) -> str:
    """Findings as a JSON list of objects; a key is an object of its columns."""
    return json.dumps([{**asdict(p), "key": dict(p.key)} for p in problems], ensure_ascii=False, indent=2)


def as_github(problems: Sequence[Problem]) -> str:
    """Findings as workflow commands of GitHub Actions, one a line."""
    return "\n".join(map(_command, problems))


def as_junit(problems: Sequence[Problem], contract: Contract) -> str:
    """Findings as a JUnit report, with a test case for each table's constraints and for each rule."""
    cases: dict[tuple[str, str], list[Problem]] = {}
    for table in contract.resources:
        cases["constraints", table] = []
    for code in contract.rules:
        cases["rules", code] = []
    for problem in problems:
        cases.setdefault(_case(problem, contract), []).append(problem)
    failures = sum(any(p.level == "error" for p in found) for found in cases.values())
    head = f'<testsuite name="iqsy" tests="{len(cases)}" failures="{failures}">'
    body = [line for case, found in cases.items() for line in _case_xml(*case, found)]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *body, "</testsuite>", ""])


def _group(problem: Problem) -> tuple[bool, str]:
    """Files first, then tables."""
    return problem.file is None, problem.file or problem.table or ""


def _place(problem: Problem) -> str:
    if problem.file is not None:
        return f"line {problem.line}" if problem.line is not None else ""
    return " ".join(f"{column}={shown(value)}" for column, value in problem.key)


def _command(problem: Problem) -> str:
    level = problem.level if problem.level in ("error", "warning", "notice") else "error"
    properties = {"file": problem.file, "line": problem.line, "title": problem.code}
    told = ",".join(
        f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None
    )
    message = problem.message if problem.file is not None else str(problem)
    return f"::{level} {told}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _case(problem: Problem, contract: Contract) -> tuple[str, str]:
    if problem.code in contract.rules:
        return "rules", problem.code
    if problem.table is not None and problem.table in contract.resources:
        return "constraints", problem.table
    return "records", problem.file or problem.code


def _case_xml(kind: str, name: str, problems: Iterable[Problem]) -> Iterator[str]:
    case = f"  <testcase classname={_attribute(f'iqsy.{kind}')} name={_attribute(name)}"
    errors = [p for p in problems if p.level == "error"]
    others = [p for p in problems if p.level != "error"]
    if not errors and not others:
        yield f"{case}/>"
        return
    yield f"{case}>"
    if errors:
        # A test case fails once, so that what reads the report counts cases; the text has every finding.
        yield f"    <failure type={_attribute(errors[0].code)} message={_attribute(summary(errors))}>"
        yield from (escape(_xml(str(p))) for p in errors)
        yield "    </failure>"
    if others:
        yield f"    <system-out>{escape(_xml(chr(10).join(map(str, others))))}</system-out>"
    yield "  </testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_xml(text))


def _xml(text: str) -> str:
    return NOT_XML.sub(lambda m: f"\\u{ord(m[0]):04x}", text)
