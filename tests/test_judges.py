"""The judges on whole packages: nothing is found in a valid one, and in a broken one just what was broken."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import KINDS, MUTATIONS, Mutation, Place
from strategies import CONTRACT, SCHEMA, Choices, Package, Tables, build, packages, to_arrow

from iqsy.check import check, settle, shape
from iqsy.contract import Contract, read
from iqsy.judge_frictionless import errors_of, judge_frictionless, request, worded
from iqsy.judge_pandera import judge_pandera
from iqsy.judge_sql import judge_sql
from iqsy.package import write_csv
from iqsy.problems import Problem

NAMES = sorted(MUTATIONS)
# What frictionless can be told by a Table Schema.
IN_TABLE_SCHEMA = {
    "required",
    "unique",
    "enum",
    "pattern",
    "range",
    "length",
    "foreign-key",
    "type",
    "structure",
}
# What a CSV file cannot hold, or not apart from something else.
NOT_IN_FILES = {"empty", "nan", "infinity", "missing table", "unknown table"}


def mutated(mutation: Mutation, package: Package, scratch: Path) -> tuple[Tables, Contract, set[Place]]:
    """The tables of a package that is broken, the contract that it breaks, and where that must be found."""
    broken = mutation.change(package)
    contract = CONTRACT
    if mutation.schema is not None:
        copy = scratch / "schema"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(SCHEMA, copy)
        mutation.schema(copy)
        contract = read(copy)
    return mutation.shape(to_arrow(package)), contract, mutation.places(broken)


def found(problems: list[Problem]) -> list[tuple[str, Place]]:
    return sorted(((p.code, Place(p.table or "", p.key, p.column)) for p in problems), key=str)


def wanted(mutation: Mutation, places: set[Place]) -> list[tuple[str, Place]]:
    return sorted(((mutation.code, place) for place in places), key=str)


def written(tables: Mapping[str, pa.Table], folder: Path) -> dict[str, Path]:
    """CSV files of tables."""
    files = {name: folder / f"{name}.csv" for name in tables}
    for name, path in files.items():
        write_csv(tables[name], path)
    return files


@settings(max_examples=12)
@given(packages())
def test_valid_packages_raise_nothing(package: Package) -> None:
    assert check(to_arrow(package), CONTRACT, judges=("sql", "pandera")) == []


@pytest.mark.slow
@settings(max_examples=5)
@given(packages())
def test_valid_packages_raise_nothing_as_csv_files(
    tmp_path_factory: pytest.TempPathFactory, package: Package
) -> None:
    files = written(to_arrow(package), tmp_path_factory.mktemp("tables"))
    assert judge_frictionless(files, CONTRACT) == []


def test_the_plain_package_fills_every_table() -> None:
    assert [name for name, rows in build(Choices()).items() if not rows] == []


def test_every_rule_and_kind_of_constraint_has_its_mutation() -> None:
    assert set(MUTATIONS) == set(CONTRACT.rules) | set(KINDS)


@pytest.mark.parametrize("name", NAMES)
def test_a_mutation_raises_exactly_its_own_finding(name: str, tmp_path: Path) -> None:
    mutation = MUTATIONS[name]
    tables, contract, places = mutated(mutation, build(Choices()), tmp_path)
    assert found(check(tables, contract, judges=("pandera",))) == wanted(mutation, places)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_mutation_raises_exactly_its_own_finding_in_sql(name: str, tmp_path: Path) -> None:
    mutation = MUTATIONS[name]
    tables, contract, places = mutated(mutation, build(Choices()), tmp_path)
    assert found(check(tables, contract, judges=("sql",))) == wanted(mutation, places)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(MUTATIONS.keys() - NOT_IN_FILES))
def test_frictionless_finds_what_a_table_schema_can_say(name: str, tmp_path: Path) -> None:
    mutation = MUTATIONS[name]
    tables, contract, places = mutated(mutation, build(Choices()), tmp_path)
    # In this process, for it is asked a hundred times.
    answer = errors_of(request(written(tables, tmp_path), contract))
    problems = worded(answer, contract)
    if mutation.code not in IN_TABLE_SCHEMA:
        assert problems == []
    elif any(place.key for place in places):
        assert found(problems) == wanted(mutation, places)
    else:
        # It sees a file cell by cell, and may say more than once that its shape is wrong.
        assert {(p.code, p.table) for p in problems} == {(mutation.code, mutation.table)}


@settings(max_examples=8)
@given(package=packages(), name=st.sampled_from(NAMES))
def test_judges_agree_on_whatever_is_broken(
    tmp_path_factory: pytest.TempPathFactory, package: Package, name: str
) -> None:
    mutation = MUTATIONS[name]
    tables, contract, places = mutated(mutation, package, tmp_path_factory.mktemp("contract"))
    shaped, misshapen = shape(tables, contract)
    by_sql, by_pandera = judge_sql(shaped, contract), judge_pandera(shaped, contract)
    # The same findings in the same words, also those that follow from others and are then left out.
    assert set(by_sql) == set(by_pandera)
    assert found(settle([*misshapen, *by_sql], contract)) == wanted(mutation, places)
