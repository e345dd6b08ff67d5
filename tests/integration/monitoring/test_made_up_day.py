"""The day before a first look: in balance, with an incident that is found, looked after and over, and made once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from cli.demonstration.day import HOURS, INCIDENT, KNOWN_AFTER, LAST_FILE, ROWS, Day, has_another_past, make_day
from inference_worker.model_cache import ServedModel
from monitoring.drift.report import read_drift
from monitoring.drift.verdicts import Verdict
from monitoring.profiles.building import reference_profile
from monitoring.profiles.part_counts import PartCounter
from monitoring.profiles.row_order import row_order
from sql.base.engine import connect_engine
from sql.base.tables import batches, parts
from sql.drift.alerts import bad_verdicts, ended_verdicts
from sql.drift.tables import alert_acknowledgements, verdicts
from sql.drift.windows import DriftWindow
from sql.labels.tables import labels
from sql.ledger.audit import read_books
from sql.provision import prepare_database
from sql.quality.arrivals import read_refused
from sql.quality.rates import QualityWindow
from tests.support import servers
from tests.support.pipeline import EQUIPMENT, fit, lay_model
from training.data import load_training_data
from usecases.contract.catalog import load_catalog
from usecases.models.scoring import score
from usecases.models.xgboost_runtime import XGBOOST
from usecases.tasks.definition import Scores

NOW = datetime.now(UTC)
BEGAN = NOW - timedelta(days=1)


@pytest.fixture(scope="module")
def engine(postgres_server: servers.Database) -> Iterator[Engine]:
    with servers.fresh_database(postgres_server) as url:
        prepare_database(url, load_catalog().values())
        engine = connect_engine(url, "test")
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> ServedModel:
    """A version that learnt from the data of the use case, with the profile of that data in its order."""
    data = load_training_data(EQUIPMENT, Path())
    booster = fit(EQUIPMENT, data.rows, data.targets, {"max_depth": 4, "seed": 1})
    model = XGBOOST.load(lay_model(tmp_path_factory.mktemp("models"), EQUIPMENT, booster, data.rows))
    scores: Scores = score(EQUIPMENT, model, data.rows)
    reference = reference_profile(EQUIPMENT, data.rows, scores, row_order(EQUIPMENT, data.rows, data.targets))
    return ServedModel(1, "digest", EQUIPMENT.schema_hash, model, PartCounter(EQUIPMENT, reference))


@pytest.fixture(scope="module")
def day(engine: Engine, served: ServedModel) -> Day:
    assert not has_another_past(engine, EQUIPMENT, NOW)
    return make_day(engine, load_catalog(), EQUIPMENT, served, NOW)


def test_every_row_is_accounted_for(engine: Engine, day: Day) -> None:
    books = read_books(engine)
    assert list(books.problems()) == []
    assert list(books.pending) == []
    with engine.connect() as connection:
        rows, bad = connection.execute(select(func.sum(batches.c.rows_in), func.sum(batches.c.rows_quarantined))).one()
        known = connection.scalar(select(func.count()).select_from(labels))
    assert (day.files, rows) == (HOURS + 1, HOURS * ROWS)
    assert (day.predicted, day.known) == (rows - bad, known)
    assert 0.01 < bad / rows < 0.03


def test_it_happened_within_the_day(engine: Engine, day: Day) -> None:
    with engine.connect() as connection:
        received = list(connection.scalars(select(batches.c.received_at)))
        recorded = list(connection.scalars(select(parts.c.recorded_at)))
        finished = list(connection.scalars(select(batches.c.finished_at).where(batches.c.problem.is_(None))))
    assert min(received) > BEGAN
    assert max([*received, *recorded, *finished]) < NOW
    assert max(received) - min(received) == timedelta(hours=HOURS - 1)
    assert day.known < day.predicted, "what came true for the last hours is not known yet"


@pytest.mark.usefixtures("day")
def test_only_the_incident_lies_outside_of_the_band(engine: Engine) -> None:
    window = DriftWindow(use_case=EQUIPMENT.name, since=BEGAN, until=NOW)
    report = read_drift(engine, EQUIPMENT, window, timedelta(hours=1))
    moved = {
        span.start
        for span in report.over_time["torque_nm"]
        if span.mean is not None and span.mean_high is not None and span.mean > span.mean_high
    }
    arrived = [NOW - LAST_FILE - timedelta(hours=HOURS - 1 - hour) for hour in INCIDENT]
    assert moved == {max(s for s in (x.start for x in report.over_time["torque_nm"]) if s <= at) for at in arrived}
    for feature in report.over_time:
        quiet = [span for span in report.over_time[feature] if span.start not in moved and span.psi is not None]
        outside = [span for span in quiet if span.limit is not None and span.psi is not None and span.psi > span.limit]
        assert outside == [], feature


@pytest.mark.usefixtures("day")
def test_the_incident_was_found_looked_after_and_is_over(engine: Engine) -> None:
    with engine.connect() as connection:
        found = connection.execute(
            select(verdicts.c.watch, verdicts.c.verdict, verdicts.c.detail).order_by(verdicts.c.id)
        ).all()
        said = connection.execute(select(alert_acknowledgements.c.alert, alert_acknowledgements.c.person)).all()
    verdict_of = [(row.watch, row.verdict) for row in found]
    assert verdict_of[0] == ("drift", Verdict.DRIFTED.value)
    assert "torque_nm" in found[0].detail
    assert verdict_of[1] == ("quality", "bad")
    assert verdict_of[3:5] == [("drift", Verdict.DRIFTED.value), ("quality", "bad")]
    assert verdict_of[6:] == [("drift", Verdict.STABLE.value), ("quality", "good"), ("freshness", "fresh")] * 2
    assert set(said) == {(f"{watch}:{EQUIPMENT.name}", "Ada") for watch in ("drift", "quality")}
    assert bad_verdicts(engine, [EQUIPMENT.name]) == []
    ended = ended_verdicts(engine, [EQUIPMENT.name], BEGAN)
    assert [(one.watch.value, one.ended_at - one.since) for one in ended] == [
        (watch, timedelta(hours=2)) for watch in ("drift", "quality")
    ]
    [refused] = read_refused(engine, QualityWindow(use_case=EQUIPMENT.name, start=BEGAN, end=NOW))
    assert refused.is_schema_change
    assert "torque_nm" in refused.problem


def test_a_second_time_nothing_is_made(engine: Engine, served: ServedModel, day: Day) -> None:
    later = NOW + KNOWN_AFTER
    assert not has_another_past(engine, EQUIPMENT, later)
    assert make_day(engine, load_catalog(), EQUIPMENT, served, later) == Day(day.files, 0, 0)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(batches)) == day.files
