"""What is sent to be forecast: the rows of one origin, made of what is known now."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from inference_worker.model_cache import ModelCache, NoModelError
from tests.support.usecases.forecast import START, TIDE, forecast_use_case, observed, versions
from usecases.contract.spec import UseCase
from usecases.forecasts.baselines import NoReadingError, baseline_scores, baselines, best_baseline
from usecases.forecasts.observations import options_of
from usecases.forecasts.origins import newest_origin, rows_at, seen_from

HOUR = 3_600_000_000
FIRST = START.value // 1_000


def readings(levels: dict[str, list[float]], **more: Any) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {"hour": START + pd.to_timedelta(np.arange(len(found)), unit="h"), "harbour": name, "level": found}
        )
        for name, found in levels.items()
    ]
    frame = pd.concat(frames, ignore_index=True)
    return frame.assign(published=frame["hour"], **more)


def test_rows_hold_the_newest_version_of_each_reading_and_nothing_after_the_origin() -> None:
    use_case = forecast_use_case()
    frame = versions(80, seed=4)
    origin = FIRST + 50 * HOUR
    built = rows_at(use_case, observed(use_case, frame), origin)
    assert built is not None
    rows = built.rows.to_pandas()
    assert list(rows["horizon"]) == [1, 2, 3, 4, 5, 6] * 2
    newest = frame.sort_values("published").groupby(["harbour", "hour"])["level"].last()
    missing = 0
    for harbour in ("inner", "outer"):
        own = rows[rows["harbour"] == harbour]
        window = [newest.get((harbour, START + pd.Timedelta(hours=50 - back)), np.nan) for back in range(12)]
        missing += int(np.isnan(window).sum())
        for lag in (1, 2, 3, 8):
            np.testing.assert_allclose(own[f"lag_{lag}"], window[lag - 1])
        np.testing.assert_allclose(own["mean_8"], np.nanmean(window[:8]))
        assert own["forecast_of"].iloc[0] == f"{harbour}@2026-01-03T03:00:00Z"
    assert built.missing == missing
    later = frame["hour"] > START + pd.Timedelta(hours=50)
    changed = frame.assign(level=frame["level"].where(~later, 99.0))
    again = rows_at(use_case, observed(use_case, changed), origin)
    assert again is not None
    assert again.rows.equals(built.rows)
    first, last = seen_from(options_of(use_case), origin)
    moments = (frame["hour"] - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(microseconds=1)
    seen = rows_at(use_case, observed(use_case, frame[(moments >= first) & (moments <= last)]), origin)
    assert seen is not None
    pd.testing.assert_frame_equal(seen.rows.to_pandas(), rows, rtol=1e-12)


def test_an_origin_is_complete_when_every_series_has_it_or_its_delay_is_over() -> None:
    use_case = forecast_use_case(delay="2h")
    found = observed(use_case, readings({"inner": [1.0] * 10, "outer": [1.0] * 8}))
    assert newest_origin(use_case, found, FIRST + 9 * HOUR) == FIRST + 7 * HOUR
    assert newest_origin(use_case, found, FIRST + 10 * HOUR) == FIRST + 8 * HOUR
    assert newest_origin(use_case, found, FIRST + 11 * HOUR) == FIRST + 9 * HOUR
    assert newest_origin(use_case, found, FIRST - 1) is None


def test_a_series_without_readings_is_left_out_and_named() -> None:
    use_case = forecast_use_case(missing="refuse", seasons=[4])
    frame = readings({"inner": [1.0] * 20, "outer": [1.0] * 18})
    built = rows_at(use_case, observed(use_case, frame), FIRST + 19 * HOUR)
    assert built is not None
    assert built.left_out == ("outer",)
    assert built.rows.num_rows == 6
    assert rows_at(use_case, observed(use_case, frame), FIRST + 30 * HOUR) is None


def test_what_is_known_ahead_is_taken_from_what_is_known_now() -> None:
    content: dict[str, Any] = TIDE | {
        "forecast": TIDE["forecast"] | {"known_ahead": ["wind"], "series": None},
        "features": [{"name": "wind", "type": "float", "nullable": True}],
    }
    use_case = UseCase.model_validate(content)
    hours = START + pd.to_timedelta(np.arange(30), unit="h")
    frame = pd.DataFrame({"hour": hours, "published": hours, "level": 1.0, "wind": np.arange(30.0)})
    frame.loc[frame.index > 20, "level"] = np.nan
    built = rows_at(use_case, observed(use_case, frame), FIRST + 20 * HOUR)
    assert built is not None
    assert built.rows.column("wind").to_pylist() == [21.0, 22.0, 23.0, 24.0, 25.0, 26.0]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("Europe/Berlin", "2026-03-29", 23), ("Europe/Berlin", "2026-10-25", 25), ("Asia/Kolkata", "2026-10-25", 24)],
)
def test_a_day_on_which_clocks_change_has_each_of_its_hours_once(zone: str, day: str, hours: int) -> None:
    use_case = forecast_use_case(time_zone=zone, horizon=26, known_at="", series=None)
    midnight = pd.Timestamp(day, tz=zone)
    times = pd.date_range(midnight - pd.Timedelta(hours=40), midnight - pd.Timedelta(hours=1), freq="h")
    found = observed(use_case, pd.DataFrame({"hour": times, "level": 1.0}))
    built = rows_at(use_case, found, times[-1].value // 1_000)
    assert built is not None
    targets = pd.to_datetime(built.rows.to_pandas()["forecast_of"]).dt.tz_convert(zone)
    of_day = targets[targets.dt.strftime("%Y-%m-%d") == day]
    assert len(of_day) == of_day.nunique() == hours


def test_a_baseline_answers_without_intervals_until_a_version_is_served() -> None:
    use_case = forecast_use_case(rolling_mean=[8])
    options = options_of(use_case)
    measured = {"mae_last_value": 2.0, "mae_season_4": 1.0, "mae_season_12": 1.5}
    assert best_baseline(options, measured) == "season_4"
    assert best_baseline(options, measured | {"mae_last_value": 0.5}) == "last_value"
    assert best_baseline(options, {}) == "season_4"
    built = rows_at(use_case, observed(use_case, versions(40, seed=2)), FIRST + 30 * HOUR)
    assert built is not None
    models = ModelCache()
    with pytest.raises(NoModelError):
        models.take(use_case)
    models.answer_by(use_case.name, "season_4")
    served = models.take(use_case)
    scores = served.score(use_case, built.rows)
    assert (served.version, served.tally, scores.scores) == (0, None, None)
    assert models.versions() == {}, "a baseline is no version that a worker reports"
    np.testing.assert_allclose(scores.prediction.to_numpy(), baselines(use_case, built.rows)["season_4"])
    readings_only = [
        name for name in built.rows.schema.names if name.split("_")[0] in {"lag", "season", "mean", "min", "max", "std"}
    ]
    bare = pa.RecordBatch.from_arrays(
        [
            pa.nulls(1, field.type) if field.name in readings_only else built.rows.column(field.name).slice(0, 1)
            for field in built.rows.schema
        ],
        schema=built.rows.schema,
    )
    with pytest.raises(NoReadingError, match="no reading to forecast from"):
        baseline_scores(use_case, "last_value", bare)
