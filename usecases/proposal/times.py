"""Times among the columns of a data set: points in time become features, hours of a day and durations are told how."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from usecases.columns.features import TimestampFeature
from usecases.columns.notations import Notation
from usecases.columns.timestamps import UTC_ZONE
from usecases.proposal.findings import Severity
from usecases.proposal.judged import Judged
from usecases.proposal.reading.amounts import matching
from usecases.proposal.reading.dates import DURATION, TIME_OF_DAY, about_zone, rows_without_offset, zone_of


def make_time(judged: Judged, raw: pa.Array, base: dict[str, Any]) -> None:
    """Make a feature of a column of times; say where they, or some of them, do not tell how far they are from UTC."""
    zone, of_zone = zone_of(raw), about_zone(raw, zone_of(raw))
    if lacking := rows_without_offset(raw):
        text = f"{lacking:,} times do not say how far they are from UTC, while others do"
        judged.find(Severity.LOOK, "offsets", text, "read as UTC; write the offset of all of them where they are not")
    elif of_zone and zone == UTC_ZONE:
        text = "times that do not say how far they are from UTC"
        done = "read as UTC, at every door; if they are of another zone, write it as time_zone of the feature in usecase.yaml"
        judged.find(Severity.INFO, "offsets", text, done)
    judged.feature = TimestampFeature(
        **base,
        type="timestamp",
        time_zone=zone,
        # What is learned from is written so, and so will be the rows to predict.
        day_first=judged.notation is Notation.DAY_FIRST,
        example=_middle(judged.values.typed),
    )
    judged.why = f"times in ISO 8601{of_zone}"


def _middle(moments: pa.Array) -> Any:
    counts = moments.drop_null().cast(pa.int64()).sort()
    return counts[len(counts) // 2 : len(counts) // 2 + 1].cast(moments.type)[0].as_py()


def about_hours(texts: pa.Array) -> str:
    """Return what to do about texts that are times of day or durations; empty if they are others.

    >>> about_hours(pa.array(["8:15"]))[:24], about_hours(pa.array(["morning"]))
    ('times of day, such as 8:', '')
    """
    shown = str(texts[0].as_py())[:60]
    if pc.all(matching(texts, TIME_OF_DAY)).as_py():
        return (
            f"times of day, such as {shown}; write the hour as a number, 8.25, or the time with its date, 2026-03-31T08:15, and "
            "they become a feature"
        )
    if pc.all(matching(texts, DURATION)).as_py():
        return f"durations, such as {shown}; write them as numbers, all in one unit, and they become a feature"
    return ""
