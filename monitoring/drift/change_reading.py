"""Reading what came before a drift, from the counters of minutes and hours: bounded, however much was served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from sqlalchemy import Engine

from monitoring.drift.changes import (
    FEWEST_ROWS,
    Change,
    ChangeKind,
    Followed,
    change_of,
    mean_day,
    uncovered_month,
)
from monitoring.drift.columns import Column, added, columns
from sql.drift.windows import DriftWindow, Layout, SpanSums, read_spans, read_trained_days

CLOSE = timedelta(days=1), timedelta(minutes=10)
"""How far back is looked first, and in which spans: when exactly something happened."""

FAR = timedelta(days=28)
"""How far back is looked for what took longer, at least; twice the window where that is longer."""

MOST_SPANS = 168
"""Spans of the further look."""


def read_changes(
    engine: Engine, window: DriftWindow, latest: SpanSums, layout: Layout, served: Sequence[Column], drifted: set[str]
) -> dict[str, Change]:
    """Describe how the drift of each column came about.

    Parameters
    ----------
    engine, window
        Where the profiles are, and the rows that were judged.
    latest, layout
        A span of the version that was judged, and its slots.
    served, drifted
        All columns over the whole window, and the names of those that drifted.
    """
    if not drifted:
        return {}
    asked = replace(window, model_version=latest.model_version)
    length = window.until - window.since
    far = max(FAR, 2 * length)
    hours = -(-far // (MOST_SPANS * timedelta(hours=1)))
    looks = [(far, timedelta(hours=hours))]
    if length <= CLOSE[0]:
        looks.insert(0, CLOSE)
    trained = _trained_days(engine, latest.reference, served)
    month = uncovered_month(mean_day(served), trained)
    found: dict[str, Change] = {}
    followed: dict[datetime, list[Column]] = {}
    for back, width in looks:
        begins = replace(asked, since=window.until - back)
        followed = dict(_followed(read_spans(engine, begins, width), latest.reference, layout))
        for column in served:
            if column.feature not in drifted or column.feature in found:
                continue
            change = change_of(column, _of(column, followed))
            if change is None:
                continue
            before = [mean_day(every) for start, every in followed.items() if change.since and start < change.since]
            was_so = any(uncovered_month(day, trained) == month for day in before)
            if month is None or (change.kind is ChangeKind.SUDDEN and was_so):
                found[column.feature] = change
    for column in served:
        if column.feature in drifted and column.feature not in found:
            found[column.feature] = _without_change(_of(column, followed), window.since - width, month)
    return found


def _without_change(followed: Sequence[Followed], latest: datetime, month: str | None) -> Change:
    if month is not None:
        return Change(ChangeKind.SEASON, None, f"a season: training has no {month}")
    # A span that begins later holds rows of the window itself.
    before = [one.start for one in followed if one.start <= latest and one.rows >= FEWEST_ROWS]
    if not before:
        return Change(ChangeKind.UNKNOWN, None, "since when is not known: too little was served before")
    since = min(before)
    return Change(
        ChangeKind.LASTING, since, f"lasting: like this since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC or longer"
    )


def _followed(spans: Sequence[SpanSums], reference: str, layout: Layout) -> Iterator[tuple[datetime, list[Column]]]:
    same = [span for span in spans if span.reference == reference]
    for start, group in groupby(same, lambda span: span.start):
        yield start, columns(layout, added(group, layout))


def _of(column: Column, followed: dict[datetime, list[Column]]) -> list[Followed]:
    return [Followed(start, one) for start, every in followed.items() for one in every if one.feature == column.feature]


def _trained_days(engine: Engine, reference: str, served: Sequence[Column]) -> tuple[float, float] | None:
    clock = next((column.feature for column in served if column.gives_time), None)
    return None if clock is None else read_trained_days(engine, reference, clock)
