"""From the answers of an interface to rows: where its list lies, and what each of its rows tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ingestion.sources.asking import BrokenAnswerError
from usecases.contract.source import SourceOptions
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import options_of


class Days(NamedTuple):
    """Days that are asked for at once; the end does not belong to them."""

    start: date
    end: date

    def moments(self, time_zone: str) -> tuple[datetime, datetime]:
        """Return when the first begins in a time zone and the last ends there, in UTC."""
        zone = ZoneInfo(time_zone)
        first, last = (datetime.combine(day, time(), zone).astimezone(UTC) for day in self)
        return first, last


def days_between(start: date, end: date, width: int) -> Iterator[Days]:
    """Cut days, of which the last counts, into runs of so many; a run begins on the same day whatever the start is.

    >>> [str(days.start) for days in days_between(date(2026, 3, 1), date(2026, 3, 4), 2)]
    ['2026-02-28', '2026-03-02', '2026-03-04']
    """
    first = date.fromordinal(start.toordinal() - start.toordinal() % width)
    while first <= end:
        yield Days(first, first + timedelta(days=width))
        first += timedelta(days=width)


def parameters_for(options: SourceOptions, days: Days, time_zone: str) -> dict[str, str]:
    """Return the parameters of the first request for some days."""
    start, end = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in days.moments(time_zone))
    meanings = {"{date}": str(days.start), "{end_date}": str(days.end), "{start}": start, "{end}": end}
    found = dict(options.parameters)
    for name, text in found.items():
        for place, meaning in meanings.items():
            text = text.replace(place, meaning)  # noqa: PLW2901  # each place is replaced in turn
        found[name] = text
    return found


class Page(NamedTuple):
    """What one answer tells."""

    rows: list[dict[str, Any]]
    next_token: str | None
    """What names the next page; none on the last."""


def read_page(use_case: UseCase, options: SourceOptions, answer: Any) -> Page:
    """Read the observations that an answer tells, under the names of their columns.

    What a row does not have is missing, for the check of rows to complain about.

    Raises
    ------
    ingestion.sources.asking.BrokenAnswerError
        If the answer has no list where the use case says so, or readings are no object.
    """
    listed = at_path(answer, options.rows)
    if not isinstance(listed, list):
        raise BrokenAnswerError(f"the answer has no list at {options.rows} (source.rows)")
    rows = [row for one in listed for row in _observations(use_case, options, one)]
    token = None if options.next_page is None else at_path(answer, options.next_page.token)
    return Page(rows, None if token is None or token == "" else str(token))


def _observations(use_case: UseCase, options: SourceOptions, row: Any) -> Iterator[dict[str, Any]]:
    told = {column: at_path(row, path) for column, path in options.columns.items()}
    if options.readings is None:
        yield told
        return
    readings = at_path(row, options.readings)
    if not isinstance(readings, Mapping):
        raise BrokenAnswerError(f"a row of the answer has no object at {options.readings} (source.readings)")
    series = options_of(use_case).series
    for name, reading in readings.items():
        yield told | ({} if series is None else {series: name}) | {use_case.target: reading}


def at_path(value: Any, path: str) -> Any:
    """Return what lies at a path of member names; None where nothing does.

    >>> at_path({"data": {"items": [1]}}, "data.items"), at_path({"data": 3}, "data.items")
    ([1], None)
    """
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value
