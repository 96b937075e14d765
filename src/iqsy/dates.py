"""The closed profile of EDTF in which every date of the project is written.

- day `2024-05-12`, month `2024-05`, year `2024`: it fell on that day, or on some day of the month or year;
- with a qualifier `2024-05-12~`, `2024-05?`, `2024%`: `?` is doubtful, `~` approximate, `%` both; what is
  approximate is widened on either side, a day by 3 days, a month by 1 month, a year by 1 year;
- set `[2024-05-12,2024-05-14]`, `[2024-05..2024-07]`, `[..2024-05-12]`, `[2024-05-12..]`: one day of several;
- interval `2024-05-12/2024-05-14`, `2024-05/..`, `../2024-05`: it lasted; `..` where an end is not known;
- yearless `XXXX-04-25`, `XXXX-04`: a day or month of a year that is not given.

A date stands for the set of days on which the thing may have fallen: `contains` is inclusion, `overlaps` is
intersection of these sets.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, reduce
from operator import and_, or_
from typing import NamedTuple

FIRST_YEAR, LAST_YEAR = 1900, 2100

# The longest span, in days, that still counts as the precision; what spans more is "longer".
PRECISION_OF_SPAN = {1: "day", 6: "days", 7: "week", 31: "month", 366: "year"}

_DAY = timedelta(days=1)
FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
# Open ends and yearless dates reach some years beyond the profile, so that no date with two known ends holds
# either; a leap year lies on each side, for the sake of XXXX-02-29.
_HORIZON = range(FIRST_YEAR - 4, LAST_YEAR + 5)
_ORIGIN = date(_HORIZON[0], 1, 1).toordinal()
_DAYS_IN_HORIZON = date(_HORIZON[-1], 12, 31).toordinal() - _ORIGIN + 1

_POINT = r"\d{4}(?:-\d\d(?:-\d\d)?)?[~?%]?"
_MEMBER = rf"(?:{_POINT}(?:\.\.{_POINT})?|XXXX-\d\d(?:-\d\d)?)"
_RANGE = rf"(?:{_POINT}\.\.{_POINT}|\.\.{_POINT}|{_POINT}\.\.)"
_SET = rf"\[(?:{_RANGE}|(?:\.\.{_POINT}|{_MEMBER})(?:,{_MEMBER})*,(?:{_POINT}\.\.|{_MEMBER}))\]"
_INTERVAL = rf"(?:{_POINT}|\.\.)/(?:{_POINT}|\.\.)"
_PROFILE = re.compile(rf"{_POINT}|XXXX-\d\d(?:-\d\d)?|{_INTERVAL}|{_SET}", re.ASCII)


class DateError(ValueError):
    """A text that is no date of the profile. The message says what is wrong and what would be right."""


class Span(NamedTuple):
    """One alternative of a date: its text as a member of a set, and its bounds (None: open or yearless)."""

    text: str
    start: date | None
    end: date | None

    @property
    def is_yearless(self) -> bool:
        """Whether this is a day or month of an unknown year."""
        return self.text.startswith("XXXX")

    @property
    def is_open(self) -> bool:
        """Whether one of the bounds is open."""
        return not self.is_yearless and None in (self.start, self.end)


_ALWAYS = Span("..", None, None)


@dataclass(frozen=True, slots=True)
class EDTF:
    """A parsed date.

    `start` and `end` are the earliest and the latest day it may touch (None where open or yearless),
    `precision` is a code of the list of precisions, `is_duration` tells what lasted from what fell on one
    unsure day, and `spans` are the alternatives of a set (of everything else, the one span).
    """

    text: str
    start: date | None
    end: date | None
    precision: str
    is_duration: bool
    spans: tuple[Span, ...]

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=16_384)
def parse(text: str) -> EDTF:
    """Read a date of the profile; raise DateError, with the remedy, for anything else."""
    if not _PROFILE.fullmatch(text):
        raise DateError(_explain(text))
    is_duration = "/" in text
    if is_duration:
        first, last = text.split("/")
        spans = [_range(first.strip("."), last.strip("."), joint="/")]
    elif text.startswith("["):
        spans = [_member(member) for member in text[1:-1].split(",")]
        if len(set(spans)) < len(spans):
            raise DateError(f"{text} names a date twice; write each once")
    else:
        spans = [_member(text)]
    start = _earliest(spans)
    end = _latest(spans)
    return EDTF(text, start, end, _precision(start, end, is_duration), is_duration, tuple(spans))


def contains(outer: str, inner: str) -> bool:
    """Whether every day possible under `inner` is possible under `outer`.

    Open ends are unbounded, so a yearless date lies only in one that names the same days of every year. A day
    inside an interval is contained: the interval states less precisely when the act fell.
    """
    return not _days(inner) & ~_days(outer)


def overlaps(a: str, b: str) -> bool:
    """Whether some day is possible under both dates."""
    return bool(_days(a) & _days(b))


def hull(texts: Iterable[str]) -> str:
    """The smallest date that spans all of `texts`.

    Where one of them holds all others it is the hull as it stands (a month stays a month: nothing says that
    the thing lasted); otherwise the hull is the interval from the earliest to the latest day, open ends kept.
    """
    dates = _distinct(texts)
    union = reduce(or_, (_days(member.text) for member in dates))
    holders = [member.text for member in dates if _days(member.text) == union]
    if holders:
        return min(holders, key=_plainness)
    spans = [span for member in dates for span in member.spans]
    return f"{_earliest(spans) or '..'}/{_latest(spans) or '..'}"


def one_of(texts: Iterable[str]) -> str:
    """The set of the candidates `texts`, in chronological order; a lone candidate is returned as it is.

    Sets give their members, intervals become ranges. What lies in an open range is left out, for EDTF lets
    open ranges stand only at the ends of a set; beside `../..` nothing is left to choose from.
    """
    dates = _distinct(texts)
    if len(dates) == 1:
        return dates[0].text
    spans = {span for candidate in dates for span in candidate.spans}
    if _ALWAYS in spans:
        return "../.."
    kept = [span for span in spans if not any(wide.is_open and _swallows(wide, span) for wide in spans)]
    kept.sort(key=lambda span: (span.start or date.min, span.end or date.max, span.text))
    return f"[{','.join(span.text for span in kept)}]"


def shared(texts: Iterable[str]) -> str | None:
    """What all of `texts` allow: the one of them that lies in all others, else their common days as a range, a set or a day.

    A duration is not cut to the days that others allow: the innermost of several is kept whole, if all others touch it. None where
    there is nothing in common, and where a date without a year leaves open which year it is.
    """
    dates = _distinct(texts)
    days = reduce(and_, (_days(member.text) for member in dates))
    holders = [member.text for member in dates if _days(member.text) == days]
    if holders:
        return min(holders, key=_plainness)
    lasting = [member.text for member in dates if member.is_duration]
    if lasting:
        inmost = [text for text in lasting if all(contains(other, text) for other in lasting)]
        kept = min(inmost, key=_plainness, default=None)
        return kept if kept and all(overlaps(kept, member.text) for member in dates) else None
    members = [_written(first, last) for first, last in _runs(days)]
    if not members or (
        len(members) > 1 and any(span.is_yearless for member in dates for span in member.spans)
    ):
        return None
    is_day = len(members) == 1 and ".." not in members[0]
    return members[0] if is_day else f"[{','.join(members)}]"


def before(text: str) -> str:
    """The date of something that fell on the last day of `text` or earlier: `[..2024-05-12]`."""
    end = parse(text).end
    if end is None:
        raise DateError(f"{text} has no latest day; give a date that ends")
    return f"[..{end}]"


def weekday_misfit(raw: str, text: str) -> str | None:
    """Say so where the words `raw` name one weekday, in English or Arabic, and the day `text` is another.

    None where they agree, where `raw` names no weekday or several, or where `text` is not one single day.
    """
    named = {int(match.lastgroup[1:]) for match in _WEEKDAY.finditer(_plain(raw)) if match.lastgroup}
    try:
        day = parse(text)
    except DateError:
        return None
    if len(named) != 1 or day.precision != "day" or day.start is None:
        return None
    (weekday,) = named
    if weekday == day.start.weekday():
        return None
    return f"“{raw}” names a {_WEEKDAYS[weekday][0]}, but {text} is a {_WEEKDAYS[day.start.weekday()][0]}"


# --- reading ---


def _member(text: str) -> Span:
    if text.startswith("XXXX"):
        # Any leap year will do to see whether the day exists at all.
        _check(text, 2000, *map(int, text[5:].split("-")))
        return Span(text, None, None)
    if ".." in text:
        first, last = text.split("..")
        return _range(first, last, joint="..")
    return Span(text, *_bounds(text))


def _range(first: str, last: str, joint: str) -> Span:
    """The span between two sides, of which an open one is empty."""
    start = _bounds(first)[0] if first else None
    end = _bounds(last)[1] if last else None
    if start and end and start > end:
        raise DateError(f"{first}{joint}{last} ends before it starts; write {last}{joint}{first}")
    if start and start == end:
        raise DateError(f"{first}{joint}{last} starts and ends on one day; write {first}")
    return Span(f"{first}..{last}", start, end)


def _bounds(point: str) -> tuple[date, date]:
    """Earliest and latest day of a day, month or year, widened where it is approximate."""
    widen = int(point[-1] in "~%")
    numbers = [int(number) for number in point.rstrip("~?%").split("-")]
    _check(point, *numbers)
    if len(numbers) == 1:
        (year,) = numbers
        start, end = date(year - widen, 1, 1), date(year + widen, 12, 31)
    elif len(numbers) == 2:
        year, month = numbers
        start, end = _first_of_month(year, month - widen), _first_of_month(year, month + widen + 1) - _DAY
    else:
        day = date(*numbers)
        start, end = day - 3 * widen * _DAY, day + 3 * widen * _DAY
    # Widened beyond the profile, a bound could not be written as a date of it.
    return max(start, FIRST_DAY), min(end, LAST_DAY)


def _first_of_month(year: int, month: int) -> date:
    """First day of a month that may be counted beyond either end of its year."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _check(text: str, year: int, month: int = 1, day: int | None = None) -> None:
    """Raise DateError where there is no such year in the profile, no such month, no such day."""
    if year < FIRST_YEAR:
        raise DateError(f"{text}: {year} looks like a Hijri year; give the Gregorian date")
    if year > LAST_YEAR:
        raise DateError(f"{text}: year {year} is out of range; years run from {FIRST_YEAR} to {LAST_YEAR}")
    if not 1 <= month <= 12:
        remedy = "write 01 to 12"
        if day and day <= 12 < month:
            remedy = f"if {month} is the day, write {text[:4]}-{day:02}-{month}"
        raise DateError(f"{text}: there is no month {month:02}; {remedy}")
    length = (_first_of_month(year, month + 1) - _DAY).day
    if day is not None and not 1 <= day <= length:
        remedy = f"write {text[:7]} where the day is not known"
        raise DateError(f"{text}: the days of {text[:7]} run from 01 to {length}; {remedy}")


def _earliest(spans: Iterable[Span]) -> date | None:
    starts = [span.start for span in spans]
    return None if None in starts else min(start for start in starts if start)


def _latest(spans: Iterable[Span]) -> date | None:
    ends = [span.end for span in spans]
    return None if None in ends else max(end for end in ends if end)


def _precision(start: date | None, end: date | None, is_duration: bool) -> str:
    if start is None or end is None:
        return "unknown"
    if is_duration:
        return "duration"
    span = (end - start).days + 1
    return next((code for longest, code in PRECISION_OF_SPAN.items() if span <= longest), "longer")


# --- dates as sets of days: one bit for each day of the horizon ---


@lru_cache(maxsize=512)
def _days(text: str) -> int:
    return reduce(or_, map(_days_of_span, parse(text).spans))


def _days_of_span(span: Span) -> int:
    if not span.is_yearless:
        first = span.start.toordinal() - _ORIGIN if span.start else 0
        last = span.end.toordinal() - _ORIGIN if span.end else _DAYS_IN_HORIZON - 1
        return (1 << last + 1) - (1 << first)
    month, *day = map(int, span.text[5:].split("-"))
    days = 0
    for year in _HORIZON:
        first_of_month, first_of_next = _first_of_month(year, month), _first_of_month(year, month + 1)
        whole_month = range(first_of_month.toordinal() - _ORIGIN, first_of_next.toordinal() - _ORIGIN)
        for bit in whole_month[day[0] - 1 : day[0]] if day else whole_month:
            days |= 1 << bit
    return days


def _runs(days: int) -> Iterator[tuple[int, int]]:
    """First and last bit of every unbroken run of days."""
    while days:
        first = (days & -days).bit_length() - 1
        gap = ~(days >> first)
        last = first + (gap & -gap).bit_length() - 2
        yield first, last
        days &= -1 << last + 1


def _written(first: int, last: int) -> str:
    """A run of days as a member of a set: a day or a range, open where it reaches an end of the horizon."""
    start = date.fromordinal(_ORIGIN + first) if first else ""
    end = date.fromordinal(_ORIGIN + last) if last < _DAYS_IN_HORIZON - 1 else ""
    return str(start) if start and start == end else f"{start}..{end}"


def _distinct(texts: Iterable[str]) -> list[EDTF]:
    dates = [parse(text) for text in sorted(set(texts))]
    if not dates:
        raise DateError("no date to choose from; give at least one")
    return dates


def _swallows(wide: Span, span: Span) -> bool:
    """Whether `wide` holds `span` and says more, or says the same more plainly."""
    ours, theirs = _days_of_span(wide), _days_of_span(span)
    if ours == theirs:
        return _plainness(wide.text) < _plainness(span.text)
    return not theirs & ~ours


def _plainness(text: str) -> tuple[int, str]:
    """Order among texts that say the same: the shortest first."""
    return len(text), text


# --- explaining what is wrong ---


def _ymd(match: re.Match[str]) -> str:
    """The numbers of a match, in the order year, month, day and padded."""
    parts = {name: int(number) for name, number in match.groupdict().items() if number}
    # 05/13/2024 can only be month first; 12/05/2024 is read day first, as both countries write it.
    if parts["m"] > 12 >= parts.get("d", 13):
        parts["m"], parts["d"] = parts["d"], parts["m"]
    return "-".join([f"{parts['y']:04}", *(f"{parts[name]:02}" for name in "md" if name in parts)])


def _plain(text: str) -> str:
    """Compatibility forms resolved; vowel signs, tatweel and invisible characters dropped."""
    composed = unicodedata.normalize("NFKC", text)
    return "".join(c for c in composed if c != "ـ" and unicodedata.category(c) not in ("Mn", "Cf"))


def _ascii(match: re.Match[str]) -> str:
    return str(unicodedata.decimal(match[0]))


_N = r"\d\d?"

# What people write instead, in the order in which it is looked for: what is wrong, where, what is right.
# Where the remedy is no date either, its own fault follows in the message.
_MISTAKES = (
    ("the digits are not ASCII", r"(?![0-9])\d", _ascii),
    ("a time of day has no place in a date", r"(?<=\d)[T ]\d\d:\d\d.*$", ""),
    ("white space has no place in a date", r"\s+", ""),
    ("dashes are written as hyphens", "[‐‑‒–—−]", "-"),
    ("the question mark is not ASCII", "؟", "?"),
    ("a masked digit is a capital X", "x", "X"),
    ("the order is year, month, day", rf"^(?:(?P<d>{_N})[-/.])?(?P<m>{_N})[-/.](?P<y>\d{{4}})$", _ymd),
    ("hyphens are missing", rf"^(?P<y>\d{{4}})[/.]?(?P<m>{_N})(?:[/.]?(?P<d>{_N}))?$", _ymd),
    ("month and day have two digits", rf"(?<!\d)(?P<y>\d{{4}})-(?P<m>{_N})(?:-(?P<d>{_N}))?(?![\dX])", _ymd),
    ("the qualifier stands after its date", r"^([~?%])([^~?%]+)$", r"\2\1"),
    ("only the year is ever masked", r"(\d{4}(?:-\d\d)?)(?:-XX){1,2}", r"\1"),
    ("a masked year is XXXX", r"^--(?=\d\d)", "XXXX-"),
    ("a set stands in square brackets", r"^\{(.*)\}$", r"[\1]"),
    ("a range of possible days stands in square brackets", r"^(?=.*\d)([^/\[\]]*\.\.[^/\[\]]*)$", r"[\1]"),
    ("a set of one date is that date", r"^\[([^,.]+)\]$", r"\1"),
    ("an open end is written ..", r"^(?=/.)", ".."),
    ("an open end is written ..", r"(?<=./)$", ".."),
)

_FORMS = (
    "write a day 2024-05-12, a month 2024-05, a year 2024, one day of several [2024-05-12,2024-05-14] or "
    "[2024-05-12..2024-05-14], a duration 2024-05-12/2024-05-14 or, without a year, XXXX-05-12"
)


def _explain(text: str) -> str:
    """What is wrong with a text outside the profile, and what would be right."""
    if not text.strip():
        return "the date is empty; leave it out where none is stated"
    for wrong, passage, right in _MISTAKES:
        remedy = re.sub(passage, right, text)
        if remedy != text:
            try:
                return f"“{text}”: {wrong}; write {parse(remedy)}"
            except DateError as error:
                return f"“{text}”: {wrong}; {error}"
    return f"“{text}” is not a date; {_FORMS}"


# --- weekdays ---

# Monday first, as date.weekday counts; the Arabic without its article, in the spellings of the press.
_WEEKDAYS = (
    ("Monday", "[إاأ]ثنين"),
    ("Tuesday", "ثلاثاء?"),
    ("Wednesday", "[أا]ربعاء?"),
    ("Thursday", "خميس"),
    ("Friday", "جمع[ةه]"),
    ("Saturday", "سبت"),
    ("Sunday", "[أا]حد"),
)

# Only with its article is an Arabic name a weekday for certain (أحد is also "one", جمعة a man's name). What
# Arabic writes onto it (and, so, on, like, for) may stand before, lest "Saturday and Sunday" seem one day.
_WEEKDAY = re.compile(
    "|".join(
        rf"(?P<d{number}>(?<!\w)(?:{english}|(?:[وف]?[بك]?ال|[وف]?لل){arabic})(?!\w))"
        for number, (english, arabic) in enumerate(_WEEKDAYS)
    ),
    re.IGNORECASE,
)
