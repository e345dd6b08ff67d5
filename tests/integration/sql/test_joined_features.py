"""Features are joined by key: at prediction what is known then, at training what was known at the time of each row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from sql.observations.freshness import FeatureFreshness, feature_freshness
from sql.observations.joining import features_as_of, known_features
from sql.registry.registration import SchemaChangedError, register
from tests.integration.sql.test_point_in_time import LATE, WITH_DUCKDB, with_duckdb, with_pandas
from tests.support import servers
from tests.support.usecases.forecast import START, versions
from tests.support.usecases.joined import BERTH, joined_use_case, tide_use_case
from tests.support.usecases.stored import registered, store
from training.errors import TrainingDataError
from training.observations.joined_features import with_joined_features
from usecases.contract.spec import UseCase

TIDE = tide_use_case()
BERTHS = joined_use_case()
TABLE = BERTHS.feature_tables[0]
HOURS = 200
AGE = pd.Timedelta(hours=3)


@pytest.fixture(scope="module")
def engine(postgres_server: servers.Database) -> Iterator[Engine]:
    with registered(postgres_server, TIDE, BERTHS) as engine:
        yield engine


def observe(engine: Engine, frame: pd.DataFrame) -> pd.DataFrame:
    """Store these observations and no others."""
    with engine.begin() as connection:
        connection.exec_driver_sql("truncate observations.tide")
    store(engine, TIDE, frame)
    return frame


def as_of(engine: Engine, asked: pd.DataFrame) -> list[float | None]:
    moments = pa.array(asked["moment"].dt.tz_convert(None).to_numpy(), pa.timestamp("us", "UTC"))
    found = features_as_of(engine, BERTHS, TABLE, pa.array(asked["harbour"].tolist()), moments)
    values: list[float | None] = found.column("tide_now").to_pylist()
    return values


def levels(frame: pd.DataFrame) -> list[float | None]:
    return [None if pd.isna(value) else value for value in frame["level"]]


def test_training_rows_are_joined_as_pandas_and_duckdb_join_them(engine: Engine) -> None:
    history = observe(engine, versions(HOURS, seed=3))
    rng = np.random.default_rng(5)
    asked = pd.DataFrame(
        {
            "place": range(1_500),
            "harbour": rng.choice(["inner", "outer", "far"], 1_500),
            "moment": START + pd.to_timedelta(rng.integers(-120, (HOURS + 48) * 60, 1_500), unit="min"),
        }
    )
    found = as_of(engine, asked)
    assert found == levels(with_pandas(history, asked, AGE))
    fresh = with_duckdb(WITH_DUCKDB, history, asked)
    too_old = asked["moment"].to_numpy() - fresh["hour"].dt.tz_convert("UTC").to_numpy() > AGE.to_timedelta64()
    assert found == levels(fresh.assign(level=fresh["level"].mask(too_old)))
    assert 200 < sum(value is None for value in found) < 1_300


@given(later=st.lists(LATE, min_size=1, max_size=12), hour=st.integers(-2, 40))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_known_later_is_joined_neither_at_training_nor_at_prediction(
    engine: Engine, later: list[tuple[int, int, int, float]], hour: int
) -> None:
    at = START + pd.Timedelta(hours=hour)
    asked = pd.DataFrame({"harbour": ["inner", "outer", "far"], "moment": [at] * 3})
    observe(engine, versions(30, seed=hour + 2))
    trained, served = as_of(engine, asked), at_prediction(engine, at)
    assert served == trained, "training and serving join the same"
    shuffled = [
        {
            "hour": START + pd.Timedelta(hours=step),
            "published": at + pd.Timedelta(minutes=minutes),
            "harbour": ("inner", "outer")[harbour],
            "level": level,
        }
        for step, harbour, minutes, level in later
    ]
    store(engine, TIDE, pd.DataFrame(shuffled))
    assert (as_of(engine, asked), at_prediction(engine, at)) == (trained, served)


def at_prediction(engine: Engine, at: pd.Timestamp) -> list[float | None]:
    """Join what rows that come at a moment are joined with, by key and for all keys at once."""
    answers = []
    for keys in ([["inner", "outer", "far"]], None):
        (found,) = known_features(engine, BERTHS, at.to_pydatetime(), keys)
        by_key = dict(zip(found.keys.to_pylist(), found.features.column("tide_now").to_pylist(), strict=True))
        answers.append([by_key.get(name) for name in ("inner", "outer", "far")])
    assert answers[0] == answers[1]
    return answers[0]


def test_training_data_get_what_was_known_at_their_time(engine: Engine) -> None:
    hour = START + pd.Timedelta(hours=10)
    late = pd.DataFrame(
        {
            "hour": [hour, hour],
            "published": [hour, hour + pd.Timedelta(hours=2)],
            "harbour": ["inner", "inner"],
            "level": [4.0, 5.0],
        }
    )
    observe(engine, late)
    table = pa.RecordBatch.from_pydict(
        {
            "ship": ["a", "b", "c", "d", "e"],
            "harbour": ["inner", " inner", "inner", "outer", "inner"],
            "draught": ["1", "2", "3", "4", "5"],
            "arrived": [str(hour + pd.Timedelta(hours=hours)) for hours in (1, 2, 4, 1)] + ["at noon"],
            "grounded": ["no"] * 5,
        }
    )
    told: list[str] = []
    found = with_joined_features(BERTHS, table, engine, told.append)
    assert found.column("tide_now").to_pylist() == [4.0, 5.0, None, None, None]
    assert told == ["1 rows have no time in arrived that can be read: what is joined from tide is missing in them"]
    with pytest.raises(TrainingDataError, match="leave the columns out of the data"):
        with_joined_features(BERTHS, found, engine, told.append)
    with pytest.raises(TrainingDataError, match="has no arrived, by which berth joins"):
        with_joined_features(BERTHS, table.drop_columns(["arrived"]), engine, told.append)
    with pytest.raises(TrainingDataError, match="SMARTPREDICT_DATABASE_URL"):
        with_joined_features(BERTHS, table, None, told.append)


def test_freshness_counts_keys_without_a_fresh_observation(engine: Engine) -> None:
    now = pd.Timestamp.now("UTC").floor("h")
    observe(engine, pd.DataFrame({"hour": [now], "published": [now], "harbour": ["outer"], "level": [1.0]}))
    with engine.connect() as connection:
        (found,) = feature_freshness(connection, BERTHS.name)
        assert feature_freshness(connection, TIDE.name) == []
    age = found.age
    assert age is not None
    assert 0 <= age < 3_700
    assert found == FeatureFreshness("berth", "tide", series=2, stale=1, age=age, max_age=3 * 3_600)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"feature_tables": [BERTH["feature_tables"][0] | {"table": "river"}]}, "has no observations here"),
        (
            {"feature_tables": [BERTH["feature_tables"][0] | {"features": [{"name": "tide_now", "column": "wind"}]}]},
            "tide has no such column; name its target",
        ),
        (
            {"features": [*BERTH["features"][:2], {"name": "tide_now", "type": "boolean", "nullable": True}]},
            "holds double precision and not boolean; give tide_now the type",
        ),
    ],
)
def test_what_is_joined_from_has_to_be_there(engine: Engine, fields: dict[str, Any], told: str) -> None:
    use_case = UseCase.model_validate(BERTH | fields)
    with pytest.raises(SchemaChangedError, match=told), engine.begin() as connection:
        register(connection, use_case)
