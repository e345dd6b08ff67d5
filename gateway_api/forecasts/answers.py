"""Forecasts, as answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from gateway_api.wire.answers import Answer
from gateway_api.wire.cursors import cursor_of_id, cut_page
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import options_of


class ForecastEntry(Answer):
    """What is expected of one series at one time."""

    id: UUID = Field(description="Id of the prediction.")
    series: str | None = Field(description="Name of the series; none where there is only one.")
    origin: datetime = Field(description="Newest time whose reading was known.")
    version: int = Field(description="Version of the forecast from this origin; 1 as it was answered first.")
    time: datetime = Field(description="Time that is forecast.")
    horizon: int = Field(description="Steps from the origin to it.")
    prediction: float = Field(description="What is expected.")
    quantiles: dict[str, float] | None = Field(description="Ends of the intervals, and the median; none of a baseline.")
    came_true: float | None = Field(
        description="What was read there, as is known now; none where nothing was read yet."
    )
    model_version: int = Field(
        description="Version of the model that answered; 0 for a baseline, while no version is served."
    )


class ForecastOrigin(Answer):
    """A forecast from one origin."""

    origin: datetime = Field(description="Newest time whose reading was known.")
    version: int = Field(description="1 as it was answered first; readings that came late make a further version.")
    made_at: datetime = Field(description="When it was made.")
    batch_id: UUID = Field(description="Batch of its rows.")
    missing: int = Field(description="Readings that its rows look back on and that were not there.")
    left_out: list[str] = Field(description="Series that could not be forecast, for want of readings.")


class Reading(Answer):
    """A reading, as is known now."""

    series: str | None = Field(description="Name of the series; none where there is only one.")
    time: datetime = Field(description="Its time.")
    value: float = Field(description="The reading.")


class ForecastPage(Answer):
    """Forecasts."""

    use_case: str = Field(description="Use case they are of.")
    unit: str = Field(description="Unit of the readings; empty where none is declared.")
    time_zone: str = Field(description="Zone whose clocks the use case goes by; times here are in UTC.")
    origins: list[ForecastOrigin] = Field(description="The forecasts that the entries are of, the newest first.")
    forecasts: list[ForecastEntry] = Field(description="One page of entries, the newest origin first.")
    readings: list[Reading] = Field(description="Readings before, where `history` asks for them.")
    next_cursor: str | None = Field(description="Where the next page begins; none on the last.")


class ForecastWaits(Answer):
    """A forecast that is on its way."""

    use_case: str = Field(description="Use case it is of.")
    batch_id: UUID | None = Field(description="Batch of its rows; none while nobody has begun with it.")


def forecast_page(use_case: UseCase, rows: Sequence[Any], limit: int, readings: Sequence[Any] = ()) -> ForecastPage:
    """Build a page; it was asked for with one row more than its limit, which tells whether there is another."""
    options = options_of(use_case)
    shown, cursor = cut_page(rows, limit, lambda last: cursor_of_id(last["id"]))
    origins = {row["batch_id"]: row for row in shown}
    names = ("origin", "version", "made_at", "batch_id", "missing", "left_out")
    return ForecastPage(
        use_case=use_case.name,
        unit=options.unit,
        time_zone=options.time_zone,
        origins=[ForecastOrigin(**{name: row[name] for name in names}) for row in origins.values()],
        forecasts=[_entry(use_case, row) for row in shown],
        readings=[
            Reading(series=row["series"] or None, time=row["event_time"], value=row["reading"]) for row in readings
        ],
        next_cursor=cursor,
    )


def _entry(use_case: UseCase, row: Any) -> ForecastEntry:
    names = ("id", "origin", "version", "time", "horizon", "prediction", "came_true", "model_version")
    scores = row["scores"]
    return ForecastEntry(
        series=row["series"] or None,
        quantiles=None if scores is None else dict(zip(use_case.outputs, scores, strict=True)),
        **{name: row[name] for name in names},
    )
