"""The codebook: all that the contract says is in it, and what is in it is well formed."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import ROOT, terms
from published import differing

import iqsy
from iqsy import codebook
from iqsy.codebook import Block, Column, Grid, Heading

PIPES = re.compile(r"(?<!\\)\|")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    return differing(tmp_path_factory.mktemp("codebook"))


@pytest.fixture(scope="module")
def content(tables: dict[str, pa.Table]) -> list[Block]:
    return list(codebook.blocks(terms(), tables))


def grids(content: list[Block]) -> dict[str, Grid]:
    """The grid of each resource and view, by name."""
    found, name = {}, ""
    for block in content:
        if isinstance(block, Heading):
            name = block.name or block.en
        elif isinstance(block, Grid):
            found[name] = block
    return found


def test_every_table_list_and_rule_is_told(content: list[Block]) -> None:
    told = grids(content)
    for name, table in terms().tables.items():
        assert [row[0] for row in told[name].rows] == list(table.columns)
    for name, codelist in terms().codelists.items():
        assert [row[0] for row in told[name].rows] == list(codelist.codes)
    rules = {row[0] for view in terms().views if view in told for row in told[view].rows}
    assert rules == set(terms().rules)
    assert [row[0] for row in told["Tables"].rows] and len(told["Tables"].rows) == len(terms().tables)


def test_everything_is_told_in_both_languages(content: list[Block]) -> None:
    told = grids(content)
    for name, table in terms().tables.items():
        first = table.fields[0]
        words = {first.title, first.title_ar, first.description, first.description_ar}
        assert words <= set(told[name].rows[0])
    for rule in terms().rules.values():
        row = next(row for row in told[rule.view].rows if row[0] == rule.code)
        assert {rule.level, rule.message, rule.message_ar} <= set(row)


def test_acts_have_their_mappings(content: list[Block]) -> None:
    told = grids(content)
    acts = terms().codelists["acts"]
    mapped = next(row for row in acts.rows if row["cameo_code"] and row["plover_category"])
    shown = next(row for row in told["acts"].rows if row[0] == mapped["code"])
    assert {mapped[c] for c in acts.table.columns if c not in ("rank", "broader")} <= set(shown)


def test_columns_say_what_they_must_be_and_give_an_example(content: list[Block]) -> None:
    rows = {row[0]: row for row in grids(content)["events"].rows}
    assert rows["event_id"][6:] == (
        "required; 1 to 120 characters; `(?:[a-z0-9]+(?:-[a-z0-9]+)*)`",
        "",
        "2024-05-12-ministers-sign",
    )
    assert rows["place_id"][7:] == ("places.place_id", "baghdad")
    assert rows["n_accounts"][6] == "required; ≥ 0"
    claims = {row[0]: row for row in grids(content)["claims"].rows}
    assert claims["source_id"][7] == "sources.source_id, reports.source_id"


def test_the_same_input_gives_the_same_text(tables: dict[str, pa.Table]) -> None:
    assert codebook.generate(terms(), tables) == codebook.generate(terms(), dict(reversed(tables.items())))


def test_without_tables_there_are_no_examples() -> None:
    rows = grids(list(codebook.blocks(terms(), {})))["events"].rows
    assert {row[-1] for row in rows} == {""}


def test_every_link_within_leads_to_a_heading(tables: dict[str, pa.Table]) -> None:
    text = codebook.generate(terms(), tables)
    headings = {match.strip() for match in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= headings


def test_every_line_of_a_grid_has_as_many_cells(tables: dict[str, pa.Table]) -> None:
    for part in codebook.generate(terms(), tables).split("\n\n"):
        widths = {len(PIPES.findall(line)) for line in part.splitlines() if part.startswith("| ")}
        assert len(widths) <= 1, part.splitlines()[0]


def test_the_diagram_has_every_reference_between_its_tables() -> None:
    drawn, all_tables = codebook.diagram(terms()), terms().tables
    names = set(re.findall(r"^  (\w+) \{$", drawn, re.MULTILINE))
    assert names == {t.name for t in all_tables.values() if t.group in ("events", "entities", "evidence")}
    wanted = {
        (key.resource, name, "+".join(key.columns))
        for name in names
        for key in all_tables[name].foreign_keys
        if key.resource in names
    }
    assert set(re.findall(r'^  (\w+) \S+ (\w+) : "(.+)"$', drawn, re.MULTILINE)) == wanted
    assert 'events ||--o{ participants : "event_id"' in drawn
    assert 'places |o--o{ events : "place_id"' in drawn


@given(st.text("ab|`~*<[\\ ب", max_size=20), st.sampled_from(["words", "code"]))
def test_no_cell_breaks_out_of_its_grid(text: str, kind: str) -> None:
    grid = Grid((Column("a", "", kind), Column("b", "")), ((text, "b"),))
    (line,) = codebook.markdown([grid]).splitlines()[2:]
    unescaped = re.sub(r"\\.", "", line)
    assert unescaped.count("|") == 3


def test_the_committed_codebook_is_current() -> None:
    own = {name: iqsy.load(name, engine="arrow") for name in terms().tables}
    committed = (ROOT / "docs/codebook.md").read_text("utf-8")
    assert committed == codebook.generate(terms(), own), "run `python3 build` and commit what it changes"
