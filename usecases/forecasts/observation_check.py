"""Observations read from a table: checked as rows are, on their steps, and none of them twice."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from usecases.checking.table_check import check_table
from usecases.columns.texts import true_where
from usecases.contract.forecast import ForecastOptions
from usecases.contract.observations import observation_columns, observation_contract
from usecases.contract.row_layout import canonical_columns
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import (
    Integers,
    Observations,
    ObservationsError,
    in_order,
    options_of,
    series_names,
)

_SHOWN = 3


def read_observations(use_case: UseCase, table: pa.RecordBatch) -> Observations:
    """Check a table of observations as the rows of a file are checked, and put what is good in order.

    Parameters
    ----------
    use_case
        The forecast.
    table
        A row for each version of each reading. Rows without a reading may tell what is known ahead.

    Raises
    ------
    usecases.contract.row_layout.TableRefusedError
        If a column is missing or unknown.
    ObservationsError
        If times do not lie a whole number of steps apart, or two versions contradict each other.
    """
    options = options_of(use_case)
    contract = observation_contract(use_case)
    checked = check_table(contract, canonical_columns(contract, table))
    good = checked.good
    count = good.num_rows
    names = observation_columns(use_case, options)
    moments = _microseconds(good.column(names.time))
    known_at = moments if names.known_at is None else _microseconds(good.column(names.known_at), moments)
    series = np.zeros(count, dtype=np.int64)
    if options.series is not None:
        series = good.column(options.series).indices.to_numpy(zero_copy_only=False).astype(np.int64)
    values = good.column(use_case.target).to_numpy(zero_copy_only=False).astype(np.float64)
    _require_steps(options, moments, np.asarray(checked.good_positions))
    found = Observations(
        series, moments, known_at, values, good.select(list(options.known_ahead)), dict(checked.bad), table.num_rows,
    )  # fmt: skip
    return _without_repeats(use_case, in_order(found))


def _microseconds(column: pa.Array, instead: Integers | None = None) -> Integers:
    numbers = column.cast(pa.int64())
    if instead is not None:
        numbers = numbers.fill_null(-1)
        found = numbers.to_numpy(zero_copy_only=False)
        return np.where(found < 0, instead, found)
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.int64)


def _require_steps(options: ForecastOptions, moments: Integers, positions: Integers) -> None:
    """Refuse times that are off the steps: they would be moved to another hour without a word."""
    if not moments.size:
        raise ObservationsError("there are no good observations; get some, or correct what the reasons name")
    phases, counts = np.unique(moments % options.step, return_counts=True)
    if phases.size > 1:
        odd = np.flatnonzero(moments % options.step != phases[counts.argmax()])
        rows = ", ".join(f"{int(positions[place]) + 1:,}" for place in odd[:_SHOWN])
        raise ObservationsError(
            f"{odd.size:,} of {moments.size:,} times are no whole number of steps of {options.frequency} from the others, the "
            f"first in row {rows}; round the times, or write the forecast.frequency that they have (days that begin at midnight "
            "of a zone with summer time are written as days alone, 2026-03-30)"
        )


def _tell_others(found: Observations) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which rows tell something else to be known ahead than the row after them."""
    result = np.zeros(max(0, len(found.moments) - 1), dtype=np.bool_)
    for column in found.known_ahead.columns:
        known = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        before, after = known.slice(0, len(result)), known.slice(1)
        is_other = pc.or_kleene(pc.not_equal(before, after), pc.xor(before.is_valid(), after.is_valid()))
        result |= true_where(is_other)
    return result


def _without_repeats(use_case: UseCase, found: Observations) -> Observations:
    """Leave out repeated versions; what contradicts itself is refused."""
    options = options_of(use_case)
    same_time = (np.diff(found.series) == 0) & (np.diff(found.moments) == 0)
    same = same_time & (np.diff(found.known_at) == 0)
    left, right = found.readings[:-1], found.readings[1:]
    # Without such a column a row may tell what is known ahead, and another the reading, which stands behind it: see in_order.
    is_ahead = np.isnan(left) & (np.isnan(right) if options.known_at else True)
    differ = same & (left != right) & ~is_ahead
    differ |= same & (np.isnan(left) == np.isnan(right)) & _tell_others(found)
    if differ.any():
        place = int(np.flatnonzero(differ)[0])
        name = series_names(use_case)[int(found.series[place])]
        moment = np.datetime64(int(found.moments[place]), "us")
        where = f"{name} at {moment}Z".strip()
        advice = (
            "keep one of them"
            if options.known_at
            else "name the column that tells when each was known under forecast.known_at, write times with their offset from "
            "UTC if clocks were turned back, or keep one of them"
        )
        raise ObservationsError(
            f"{int(differ.sum()):,} readings are there twice and differ, they or what is known ahead, the first of {where}; {advice}"
        )
    return found.take(np.append(~same, True))  # the last row repeats none after it
