"""What `import iqsy` offers, on a small package and on the project's own data."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from project import ROOT, terms
from published import SIGNING, VISIT, article, publish, records_in, tables_of

import iqsy
from iqsy.resettle import resettle
from iqsy.settle import MODELS

TABLES = sorted(terms().tables)
HEAVY = {"pyarrow", "pandas", "polars", "duckdb", "pandera", "frictionless", "yaml", "rich", "typer"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("library"))


def test_import_brings_nothing_heavy() -> None:
    code = f"import sys, iqsy; print(*sorted({HEAVY} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_functions_stay_functions_whatever_module_is_imported() -> None:
    for module in pkgutil.iter_modules(iqsy.__path__):
        importlib.import_module(f"iqsy.{module.name}")
    assert all(callable(getattr(iqsy, name)) for name in iqsy.__all__)
    assert set(iqsy.__all__) <= set(dir(iqsy))


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert iqsy.__version__ == project["version"]


def test_an_unknown_attribute_is_none_of_ours() -> None:
    with pytest.raises(AttributeError, match="no attribute 'laod'"):
        iqsy.laod  # type: ignore[attr-defined]  # noqa: B018


# --- reading ---


@pytest.mark.parametrize("name", [*TABLES, "acts", "countries", "properties"])
def test_engines_give_the_same_table(source: Path, name: str) -> None:
    arrow = iqsy.load(name, engine="arrow", source=source)
    polars = iqsy.load(name, engine="polars", source=source)
    pandas = iqsy.load(name, source=source)
    assert polars.to_arrow().to_pylist() == arrow.to_pylist()
    nulls = pandas.astype(object).where(pandas.notna(), None).to_dict("records")
    plain = [{k: v.date() if isinstance(v, pd.Timestamp) else v for k, v in row.items()} for row in nulls]
    assert plain == arrow.to_pylist()


def test_pandas_columns_have_types_that_hold_nulls(source: Path) -> None:
    events, figures = iqsy.load("events", source=source), iqsy.load("figures", source=source)
    assert str(events.dtypes["date_start"]) == "datetime64[s]"
    assert str(events.dtypes["series_number"]) == "Int64"
    assert str(figures.dtypes["is_counted"]) == "boolean"
    assert list(events.columns) == list(terms().tables["events"].columns)


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        (lambda: iqsy.load("evnts"), ["'evnts'", "did you mean 'events'", "participants", "acts"]),
        (lambda: iqsy.load("acts", engine="spark"), ["engine 'spark'", "pandas, polars, arrow"]),  # type: ignore[call-overload]
        (lambda: iqsy.contract("acts"), ["there is no table 'acts'"]),
        (lambda: iqsy.settle("majorty"), ["did you mean 'majority'", "standard"]),  # type: ignore[call-overload]
        (lambda: iqsy.check(judges=["sqll"]), ["did you mean 'sql'"]),  # type: ignore[list-item]
        (lambda: iqsy.load("events", source="/nowhere"), ["/nowhere", "no such folder"]),
        (lambda: iqsy.conform(pd.DataFrame({"event_id": ["a"]}), "events"), ["lacks the column event_type"]),
    ],
)
def test_what_cannot_be_used_is_told(call: Any, wanted: list[str]) -> None:
    with pytest.raises(iqsy.ProblemsError) as caught:
        call()
    assert [words for words in wanted if words not in str(caught.value)] == []


def test_every_table_and_list_is_described() -> None:
    described = iqsy.tables()
    assert set(described) == set(terms().resources)
    assert all(described.values())


def test_connect_has_every_table_list_and_view(source: Path) -> None:
    connection = iqsy.connect(source)
    for name in (*terms().resources, *terms().views):
        connection.execute(f'SELECT count(*) FROM "{name}"').fetchall()
    assert connection.execute("SELECT count(*) FROM events").fetchall() == [(2,)]


def test_connect_reads_nothing_else(source: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    connection = iqsy.connect(source)
    for sql in (
        f"FROM '{tmp_path}/secret.csv'",
        f"COPY events TO '{tmp_path}/out.csv'",
        "SET enable_external_access = true",
    ):
        with pytest.raises(Exception, match=r"disabled|locked|does not exist"):
            connection.execute(sql)
    assert not (tmp_path / "out.csv").exists()


def test_a_package_that_is_not_whole_is_read_where_it_can_be(source: Path, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_bytes((source / "data/tables/events.csv").read_bytes())
    assert len(iqsy.load("events", source=tmp_path)) == 2
    with pytest.raises(iqsy.ProblemsError, match="table claims is missing"):
        iqsy.connect(tmp_path)


# --- the contract ---


def test_the_contract_validates_what_was_loaded(source: Path) -> None:
    events = iqsy.load("events", source=source)
    again = iqsy.contract("events").validate(events)
    pd.testing.assert_frame_equal(again, events)
    assert iqsy.contract("events").schema.validate(events) is not None
    assert "event_id" in repr(iqsy.contract("events"))
    assert iqsy.contract() is iqsy.contract()


def test_a_frame_that_breaks_a_constraint_is_refused(source: Path) -> None:
    events = iqsy.load("events", source=source)
    events.loc[0, "status"] = "ocurred"
    with pytest.raises(iqsy.ProblemsError, match="ocurred"):
        iqsy.contract("events").validate(events)


@pytest.mark.parametrize("name", ["events", "figures", "claims"])
def test_a_guessed_frame_conforms(source: Path, name: str) -> None:
    guessed = pd.read_csv(source / f"data/tables/{name}.csv")
    loaded = iqsy.load(name, source=source)
    pd.testing.assert_frame_equal(iqsy.conform(guessed, name), loaded)
    pd.testing.assert_frame_equal(iqsy.contract(name).conform(guessed), loaded)


def test_check_finds_nothing_then_what_was_broken(source: Path, tmp_path: Path) -> None:
    assert iqsy.check(source, judges=["sql"]) == []
    tables = tmp_path / "data/tables"
    tables.mkdir(parents=True)
    for csv in source.glob("data/tables/*.csv"):
        text = csv.read_text("utf-8")
        broken = text.replace("outcome_unknown", "unknown_outcome") if csv.stem == "events" else text
        (tables / csv.name).write_text(broken, encoding="utf-8")
    found = iqsy.check(tmp_path)
    assert [(p.code, p.table, p.column) for p in found] == [("foreign-key", "events", "status")]


def test_a_contract_of_ones_own_is_used(source: Path, tmp_path: Path) -> None:
    with pytest.raises(iqsy.ProblemsError, match="a contract has its tables there"):
        iqsy.check(source, schema=tmp_path)


# --- evidence ---


def test_evidence_is_that_of_one_event(source: Path) -> None:
    found = iqsy.evidence(SIGNING, source=source)
    claims = iqsy.load("claims", source=source)
    assert len(found) == (claims["event_id"] == SIGNING).sum()
    assert set(found["event_id"]) == {SIGNING}
    quoted = found[found["voice"] == "abdul-amir-al-shammari@ina"].iloc[0]
    assert quoted["account_id"] == "iq-ministry-of-interior"
    assert quoted["publisher_name"] == "Rudaw"
    assert quoted["link"] == "https://example.org/12052024#:~:text=signed%20a%20memorandum"


@pytest.mark.parametrize("words", ["visit baghdad", "زياره", "Baghdad VISIT", "2024 05 visit to"])
def test_an_event_is_found_by_words_that_it_alone_has(source: Path, words: str) -> None:
    assert set(iqsy.evidence(words, source=source, engine="arrow")["event_id"].to_pylist()) == {VISIT}


@pytest.mark.parametrize(
    ("given_words", "wanted"),
    [
        ("2024-05-12-ministers-sing", [SIGNING]),
        ("minsters memorandom", [SIGNING, "Ministers sign a memorandum in Baghdad"]),
        ("baghdad", ["2 events have the words", SIGNING, VISIT]),
        ("zzz", ["words of a title in English or Arabic"]),
        ("", ["give an id"]),
    ],
)
def test_an_event_that_is_not_found_is_suggested(source: Path, given_words: str, wanted: list[str]) -> None:
    with pytest.raises(iqsy.ProblemsError) as caught:
        iqsy.evidence(given_words, source=source)
    assert [words for words in wanted if words not in str(caught.value)] == []


# --- settling by another model ---


def test_models_settle_what_they_say(source: Path) -> None:
    """Two accounts differ on a date, one stating a day of the other's month, and on a number; both report it on that day."""

    def settled(model: Any) -> tuple[str, float]:
        events = iqsy.settle(model, source=source)
        figures = iqsy.settle(model, "figures", source=source)
        (date,) = events[events["event_id"] == SIGNING]["date_edtf"]
        (value,) = figures[figures["event_id"] == SIGNING]["value_number"]
        return date, value

    assert settled("standard") == ("2024-05-12", 5.0)
    assert settled("informative") == ("2024-05-12", 5.0)
    assert settled("conservative")[0] == "[2024-05-01..2024-05-12]"


def test_what_is_not_valid_is_not_settled(source: Path, tmp_path: Path) -> None:
    for path in source.glob("data/tables/*.csv"):
        lines = path.read_text("utf-8").splitlines(keepends=True)
        (tmp_path / path.name).write_text("".join(lines[:1] if path.stem == "reports" else lines), "utf-8")
    with pytest.raises(iqsy.ProblemsError, match="reports"):
        iqsy.settle("majority", source=tmp_path)


def test_connect_can_settle_by_a_model(source: Path) -> None:
    sql = f"SELECT date_edtf FROM events JOIN contacts USING (date_edtf) WHERE event_id = '{SIGNING}'"
    assert iqsy.connect(source, model="conservative").execute(sql).fetchall() == [
        ("[2024-05-01..2024-05-12]",)
    ]


DATES = st.sampled_from(
    ["2024-05-12", "2024-05-13", "2024-05", "2024", "2024-05-12/2024-05-14", "[..2024-06]"]
)
NUMBERS = st.sampled_from([{"value": "5"}, {"value": "6"}, {"low": "3", "high": "7"}, {"raw": "several"}])
ROLES = st.sampled_from(["host", "participant"])
SPOKEN = st.fixed_dictionaries(
    {},
    optional={
        "acts": st.sampled_from([["talks"], ["visit"], ["signing", "talks"]]),
        "date": DATES,
        "status": st.sampled_from(["occurred", "postponed", "cancelled"]),
        "places": st.sampled_from([["baghdad"], ["iraq"]]),
        "topics": st.fixed_dictionaries(
            {
                "codes": st.sampled_from([["border-control"], ["border-control", "counter-narcotics"]]),
                "complete": st.sampled_from(["true", "false"]),
            }
        ),
        "participants": st.tuples(
            ROLES.map(lambda role: {"actor": "abdul-amir-al-shammari", "role": role}),
            ROLES.map(lambda role: {"actor": "iq-ministry-of-interior", "role": role}),
        ).map(list),
        "figures": NUMBERS.map(lambda number: [{"measure": "areas", **number}]),
        "ordinals": st.just([{"of": "syria", "act": "visit", "value": "2"}]),
    },
)
VOICES = st.sampled_from(
    [
        {"by": "abdul-amir-al-shammari", "via": "ina"},
        {"by": {"type": "unnamed_official", "country": "SY"}},
        {"by": {"type": "document"}},
        {"by": "rudaw"},
    ]
)


def entry(event: str) -> st.SearchStrategy[dict[str, Any]]:
    quote = st.builds(lambda voice, said: {**voice, **said}, VOICES, SPOKEN)
    return st.builds(
        lambda said, stance, quotes: {"event": event, "stance": stance, **said, "quotes": quotes},
        SPOKEN,
        st.sampled_from(["reports", "reports", "previews", "confirms", "denies"]),
        st.lists(quote, max_size=2),
    )


ARTICLES = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(entry(SIGNING)), st.tuples(entry(VISIT)), st.tuples(entry(SIGNING), entry(VISIT))
        ),
        st.fixed_dictionaries(
            {
                "publisher": st.sampled_from(["rudaw", "ina"]),
                "genre": st.sampled_from(["news_report", "official_document"]),
                "published": st.sampled_from(["2024-05-10", "2024-05-14"]),
                "text": st.sampled_from([{"seen": "whole"}, {"seen": "beginning"}]),
            },
            optional={"origin": st.just({"publisher": "ina", "basis": "stated"})},
        ),
    ),
    min_size=1,
    max_size=3,
)
SECOND_EVENT = st.fixed_dictionaries(
    {},
    optional={
        "extent": st.sampled_from(["single", "standing"]),
        "part_of": st.just(SIGNING),
        "series": st.sampled_from([{"id": "visits"}, {"id": "visits", "number": "2"}]),
        "settle": st.just([{"property": "date", "value": "2024-05-12", "reason": "the ministry's own page"}]),
    },
)


@given(ARTICLES, SECOND_EVENT)
def test_published_tables_settle_as_records_do(articles: list[Any], event: dict[str, Any]) -> None:
    """By every model, from the tables of the standard one alone."""
    always = {"event": VISIT, "acts": ["visit"], "date": "2024-05"}
    written = [article(f"ina-2024-{n}", says, **about) for n, (says, about) in enumerate(articles)]
    with TemporaryDirectory() as folder:
        data = records_in(Path(folder), [article("ina-2024-always", [always]), *written], **event)
        published = tables_of(data)
        for model in MODELS:
            assert different(resettle(published, terms(), model), tables_of(data, model)) == []


def different(some: dict[str, pa.Table], others: dict[str, pa.Table]) -> list[str]:
    """Rows that only one of two sets of tables has."""
    found = []
    for name in sorted(some.keys() | others.keys()):
        if some[name].equals(others[name]):
            continue
        rows, other_rows = some[name].to_pylist(), others[name].to_pylist()
        found += [f"{name} + {row}" for row in rows if row not in other_rows]
        found += [f"{name} - {row}" for row in other_rows if row not in rows] or [name]
    return found


def test_the_own_tables_settle_to_themselves() -> None:
    own = {name: iqsy.load(name, engine="arrow") for name in TABLES}
    assert different(resettle(own, terms(), "standard"), own) == []


def test_the_own_data_are_there() -> None:
    events, claims = iqsy.load("events"), iqsy.load("claims", engine="arrow")
    signed = events.set_index("event_id").loc["2024-05-12-interior-ministers-mou"]
    assert signed["event_type"] == "signing"
    assert set(claims["event_id"].to_pylist()) <= set(events["event_id"])
