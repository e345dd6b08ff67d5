"""A row of a forecast tells what was known at its origin, and nothing else."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.usecases.forecast import START, TIDE, forecast_use_case, observed, versions
from usecases.contract.spec import UseCase
from usecases.forecasts.grid import Grid, build_grid
from usecases.forecasts.observations import Observations
from usecases.forecasts.rows import Pairs, all_pairs, build_all_rows, build_rows, joined

HOURS = 60
HOUR = 3_600_000_000
NOW = START.value // 1_000
POLICIES = ["leave", "carry", "impute", "refuse"]


def rows_at(use_case: UseCase, found: Observations, origin: int) -> pd.DataFrame:
    """Return all rows of an origin, hours after the start."""
    grid = build_grid(use_case, found)
    step = grid.step_of(NOW + origin * HOUR)
    pairs = all_pairs(grid, 6, step, step + 1)
    rows: pd.DataFrame = joined(list(build_rows(use_case, grid, pairs)), use_case).rows.to_pandas()
    return rows


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(left, right, rtol=1e-9, atol=1e-9, check_dtype=False, check_categorical=False)


def known_then(frame: pd.DataFrame, harbour: str, hour: int, origin: int) -> float:
    """Return a reading as it was known an hour after an origin: the plain way, one by one."""
    until = START + pd.Timedelta(hours=origin + 1)
    here = frame[(frame["harbour"] == harbour) & (frame["hour"] == START + pd.Timedelta(hours=hour))]
    here = here[here["published"] <= until].sort_values("published")
    return float(here["level"].iloc[-1]) if len(here) else float("nan")


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), origin=st.integers(20, HOURS - 8), policy=st.sampled_from(POLICIES))
def test_rows_of_an_origin_depend_on_nothing_that_was_known_later(seed: int, origin: int, policy: str) -> None:
    use_case = forecast_use_case(missing=policy)
    frame = versions(HOURS, seed)
    known = frame[frame["published"] <= START + pd.Timedelta(hours=origin + 1)]
    # The first and the last hour stay, so that an origin is the same step of both grids.
    ends = pd.DataFrame({"hour": [START, START + pd.Timedelta(hours=HOURS + 9)], "harbour": "inner", "level": np.nan})
    ends["published"] = ends["hour"]
    all_rows = rows_at(use_case, observed(use_case, pd.concat([frame, ends]).sample(frac=1, random_state=seed)), origin)
    known_rows = rows_at(use_case, observed(use_case, pd.concat([known, ends])), origin)
    same(all_rows, known_rows)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_readings_are_those_known_then(seed: int) -> None:
    use_case = forecast_use_case()
    frame = versions(HOURS, seed)
    found = observed(use_case, frame)
    grid = build_grid(use_case, found)
    for origin in (15, 30, 45):
        shift = grid.step_of(NOW)
        pairs = all_pairs(grid, 6, origin + shift, origin + shift + 1)
        rows = joined(list(build_rows(use_case, grid, pairs)), use_case).rows.to_pandas()
        for row in rows.to_dict("records"):
            window = [known_then(frame, row["harbour"], origin - back, origin) for back in range(8)]
            for lag in (1, 2, 3, 8):
                assert row[f"lag_{lag}"] == pytest.approx(window[lag - 1], nan_ok=True)
            for season in (4, 12):
                back = -row["horizon"] % season
                expected = known_then(frame, row["harbour"], origin - back, origin)
                assert row[f"season_{season}"] == pytest.approx(expected, nan_ok=True)
            present = pd.Series(window).dropna()
            recent = pd.Series(window[:3]).dropna()
            assert row["mean_8"] == pytest.approx(present.mean(), nan_ok=True)
            assert row["mean_3"] == pytest.approx(recent.mean(), nan_ok=True)
            assert row["std_4"] == pytest.approx(pd.Series(window[:4]).std(), nan_ok=True)
            assert row["min_5"] == pytest.approx(pd.Series(window[:5]).min(), nan_ok=True)


def test_a_plain_join_by_time_would_have_told_the_future() -> None:
    use_case = forecast_use_case()
    frame = versions(HOURS, seed=3)
    newest = frame.sort_values("published").groupby(["harbour", "hour"]).last()["level"]
    grid = build_grid(use_case, observed(use_case, frame))
    rows = joined(list(build_rows(use_case, grid, all_pairs(grid, 1, 12, HOURS - 2))), use_case)
    told = rows.rows.to_pandas()
    at = pd.to_datetime(rows.origins, unit="us", utc=True)
    joined_plainly = [
        newest.get((harbour, moment), np.nan) for harbour, moment in zip(told["harbour"], at, strict=True)
    ]
    as_known = [
        known_then(
            frame,
            harbour,
            round((moment - START) / pd.Timedelta(hours=1)),
            round((moment - START) / pd.Timedelta(hours=1)),
        )
        for harbour, moment in zip(told["harbour"], at, strict=True)
    ]
    np.testing.assert_allclose(told["lag_1"], as_known)
    differ = ~np.isclose(joined_plainly, as_known, equal_nan=True)
    assert differ.mean() > 0.1


@pytest.mark.parametrize(("policy", "expected"), [("carry", 2.0), ("impute", 9.0), ("leave", np.nan)])
def test_what_stands_in_for_a_missing_reading(policy: str, expected: float) -> None:
    use_case = forecast_use_case(missing=policy, lags=[1], seasons=[4], rolling_std=[], known_at="", series=None)
    levels = [1.0, 1.0, 9.0, 1.0, 1.0, 2.0, np.nan, 3.0, 3.0]
    hours = START + pd.to_timedelta(np.arange(len(levels)), unit="h")
    frame = pd.DataFrame({"hour": hours, "level": levels})
    found = rows_at(use_case, observed(use_case, frame), 6)
    assert found["lag_1"].iloc[0] == pytest.approx(expected, nan_ok=True)


def test_refuse_builds_no_row_from_an_origin_that_lacks_a_lag() -> None:
    frame = versions(HOURS, seed=5)
    found = observed(forecast_use_case(missing="refuse"), frame)
    counts = {}
    for policy in ("leave", "refuse"):
        use_case = forecast_use_case(missing=policy)
        grid = build_grid(use_case, found)
        rows = joined(list(build_rows(use_case, grid, all_pairs(grid, 6, 12, 50))), use_case).rows
        counts[policy] = rows.num_rows
        if policy == "refuse":
            assert all(rows.column(name).null_count == 0 for name in rows.schema.names)
    assert 0 < counts["refuse"] < counts["leave"]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Europe/Berlin", "2026-06-01", 24),
        ("Asia/Kolkata", "2026-03-29", 24),
        ("Asia/Kolkata", "2026-10-25", 24),
    ],
)
def test_a_day_has_the_hours_that_its_clocks_show(zone: str, day: str, hours: int) -> None:
    use_case = forecast_use_case(time_zone=zone, horizon=26, known_at="", series=None)
    midnight = pd.Timestamp(day, tz=zone)
    # Readings on the hour of the zone, which in Kolkata is half past of UTC.
    times = pd.date_range(midnight - pd.Timedelta(hours=40), midnight + pd.Timedelta(hours=30), freq="h")
    grid = build_grid(use_case, observed(use_case, pd.DataFrame({"hour": times, "level": 1.0})))
    origin = grid.step_of(midnight.value // 1_000) - 1
    rows = joined(list(build_rows(use_case, grid, all_pairs(grid, 26, origin, origin + 1))), use_case).rows.to_pandas()
    targets = pd.to_datetime(rows["forecast_of"]).dt.tz_convert(zone)
    of_day = targets[targets.dt.strftime("%Y-%m-%d") == day]
    assert len(of_day) == hours
    assert of_day.iloc[0] == midnight
    assert {after - before for before, after in pairwise(of_day)} == {pd.Timedelta(hours=1)}
    shown = rows.loc[of_day.index]
    assert (shown["target_hour"] == of_day.dt.hour).all()
    assert (shown["target_day"] == of_day.dt.day).all()
    assert (shown["target_day_of_year"] == of_day.dt.day_of_year).all()
    assert sorted(set(shown["target_hour"])) == [hour for hour in range(24) if hours != 23 or hour != 2]


def test_what_is_known_ahead_is_taken_as_it_was_known_at_the_origin() -> None:
    content: dict[str, Any] = TIDE | {
        "forecast": TIDE["forecast"] | {"known_ahead": ["wind"], "series": None},
        "features": [{"name": "wind", "type": "float", "nullable": True}],
    }
    use_case = UseCase.model_validate(content)
    hours = START + pd.to_timedelta(np.arange(20), unit="h")
    readings = pd.DataFrame({"hour": hours, "published": hours, "level": 1.0, "wind": 0.0})
    late = START + pd.Timedelta(hours=22)
    announced = pd.DataFrame(
        {
            "hour": [late, late],
            "published": START + pd.to_timedelta([15, 19], unit="h"),
            "level": np.nan,
            "wind": [4.0, 7.0],
        }
    )
    found = observed(use_case, pd.concat([readings, announced]))
    grid = build_grid(use_case, found)
    pairs = Pairs(np.zeros(3, dtype=np.int64), np.array([16, 17, 19]), np.array([6, 5, 3]))
    told = joined(list(build_rows(use_case, grid, pairs)), use_case).rows.column("wind").to_pylist()
    assert told == [4.0, 4.0, 7.0]


def test_rows_are_built_alike_in_blocks_of_series(monkeypatch: pytest.MonkeyPatch) -> None:
    use_case = forecast_use_case()
    grid: Grid = build_grid(use_case, observed(use_case, versions(HOURS, seed=8)))
    pairs = all_pairs(grid, 6, 12, 50)
    whole = joined(list(build_rows(use_case, grid, pairs)), use_case)
    monkeypatch.setattr("usecases.forecasts.rows._MOST_CELLS", 1)
    monkeypatch.setattr("usecases.forecasts.rows._MOST_ROWS", 17)
    pieces = list(build_rows(use_case, grid, pairs))
    assert len(pieces) > 10
    apart = joined(pieces, use_case)
    same(whole.rows.to_pandas(), apart.rows.to_pandas())
    assert isinstance(apart.rows, pa.RecordBatch)
    np.testing.assert_array_equal(whole.targets, apart.targets)
    every = joined(list(build_all_rows(use_case, grid, 12, 50)), use_case)
    same(whole.rows.to_pandas(), every.rows.to_pandas())
    np.testing.assert_array_equal(whole.targets, every.targets)
