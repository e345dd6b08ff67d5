"""What a use case may say of a forecast, what follows from it, and which observations are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import ValidationError

from registry.gates import GateOutcome, metrics_gate
from tests.support.usecases.forecast import START, TIDE, forecast_use_case, observed, versions
from training.errors import TrainingDataError
from training.observations.examples import checked_observations
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import ObservationsError


def test_features_follow_from_the_options_and_stay_when_it_is_read_back() -> None:
    use_case = forecast_use_case()
    names = [feature.name for feature in use_case.features]
    assert names[:4] == ["harbour", "horizon", "lag_1", "lag_2"]
    assert {"season_4", "mean_3", "std_4", "min_5", "max_5", "target_hour", "target_month"} < set(names)
    assert use_case.key == "forecast_of"
    assert use_case.outputs == ("q5", "q25", "q50", "q75", "q95")
    again = UseCase.model_validate_json(use_case.model_dump_json())
    assert again == use_case
    assert again.schema_hash == use_case.schema_hash
    assert forecast_use_case(lags=[1, 2]).schema_hash != use_case.schema_hash


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"task": "regression"}, "belong together"),
        ({"forecast": None}, "belong together"),
        ({"features": [*TIDE["features"], {"name": "wind", "type": "float"}]}, "wind: a feature of a forecast is"),
        ({"features": []}, "harbour has to be a feature of type category"),
        ({"forecast": TIDE["forecast"] | {"known_ahead": ["wind"]}}, "wind: a feature of a forecast is"),
        ({"forecast": TIDE["forecast"] | {"lags": [2, 3]}}, "lags needs 1"),
        ({"forecast": TIDE["forecast"] | {"lags": [1, 3, 3]}}, "lags names 3 twice"),
        ({"forecast": TIDE["forecast"] | {"time_zone": "Mars/Olympus"}}, "is no time zone"),
        ({"forecast": TIDE["forecast"] | {"seasons": [], "missing": "impute"}}, "impute needs forecast.seasons"),
        ({"forecast": TIDE["forecast"] | {"frequency": "1 hour"}}, "pattern"),
    ],
)
def test_what_does_not_fit_together_is_told(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        UseCase.model_validate(TIDE | change)


def test_columns_are_named_for_every_other_task() -> None:
    with pytest.raises(ValidationError, match="name the columns that the model sees under features"):
        UseCase.model_validate(
            {name: TIDE[name] for name in ("name", "title", "target", "training")} | {"task": "regression"}
        )


def test_a_version_has_to_beat_the_best_baseline_whatever_limits_are_set() -> None:
    for promotion in ({}, {"metrics": [{"name": "rmse", "max_loss": 1.0}]}):
        use_case = UseCase.model_validate(TIDE | {"promotion": promotion})
        measured = {"mae": 1.0, "rmse": 1.0, "relative_mae": 1.01}
        refused = metrics_gate(use_case, measured, None)
        assert refused.outcome is GateOutcome.REFUSED
        assert "relative_mae" in refused.detail
        passed = metrics_gate(use_case, measured | {"relative_mae": 0.9}, measured | {"relative_mae": 0.1})
        assert passed.outcome is GateOutcome.PASSED


def test_observations_are_read_as_rows_are() -> None:
    use_case = UseCase.model_validate(
        TIDE
        | {"target_decimal_comma": True, "target_missing_values": ["-"], "forecast": TIDE["forecast"] | {"maximum": 9}}
    )
    hours = [f"2026-01-01T0{hour}:00:00+01:00" for hour in range(5)]
    frame = pd.DataFrame(
        {"hour": hours, "published": hours, "harbour": ["inner"] * 4 + ["moon"], "level": ["1,5", "-", "2", "99", "3"]}
    )
    found = observed(use_case, frame)
    np.testing.assert_array_equal(found.readings, [1.5, np.nan, 2.0])
    assert found.moments[0] == pd.Timestamp("2025-12-31T23:00:00Z").value // 1_000
    assert {place: reasons[0].column for place, reasons in found.bad.items()} == {3: "level", 4: "harbour"}


def test_times_between_steps_and_readings_that_contradict_are_refused() -> None:
    use_case = forecast_use_case()
    frame = versions(20)
    odd = frame.assign(hour=frame["hour"].where(frame.index != 7, frame["hour"] + pd.Timedelta(minutes=20)))
    with pytest.raises(ObservationsError, match=r"1 of .* no whole number of steps of 1h .*row 8"):
        observed(use_case, odd)
    twice = pd.concat([frame, frame.iloc[[4]].assign(level=99.0)])
    with pytest.raises(ObservationsError, match=r"1 readings are there twice and differ.*keep one of them"):
        observed(use_case, twice)
    assert len(observed(use_case, pd.concat([frame, frame])).readings) == len(observed(use_case, frame).readings)


def test_a_row_that_tells_ahead_of_a_reading_contradicts_it_only_in_what_it_tells() -> None:
    wind = {"name": "wind", "type": "float", "nullable": True}
    content = TIDE | {"forecast": TIDE["forecast"] | {"series": None, "known_at": "", "known_ahead": ["wind"]}}
    use_case = UseCase.model_validate(content | {"features": [wind]})
    hours = [START + pd.Timedelta(hours=hour) for hour in range(3)]
    ahead = pd.DataFrame({"hour": hours, "level": np.nan, "wind": [1.0, 2.0, 3.0]})
    read = ahead.assign(level=[5.0, 6.0, 7.0])
    for frame in (pd.concat([ahead, read]), pd.concat([read, ahead])):
        found = observed(use_case, frame)
        assert found.readings.tolist() == [5.0, 6.0, 7.0]
        assert found.known_ahead.column("wind").to_pylist() == [1.0, 2.0, 3.0]
    with pytest.raises(ObservationsError, match=r"1 readings are there twice and differ, they or what is known ahead"):
        observed(use_case, pd.concat([read, read.iloc[[1]].assign(wind=9.0)]))


def test_an_hour_that_clocks_show_twice_is_not_taken_for_two_readings_of_one() -> None:
    use_case = forecast_use_case(known_at="")
    frame = pd.DataFrame({"hour": [START, START], "harbour": "inner", "level": [1.0, 2.0]})
    with pytest.raises(
        ObservationsError, match=r"inner at 2026-01-01T00:00:00.*offset from UTC if clocks were turned back"
    ):
        observed(use_case, frame)


def test_readings_of_a_clock_that_began_anew_are_named_before_memory_is_taken_for_the_steps_between() -> None:
    use_case = forecast_use_case(frequency="1min", known_at="")
    minutes = pd.date_range(START, periods=300, freq="1min")
    frame = pd.DataFrame({"hour": minutes, "harbour": "inner", "level": 1.0})
    begun_anew = frame.assign(hour=[pd.Timestamp("1970-01-01T00:05:00Z"), *minutes[1:]])
    found, _ = checked_observations(use_case, _as_texts(frame))
    assert found.rows == len(frame)
    with pytest.raises(
        TrainingDataError, match=r"from 1970-01-01 to 2026-01-01.*1 of these lie far.*such as 1970-01-01 00:05 UTC"
    ):
        checked_observations(use_case, _as_texts(begun_anew))


def _as_texts(frame: pd.DataFrame) -> pa.RecordBatch:
    return pa.RecordBatch.from_pandas(frame.astype({"hour": "str", "level": "str"}), preserve_index=False)
