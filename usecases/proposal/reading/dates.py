"""How people and programs write dates that the pipeline does not read, and months, quarters and weeks."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.casting import cast
from usecases.columns.clocks import date_form, day_of_six_digits
from usecases.columns.missing import on_own_clocks
from usecases.columns.texts import Mask
from usecases.columns.timestamps import TIMESTAMP_PATTERN, UTC_ZONE, WITH_OFFSET, known_zone
from usecases.proposal.reading.amounts import matching
from usecases.proposal.reading.values import TIME, are_all, is_any, true

_YEAR = r"(?:19|20)\d\d"
_SHORT_MONTH = (
    r"(?:jan|feb|fév|fev|mar|mär|mrz|mrt|apr|avr|abr|may|mai|maj|mei|mag|jun|jui|giu|jul|lug|aug|aoû|ago|sep|set|oct|okt|ott"
    r"|out|nov|dec|dez|déc|dic|ene|gen)"
)
_MONTH = rf"{_SHORT_MONTH}\pL{{0,7}}\.?"
_WEEKDAY = r"(?:\pL{2,10}\.?,?\s+)?"
_DAYS = (
    r"\d{4}-\d{1,2}-\d{1,2}",
    r"\d{4}[./]\s?\d{1,2}[./]\s?\d{1,2}\.?",
    r"\d{1,2}[./-]\s?\d{1,2}[./-]\s?(?:\d{4}|\d{2})",
    r"\d{1,2}(?:st|nd|rd|th)?[ .,/-]+\pL{3,10}\.?[ .,/-]+'?\d{2,4}",
    rf"\d{{1,2}}{_SHORT_MONTH}(?:\d{{4}}|\d{{2}})",
    r"\pL{3,10}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}",
    r"\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일]",
)
_ZONE = r"(?:\s*(?:[AP]\.?\s?M\.?|uhr|[A-Z]{1,5}|[+-]\d\d:?(?:\d\d)?|\[[^\]]*\]|\([^)]*\)|[A-Z][A-Z_]+/[A-Z][A-Z_/]+))*"
_CLOCK = r"\d{1,2}(?:[:.]\d\d){1,2}(?:[.,]\d+)?|\d{1,2}h\d\d"
_DATE = (
    rf"(?i)^\s*(?:{_WEEKDAY}(?:{'|'.join(_DAYS)})(?:[ T,:]+(?:{_CLOCK}){_ZONE})?"
    rf"|{_WEEKDAY}{_MONTH}\s+\d{{1,2}},?\s+(?:{_CLOCK}){_ZONE}\s+\d{{4}}"
    rf"|(?:1[7-9]|2[01])\d{{6}}T\d{{4,6}}(?:[.,]\d+)?{_ZONE}"
    r"|/Date\(-?\d+(?:[+-]\d{4})?\)/)\s*$"
)
"""A day, with or without a time: of Germany, the US, Oracle, SAS, C, Java, .NET, of mails and of logs."""

_PERIOD = (
    r"(?i)^\s*(?:"
    rf"{_YEAR}-(?:0[1-9]|1[0-2])|{_YEAR}/\d\d|(?:0?[1-9]|1[0-2])[/-]\s?{_YEAR}|{_YEAR}[ -]?M(?:0?[1-9]|1[0-2])"
    rf"|{_MONTH}[ .,/'-]+(?:{_YEAR}|\d\d)|{_SHORT_MONTH}\d\d|{_YEAR}[ .,/-]*{_MONTH}"
    rf"|{_YEAR}[ .,/-]*[QT][1-4]|[QT][1-4][ .,/'-]*(?:{_YEAR}|\d\d)|[1-4][QT][ .,/'-]*(?:{_YEAR}|\d\d)"
    rf"|[1-4]\.?\s?(?:quartal|quarter|trimestre)[ ,/]+{_YEAR}"
    rf"|{_YEAR}[ .,/-]*(?:W|KW|CW)[ .-]?\d{{1,2}}(?:-[1-7])?|(?:W|KW|CW)[ .-]?\d{{1,2}}[ .,/-]+(?:{_YEAR}|\d\d)"
    rf"|{_YEAR}[ .,/-]*[HS][12]|[HS][12][ .,/'-]*{_YEAR}"
    rf"|FY[ '-]?(?:{_YEAR}|\d\d)(?:[ .,/-]*Q[1-4])?"
    r")\s*$"
)
"""A month, quarter, week or half of one year."""

_MONTH_FIRST = rf"^\s*(?:0[1-9]|1[0-2])\.{_YEAR}\s*$"
_YEAR_FIRST = rf"^\s*{_YEAR}\.(?:0[1-9]|1[0-2])\s*$"
"""Months with a point, which are numbers as well; 2026.1 could be the first or the tenth."""

_DIGITS_OF_DAYS = r"^\s*(?:\d{6}|\d{8})\s*$"
_SHORT = 6
_LEAST_DAYS = 10
"""Different texts of digits from which they are days and not codes."""

_LEAST_MONTHS = 3
_LOOKED_AT = 20

TIME_OF_DAY = r"^\s*([01]?\d|2[0-4]):\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp]\.?[Mm]\.?)?\s*$"
DURATION = (
    r"^\s*-?((\d+ days?,? )?\d{1,4}:\d{2}(:\d{2}(\.\d+)?)?"
    r"|P(\d+([.,]\d+)?[YMWD])+(T(\d+([.,]\d+)?[HMS])+)?|PT(\d+([.,]\d+)?[HMS])+"
    r"|(\d+ ?d(ays?)?,? ?)?\d+ ?(h|hrs?|hours?|Std\.?),? ?(\d+ ?(m|min|minutes?),? ?)?(\d+ ?(s|sec|seconds?))?)\s*$"
)
"""Times of a day, and how long something takes."""


_OFFSET = r"([T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(?:Z|UTC|[+-]\d\d(?::?\d\d)?)$"
_TIME = r"\d[T ]\d\d:\d\d"
_IN_UTC = r"(Z|UTC|[+-]00(:?00)?)\s*$"
_NAMES_OF_UTC = frozenset(
    {UTC_ZONE, "Etc/UTC", "Etc/GMT", "GMT", "Etc/UCT", "Etc/Zulu", "Zulu", "Z", "+00:00", "+0000", "-00:00"}
)


def zone_of(raw: pa.Array) -> str | None:
    """Return the zone in which times without an offset from UTC are read later; None where all have one, and none says of which zone.

    >>> zone_of(pa.array(["2026-03-01 12:00"])), zone_of(pa.array(["2026-03-01T12:00Z"])), zone_of(pa.array(["2026-03-01T12:00+01"]))
    ('UTC', 'UTC', None)
    >>> zone_of(pa.array([0], pa.timestamp("us", "Europe/Berlin"))), zone_of(pa.array([0], pa.timestamp("us", "+01:00")))
    ('Europe/Berlin', None)
    """
    if pa.types.is_timestamp(raw.type) and raw.type.tz:
        return _named_zone(raw.type.tz)
    if not pa.types.is_string(raw.type):
        return UTC_ZONE
    times = raw.filter(matching(raw, TIMESTAMP_PATTERN))
    has_offset = matching(pc.utf8_trim_whitespace(times), WITH_OFFSET)
    return None if are_all(has_offset) and not are_all(matching(times, _IN_UTC)) else UTC_ZONE


def _named_zone(name: str) -> str | None:
    """Return the zone of a column of times; None where it is an offset alone, which summer time may change."""
    if name in _NAMES_OF_UTC:
        return UTC_ZONE
    try:
        return known_zone(name)
    except ValueError:
        return None


def on_clocks(raw: pa.Array, typed: pa.Array) -> pa.Array:
    """Return times, read in UTC, as they stand in the data: what stands for a missing one is no moment of any zone.

    >>> raw = pa.array(["1970-01-01T00:00:00+01:00", "2026-03-01 12:00"])
    >>> on_clocks(raw, cast(TIME, raw)[0]).cast(pa.string()).to_pylist()
    ['1970-01-01 00:00:00.000000Z', '2026-03-01 12:00:00.000000Z']
    """
    if pa.types.is_timestamp(raw.type) and raw.type.tz:
        raw = on_own_clocks(raw)
    elif pa.types.is_string(raw.type) and is_any(matching(pc.utf8_trim_whitespace(raw), WITH_OFFSET)):
        raw = pc.replace_substring_regex(pc.utf8_trim_whitespace(raw), _OFFSET, r"\1")
    else:
        return typed
    return pc.if_else(typed.is_valid(), cast(TIME, raw)[0], typed)


def about_zone(raw: pa.Array, zone: str | None) -> str:
    """Return what somebody should know of how times without an offset from UTC are read; empty where there is nothing to tell.

    >>> about_zone(pa.array(["2026-03-01 12:00"]), "UTC"), about_zone(pa.array(["2026-03-01"]), "UTC")
    ('; those without an offset are read as UTC, at every door, unless time_zone names their zone', '')
    """
    if zone is None:
        return "; all have an offset from UTC, so those without one are refused, unless time_zone names their zone"
    if zone != UTC_ZONE:
        return f"; those without an offset are read in {zone}, at every door"
    if pa.types.is_timestamp(raw.type):
        lacks = raw.type.tz is None
    else:
        lacks = pa.types.is_string(raw.type) and is_any(_without_offset(raw))
    return (
        "; those without an offset are read as UTC, at every door, unless time_zone names their zone" if lacks else ""
    )


def rows_without_offset(raw: pa.Array) -> int:
    """Return how many times lack an offset from UTC where others have one; none where all are alike.

    >>> rows_without_offset(pa.array(["2026-03-01 12:00", "2026-03-01T12:00+01", "2026-03-01T13:00Z"]))
    1
    """
    if not pa.types.is_string(raw.type) or not is_any(matching(pc.utf8_trim_whitespace(raw), WITH_OFFSET)):
        return 0
    return int(pc.sum(_without_offset(raw)).as_py() or 0)


def _without_offset(raw: pa.Array) -> pa.Array:
    return pc.and_not(matching(raw, _TIME), matching(pc.utf8_trim_whitespace(raw), WITH_OFFSET))


def are_dates(column: pa.Array) -> Mask:
    """Return which texts are days, in whatever form.

    >>> are_dates(pa.array(["18MAY2023:20:43:26", "Thu May 18 20:43:26 2023", "20230518T204326Z", "10-20-30-40"])).tolist()
    [True, True, True, False]
    """
    return true(matching(column, _DATE))


def are_days_in_digits(texts: pa.Array) -> bool:
    """Return whether all texts are days without a sign between their parts, zeros in front included.

    >>> are_days_in_digits(pa.array([f"{day:02}0326" for day in range(1, 20)]))
    True
    """
    different = pc.utf8_trim_whitespace(pc.unique(texts))
    if len(different) < _LEAST_DAYS or not are_all(matching(different, _DIGITS_OF_DAYS)):
        return False
    digits = pc.unique(pc.utf8_length(different)).to_pylist()
    numbers = different.cast(pa.float64()).to_numpy()
    found = day_of_six_digits(numbers) if digits == [_SHORT] else date_form((), numbers)
    return found is not None


def count_of_periods(texts: pa.Array) -> int:
    """Return how many texts are months, quarters, weeks or halves of one year; none where all of them are the same one.

    >>> count_of_periods(pa.array(["2026-03", "Mar-26", "Q1 2026", "2026-W07", "KW 7/2026", "Q1", "March"]))
    5
    >>> count_of_periods(pa.array(["03.2026", "11.2026", "01.2027"])), count_of_periods(pa.array(["3.25", "11.5", "1.75"]))
    (3, 0)
    """
    different = pc.unique(texts)
    if len(different) == 1:
        return 0
    if _are_months(different):
        return len(texts)
    is_one = is_any(matching(different.slice(0, _LOOKED_AT), _PERIOD))
    return int(pc.sum(matching(texts, _PERIOD)).as_py()) if is_one else 0


def _are_months(different: pa.Array) -> bool:
    """Return whether texts that are numbers are months with a point, all of them."""
    if len(different) < _LEAST_MONTHS:
        return False
    month_first, year_first = matching(different, _MONTH_FIRST), matching(different, _YEAR_FIRST)
    return are_all(year_first) or (are_all(month_first) and is_any(matching(different, r"^\s*0")))
