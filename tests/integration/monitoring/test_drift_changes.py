"""A drift is told as what it is: sudden with its time, gradual, a season, lasting; read from counters, never from rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from sqlalchemy import Engine, text

from monitoring.drift.changes import Change, ChangeKind
from monitoring.drift.report import read_drift
from sql.base.engine import connect_engine
from sql.drift.windows import DriftWindow
from sql.provision import prepare_database
from tests.support import servers
from tests.support.monitoring.profile_history import History, equipment_reference
from tests.support.pipeline import EQUIPMENT, equipment_rows
from usecases.contract.catalog import load_catalog

NOON = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def history(postgres_server: servers.Database) -> Iterator[History]:
    with servers.fresh_database(postgres_server) as url:
        prepare_database(url, load_catalog().values())
        engine = connect_engine(url, "test")
        yield History(engine, equipment_reference())
        engine.dispose()


def rows(torque: float, *, seed: int, days: float | None = None) -> pa.RecordBatch:
    """Return rows with so much more torque, at a temperature that stands for a time where one is asked for."""
    found = equipment_rows(600, seed=seed)
    place = found.schema.get_field_index("torque_nm")
    found = found.set_column(place, found.schema.field(place), pa.array(found.column(place).to_numpy() + torque))
    if days is None:
        return found
    place = found.schema.get_field_index("air_temperature_k")
    return found.set_column(place, found.schema.field(place), pa.array([days] * 600))


def how(engine: Engine, until: datetime, length: timedelta) -> Change:
    window = DriftWindow(use_case=EQUIPMENT.name, since=until - length, until=until)
    report = read_drift(engine, EQUIPMENT, window, length)
    assert set(report.changes) == {one.feature for one in report.features if one.verdict == "drifted"}
    return report.changes["torque_nm"]


def test_a_sensor_that_jumps_is_sudden_at_its_time(history: History) -> None:
    for step in range(30):
        at = NOON - timedelta(minutes=10 * (30 - step))
        history.part(rows(15.0 if step >= 27 else 0.0, seed=step), at)
    found = how(history.engine, NOON, HOUR)
    assert (found.kind, found.since) == (ChangeKind.SUDDEN, NOON - timedelta(minutes=30))
    # Days later it is still known when it began.
    for step in range(1, 31):
        history.part(rows(15.0, seed=step), NOON + step * 4 * HOUR)
    found = how(history.engine, NOON + 5 * DAY + HOUR, HOUR)
    assert found.kind is ChangeKind.SUDDEN
    assert found.since is not None
    assert abs(found.since - NOON) <= timedelta(hours=4)


def test_a_sensor_that_wears_is_gradual(history: History) -> None:
    for day in range(24):
        history.part(rows(day, seed=day), NOON - (24 - day) * DAY)
    found = how(history.engine, NOON, DAY)
    assert found.kind is ChangeKind.GRADUAL
    assert found.since is not None
    assert found.since < NOON - 15 * DAY


def test_what_was_so_all_along_is_lasting_and_what_has_no_past_is_unknown(history: History) -> None:
    history.part(rows(15.0, seed=1), NOON)
    assert how(history.engine, NOON + HOUR, HOUR).kind is ChangeKind.UNKNOWN
    for day in range(5):
        history.part(rows(15.0, seed=day), NOON - (5 - day) * DAY)
    found = how(history.engine, NOON + HOUR, HOUR)
    assert found.kind is ChangeKind.LASTING
    assert found.since is not None
    assert abs(found.since - (NOON - 5 * DAY)) <= timedelta(hours=4)


def test_rows_of_a_month_that_training_does_not_hold_are_a_season(history: History) -> None:
    with history.engine.begin() as connection:
        # Temperatures of about 300 stand for days: training holds October 1970.
        connection.execute(
            text("update smartpredict.profile_numbers set gives_time = true where feature = 'air_temperature_k'")
        )
    history.part(rows(0.0, seed=1, days=300.0), NOON - 2 * HOUR)
    for step in range(6):
        history.part(rows(7.0, seed=step, days=340.0), NOON - timedelta(minutes=10 * (6 - step)))
    found = how(history.engine, NOON, HOUR)
    assert (found.kind, found.detail) == (ChangeKind.SEASON, "a season: training has no December")
    # Within that season, a sensor that jumps is one.
    history.part(rows(40.0, seed=3, days=341.0), NOON)
    history.part(rows(40.0, seed=4, days=341.0), NOON + timedelta(minutes=20))
    assert how(history.engine, NOON + HOUR, HOUR).kind is ChangeKind.SUDDEN
