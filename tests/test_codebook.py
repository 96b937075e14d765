"""The codebook: all that the contract says is in it, and what is in it is well formed."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import combinations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import ROOT, terms
from published import differing

import iqsy
from iqsy import codebook
from iqsy.codebook import drawing
from iqsy.codebook.content import Block, Column, Diagram, Grid, Heading, Prose, blocks, diagram
from iqsy.codebook.markdown import markdown, mermaid
from iqsy.codebook.page import page

PIPES = re.compile(r"(?<!\\)\|")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    return differing(tmp_path_factory.mktemp("codebook"))


@pytest.fixture(scope="module")
def content(tables: dict[str, pa.Table]) -> list[Block]:
    return list(blocks(terms(), tables))


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
    events, claims = (
        {row[0]: dict(zip([c.en or c.ar for c in grid.columns], row, strict=True)) for row in grid.rows}
        for grid in (grids(content)["events"], grids(content)["claims"])
    )
    assert events["event_id"]["constraints"] == "required; 1 to 120 characters"
    assert events["event_id"]["القيود"] == "مطلوب؛ من 1 إلى 120 محرفاً"
    assert events["event_id"]["pattern"] == "(?:[a-z0-9]+(?:-[a-z0-9]+)*)"
    assert events["event_id"]["example"] == "2024-05-12-ministers-sign"
    assert (events["place_id"]["refers to"], events["place_id"]["example"]) == ("places.place_id", "baghdad")
    assert events["n_accounts"]["constraints"] == "required; ≥ 0"
    assert claims["source_id"]["refers to"] == "sources.source_id, reports.source_id"


def test_the_same_input_gives_the_same_text(tables: dict[str, pa.Table]) -> None:
    assert codebook.files(terms(), tables) == codebook.files(terms(), dict(reversed(tables.items())))


def test_without_tables_there_are_no_examples() -> None:
    rows = grids(list(blocks(terms(), {})))["events"].rows
    assert {row[-1] for row in rows} == {""}


def test_every_link_within_leads_to_a_heading(tables: dict[str, pa.Table]) -> None:
    text = codebook.files(terms(), tables)["codebook.md"]
    headings = {match.strip() for match in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= headings


def test_every_line_of_a_grid_has_as_many_cells(tables: dict[str, pa.Table]) -> None:
    for part in codebook.files(terms(), tables)["codebook.md"].split("\n\n"):
        widths = {len(PIPES.findall(line)) for line in part.splitlines() if part.startswith("| ")}
        assert len(widths) <= 1, part.splitlines()[0]


def test_the_diagram_has_every_reference_between_its_tables() -> None:
    drawn, all_tables = mermaid(diagram(terms())), terms().tables
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
    (line,) = markdown([grid]).splitlines()[2:]
    unescaped = re.sub(r"\\.", "", line)
    assert unescaped.count("|") == 3


class Reader(HTMLParser):
    """What a browser finds in a page: its elements, checked to be closed in order, and its text."""

    EMPTY = ("meta", "input")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def read(content: list[Block]) -> Reader:
    return Reader(page(content))


def test_the_page_says_all_that_the_codebook_says(content: list[Block], read: Reader) -> None:
    words = "".join(read.words)
    for block in content:
        if isinstance(block, Grid):
            assert all(
                cell in words for row in block.rows for cell in row if "`" not in cell and "*" not in cell
            )
        elif isinstance(block, Heading):
            assert block.en in words and block.ar in words


def test_the_page_needs_nothing_else_and_its_links_lead_somewhere(read: Reader) -> None:
    names = {attributes["id"] for _, attributes in read.found if "id" in attributes}
    links = {attributes["href"] for _, attributes in read.found if "href" in attributes}
    assert {link for link in links if link and link.startswith("#")} <= {f"#{name}" for name in names}
    assert {link for link in links if link and not link.startswith("#")} == {"method.md", "curating.md"}
    assert not any(tag in ("script", "link", "img", "iframe") or "src" in found for tag, found in read.found)


def test_arabic_runs_from_right_to_left_and_each_language_can_be_left_out(read: Reader) -> None:
    spoken = [found for _, found in read.found if "lang" in found and found.get("class")]
    assert {found["class"] for found in spoken} == {"en", "ar"}
    assert all(found["lang"] == found["class"] for found in spoken)
    assert {(found["lang"], found["dir"]) for found in spoken} == {("en", "ltr"), ("ar", "rtl")}


@given(st.text('ab`*<[]()&"> ب', max_size=20), st.sampled_from(["words", "code", "reference"]))
def test_no_cell_breaks_out_of_the_page(text: str, kind: str) -> None:
    content: list[Block] = [
        Heading(1, "t", "ت"),
        Prose(text, text),
        Grid((Column("a", "", kind),), ((text,),)),
    ]
    read = Reader(page(content))
    assert [tag for tag, _ in read.found].count("td") == 1
    assert {tag for tag, _ in read.found} <= {
        *(
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "header",
            "form",
            "input",
            "label",
            "nav",
            "main",
            "h1",
        ),
        *("span", "p", "div", "table", "thead", "tr", "th", "tbody", "td", "bdi", "code", "a", "em"),
    }


def test_no_table_of_the_drawing_stands_on_another() -> None:
    boxes = drawing.placed(diagram(terms()))
    assert len(boxes) == len(diagram(terms()).entities)
    for one, other in combinations(boxes, 2):
        apart = abs(one.x - other.x) >= drawing.WIDTH
        above, below = sorted((one, other), key=lambda box: box.y)
        assert apart or above.y + above.height <= below.y


def test_the_drawing_has_a_line_for_every_pair_of_tables_that_are_tied() -> None:
    whole = diagram(terms())
    assert isinstance(whole, Diagram)
    drawn = re.findall(r'class="of-(\w+) to-(\w+)"', drawing.svg(whole))
    assert sorted(drawn) == sorted({(r.of, r.to) for r in whole.references})


@pytest.mark.parametrize("name", ["codebook.md", "codebook.html"])
def test_the_committed_codebook_is_current(name: str) -> None:
    own = {name: iqsy.load(name, engine="arrow") for name in terms().tables}
    committed = (ROOT / "docs" / name).read_text("utf-8")
    assert committed == codebook.files(terms(), own)[name], "run `python3 build` and commit what it changes"
