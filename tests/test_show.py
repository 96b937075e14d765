"""The page of an event, and the words in which it calls things."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import terms
from published import SIGNING, VISIT, differing
from strategies import packages, to_arrow

from iqsy import names
from iqsy.labels import Labels, Language, number
from iqsy.show import END, ISOLATE, Part, isolated, line, page, plain, styled

LANGUAGES: tuple[Language, ...] = ("en", "ar")
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    return differing(tmp_path_factory.mktemp("show"))


@given(packages().map(to_arrow), st.sampled_from(LANGUAGES))
def test_every_event_of_every_package_has_a_page(package: dict[str, pa.Table], lang: Language) -> None:
    """With its titles, its people, every source and every claim's value, and without a control character."""
    labels = Labels(package, terms(), lang)
    for row in package["events"].to_pylist():
        text = plain(page(package, terms(), row["event_id"], lang))
        assert not CONTROLS.search(text)
        assert [words for words in told_of(row, package, labels) if words not in text] == []


def told_of(event: dict[str, Any], package: dict[str, pa.Table], labels: Labels) -> list[str]:
    """What the page of an event has to say."""

    def own(table: str) -> list[dict[str, Any]]:
        return [row for row in package[table].to_pylist() if row["event_id"] == event["event_id"]]

    addresses = dict(zip(*(package["sources"][c].to_pylist() for c in ("source_id", "url")), strict=True))
    return [
        *(event[column] for column in ("event_id", "title_en", "title_ar", "date_edtf")),
        *(labels.name("actors", row["actor_id"]) for row in own("participants")),
        *(labels.value(row["property"], row["value"]) for row in own("claims")),
        *(addresses[row["source_id"]] or "" for row in own("reports")),
    ]


def test_a_page_says_who_says_what_and_where_they_differ(tables: dict[str, pa.Table]) -> None:
    text = plain(page(tables, terms(), SIGNING))
    for wanted in (
        "Abdul Amir al-Shammari, Minister of Interior (Iraq): Host (1), Signatory (2)",
        "[1] Abdul Amir al-Shammari through Iraqi News Agency (account Ministry of Interior, Reports)",
        "[2] Unnamed official (Iraq) through Broadcaster or other medium (Syria)",
        "date: 2024-05 “في أيار”",
        "    2024-05 — Iraqi News Agency\n",
        "Settled: 2024-05-12 — Most precise.",
        "Visit to Baghdad  2024-05-visit-to-baghdad — Prepares: this event",
        "https://example.org/12052024#:~:text=signed%20a%20memorandum",
    ):
        assert wanted in text


def test_an_arabic_page_speaks_arabic(tables: dict[str, pa.Table]) -> None:
    text = plain(page(tables, terms(), SIGNING, "ar"))
    for wanted in (
        "توقيع وزيرين مذكرة في بغداد",
        "عبد الأمير الشمري، وزير الداخلية (العراق): مضيف (1)، موقّع (2)",
        "مكان الحدث: بغداد، العراق",
        "أين تختلف الروايات وكيف سُوّي الخلاف",
    ):
        assert wanted in text
    assert not {"Signing", "Host", "Reports", "Participants"} & set(re.findall(r"\w+", text))


def test_a_planned_event_has_a_page(tables: dict[str, pa.Table]) -> None:
    text = plain(page(tables, terms(), VISIT))
    assert "Visit, Core, Outcome not known" in text
    assert "Prepares: Ministers sign a memorandum in Baghdad" in text


def test_what_would_speak_to_the_terminal_is_shown_as_unreadable() -> None:
    hostile = line(Part("a\x1b]0;owned\x07b\u202ec"))
    assert plain([hostile]) == "a\ufffd]0;owned\ufffdb\ufffdc"
    assert styled(hostile, "en").plain == "a\ufffd]0;owned\ufffdb\ufffdc"


def test_a_value_leads_to_its_passage() -> None:
    (span,) = styled(line("date: ", Part("2024", url="https://example.org/#:~:text=a")), "en").spans
    assert str(span.style) == "link https://example.org/#:~:text=a"


@given(st.text("aZ é19-(:اسّ٣", min_size=1), st.sampled_from(LANGUAGES))
def test_isolates_change_nothing_but_direction(words: str, lang: Language) -> None:
    found = isolated(words, lang)
    assert found.strip(ISOLATE + END) == words
    assert found.count(ISOLATE) == found.count(END) <= 1
    if found == words:
        assert names.script(words) in ("none", {"en": "latin", "ar": "ar"}[lang])


@pytest.mark.parametrize(
    ("words", "lang", "is_bare"),
    [
        ("Baghdad", "en", True),
        ("بغداد", "en", False),
        ("2024-05-12", "en", True),
        ("بغداد", "ar", True),
        ("Baghdad", "ar", False),
        ("2024-05-12", "ar", False),
        (" (", "ar", True),
        ("مذكرة MoU", "ar", False),
    ],
)
def test_what_is_isolated(words: str, lang: Language, is_bare: bool) -> None:
    assert (isolated(words, lang) == words) is is_bare


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_numbers_read_as_ranges(low: int, high: int) -> None:
    assert number(str(low)) == number(f"{low}..{low}") == str(low)
    assert number(f"{low}..") == f"≥ {low}" and number(f"..{high}") == f"≤ {high}"
    if low != high:
        assert number(f"{low}..{high}") == f"{low}–{high}"
    assert number("..") == "?"


def test_what_has_no_words_is_called_by_its_code(tables: dict[str, pa.Table]) -> None:
    labels = Labels(tables, terms(), "en")
    assert labels.name("actors", "nobody") == "nobody"
    assert labels.code("acts", "no-act") == "no-act"
    assert labels.value("no-property", "x; y") == "x; y"
    assert labels.subject("no-property", "x") == "x"
    assert labels.party("oddity:zz") == "oddity (ZZ)"


def test_subjects_have_words(tables: dict[str, pa.Table]) -> None:
    labels = Labels(tables, terms(), "en")
    assert labels.subject("date", SIGNING) is None
    assert labels.subject("place", "crossing") == "Crossing point"
    assert labels.subject("coverage", "iq-sy-memorandum") == "Memorandum on security"
    assert labels.subject("figure", "seized/captagon-pills/pills/total_to_date") == (
        "seized, captagon pills, Pills, Total to date"
    )
    assert labels.subject("ordinal", f"syria/visit/baghdad/{SIGNING}") == (
        "Visit, Syria, Baghdad, Ministers sign a memorandum in Baghdad"
    )
    assert labels.account("rudaw~broadcaster:sy") == "Rudaw (Broadcaster or other medium (Syria))"


def test_rows_that_a_broken_package_lacks_are_called_by_their_ids(tables: dict[str, pa.Table]) -> None:
    without = {
        name: table if name not in ("actors", "publishers", "sources", "places", "reports") else table[:0]
        for name, table in tables.items()
    }
    text = plain(page(without, terms(), SIGNING))
    assert "abdul-amir-al-shammari" in text and "unknown publisher: no title seen (undated)" in text


def test_a_whole_and_its_part_name_each_other(tables: dict[str, pa.Table]) -> None:
    rows = [
        {**row, "part_of_event_id": SIGNING if row["event_id"] == VISIT else None, "extent": "series"}
        for row in tables["events"].to_pylist()
    ]
    changed = {**tables, "events": pa.Table.from_pylist(rows, schema=tables["events"].schema)}
    assert f"Parts: Visit to Baghdad  {VISIT}" in plain(page(changed, terms(), SIGNING))
    part = plain(page(changed, terms(), VISIT))
    assert f"Part of: Ministers sign a memorandum in Baghdad  {SIGNING}" in part
    assert "Visit, Core, Outcome not known, Series" in part
