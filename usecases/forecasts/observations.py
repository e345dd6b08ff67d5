"""Observations of a forecast, in order of series, time, and when they were known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from usecases.checking.reasons import Reason
from usecases.columns.features import CategoryFeature
from usecases.contract.forecast import ForecastOptions
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats

Integers = np.ndarray[Any, np.dtype[np.int64]]


class ObservationsError(ValueError):
    """The observations cannot be forecast from; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Observations:
    """Versions of readings, in order of series, time, and when they were known.

    Attributes
    ----------
    series
        Code of the series.
    moments
        Time of the reading, in microseconds since 1970.
    known_at
        When this version was known, likewise; the time of the reading where nobody says.
    readings
        The readings, NaN where one is missing or bad.
    known_ahead
        The features that are known ahead, at the time of the reading.
    bad
        Rows that were left out, by their places, with the reasons.
    rows
        Rows there were.
    """

    series: Integers
    moments: Integers
    known_at: Integers
    readings: Floats
    known_ahead: pa.RecordBatch
    bad: dict[int, list[Reason]]
    rows: int

    def take(self, which: Any) -> Observations:
        """Return some of them, by a mask."""
        places = np.flatnonzero(which)
        return Observations(
            self.series[places], self.moments[places], self.known_at[places], self.readings[places],
            self.known_ahead.take(pa.array(places)), self.bad, self.rows,
        )  # fmt: skip

    def known_by(self, moment: int) -> Observations:
        """Return those that were known at a moment, as they were known then."""
        return self.take(self.known_at <= moment)


def in_order(found: Observations) -> Observations:
    """Return observations in order of series, time, and when they were known; those without a reading before it."""
    order = np.lexsort((~np.isnan(found.readings), found.known_at, found.moments, found.series))
    return Observations(
        found.series[order], found.moments[order], found.known_at[order], found.readings[order],
        found.known_ahead.take(pa.array(order)), found.bad, found.rows,
    )  # fmt: skip


def put_together(parts: Sequence[Observations]) -> Observations:
    """Return observations that were read one after the other as one, in order."""
    if len(parts) == 1:
        return in_order(parts[0])
    return in_order(
        Observations(
            np.concatenate([part.series for part in parts]),
            np.concatenate([part.moments for part in parts]),
            np.concatenate([part.known_at for part in parts]),
            np.concatenate([part.readings for part in parts]),
            pa.concat_batches([part.known_ahead for part in parts]),
            {},
            sum(part.rows for part in parts),
        )
    )


def options_of(use_case: UseCase) -> ForecastOptions:
    """Return the options of a forecast.

    Raises
    ------
    ObservationsError
        If the use case is no forecast.
    """
    if use_case.forecast is None:
        raise ObservationsError(
            f"{use_case.name} is a {use_case.task}; observations are for use cases of task: forecast"
        )
    return use_case.forecast


def series_names(use_case: UseCase) -> tuple[str, ...]:
    """Return the names of the series in the order of their codes; one without a name where there is one series."""
    options = options_of(use_case)
    if options.series is None:
        return ("",)
    feature = use_case.features_by_name[options.series]
    assert isinstance(feature, CategoryFeature)  # noqa: S101  # the use case has made sure of it
    return feature.values
