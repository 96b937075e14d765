"""Passages: found in a text or said to be missing; records to fill in that are whole from the start."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import ARTICLE, terms, write

from iqsy import claims, locate, passages, records, templates
from iqsy.problems import ProblemsError
from iqsy.strict import read_yaml

TEXT = "On Sunday the ministers\n signed  a memorandum in Baghdad. Later they signed a memorandum again, on Sunday."
words = st.lists(st.sampled_from(["a", "b", "الأحد", "وقع", "c-d", "e,f"]), min_size=1, max_size=12)


@given(words)
def test_normalising_is_idempotent_and_collapses_white_space(found: list[str]) -> None:
    text = passages.normalise(" \n\t ".join(found))
    assert text == " ".join(found) == passages.normalise(text)


@given(words, st.data())
def test_a_phrase_of_a_text_is_found_where_it_stands(found: list[str], data: st.DataObject) -> None:
    text = " ".join(found)
    first = data.draw(st.integers(0, len(found) - 1))
    phrase = " ".join(found[first : data.draw(st.integers(first + 1, len(found)))])
    span = passages.find(text, phrase)
    assert span is not None
    assert text[span[0] : span[1]] == phrase
    assert text.find(phrase) == span[0]


def test_the_nth_place_and_a_passage_by_its_ends() -> None:
    text = passages.normalise(TEXT)
    assert passages.find(text, "signed a memorandum") == (24, 43)
    second = passages.find(text, "signed a memorandum", 2)
    assert second is not None
    assert second[0] > 43
    assert passages.find(text, "signed a memorandum", 3) is None
    whole = passages.find(text, "On Sunday … in Baghdad")
    assert whole is not None
    assert text[slice(*whole)].endswith("in Baghdad")
    assert passages.find(text, "in Baghdad … On Sunday") is None


@given(st.text(alphabet="ab الأحد,-&#%", min_size=1, max_size=30))
def test_a_link_holds_the_passage_and_nothing_that_ends_it(phrase: str) -> None:
    made = passages.link("https://example.org/a", phrase)
    assert made is not None
    address, _, fragment = made.partition("#:~:text=")
    assert address == "https://example.org/a"
    assert unquote(fragment) == phrase
    assert not set(fragment) & set("-&#, ")


def test_a_link_without_address_or_passage() -> None:
    assert passages.link(None, "x") is None
    assert passages.link("https://example.org", None) == "https://example.org"
    assert passages.link("https://example.org/#top", "x") == "https://example.org/#top"


def test_locating_fills_offsets_length_and_hash_and_keeps_the_rest(tmp_path: Path) -> None:
    path = write(tmp_path) / ARTICLE
    before = path.read_text("utf-8")
    text = TEXT + " " + "x" * 10
    located = locate.locate(path, text, terms())
    assert (located.found, located.problems) == (1, ())
    locate.write(path, located)
    after = path.read_text("utf-8")
    assert [
        line for line in after.split("\n") if not re.match(r"\s*(chars|sha256|length): ", line)
    ] == before.split("\n")
    node = read_yaml(path)
    normalised = passages.normalise(text)
    source = claims.source_row(node)
    assert source["text_length"] == len(normalised)
    assert source["text_sha256"] == hashlib.sha256(normalised.encode()).hexdigest()
    for claim in claims.claims_of(node):
        assert normalised[claim.passage.start : claim.passage.end] == claim.passage.locator
    assert locate.locate(path, text, terms()).record == after


@pytest.mark.parametrize(
    ("at", "nth", "said"),
    [
        ("signed a treaty", "", "is not in the text"),
        ("signed a memorandum", "\n    nth: 5", "occurs 2 times"),
    ],
)
def test_a_passage_that_is_not_there_is_a_problem_with_its_line(
    at: str, nth: str, said: str, tmp_path: Path
) -> None:
    path = write(tmp_path) / ARTICLE
    path.write_text(path.read_text("utf-8").replace("at: signed a memorandum", f"at: {at}{nth}"), "utf-8")
    (problem,) = locate.locate(path, TEXT, terms()).problems
    assert said in problem.message
    assert problem.line == 13


def test_an_article_is_named_by_file_or_id(tmp_path: Path) -> None:
    data = write(tmp_path)
    assert locate.article_file("rudaw-2024-05-12-agreement", data) == data / ARTICLE
    assert locate.article_file(str(data / ARTICLE), data) == data / ARTICLE
    for missing in ("nobody", "no/such/file"):
        with pytest.raises(ProblemsError):
            locate.article_file(missing, data)


def test_a_new_article_is_a_record_that_can_be_read(tmp_path: Path) -> None:
    data = write(tmp_path)
    path = templates.new_article(
        data,
        terms(),
        {
            "url": "https://www.example.org/a?b=1",
            "published": "2024-05-13",
            "title": "'Joint' work: what next",
            "words": "joint-work",
            "event": ["2024-05-12-ministers-sign"],
        },
        date(2026, 11, 24),
    )
    assert path.relative_to(data).as_posix() == "curated/articles/2024/rudaw-2024-05-13-joint-work.yaml"
    node = records.read(data, terms())["sources"][path.stem]
    assert records.text(node, "publisher") == "rudaw"
    assert records.text(node, "title") == "'Joint' work: what next"


def test_a_new_event_is_a_record_that_can_be_read(tmp_path: Path) -> None:
    data = write(tmp_path)
    path = templates.new_event(data, "2024-06", "ministers-meet")
    assert path.relative_to(data).as_posix() == "curated/events/2024/2024-06-ministers-meet.yaml"
    assert path.stem in records.read(data, terms())["events"]
    assert templates.new_event(data, None, "ministers-meet").parent.name == "undated"


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"publisher": "nobody", "words": "x"}, "not among the publishers"),
        ({"publisher": "rudaw", "words": "Two Words"}, "no identifier"),
        ({"publisher": "rudaw", "published": "2024-13", "words": "x"}, "13"),
        ({"publisher": "rudaw", "published": "2024-05-12", "words": "agreement"}, "there already"),
    ],
)
def test_a_record_that_cannot_be_written_is_refused(
    given_: dict[str, object], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ProblemsError) as caught:
        templates.new_article(write(tmp_path), terms(), given_, date(2026, 11, 24))
    assert said in str(caught.value)
