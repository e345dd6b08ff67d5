"""Readings are joined as they were known at a moment: as pandas and DuckDB join them, and never by what came later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from sql.observations.reading import join_as_known, observations_as_known
from tests.support import servers
from tests.support.usecases.forecast import START, forecast_use_case, versions
from tests.support.usecases.stored import registered, store

USE_CASE = forecast_use_case()
HOURS = 400


@pytest.fixture(scope="module")
def engine(postgres_server: servers.Database) -> Iterator[Engine]:
    with registered(postgres_server, USE_CASE) as engine:
        yield engine


@pytest.fixture
def history(engine: Engine) -> pd.DataFrame:
    """Readings that come late and are corrected, stored."""
    with engine.begin() as connection:
        connection.exec_driver_sql("truncate observations.tide")
    frame = versions(HOURS, seed=3)
    store(engine, USE_CASE, frame)
    return frame


@pytest.fixture
def asked() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    minutes = rng.integers(-120, (HOURS + 48) * 60, 3_000)
    return pd.DataFrame(
        {
            "place": range(3_000),
            "harbour": rng.choice(["inner", "outer", "elsewhere"], 3_000),
            "moment": START + pd.to_timedelta(minutes, unit="min"),
        }
    )


def joined(engine: Engine, asked: pd.DataFrame, max_age: timedelta | None = None) -> pd.DataFrame:
    moments = pa.array(asked["moment"].dt.tz_convert(None).to_numpy(), pa.timestamp("us"))
    found: pd.DataFrame = join_as_known(
        engine, USE_CASE, pa.array(asked["harbour"].tolist()), moments, max_age
    ).to_pandas()
    return found.rename(columns={"event_time": "hour", "known_at": "published"})


def comparable(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    return [
        tuple(None if pd.isna(value) else value for value in row)
        for row in frame[["hour", "published", "level"]].itertuples(index=False)
    ]


def with_pandas(history: pd.DataFrame, asked: pd.DataFrame, tolerance: timedelta | None = None) -> pd.DataFrame:
    """Join each moment with what was known then, and with nothing else."""
    parts = []
    for at, some in asked.groupby("moment"):
        known = history[history["published"] <= at].sort_values(["hour", "published"])
        newest = known.drop_duplicates(["harbour", "hour"], keep="last").astype({"hour": some["moment"].dtype})
        parts.append(pd.merge_asof(some, newest, left_on="moment", right_on="hour", by="harbour", tolerance=tolerance))
    return pd.concat(parts).sort_values("place")


WITH_DUCKDB = """
    with known as (
        select moments.moment, harbour, hour, max(published) as published, arg_max(level, published) as level
        from (select distinct moment from asked) moments join history on history.published <= moments.moment
        group by all
    )
    select asked.place, known.hour, known.published, known.level
    from asked asof left join known
        on asked.harbour = known.harbour and asked.moment = known.moment and asked.moment >= known.hour
    order by asked.place
"""

BY_TIME_ALONE = """
    with newest as (select harbour, hour, max(published) as published, arg_max(level, published) as level from history group by all)
    select asked.place, asked.moment, newest.hour, newest.published, newest.level
    from asked asof left join newest on asked.harbour = newest.harbour and asked.moment >= newest.hour
    order by asked.place
"""


def with_duckdb(query: str, history: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    with duckdb.connect() as database:
        database.execute("set timezone = 'UTC'")
        database.register("history", history)
        database.register("asked", asked)
        return database.execute(query).df()


def test_it_joins_as_pandas_and_duckdb_do(engine: Engine, history: pd.DataFrame, asked: pd.DataFrame) -> None:
    found = comparable(joined(engine, asked))
    assert found == comparable(with_pandas(history, asked))
    assert found == comparable(with_duckdb(WITH_DUCKDB, history, asked))
    assert sum(row[0] is None for row in found) > 900, (
        "what has no reading yet, and series that are not there, get none"
    )


def test_readings_that_are_too_old_are_not_taken(engine: Engine, history: pd.DataFrame, asked: pd.DataFrame) -> None:
    age = timedelta(hours=3)
    found = comparable(joined(engine, asked, age))
    assert found == comparable(with_pandas(history, asked, age))
    assert found != comparable(joined(engine, asked))


def test_joined_by_time_alone_later_corrections_leak(
    engine: Engine, history: pd.DataFrame, asked: pd.DataFrame
) -> None:
    plain = with_duckdb(BY_TIME_ALONE, history, asked)
    leaked = plain["published"] > plain["moment"]
    assert leaked.mean() > 0.1
    ours = joined(engine, asked)
    moments = asked["moment"].reset_index(drop=True)
    assert not (ours["published"] > moments).any()
    assert comparable(ours[leaked]) != comparable(plain[leaked])


LATE = st.tuples(st.integers(0, 30), st.integers(0, 1), st.integers(1, 10_000), st.floats(0, 10, width=32))


@given(later=st.lists(LATE, min_size=1, max_size=12), hour=st.integers(-2, 40))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_known_later_changes_what_was_known(
    engine: Engine, later: list[tuple[int, int, int, float]], hour: int
) -> None:
    at = START + pd.Timedelta(hours=hour)
    with engine.begin() as connection:
        connection.exec_driver_sql("truncate observations.tide")
    store(engine, USE_CASE, versions(30, seed=hour + 2))
    asked = pd.DataFrame({"harbour": ["inner", "outer"], "moment": [at, at]})
    joined_before, read_before = joined(engine, asked), observations_as_known(engine, USE_CASE, known_at=at)
    shuffled = [
        {
            "hour": START + pd.Timedelta(hours=step),
            "published": at + pd.Timedelta(minutes=minutes),
            "harbour": ("inner", "outer")[harbour],
            "level": level,
        }
        for step, harbour, minutes, level in later
    ]
    store(engine, USE_CASE, pd.DataFrame(shuffled))
    assert comparable(joined(engine, asked)) == comparable(joined_before)
    read_after = observations_as_known(engine, USE_CASE, known_at=at)
    assert read_after.readings.tolist() == read_before.readings.tolist()
    assert read_after.moments.tolist() == read_before.moments.tolist()
