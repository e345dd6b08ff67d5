"""Observations are stored once, version by version, and read as they were known at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, func, select

from sql.observations.reading import newest_observations, observations_as_known
from sql.observations.tables import observation_table
from sql.observations.writing import StoredObservations
from sql.registry.registration import SchemaChangedError, register
from tests.support import servers
from tests.support.usecases.forecast import START, TIDE, forecast_use_case, observed, versions
from tests.support.usecases.stored import registered, store
from usecases.checking.reasons import RuleName
from usecases.contract.spec import UseCase
from usecases.forecasts.grid import build_grid
from usecases.forecasts.observations import Observations

USE_CASE = forecast_use_case()


@pytest.fixture
def engine(postgres_server: servers.Database) -> Iterator[Engine]:
    with registered(postgres_server, USE_CASE) as engine:
        yield engine


def reading(hour: int, level: float | None, late: float = 0.0, harbour: str = "inner") -> dict[str, object]:
    hours = START + pd.Timedelta(hours=hour)
    return {"hour": hours, "published": hours + pd.Timedelta(hours=late), "harbour": harbour, "level": level}


def same(left: Observations, right: Observations) -> bool:
    pairs = [(getattr(left, name), getattr(right, name)) for name in ("series", "moments", "known_at", "readings")]
    return all(np.array_equal(one, other, equal_nan=True) for one, other in pairs)


def test_what_is_stored_is_read_back_as_a_file_of_it_would_be(engine: Engine) -> None:
    frame = versions(2_000)
    assert store(engine, USE_CASE, frame) == StoredObservations(len(frame), 0, {})
    found, of_file = observations_as_known(engine, USE_CASE), observed(USE_CASE, frame)
    assert same(found, of_file)
    left, right = build_grid(USE_CASE, found), build_grid(USE_CASE, of_file)
    assert np.array_equal(left.readings, right.readings, equal_nan=True)
    assert np.array_equal(left.settled, right.settled)


def test_the_same_again_is_stored_once_and_a_correction_is_a_further_version(engine: Engine) -> None:
    first = pd.DataFrame([reading(0, 1.0), reading(1, 2.0), reading(1, 2.0)])
    assert store(engine, USE_CASE, first) == StoredObservations(2, 1, {})
    assert store(engine, USE_CASE, first) == StoredObservations(0, 3, {})
    again = pd.DataFrame([reading(1, 2.0), reading(1, 2.5, late=7), reading(2, 3.0)])
    assert store(engine, USE_CASE, again) == StoredObservations(2, 1, {})
    before, after = (
        observations_as_known(engine, USE_CASE, known_at=START + pd.Timedelta(hours=hours)) for hours in (7, 8)
    )
    assert before.readings.tolist() == [1.0, 2.0, 3.0]
    assert after.readings.tolist() == [1.0, 2.0, 2.5, 3.0]
    assert newest_observations(engine, USE_CASE).readings.tolist() == [3.0]


def test_another_value_for_a_version_is_refused_and_the_first_stays(engine: Engine) -> None:
    rows = pd.DataFrame([reading(0, 1.0), reading(1, 2.0), reading(0, 1.5), reading(1, None)])
    refused = {3: RuleName.CONTRADICTION, 4: RuleName.CONTRADICTION}
    assert store(engine, USE_CASE, rows) == StoredObservations(2, 0, refused)
    late = pd.DataFrame([reading(0, 9.0), reading(2, 3.0)])
    assert store(engine, USE_CASE, late) == StoredObservations(1, 0, {1: RuleName.CONTRADICTION})
    assert observations_as_known(engine, USE_CASE).readings.tolist() == [1.0, 2.0, 3.0]


def test_times_have_to_lie_whole_steps_apart_from_what_is_stored(engine: Engine) -> None:
    half = reading(0, 5.0) | {"hour": START + pd.Timedelta(minutes=30)}
    rows = pd.DataFrame([reading(0, 1.0), half, reading(1, 2.0)])
    assert store(engine, USE_CASE, rows).refused == {2: RuleName.STEP}
    assert store(engine, USE_CASE, pd.DataFrame([half, half])).refused == dict.fromkeys((1, 2), RuleName.STEP)
    assert len(observations_as_known(engine, USE_CASE).readings) == 2


def test_many_who_store_the_same_at_once_store_it_once(engine: Engine) -> None:
    frame = versions(500)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda seed: store(engine, USE_CASE, frame.sample(frac=1, random_state=seed)), range(4)))
    assert sum(one.stored for one in done) == len(frame)
    assert sum(one.repeated for one in done) == 3 * len(frame)


def test_years_get_partitions_of_their_own(engine: Engine) -> None:
    decades = pd.DataFrame([reading(hour, 1.0) for hour in (-8_760 * 40, -1, 0, 8_760)])
    store(engine, USE_CASE, decades)
    with engine.connect() as connection:
        table = observation_table(USE_CASE)
        of_year = func.extract("year", func.timezone("UTC", table.c.event_time))
        parts = connection.exec_driver_sql(
            "select tableoid::regclass::text, count(*) from observations.tide group by 1 order by 1"
        ).all()
        assert connection.scalar(select(func.count(of_year.distinct()))) == 4
    assert [name for name, _ in parts] == [f'observations."tide${year}"' for year in (1986, 2025, 2026, 2027)] or [
        name for name, _ in parts
    ] == [f"observations.tide${year}" for year in (1986, 2025, 2026, 2027)]


def test_a_range_and_the_newest_of_each_series_are_read_alone(engine: Engine) -> None:
    frame = versions(300)
    store(engine, USE_CASE, frame)
    start, end = datetime.fromisoformat("2026-01-05T00:00:00Z"), datetime.fromisoformat("2026-01-06T00:00:00Z")
    whole = observed(USE_CASE, frame)
    inside = (whole.moments >= start.timestamp() * 1e6) & (whole.moments < end.timestamp() * 1e6)
    assert same(observations_as_known(engine, USE_CASE, start, end), whole.take(inside))
    for known_at in (None, end, start - timedelta(days=30)):
        known = whole if known_at is None else whole.known_by(round(known_at.timestamp() * 1e6))
        last = np.append(np.diff(known.series) != 0, True)[: len(known.series)]
        assert same(newest_observations(engine, USE_CASE, known_at), known.take(last))


def test_series_without_a_name_and_features_known_ahead_are_stored_too(postgres_server: servers.Database) -> None:
    use_case = UseCase.model_validate(
        TIDE
        | {
            "forecast": TIDE["forecast"] | {"series": None, "known_ahead": ["wind", "moon", "storm", "since"]},
            "features": [
                {"name": "wind", "type": "float", "nullable": True},
                {"name": "moon", "type": "category", "values": ["new", "100 % full", "it's"], "nullable": True},
                {"name": "storm", "type": "boolean", "nullable": True},
                {"name": "since", "type": "timestamp", "nullable": True},
            ],
        }
    )
    frame = pd.DataFrame([reading(hour, 1.0 if hour < 3 else None) for hour in range(6)]).drop(columns="harbour")
    frame["wind"] = [0.1 + 0.2, None, 2.0, 3.0, 4.0, 5.0]
    frame["moon"] = ["new", "100 % full", "it's", None, "new", "new"]
    frame["storm"] = [True, None, False, True, False, None]
    frame["since"] = [str(START), None, str(START), str(START), None, str(START)]
    with registered(postgres_server, use_case) as engine:
        store(engine, use_case, frame)
        found, of_file = observations_as_known(engine, use_case), observed(use_case, frame)
        assert same(found, of_file)
        assert found.known_ahead.to_pylist() == of_file.known_ahead.to_pylist()
        assert found.known_ahead.schema.types == of_file.known_ahead.schema.types
        assert newest_observations(engine, use_case).known_ahead.to_pylist()[0]["moon"] == "it's"
        again = pd.DataFrame([reading(5, None)]).drop(columns="harbour").assign(wind=6.0)
        assert store(engine, use_case, again).refused == {1: RuleName.CONTRADICTION}


def test_a_reading_comes_after_what_was_told_ahead_of_it(postgres_server: servers.Database) -> None:
    """Where no column says when rows were known, it contradicted the row without it, and stayed in quarantine."""
    wind = {"name": "wind", "type": "float", "nullable": True}
    use_case = UseCase.model_validate(
        TIDE
        | {"forecast": TIDE["forecast"] | {"series": None, "known_at": "", "known_ahead": ["wind"]}, "features": [wind]}
    )
    rows = pd.DataFrame([reading(hour, float(hour)) for hour in range(3)]).drop(columns=["harbour", "published"])
    rows["wind"] = [1.0, 2.0, 3.0]
    with registered(postgres_server, use_case) as engine:
        ahead = rows.assign(level=None)
        assert store(engine, use_case, ahead) == StoredObservations(3, 0, {})
        assert store(engine, use_case, rows) == StoredObservations(3, 0, {})
        assert store(engine, use_case, ahead) == StoredObservations(0, 3, {})
        assert store(engine, use_case, rows.assign(level=9.0)).refused == dict.fromkeys(
            (1, 2, 3), RuleName.CONTRADICTION
        )
        grid = build_grid(use_case, observations_as_known(engine, use_case))
        assert grid.readings.tolist() == [[0.0, 1.0, 2.0]]
        found = grid.known_ahead.rows.take(grid.known_ahead.find(np.arange(3), np.zeros(3, dtype=np.int64)))
        assert found.column("wind").to_pylist() == [1.0, 2.0, 3.0]


def test_an_edit_brings_the_table_along(engine: Engine) -> None:
    store(engine, USE_CASE, versions(50))
    wind = {"name": "wind", "type": "float", "nullable": True}
    wider = UseCase.model_validate(
        TIDE | {"forecast": TIDE["forecast"] | {"known_ahead": ["wind"]}, "features": [*TIDE["features"], wind]}
    )
    with engine.begin() as connection:
        changes = {change.table: change.column for change in register(connection, wider)}
    assert changes == {"predictions.tide": "wind", "observations.tide": "wind"}
    assert observations_as_known(engine, wider).known_ahead.column("wind").null_count > 0
    other = UseCase.model_validate(
        TIDE
        | {"forecast": TIDE["forecast"] | {"known_ahead": ["wind"]}}
        | {"features": [*TIDE["features"], wind | {"type": "boolean"}]}
    )
    with pytest.raises(SchemaChangedError, match="wind"), engine.begin() as connection:
        register(connection, other)
