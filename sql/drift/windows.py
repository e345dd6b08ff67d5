"""What was scored in a window of time, beside what its training data looked like; adds profiles up, reads no prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Double, Engine, Integer, Interval, Text, Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from sql.base.reading import reading
from sql.drift.accepted import AcceptedSums, accepted_in_force
from sql.profiles.reference import NumberColumn, Slot, SlotKind, TrainedWindows, WindowUnit
from sql.profiles.tables import profile_numbers, profile_slots, profile_windows, reference_profiles


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftWindow:
    """Which rows are meant; the time is that of their commit."""

    use_case: str
    since: datetime
    until: datetime
    source: str | None = None
    model_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanSums:
    """Rows of a door and a version within a span of time, in the slots of a reference; empty slots are left out."""

    start: datetime
    source: str
    model_version: int
    reference: str
    rows: int
    slots: Sequence[int]
    counts: Sequence[int]
    totals: Sequence[float]
    squares: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSums:
    """Rows of a batch within the window."""

    batch_id: UUID
    name: str
    source: str
    rows: int
    slots: Sequence[int]
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the slots of a reference count, and the sums of its numbers."""

    slots: Sequence[Slot]
    numbers: Sequence[NumberColumn]
    windows: Sequence[TrainedWindows] = ()
    """How far training's own windows went, of columns whose rows come in order."""
    accepted: Sequence[AcceptedSums] = ()
    """Windows that people accepted as normal, the newest first."""


def read_spans(engine: Engine, window: DriftWindow, width: timedelta | None = None) -> list[SpanSums]:
    """Add up the profiles of a window in spans of a width, the earliest first; without one, all of it."""
    spans = func.smartpredict.profile_spans(
        *(window.use_case, window.since, window.until),
        *(cast(width, Interval), cast(window.source, Text), cast(window.model_version, Integer)),
    ).table_valued(
        *(Column("start", DateTime(timezone=True)), Column("source", Text), Column("model_version", Integer)),
        *(Column("reference", Text), Column("rows", BigInteger), Column("slots", ARRAY(Integer))),
        *(Column("counts", ARRAY(BigInteger)), Column("totals", ARRAY(Double)), Column("squares", ARRAY(Double))),
    )
    query = select(spans).order_by(spans.c.start, spans.c.source, spans.c.model_version, spans.c.reference)
    with reading(engine) as connection:
        return [SpanSums(**row) for row in connection.execute(query).mappings()]


def read_batches(engine: Engine, window: DriftWindow, reference: str) -> list[BatchSums]:
    """Read the profiles of the largest batches of a window, as counted in the slots of a reference."""
    found = func.smartpredict.profile_batches(
        *(window.use_case, window.since, window.until, reference),
        *(cast(window.source, Text), cast(window.model_version, Integer)),
    ).table_valued(
        *(Column("batch_id", Uuid), Column("name", Text), Column("source", Text), Column("rows", BigInteger)),
        *(Column("slots", ARRAY(Integer)), Column("counts", ARRAY(BigInteger))),
    )
    with reading(engine) as connection:
        return [BatchSums(**row) for row in connection.execute(select(found)).mappings()]


def read_layout(engine: Engine, reference: str) -> Layout | None:
    """Read what the slots of a reference count; nothing where it was not published (yet)."""
    slots = (
        select(*(profile_slots.c[name] for name in ("feature", "kind", "label", "is_number", "trained")))
        .where(profile_slots.c.reference == reference)
        .order_by(profile_slots.c.slot)
    )
    numbers = (
        select(
            *(profile_numbers.c[name] for name in ("feature", "trained", "total", "squares", "is_clock", "gives_time"))
        )
        .where(profile_numbers.c.reference == reference)
        .order_by(profile_numbers.c.place)
    )
    windows = (
        select(*(profile_windows.c[field.name] for field in fields(TrainedWindows)))
        .where(profile_windows.c.reference == reference)
        .order_by(profile_windows.c.feature, profile_windows.c.unit, profile_windows.c.length)
    )
    with reading(engine) as connection:
        found = [_slot(**row) for row in connection.execute(slots).mappings()]
        return (
            Layout(
                found,
                [NumberColumn(*row) for row in connection.execute(numbers)],
                [_trained(**row) for row in connection.execute(windows).mappings()],
                accepted_in_force(connection, reference),
            )
            if found
            else None
        )


def read_trained_days(engine: Engine, reference: str, feature: str) -> tuple[float, float] | None:
    """Read the first and the last time of the training data, in days since 1970; none where it has none."""
    counts = reference_profiles.c.profile["profile"]["numbers"][feature]
    query = select(counts["minimum"].as_float(), counts["maximum"].as_float()).where(
        reference_profiles.c.reference == reference
    )
    with reading(engine) as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None or row[0] is None or row[1] is None else (row[0], row[1])


def _trained(*, unit: str, **other: Any) -> TrainedWindows:
    return TrainedWindows(unit=WindowUnit(unit), **other)


def _slot(*, kind: str, **other: Any) -> Slot:
    return Slot(kind=SlotKind(kind), **other)
