"""Times and numbers that count on lie past all that was learned from, and are no drift for that."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from monitoring.drift.statistics import psi
from monitoring.profiles.building import profile, reference_profile
from usecases.columns.clocks import is_calendar, is_clock, is_running
from usecases.contract.spec import UseCase
from usecases.tasks.definition import Scores

LINE = UseCase.model_validate(
    {
        "name": "line",
        "title": "Line",
        "task": "regression",
        "target": "speed",
        "features": [
            {"name": "read_at", "type": "timestamp"},
            {"name": "reading", "type": "integer"},
            {"name": "sold", "type": "integer"},
            {"name": "year", "type": "integer"},
            {"name": "heat_k", "type": "float"},
        ],
        "training": {"data": "line.csv"},
    }
)
ROWS = 1_000
DAY = 86_400_000_000


def rows(first: int, heat: float) -> tuple[pa.RecordBatch, Scores]:
    """Make rows from a day on, each a day after the one before."""
    days = np.arange(first, first + ROWS)
    times = days * DAY
    dates = np.array([int(str(np.datetime64(int(day), "D")).replace("-", "")) for day in days])
    found = pa.record_batch(
        {
            "read_at": pa.array(times, pa.int64()).cast(pa.timestamp("us", "UTC")),
            "reading": pa.array(days),
            "sold": pa.array(dates),
            "year": pa.array(dates // 10_000),
            "heat_k": pa.array(np.random.default_rng(first).normal(heat, 1, ROWS)),
        }
    )
    zero = pa.array(np.zeros(ROWS))
    return found, Scores(zero, pa.nulls(ROWS, pa.float64()), None)


def test_a_clock_that_went_on_has_not_drifted_and_a_measure_that_moved_has() -> None:
    reference = reference_profile(LINE, *rows(18_000, 300))
    served = profile(LINE, reference.bins, *rows(20_000, 303))
    distances = {
        name: psi(reference.profile.numbers[name].counts, counts.counts) for name, counts in served.numbers.items()
    }
    assert distances.pop("heat_k") > 1
    assert distances == dict.fromkeys(("read_at", "reading", "sold", "year"), 0.0)
    # It is shown all the same: how many lie past training, and where.
    assert served.numbers["reading"].above == ROWS
    assert served.numbers["reading"].minimum == 20_000


@pytest.mark.parametrize(
    ("name", "numbers", "found"),
    [
        ("nr", np.arange(50), True),
        ("nr", np.random.default_rng(0).permutation(50) * 10 + 7, True),
        ("nr", np.delete(np.arange(100), [3, 17, 40, 41, 90]), True),
        ("elapsed", np.arange(50) * 0.1, True),
        ("nr", np.arange(19), False),
        ("nr", np.where(np.arange(50) == 3, np.nan, np.arange(50)), False),
        ("age", np.random.default_rng(0).integers(18, 90, 50), False),
        ("price", np.sort(np.random.default_rng(0).exponential(10, 50)), False),
        ("delivery_date", np.array([20_240_229, 20_251_231, 20_240_229]), True),
        ("delivered", 20_240_200 + np.random.default_rng(0).integers(1, 30, 50), True),
        ("month", 202_600 + np.random.default_rng(0).integers(1, 13, 50), True),
        ("customer", 20_249_900 + np.random.default_rng(0).integers(1, 30, 50), False),
        ("unix_time", np.array([1_780_000_000, 1_780_003_600, 1_780_003_600]), True),
        ("salary", np.array([780_000_000, 780_003_600, 780_003_600]), False),
        ("order_date", np.array([44_197, 45_000, 45_000]), True),
        ("order_value", np.array([44_197, 45_000, 45_000]), False),
        ("order_date", np.array([4_419, 4_500, 4_500]), False),
        ("orderdate", np.array([46_197.25, 46_198.5, 46_199.125]), True),
        ("price", np.array([46_197.25, 46_198.5, 46_199.125]), False),
        ("day", 2_025_340 + np.random.default_rng(0).integers(1, 26, 50), True),
        ("nr", np.concatenate([2_025_340 + np.arange(1, 26, 2), 2_026_000 + np.arange(1, 99, 3)]), True),
        ("price", np.random.default_rng(0).integers(1_950_000, 2_090_000, 50), False),
        ("year", np.array([2019, 2020, 2020]), True),
        ("year_built", np.array([2019, 2020, 2020]), False),
    ],
)  # fmt: skip
def test_what_is_a_clock(name: str, numbers: np.ndarray, found: bool) -> None:  # noqa: FBT001  # a case
    assert is_clock(name, numbers.astype(np.float64)) is found


def test_running_and_calendar_numbers_are_told_apart() -> None:
    assert is_running(np.arange(40.0))
    assert not is_calendar("nr", np.arange(40.0))
