"""How a drift came about is told from made-up series: steps, ramps, and what was always so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from monitoring.drift.changes import Change, ChangeKind, Followed, change_of, uncovered_month
from monitoring.drift.columns import Column
from sql.profiles.reference import Slot, SlotKind

START = datetime(2026, 5, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
EDGES = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
NORMAL = np.random.default_rng(1).normal(size=10_000)


def column(values: np.ndarray) -> Column:
    trained, served = (np.bincount(np.searchsorted(EDGES, one), minlength=6).tolist() for one in (NORMAL, values))
    slots = [
        Slot("torque", SlotKind.BIN, str(place), is_number=True, trained=rows) for place, rows in enumerate(trained)
    ]
    return Column("torque", 0, slots, served, None)


def told(means: np.ndarray, *, window: int = 6, rows: int = 200, seed: int = 3) -> Change | None:
    """Serve hours of such means, of which the last are the window that drifted."""
    generator = np.random.default_rng(seed)
    hours = [generator.normal(mean, 1.0, rows) for mean in means]
    followed = [Followed(START + place * HOUR, column(values)) for place, values in enumerate(hours)]
    return change_of(column(np.concatenate(hours[-window:])), followed)


@pytest.mark.parametrize("at", [3, 20, 44])
@pytest.mark.parametrize("seed", range(5))
def test_a_step_is_sudden_and_its_hour_is_named(at: int, seed: int) -> None:
    means = np.where(np.arange(48) < at, 0.0, 1.5)
    found = told(means, window=min(6, 48 - at), seed=seed)
    assert found is not None
    assert (found.kind, found.since) == (ChangeKind.SUDDEN, START + at * HOUR)
    assert found.detail == f"sudden, at {START + at * HOUR:%Y-%m-%d %H:%M} UTC"


@pytest.mark.parametrize("seed", range(5))
def test_a_step_within_an_hour_is_sudden_in_that_hour(seed: int) -> None:
    means = np.array([0.0] * 20 + [0.7] + [1.5] * 20)
    found = told(means, seed=seed)
    assert found is not None
    assert (found.kind, found.since) == (ChangeKind.SUDDEN, START + 20 * HOUR)


@pytest.mark.parametrize(("begins", "ends"), [(0, 47), (12, 47), (10, 30)])
@pytest.mark.parametrize("seed", range(5))
def test_a_ramp_is_gradual_from_about_where_it_begins(begins: int, ends: int, seed: int) -> None:
    found = told(np.interp(np.arange(48), [begins, ends], [0.0, 2.0]), seed=seed)
    assert found is not None
    assert found.kind is ChangeKind.GRADUAL
    assert found.since is not None
    assert abs(found.since - (START + begins * HOUR)) <= 10 * HOUR


@pytest.mark.parametrize("seed", range(5))
def test_what_was_always_so_has_no_change(seed: int) -> None:
    assert told(np.full(48, 1.5), seed=seed) is None
    assert told(1.5 + 0.3 * np.sin(np.arange(48)), seed=seed) is None


def test_a_single_span_has_nothing_before_it() -> None:
    assert told(np.array([1.5]), window=1) is None
    assert told(np.array([0.0, 1.5]), window=1) is not None


def test_spans_of_few_rows_say_nothing() -> None:
    assert told(np.array([0.0, 1.5]), window=1, rows=19) is None


@pytest.mark.parametrize(
    ("day", "first", "last", "expected"),
    [
        ("2026-08-15", "2026-01-01", "2026-06-30", "August"),
        ("2026-06-15", "2026-01-01", "2026-06-30", None),
        ("2026-08-15", "2025-01-01", "2026-06-30", None),
        ("2027-01-15", "2025-11-20", "2026-02-03", None),
        ("2026-03-01", "2025-11-20", "2026-02-03", "March"),
    ],
)
def test_a_month_that_training_does_not_hold_is_named(day: str, first: str, last: str, expected: str | None) -> None:
    days = [datetime.fromisoformat(one).replace(tzinfo=UTC).timestamp() / 86_400 for one in (day, first, last)]
    assert uncovered_month(days[0], (days[1], days[2])) == expected


def test_without_times_there_is_no_season() -> None:
    assert uncovered_month(None, (1.0, 2.0)) is None
    assert uncovered_month(20_000.0, None) is None
