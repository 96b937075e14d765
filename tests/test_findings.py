"""Findings as text, JSON, annotations and JUnit: nothing is lost, nothing breaks the format."""

import json
import re
from xml.etree import ElementTree

import pytest
import small
from hypothesis import given
from hypothesis import strategies as st

from iqsy import findings
from iqsy.contract import Contract
from iqsy.problems import Problem

NASTY = st.text(st.sampled_from("a :,%\r\n\x00\x1b\u202e\ufffe<>&\"'\u2028ء"), min_size=1, max_size=8)
PROBLEMS = st.lists(
    st.builds(
        Problem,
        code=st.sampled_from(["range", "large-in-pieces", "record"]),
        message=NASTY,
        file=st.none() | st.sampled_from(["data/a.yaml", "b,c:d.yaml"]),
        line=st.none() | st.integers(1, 99),
        level=st.sampled_from(["error", "warning"]),
        table=st.none() | st.sampled_from(["things", "parts"]),
        key=st.just(()) | st.tuples(st.tuples(st.just("thing_id"), NASTY)),
        column=st.none() | st.just("size"),
        value=st.none() | NASTY,
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return small.write(tmp_path_factory.mktemp("contract"))


@given(PROBLEMS)
def test_json_holds_every_finding(problems: list[Problem]) -> None:
    read = [
        Problem(**{**found, "key": tuple(found["key"].items())})
        for found in json.loads(findings.as_json(problems))
    ]
    assert read == problems


@given(PROBLEMS)
def test_an_annotation_is_one_line_that_reads_back(problems: list[Problem]) -> None:
    lines = findings.as_github(problems).split("\n") if problems else []
    assert len(lines) == len(problems)
    for line, problem in zip(lines, problems, strict=True):
        _, command, message = line.split("::", 2)
        level, _, properties = command.partition(" ")
        read = {name: _unescaped(value) for name, value in (p.split("=", 1) for p in properties.split(","))}
        assert (level, read["title"]) == (problem.level, problem.code)
        assert (read.get("file"), read.get("line")) == (
            problem.file,
            None if problem.line is None else str(problem.line),
        )
        assert _unescaped(message).endswith(problem.message)
        assert "\r" not in line


def _unescaped(text: str) -> str:
    return re.sub("%(25|0D|0A|3A|2C)", lambda m: chr(int(m[1], 16)), text)


@given(PROBLEMS)
def test_junit_is_xml_with_a_case_for_every_table_and_rule(
    contract: Contract, problems: list[Problem]
) -> None:
    suite = ElementTree.fromstring(findings.as_junit(problems, contract))
    cases = {(case.get("classname"), case.get("name")): case for case in suite}
    assert len(cases) == len(suite) == int(suite.get("tests", ""))
    assert {("iqsy.constraints", name) for name in contract.resources} <= set(cases)
    assert {("iqsy.rules", code) for code in contract.rules} <= set(cases)
    failed = {name for name, case in cases.items() if case.find("failure") is not None}
    assert len(failed) == int(suite.get("failures", ""))
    assert bool(failed) == any(p.level == "error" for p in problems)


def test_junit_tells_failures_by_table_and_rule(contract: Contract) -> None:
    problems = [
        Problem("range", "size 10 is out of range", table="things", key=(("thing_id", "a"),)),
        Problem("large-in-pieces", "too large", level="warning", table="things", key=(("thing_id", "b"),)),
        Problem("record", "no YAML", "data/a.yaml", 3),
    ]
    suite = ElementTree.fromstring(findings.as_junit(problems, contract))
    texts = {case.get("name"): "".join(case.itertext()).strip() for case in suite if len(case)}
    assert texts == {
        "things": "things thing_id=a: size 10 is out of range",
        "large-in-pieces": "things thing_id=b: too large",
        "data/a.yaml": "data/a.yaml:3: no YAML",
    }


@given(PROBLEMS)
def test_text_has_a_line_for_each_finding_and_lets_no_key_act_on_the_terminal(
    problems: list[Problem],
) -> None:
    plain = [Problem(p.code, "is wrong", p.file, p.line, p.level, p.table, p.key) for p in problems]
    lines = findings.as_text(plain).split("\n")
    assert sum("is wrong" in line for line in lines) == len(plain)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", "\n".join(lines))


def test_text_is_grouped_by_file_then_table() -> None:
    problems = [
        Problem("range", "size 10 is out of range", table="things", key=(("thing_id", "a"),)),
        Problem("record", "an unknown key", "data/a.yaml", 3),
        Problem("near", "is near another", level="warning", table="things", key=(("thing_id", "b"),)),
    ]
    assert findings.as_text(problems) == (
        "data/a.yaml\n"
        "  line 3: an unknown key [record]\n"
        "things\n"
        "  thing_id=a: size 10 is out of range [range]\n"
        "  thing_id=b: warning: is near another [near]\n"
        "2 errors, 1 warning"
    )


def test_nothing_found_is_said_so() -> None:
    assert findings.as_text([]) == "no errors"
    assert json.loads(findings.as_json([])) == []
    assert findings.as_github([]) == ""
