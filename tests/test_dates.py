"""The profile of EDTF, held against a plain model of it: a date as a Python set of days."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from edtf import parse_edtf
from hypothesis import given
from hypothesis import strategies as st

from iqsy.dates import DateError, before, contains, hull, one_of, overlaps, parse, shared, weekday_misfit

# --- the model: every form of the profile, made together with what it means ---


@dataclass(frozen=True)
class Made:
    """A date's text, with the bounds of its alternatives and the month (and day) of its yearless ones."""

    text: str
    bounds: tuple[tuple[date | None, date | None], ...] = ()
    yearless: tuple[tuple[int, int | None], ...] = ()

    @property
    def start(self) -> date | None:
        known = [start for start, _ in self.bounds if start]
        return min(known) if len(known) == len(self.bounds) and not self.yearless else None

    @property
    def end(self) -> date | None:
        known = [end for _, end in self.bounds if end]
        return max(known) if len(known) == len(self.bounds) and not self.yearless else None

    def days(self) -> set[int]:
        """The ordinals of its possible days, where every known bound lies well inside the years looked at."""
        first, last = date(2012, 1, 1), date(2036, 12, 31)
        spans = [range((a or first).toordinal(), (b or last).toordinal() + 1) for a, b in self.bounds]
        recurring = {
            n
            for n in (range(first.toordinal(), last.toordinal() + 1) if self.yearless else ())
            for day in [date.fromordinal(n)]
            if (day.month, day.day) in self.yearless or (day.month, None) in self.yearless
        }
        return recurring.union(*spans)


def month_of(day: date) -> tuple[date, date]:
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


def possible(day: date, precision: str, approximate: bool) -> tuple[date, date]:
    """The days meant by naming `day` to the given precision, within the years of the profile."""
    one = timedelta(days=1)
    if precision == "day":
        first, last = (day - 3 * one, day + 3 * one) if approximate else (day, day)
    elif precision == "month":
        first, last = month_of(day)
        if approximate:
            first, last = month_of(first - one)[0], month_of(last + one)[1]
    else:
        first, last = date(day.year - approximate, 1, 1), date(day.year + approximate, 12, 31)
    return max(first, date(1900, 1, 1)), min(last, date(2100, 12, 31))


ANY_DAY = st.dates(date(1900, 1, 1), date(2100, 12, 31))
# Few enough days that dates drawn from them often touch, with a leap day and the turn of a year among them.
NEAR_DAY = st.dates(date(2023, 12, 25), date(2024, 3, 5))
LENGTH = {"day": 10, "month": 7, "year": 4}


@st.composite
def points(draw: st.DrawFn, day: date, qualifiers: str = "~?%") -> Made:
    precision = draw(st.sampled_from(sorted(LENGTH)))
    qualifier = draw(st.sampled_from(["", *qualifiers]))
    text = day.isoformat()[: LENGTH[precision]] + qualifier
    return Made(text, (possible(day, precision, qualifier in ("~", "%")),))


@st.composite
def ranges(draw: st.DrawFn, days: st.SearchStrategy[date], joint: str, qualifiers: str = "~?%") -> Made:
    first, last = sorted(draw(st.lists(days, min_size=2, max_size=2, unique=True)))
    a, b = draw(points(first, qualifiers)), draw(points(last, qualifiers))
    return Made(a.text + joint + b.text, ((a.bounds[0][0], b.bounds[0][1]),))


@st.composite
def open_intervals(draw: st.DrawFn, days: st.SearchStrategy[date]) -> Made:
    point = draw(days.flatmap(points))
    ((start, end),) = point.bounds
    forms = [(f"{point.text}/..", (start, None)), (f"../{point.text}", (None, end)), ("../..", (None, None))]
    text, bounds = draw(st.sampled_from(forms))
    return Made(text, (bounds,))


@st.composite
def yearless(draw: st.DrawFn, days: st.SearchStrategy[date]) -> Made:
    day = draw(days)
    if draw(st.booleans()):
        return Made(f"XXXX-{day:%m}", (), ((day.month, None),))
    return Made(f"XXXX-{day:%m-%d}", (), ((day.month, day.day),))


@st.composite
def sets(draw: st.DrawFn, days: st.SearchStrategy[date]) -> Made:
    member = days.flatmap(points) | ranges(days, "..") | yearless(days)
    members = draw(st.lists(member, min_size=2, max_size=4, unique_by=lambda made: made.text))
    if draw(st.booleans()):
        first = draw(days.flatmap(points))
        members = [Made(f"..{first.text}", ((None, first.bounds[0][1]),)), *members]
    if draw(st.booleans()):
        last = draw(days.flatmap(points))
        members = [*members, Made(f"{last.text}..", ((last.bounds[0][0], None),))]
    return Made(
        f"[{','.join(made.text for made in members)}]",
        tuple(bound for made in members for bound in made.bounds),
        tuple(recurring for made in members for recurring in made.yearless),
    )


def in_brackets(made: Made) -> Made:
    return Made(f"[{made.text}]", made.bounds)


def made_dates(days: st.SearchStrategy[date]) -> st.SearchStrategy[Made]:
    return st.one_of(
        days.flatmap(points),
        ranges(days, "/"),
        ranges(days, "..").map(in_brackets),
        open_intervals(days),
        yearless(days),
        sets(days),
    )


ANY = made_dates(ANY_DAY)
NEAR = made_dates(NEAR_DAY)
SOME = st.lists(NEAR, min_size=1, max_size=4)


# --- parsing ---


@given(ANY)
def test_text_and_bounds_survive_parsing(made: Made) -> None:
    parsed = parse(made.text)
    assert str(parsed) == made.text
    assert (parsed.start, parsed.end) == (made.start, made.end)
    assert parsed.is_duration == ("/" in made.text)


@given(ANY)
def test_bounds_are_in_order_and_precision_agrees_with_them(made: Made) -> None:
    parsed = parse(made.text)
    if parsed.start and parsed.end:
        assert parsed.start <= parsed.end
        assert (parsed.precision == "day") == (parsed.start == parsed.end)
        assert (parsed.precision == "duration") == parsed.is_duration
    else:
        assert parsed.precision == "unknown"


@given(
    st.one_of(
        ANY_DAY.flatmap(lambda day: points(day, "?")),
        ranges(ANY_DAY, "/", ""),
        st.lists(ANY_DAY, min_size=2, max_size=3, unique=True).map(
            lambda days: Made(f"[{','.join(map(str, days))}]", tuple((day, day) for day in days))
        ),
    )
)
def test_python_edtf_agrees(made: Made) -> None:
    """Left out, because it differs: `~` (widens a day by a year), open ends (infinite floats), masked years
    (0 and 9999) and, in sets, ranges between unlike precisions (not in its grammar).
    """
    parsed, oracle = parse(made.text), parse_edtf(made.text)
    assert parsed.start == date(*oracle.lower_strict()[:3])
    assert parsed.end == date(*oracle.upper_strict()[:3])


@pytest.mark.parametrize(
    ("text", "start", "end", "precision"),
    [
        ("2024-02-29", "2024-02-29", "2024-02-29", "day"),
        ("2000-02-29?", "2000-02-29", "2000-02-29", "day"),
        ("2023-02", "2023-02-01", "2023-02-28", "month"),
        ("2024-05", "2024-05-01", "2024-05-31", "month"),
        ("2024", "2024-01-01", "2024-12-31", "year"),
        ("2024-05-12~", "2024-05-09", "2024-05-15", "week"),
        ("2024-03-01%", "2024-02-27", "2024-03-04", "week"),
        ("2024-01~", "2023-12-01", "2024-02-29", "year"),
        ("2024-12~", "2024-11-01", "2025-01-31", "year"),
        ("2024~", "2023-01-01", "2025-12-31", "longer"),
        ("1900-01-02~", "1900-01-01", "1900-01-05", "days"),
        ("2100~", "2099-01-01", "2100-12-31", "longer"),
        ("[2024-05-12,2024-05-13]", "2024-05-12", "2024-05-13", "days"),
        ("[2024-05-12..2024-05-17]", "2024-05-12", "2024-05-17", "days"),
        ("[2024-05-12..2024-05-18]", "2024-05-12", "2024-05-18", "week"),
        ("[2024-05-12..2024-05-19]", "2024-05-12", "2024-05-19", "month"),
        ("[2024-05-01..2024-06-01]", "2024-05-01", "2024-06-01", "year"),
        ("[2024-01-01..2025-01-01]", "2024-01-01", "2025-01-01", "longer"),
        ("[2024-05-14,2023]", "2023-01-01", "2024-05-14", "longer"),
        ("2024-05-12/2024-05-14", "2024-05-12", "2024-05-14", "duration"),
        ("2024-05/2024-05", "2024-05-01", "2024-05-31", "duration"),
        ("2024-05-12/2024-05", "2024-05-12", "2024-05-31", "duration"),
        ("2024-05/..", "2024-05-01", None, "unknown"),
        ("../2024", None, "2024-12-31", "unknown"),
        ("[..2024-05-12]", None, "2024-05-12", "unknown"),
        ("[2024-05-12..]", "2024-05-12", None, "unknown"),
        ("XXXX-04-25", None, None, "unknown"),
        ("XXXX-02-29", None, None, "unknown"),
        ("XXXX-04", None, None, "unknown"),
    ],
)
def test_known_dates(text: str, start: str | None, end: str | None, precision: str) -> None:
    parsed = parse(text)
    assert [str(bound) if bound else None for bound in (parsed.start, parsed.end)] == [start, end]
    assert parsed.precision == precision


# --- errors ---


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("", "leave it out"),
        (" ", "leave it out"),
        ("2024-13", "write 01 to 12"),
        ("2024-00", "write 01 to 12"),
        ("2024-13-05", "if 13 is the day, write 2024-05-13"),
        ("XXXX-25-04", "if 25 is the day, write XXXX-04-25"),
        ("2024-02-30", "run from 01 to 29; write 2024-02 "),
        ("2023-02-29", "run from 01 to 28; write 2023-02 "),
        ("XXXX-02-30", "run from 01 to 29; write XXXX-02 "),
        ("2024-05-00", "run from 01 to 31; write 2024-05 "),
        ("1445-11-04", "looks like a Hijri year; give the Gregorian date"),
        ("٢٠٢٤-٠٥-١٢", "the digits are not ASCII; write 2024-05-12"),
        ("١٤٤٥-١١-٠٤", "looks like a Hijri year; give the Gregorian date"),
        ("2101", "from 1900 to 2100"),
        ("05/13/2024", "write 2024-05-13"),
        ("31/02/2024", "run from 01 to 29; write 2024-02 "),
        ("5/2024", "write 2024-05"),
        ("2024/5", "write 2024-05"),
        ("2024-5-1/2024-5-3", "write 2024-05-01/2024-05-03"),
        ("2024-05-14/2024-05-12", "write 2024-05-12/2024-05-14"),
        ("[2024-05-14..2024-05-12]", "write 2024-05-12..2024-05-14"),
        ("2024-05-12/2024-05-12", "write 2024-05-12"),
        ("[2024-05-12,2024-05-12]", "write each once"),
        ("[2024-05-12]", "write 2024-05-12"),
        ("{2024-05-12,2024-05-13}", "write [2024-05-12,2024-05-13]"),
        ("2024-05-12..2024-05-14", "write [2024-05-12..2024-05-14]"),
        ("..2024-05-12", "write [..2024-05-12]"),
        ("2024-05-12/", "write 2024-05-12/.."),
        ("/2024-05-12", "write ../2024-05-12"),
        ("~2024-05", "write 2024-05~"),
        ("2024؟", "write 2024?"),
        ("2024-XX-XX", "write 2024"),
        ("2024-05-XX", "write 2024-05"),
        ("xxxx-04-25", "write XXXX-04-25"),
        ("--04-25", "write XXXX-04-25"),
        ("2024–05–12", "write 2024-05-12"),
        ("2024-05-12\n", "write 2024-05-12"),
        ("[2024-05-12, 2024-05-13]", "write [2024-05-12,2024-05-13]"),
        ("2024-05-12T10:30:00+03:00", "write 2024-05-12"),
        ("2024-05-12 10:30", "write 2024-05-12"),
        ("2024-05-1X", "write a day 2024-05-12, a month 2024-05"),
        ("[2024-05..,2024-04]", "write a day 2024-05-12, a month 2024-05"),
        ("unknown", "write a day 2024-05-12, a month 2024-05"),
        ("..", "write a day 2024-05-12, a month 2024-05"),
    ],
)
def test_each_error_names_the_remedy(text: str, remedy: str) -> None:
    with pytest.raises(DateError) as caught:
        parse(text)
    assert remedy in f"{caught.value} "


ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
MIS_SPELLINGS: list[Callable[[date], str]] = [
    lambda day: str(day).translate(ARABIC_INDIC),
    lambda day: str(day).translate(PERSIAN),
    lambda day: f" {day}",
    lambda day: f"{day:%d/%m/%Y}",
    lambda day: f"{day.day}.{day.month}.{day.year}",
    lambda day: f"{day.day}/{day.month}/{day.year}".translate(ARABIC_INDIC),
    lambda day: f"{day:%Y/%m/%d}",
    lambda day: f"{day:%Y%m%d}",
    lambda day: f"{day}T00:00",
]


@given(ANY_DAY, st.sampled_from(MIS_SPELLINGS))
def test_a_misspelt_day_is_answered_with_the_day(day: date, misspell: Callable[[date], str]) -> None:
    with pytest.raises(DateError, match=rf"write {day}$"):
        parse(misspell(day))


@given(NEAR.map(lambda made: made.text), st.data())
def test_whatever_is_not_a_date_is_a_date_error(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    junk = data.draw(st.text("0123456789-/[].,~?%X{} ٣T", max_size=3))
    try:
        parsed = parse(text[:at] + junk + text[at + 1 :])
    except DateError as error:
        assert re.search("write|give the Gregorian date|years run from|leave it out", str(error))
    else:
        assert parse(parsed.text) == parsed


# --- containment and overlap ---


@given(NEAR, NEAR)
def test_contains_and_overlaps_are_those_of_the_sets_of_days(a: Made, b: Made) -> None:
    assert contains(a.text, b.text) == (b.days() <= a.days())
    assert overlaps(a.text, b.text) == bool(a.days() & b.days())


@given(ANY, ANY)
def test_containment_is_reflexive_and_antisymmetric_on_bounds(a: Made, b: Made) -> None:
    assert contains(a.text, a.text)
    assert overlaps(a.text, a.text)
    if contains(a.text, b.text) and contains(b.text, a.text):
        assert (a.start, a.end) == (b.start, b.end)


@given(ANY_DAY.flatmap(lambda day: points(day, "?")))
def test_a_point_and_its_bounds_contain_each_other(point: Made) -> None:
    if point.start != point.end:
        interval = f"{point.start}/{point.end}"
        assert contains(interval, point.text) and contains(point.text, interval)


@given(ANY, ANY, ANY)
def test_containment_is_transitive_along_growing_sets(a: Made, b: Made, c: Made) -> None:
    two = one_of([a.text, b.text])
    three = one_of([two, c.text])
    assert contains(two, a.text) and contains(three, two) and contains(three, a.text)


@pytest.mark.parametrize(
    ("outer", "inner", "holds"),
    [
        ("2024-05", "2024-05-12", True),
        ("2024-05-12/2024-05-14", "2024-05-13", True),
        ("[2024-05-12,2024-05-14]", "2024-05-13", False),
        ("[2024-05-12,2024-05-13,2024-05-14]", "2024-05-12/2024-05-14", True),
        ("2024-05-12", "2024-05", False),
        ("2024-05-12~", "2024-05-15", True),
        ("2024-05-12?", "2024-05-12", True),
        ("XXXX-07-22", "2024-07-22", True),
        ("XXXX-07", "2024-07-22", True),
        ("XXXX-07", "XXXX-07-22", True),
        ("XXXX-07-22", "XXXX-07", False),
        ("XXXX-07-22", "2024-07-23", False),
        ("1900/..", "XXXX-07-22", False),
        ("1900/..", "XXXX-02-29", False),
        ("../2100", "XXXX-07-22", False),
        ("../2100", "XXXX-02-29", False),
        ("../..", "XXXX-07-22", True),
        ("2024-05/..", "2100-12-31", True),
        ("2024-05/2100", "2024-05/..", False),
        ("[..2024-05-12]", "../2024", False),
        ("[..2024-05-12]", "../2023", True),
    ],
)
def test_known_containments(outer: str, inner: str, holds: bool) -> None:
    assert contains(outer, inner) is holds


# --- hull, candidates, before ---


def widest(candidates: list[Made]) -> tuple[date | None, date | None]:
    starts = [made.start for made in candidates]
    ends = [made.end for made in candidates]
    return (
        None if None in starts else min(start for start in starts if start),
        None if None in ends else max(end for end in ends if end),
    )


@given(SOME, st.data())
def test_hull_spans_all_in_any_order(candidates: list[Made], data: st.DataObject) -> None:
    texts = [made.text for made in candidates]
    spanning = hull(texts)
    assert (parse(spanning).start, parse(spanning).end) == widest(candidates)
    assert all(contains(spanning, text) for text in texts)
    assert hull([*data.draw(st.permutations(texts)), texts[0]]) == spanning
    assert hull([spanning, *texts]) == spanning


@given(SOME, NEAR_DAY, st.data())
def test_one_of_is_the_union_in_any_order(candidates: list[Made], day: date, data: st.DataObject) -> None:
    texts = [made.text for made in candidates]
    chosen = one_of(texts)
    assert (parse(chosen).start, parse(chosen).end) == widest(candidates)
    assert all(contains(chosen, text) for text in texts)
    assert contains(chosen, str(day)) == any(day.toordinal() in made.days() for made in candidates)
    assert one_of([*data.draw(st.permutations(texts)), texts[0]]) == chosen
    assert one_of([chosen, *texts]) == chosen


@given(SOME, NEAR_DAY, st.data())
def test_shared_are_the_days_of_all_in_any_order(
    candidates: list[Made], day: date, data: st.DataObject
) -> None:
    texts = [made.text for made in candidates]
    common = shared(texts)
    assert shared([*data.draw(st.permutations(texts)), texts[0]]) == common
    allowed = all(day.toordinal() in made.days() for made in candidates)
    lasting = [text for text in texts if parse(text).is_duration]
    if common is None:
        assert not allowed or lasting or any(made.yearless for made in candidates)
    elif common in lasting:
        assert all(overlaps(common, text) for text in texts)
        assert all(contains(text, common) for text in lasting)
    else:
        assert contains(common, str(day)) == allowed
        assert all(contains(text, common) for text in texts)
        assert shared([common, *texts]) == common


@given(ANY)
def test_a_lone_candidate_stays_as_it_is(made: Made) -> None:
    assert one_of([made.text]) == hull([made.text]) == shared([made.text]) == made.text


@given(ANY.filter(lambda made: made.end is not None))
def test_before_ends_with_its_day_and_is_open_at_the_start(made: Made) -> None:
    earlier = parse(before(made.text))
    assert (earlier.start, earlier.end) == (None, made.end)
    assert contains(earlier.text, made.text)


@pytest.mark.parametrize(
    ("texts", "spanning"),
    [
        (["2024-05-12", "2024-05-12"], "2024-05-12"),
        (["2024-05-14", "2024-05-12"], "2024-05-12/2024-05-14"),
        (["2024-05", "2024-05-12"], "2024-05"),
        (["2024-05", "2024-05-01/2024-05-31"], "2024-05"),
        (["2024-05-12~", "2024-05-09/2024-05-15"], "2024-05-12~"),
        (["2024-05", "2024-06-02~"], "2024-05-01/2024-06-05"),
        (["2024-05/..", "2024-04-12"], "2024-04-12/.."),
        (["[..2024-05-12]", "2024-06"], "../2024-06-30"),
        (["XXXX-05-12", "2024-05-12"], "XXXX-05-12"),
        (["XXXX-05-12", "2024-05-13"], "../.."),
    ],
)
def test_known_hulls(texts: list[str], spanning: str) -> None:
    assert hull(texts) == spanning


@pytest.mark.parametrize(
    ("texts", "chosen"),
    [
        (["2024-05-13", "2024-05-12"], "[2024-05-12,2024-05-13]"),
        (["2024-06", "2024-05-12~"], "[2024-05-12~,2024-06]"),
        (["2024-06-01", "2024-05-12/2024-05-14"], "[2024-05-12..2024-05-14,2024-06-01]"),
        (["[2024-05-12,2024-05-14]", "2024-05-13"], "[2024-05-12,2024-05-13,2024-05-14]"),
        (["2024-05-12/2024-05-14", "[2024-05-12..2024-05-14]"], "[2024-05-12..2024-05-14]"),
        (["[..2024-05-12]", "2024-05-01", "2024-06-01"], "[..2024-05-12,2024-06-01]"),
        (["[..2024-05-12]", "[..2024-05-14]", "2024-06/.."], "[..2024-05-14,2024-06..]"),
        (["[..2024-05]", "[..2024-05-31]"], "[..2024-05]"),
        (["2024-05-12", "XXXX-05-13"], "[XXXX-05-13,2024-05-12]"),
        (["../..", "2024-05-12"], "../.."),
    ],
)
def test_known_choices(texts: list[str], chosen: str) -> None:
    assert one_of(texts) == chosen


@pytest.mark.parametrize(
    ("texts", "common"),
    [
        (["[..2024-05-14]", "[2024-05-12..]"], "[2024-05-12..2024-05-14]"),
        (["[..2024-05-12]", "[2024-05-12..]"], "2024-05-12"),
        (["2024-05", "2024-05-30/2024-06-03"], "2024-05-30/2024-06-03"),
        (["2024-05-12/2024-05-20", "2024-05-12/2024-05-14", "[2024-05-13..]"], "2024-05-12/2024-05-14"),
        (["2024-05-12/2024-05-14", "2024-05-13/2024-05-15"], None),
        (["2024-05-12/2024-05-14", "[2024-05-15..]"], None),
        (["[2024-05-12,2024-05-20..]", "[..2024-05-22]"], "[2024-05-12,2024-05-20..2024-05-22]"),
        (["[2024-05-12,2024-06..]", "2024-05-10/.."], "[2024-05-12,2024-06..]"),
        (["[2024-05-01,2024-05-12..]", "[2024-05-02..]"], "[2024-05-12..]"),
        (["XXXX-07-22", "[2024-05-12..2024-08-01]"], "2024-07-22"),
        (["XXXX-07-22", "[2024-05-12..]"], None),
        (["XXXX-07-22", "XXXX-07"], "XXXX-07-22"),
        (["2024-05-12", "2024-05-13"], None),
    ],
)
def test_known_shared_days(texts: list[str], common: str | None) -> None:
    assert shared(texts) == common


@pytest.mark.parametrize("derive", [hull, one_of, shared])
def test_nothing_can_be_derived_from_no_date(derive: Callable[[list[str]], str]) -> None:
    with pytest.raises(DateError, match="give at least one"):
        derive([])


@pytest.mark.parametrize(
    ("text", "earlier"), [("2024-05-12", "[..2024-05-12]"), ("2024-05", "[..2024-05-31]")]
)
def test_known_befores(text: str, earlier: str) -> None:
    assert before(text) == earlier


@pytest.mark.parametrize("text", ["2024-05-12/..", "XXXX-05-12"])
def test_nothing_is_before_a_date_without_end(text: str) -> None:
    with pytest.raises(DateError, match="give a date that ends"):
        before(text)


# --- weekdays ---

# Monday first.
WORDINGS = [
    ("Monday", ["Monday", "on Monday evening", "الاثنين", "يوم الإثنين", "اليوم الأثنين"]),
    ("Tuesday", ["TUESDAY,", "الثلاثاء", "مساء الثلاثاء الماضي"]),
    ("Wednesday", ["Wednesday's", "الأربعاء", "الاربعاء"]),
    ("Thursday", ["last Thursday", "الخميس", "(الخميس)"]),
    ("Friday", ["Friday/الجمعة", "الجمعة", "الجُمُعة", "الجمعه"]),
    ("Saturday", ["Saturday", "السبت", "وبالسبت"]),
    ("Sunday", ["this Sunday", "الأحد", "يوم الاحد،", "الأحـــد", "للأحد"]),
]


@given(ANY_DAY, st.integers(0, 6), st.data())
def test_a_weekday_misfits_exactly_on_the_other_six(day: date, weekday: int, data: st.DataObject) -> None:
    name, wordings = WORDINGS[weekday]
    misfit = weekday_misfit(data.draw(st.sampled_from(wordings)), str(day))
    if day.weekday() == weekday:
        assert misfit is None
    else:
        assert misfit is not None
        assert f"a {name}" in misfit and f"{day} is a {WORDINGS[day.weekday()][0]}" in misfit


# 12 May 2024 is a Sunday, so each of these would misfit if it were taken for a weekday.
@pytest.mark.parametrize(
    "raw",
    [
        "on 12 May",
        "Saturday or Monday",
        "السبت والاثنين",
        "a satisfying sat-down",
        "Wed",
        "they were wedded",
        "Mondays",
        "جمعة عناد",
        "الجمعية العامة",
        "الخميسية",
        "سبت",
    ],
)
def test_what_names_no_weekday_or_several_never_misfits(raw: str) -> None:
    assert weekday_misfit(raw, "2024-05-12") is None


@pytest.mark.parametrize(
    "text", ["2024-05", "2024-05-12~", "[2024-05-12,2024-05-13]", "XXXX-05-12", "../..", "?"]
)
def test_only_a_single_day_can_misfit(text: str) -> None:
    assert weekday_misfit("Friday", text) is None


def test_nobody_events_and_whitsun_are_not_sunday() -> None:
    assert weekday_misfit("Whitsunday", "2024-05-13") is None
    assert weekday_misfit("لا أحد", "2024-05-13") is None
    assert weekday_misfit("الأحداث", "2024-05-13") is None
    assert weekday_misfit("يوم الأحد", "2024-05-13") is not None
