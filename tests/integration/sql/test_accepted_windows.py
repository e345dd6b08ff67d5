"""A window that was accepted as normal makes rows like it normal, in SQL as in Python, until it is withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import Engine, text

from monitoring.drift.acceptance import NothingToAcceptError, accept_window
from monitoring.drift.report import DriftReport, read_drift
from monitoring.drift.verdicts import Verdict
from monitoring.profiles.reference import ReferenceProfile
from sql.base.engine import connect_engine
from sql.drift.accepted import (
    MOST_IN_FORCE,
    NoSuchWindowError,
    TooManyAcceptedError,
    list_accepted,
    withdraw_accepted,
)
from sql.drift.windows import DriftWindow
from sql.provision import prepare_database
from tests.support import servers
from tests.support.monitoring.profile_history import History, equipment_reference, ordered_reference, ordered_rows
from tests.support.pipeline import EQUIPMENT, equipment_rows
from usecases.contract.catalog import load_catalog

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def engine(postgres_server: servers.Database) -> Iterator[Engine]:
    with servers.fresh_database(postgres_server) as url:
        prepare_database(url, load_catalog().values())
        engine = connect_engine(url, "test")
        yield engine
        engine.dispose()


def window(hour: int, **which: Any) -> DriftWindow:
    start = NOON + hour * HOUR
    return DriftWindow(use_case=EQUIPMENT.name, since=start, until=start + HOUR, **which)


def judged(engine: Engine, which: DriftWindow) -> DriftReport:
    """Judge a window in Python, and see that SQL says the same of every column."""
    report = read_drift(engine, EQUIPMENT, which, HOUR)
    with engine.connect() as connection:
        rows = connection.execute(
            text("select * from smartpredict.drift_verdicts(:use_case, :since, :until)"),
            {"use_case": which.use_case, "since": which.since, "until": which.until},
        ).mappings()
        found = {row["feature"]: (row["verdict"], row["accepted"]) for row in rows}
    assert found == {one.feature: (one.verdict.value, one.accepted) for one in report.features}
    return report


def accept(engine: Engine, hour: int, reason: str = "The new spindles turn with more torque.") -> int:
    return accept_window(engine, EQUIPMENT, window(hour), "maria", reason).id


def verdict(report: DriftReport, feature: str = "torque_nm") -> Verdict:
    return next(one.verdict for one in report.features if one.feature == feature)


def torque(rows: pa.RecordBatch, more: float) -> pa.RecordBatch:
    place = rows.schema.get_field_index("torque_nm")
    values = pa.array(rows.column(place).to_numpy() + more)
    return rows.set_column(place, rows.schema.field(place), values)


@pytest.mark.parametrize("in_order", [False, True])
def test_rows_like_those_that_were_accepted_are_normal_until_it_is_withdrawn(engine: Engine, *, in_order: bool) -> None:
    reference: ReferenceProfile = ordered_reference() if in_order else equipment_reference()
    history = History(engine, reference)
    for hour, more in enumerate((15.0, 15.0, -15.0, 40.0)):
        rows = ordered_rows().slice(hour * 1_000, 1_000) if in_order else equipment_rows(1_000, seed=hour)
        history.part(torque(rows, more), NOON + hour * HOUR)
        history.part(torque(rows.slice(0, 500), 15.0 if hour else 0.0), NOON + 4 * HOUR)
    assert [judged(engine, window(hour)).verdict for hour in range(5)] == [Verdict.DRIFTED] * 5
    number = accept(engine, 0)
    assert number == accept(engine, 0)  # the same one twice is one
    again = judged(engine, window(1))
    assert (verdict(again), again.verdict) == (Verdict.STABLE, Verdict.STABLE)
    assert next(one.accepted for one in again.features if one.feature == "torque_nm") == number
    # Rows of which some are like each are normal too; the other way and further on are not.
    assert [verdict(judged(engine, window(hour))) for hour in (4, 2, 3)] == [
        Verdict.STABLE,
        Verdict.DRIFTED,
        Verdict.DRIFTED,
    ]
    both = DriftWindow(use_case=EQUIPMENT.name, since=NOON, until=NOON + 2 * HOUR)
    assert judged(engine, both).verdict is Verdict.STABLE
    # Spans of a window are judged as windows of their own.
    with engine.connect() as connection:
        spans = connection.execute(
            text(
                "select start, verdict from smartpredict.drift_verdicts(:use_case, :since, :until, interval '1 hour')"
                " where feature = 'torque_nm' order by start"
            ),
            {"use_case": EQUIPMENT.name, "since": NOON, "until": NOON + 5 * HOUR},
        ).all()
    each = [verdict(judged(engine, window(hour))).value for hour in range(5)]
    assert [span.verdict for span in spans] == each == ["stable", "stable", "drifted", "drifted", "stable"]
    withdrawn = withdraw_accepted(engine, number, "paul")
    assert (withdrawn.accepted_by, withdrawn.withdrawn_by, withdrawn.rows) == ("maria", "paul", 1_000)
    assert judged(engine, window(1)).verdict is Verdict.DRIFTED
    assert [one.id for one in list_accepted(engine, EQUIPMENT.name)] == [number]
    with pytest.raises(NoSuchWindowError, match=f"No accepted window {number} is in force"):
        withdraw_accepted(engine, number, "paul")


def test_missing_values_and_categories_can_be_accepted(engine: Engine) -> None:
    history = History(engine, equipment_reference())
    for hour in range(2):
        history.part(equipment_rows(800, seed=hour, product_quality="H"), NOON + hour * HOUR)
    history.part(equipment_rows(800, seed=3, product_quality="L"), NOON + 2 * HOUR)
    accept(engine, 0)
    assert verdict(judged(engine, window(1)), "product_quality") is Verdict.STABLE
    assert verdict(judged(engine, window(2)), "product_quality") is Verdict.DRIFTED


def test_another_training_begins_without_them(engine: Engine) -> None:
    history = History(engine, equipment_reference())
    history.part(torque(equipment_rows(800), 15.0), NOON)
    accept(engine, 0)
    other = History(engine, equipment_reference(4_000))
    other.part(torque(equipment_rows(800, seed=2), 15.0), NOON + HOUR, model_version=2)
    assert judged(engine, window(1)).verdict is Verdict.DRIFTED


def test_what_says_nothing_of_what_is_normal_is_refused(engine: Engine) -> None:
    history = History(engine, equipment_reference())
    with pytest.raises(NothingToAcceptError, match="Nothing was scored"):
        accept(engine, 0)
    history.part(equipment_rows(499), NOON)
    with pytest.raises(NothingToAcceptError, match="499 rows; what is normal is judged from 500 on"):
        accept(engine, 0)
    for hour in range(1, MOST_IN_FORCE + 2):
        history.part(equipment_rows(600, seed=hour), NOON + hour * HOUR)
    numbers = [accept(engine, hour) for hour in range(1, MOST_IN_FORCE + 1)]
    with pytest.raises(TooManyAcceptedError, match="Withdraw one"):
        accept(engine, MOST_IN_FORCE + 1)
    withdraw_accepted(engine, numbers[0], "paul")
    accept(engine, MOST_IN_FORCE + 1)
