"""From records to tables: known values of a small project, and what must not matter."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from project import ARTICLE, EVENT, FILES, PERSON, terms, write

from iqsy import derive, frames, records
from iqsy.check import check
from iqsy.claims import Row
from iqsy.problems import ProblemsError

SIGNING = "2024-05-12-ministers-sign"
COPY = "curated/articles/2024/ina-2024-05-12-agreement.yaml"


def tables(data: Path, model: str = "standard") -> dict[str, list[Row]]:
    """All tables of a data folder, rows in a fixed order."""
    found = derive.derive(records.read(data, terms()), terms(), model).tables
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def change(data: Path, name: str, old: str, new: str) -> None:
    path = data / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def one(rows: list[Row], **wanted: object) -> Row:
    """The one row with these values."""
    (row,) = [r for r in rows if all(r[k] == v for k, v in wanted.items())]
    return row


def test_known_values(tmp_path: Path) -> None:
    found = tables(write(tmp_path))
    event = one(found["events"])
    assert (event["event_type"], event["status"], event["date_edtf"]) == ("signing", "occurred", "2024-05-12")
    assert (event["n_articles"], event["n_outlets"], event["n_accounts"]) == (1, 1, 2)
    host = one(found["participants"], role="host")
    assert (host["office_id"], host["presence"], host["side"]) == (
        "iq-minister-of-interior",
        "in_person",
        "iq",
    )
    assert host["tenure_id"] == "abdul-amir-al-shammari--iq-minister-of-interior--1"
    assert one(found["participants"], role="party")["presence"] == "represented"
    areas = one(found["figures"])
    assert (areas["value_number"], areas["is_counted"], areas["n_accounts"]) == (5.0, True, 1)
    quoted = one(found["claims"], property="figure")
    assert (quoted["voice"], quoted["account_id"]) == (
        "abdul-amir-al-shammari@ina",
        "iq-ministry-of-interior",
    )
    assert one(found["events_flat"])["people_ar"] == "عبد الأمير الشمري (وزير الداخلية)"
    assert one(found["instrument_topics"], topic_id="border-control")["n_accounts"] == 1


def test_the_order_of_files_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = write(tmp_path)
    expected = tables(data)

    def shuffled(self: Path, pattern: str) -> list[Path]:
        found = list(original(self, pattern))
        random.Random(7).shuffle(found)
        return found

    original = Path.rglob
    monkeypatch.setattr(Path, "rglob", shuffled)
    monkeypatch.setattr("builtins.sorted", lambda items, **by: _as_given(items, by))
    assert tables(data) == expected


def _as_given(items: object, by: dict[str, object], order: object = sorted) -> list[object]:
    """`sorted`, but for files, which keep the order in which the folder gave them."""
    given = list(items)  # type: ignore[call-overload]
    return given if given and isinstance(given[0], Path) else order(given, **by)  # type: ignore[operator, no-any-return]


def test_an_unrelated_event_changes_only_its_own_rows(tmp_path: Path) -> None:
    data = write(tmp_path)
    before = tables(data)
    other_event = FILES[EVENT].replace(SIGNING, "2024-06-01-visit")
    other_article = (
        FILES[ARTICLE]
        .replace("rudaw-2024-05-12-agreement", "ina-2024-06-01-visit")
        .replace("publisher: rudaw", "publisher: ina")
        .replace(SIGNING, "2024-06-01-visit")
        .replace("2024-05-12", "2024-06-01")
        .replace("on Sunday", "on Saturday")
    )
    head, _, _ = other_article.partition("    quotes:")
    (data / "curated/events/2024/2024-06-01-visit.yaml").write_text(other_event, "utf-8")
    (data / "curated/articles/2024/ina-2024-06-01-visit.yaml").write_text(head, "utf-8")
    after = tables(data)
    for name, rows in before.items():
        kept = [r for r in after[name] if "2024-06-01" not in repr(r)]
        assert kept == rows, name


def test_a_copy_is_no_second_account(tmp_path: Path) -> None:
    data = write(tmp_path)
    before = one(tables(data)["events"])
    copy = (
        FILES[ARTICLE]
        .replace("id: rudaw-2024-05-12-agreement", "id: ina-2024-05-12-agreement")
        .replace("publisher: rudaw", "publisher: ina")
        .replace("genre: news_report", "genre: republication\norigin:\n  publisher: rudaw\n  basis: stated")
    )
    (data / COPY).write_text(copy, "utf-8")
    after = one(tables(data)["events"])
    assert (after["n_articles"], after["n_outlets"]) == (2, 2)
    assert after["n_accounts"] == before["n_accounts"]


def test_an_account_that_only_denies_makes_the_event_disputed(tmp_path: Path) -> None:
    data = write(tmp_path)
    (data / COPY).write_text(
        FILES[ARTICLE]
        .replace("id: rudaw-2024-05-12-agreement", "id: ina-2024-05-12-agreement")
        .replace("publisher: rudaw", "publisher: ina")
        .replace("    acts: [signing]", "    stance: denies\n    acts: [signing]"),
        "utf-8",
    )
    found = tables(data)
    assert one(found["events"])["status"] == "disputed"
    assert one(found["settlements"], property="status")["difference"] == "denial"
    arrow = {name: frames.to_arrow(terms().tables[name], rows) for name, rows in found.items()}
    assert check(arrow, terms(), ["sql", "pandera"]) == []


@pytest.mark.parametrize(("stated", "role"), [("        role: party\n", "party"), ("", "participant")])
def test_an_item_without_a_role_makes_a_participant_unless_the_entry_states_one(
    stated: str, role: str, tmp_path: Path
) -> None:
    data = write(tmp_path)
    change(data, ARTICLE, "        role: party\n", stated)
    again = "        via: ina\n        participants:\n          - actor: syria\n"
    change(data, ARTICLE, "        via: ina\n", again)
    assert one(tables(data)["participants"], actor_id="syria")["role"] == role


def test_a_body_is_folded_into_its_office_holder(tmp_path: Path) -> None:
    data = write(tmp_path)
    change(
        data,
        ARTICLE,
        "      - actor: syria\n",
        "      - actor: iq-ministry-of-interior\n        role: signatory\n      - actor: syria\n",
    )
    found = [r["actor_id"] for r in tables(data)["participants"] if r["role"] == "signatory"]
    assert found == ["abdul-amir-al-shammari"]


def test_an_office_without_tenure_is_attested(tmp_path: Path) -> None:
    data = write(tmp_path)
    head, _, _ = FILES[PERSON].partition("tenures:")
    (data / PERSON).write_text(head, "utf-8")
    found = tables(data)
    tenure = one(found["tenures"])
    assert (tenure["tenure_basis"], tenure["start_edtf"], tenure["end_edtf"]) == (
        "attested",
        "[..2024-05-12]",
        "[2024-05-12..]",
    )
    assert tenure["source_id"] == "rudaw-2024-05-12-agreement"
    assert one(found["participants"], role="host")["tenure_id"] == tenure["tenure_id"]


def test_a_planned_event_whose_day_has_passed_has_an_unknown_outcome(tmp_path: Path) -> None:
    data = write(tmp_path)
    change(data, ARTICLE, "    at: signed a memorandum\n", "    stance: previews\n")
    event = one(tables(data)["events"])
    assert event["status"] == "outcome_unknown"
    figure = one(tables(data)["figures"])
    assert (figure["value_number"], figure["value_planned"], figure["is_counted"]) == (None, 5.0, False)


def test_an_event_without_a_dated_claim_is_dated_by_its_first_report(tmp_path: Path) -> None:
    data = write(tmp_path)
    change(
        data,
        ARTICLE,
        "    date:\n      value: 2024-05-12\n      raw: on Sunday\n      basis: weekday_only\n",
        "",
    )
    event = one(tables(data)["events"])
    assert (event["date_edtf"], event["date_precision"]) == ("[..2024-05-12]", "unknown")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (ARTICLE, "        as: Abdul Amir al-Shammari\n", "", "no article prints 'Abdul Amir al-Shammari'"),
        (ARTICLE, "    acts: [signing]\n", "", "no article states an act"),
        (
            EVENT,
            "inclusion: core\n",
            "inclusion: core\nsettle:\n  - property: status\n    subject: x\n    value: occurred\n    reason: r\n",
            "a decision needs claims",
        ),
    ],
)
def test_what_shows_only_when_all_is_together_is_told_at_its_record(
    name: str, old: str, new: str, said: str, tmp_path: Path
) -> None:
    data = write(tmp_path)
    change(data, name, old, new)
    with pytest.raises(ProblemsError) as caught:
        tables(data)
    assert said in str(caught.value)
    assert all(p.file and p.line for p in caught.value.problems)


def test_events_without_any_article_are_told_as_such(tmp_path: Path) -> None:
    data = write(tmp_path)
    (data / ARTICLE).unlink()
    actor = data / PERSON
    text = actor.read_text("utf-8")
    actor.write_text(text[: text.index("tenures:")], "utf-8")
    with pytest.raises(ProblemsError, match="no article states an act of this event"):
        tables(data)


def test_a_curators_decision_stands_with_its_reason(tmp_path: Path) -> None:
    data = write(tmp_path)
    decision = f"settle:\n  - property: date\n    subject: {SIGNING}\n    value: 2024-05-13\n    reason: The treaty says so.\n"
    (data / EVENT).write_text(FILES[EVENT] + decision, "utf-8")
    settled = one(tables(data)["settlements"], property="date")
    assert (settled["value"], settled["settled_by"], settled["reason"]) == (
        "2024-05-13",
        "curator",
        "The treaty says so.",
    )
