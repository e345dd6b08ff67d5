"""Labels and challengers' answers go by the age of their rows, with the rights of the account that does it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, Table, select
from sqlalchemy.engine import make_url

from broker.ids import first_id_at
from orchestration.upkeep import UpkeepSettings, forget_old
from sql.base.engine import connect_engine
from sql.base.roles import ROLES, role_name
from sql.labels import retention
from sql.labels.retention import forget_labels, forget_shadow_scores
from sql.labels.tables import labels, shadow_scores
from sql.provision import prepare_database
from tests.support.pipeline import EQUIPMENT

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
AGES = (1, 2, 30, 400, 401, 402)
"""In days, of the rows that are labelled."""


@pytest.fixture(scope="module")
def prepared(database_url: str) -> str:
    prepare_database(database_url, [EQUIPMENT], {role: f"secret-of-{role}" for role in ROLES})
    return database_url


@pytest.fixture
def engine(prepared: str) -> Iterator[Engine]:
    engine = connect_engine(prepared, "test")
    ids = [first_id_at(NOW - age * DAY) for age in AGES]
    with engine.begin() as connection:
        for table in (labels, shadow_scores):
            connection.execute(table.delete())
        row = {"use_case": EQUIPMENT.name}
        label = row | {"label": "no", "labelled_at": NOW, "source": "http"}
        connection.execute(labels.insert(), [{"prediction_id": one, **label} for one in ids])
        answers = [{"prediction_id": one, "model_version": version, **row} for one in ids for version in (2, 3)]
        connection.execute(shadow_scores.insert(), answers)
    yield engine
    engine.dispose()


@pytest.fixture
def url(prepared: str) -> str:
    """The database as the account of schedules."""
    found = make_url(prepared).update_query_dict({"options": f"-c role={role_name('orchestration')}"})
    return found.render_as_string(hide_password=False)


def ages(engine: Engine, table: Table) -> list[int]:
    with engine.connect() as connection:
        found: set[UUID] = set(connection.scalars(select(table.c.prediction_id)))
    return [age for age in AGES if first_id_at(NOW - age * DAY) in found]


@pytest.mark.parametrize("step", [1, 2, 50_000])
def test_what_is_older_goes_in_steps_and_all_versions_of_a_row_at_once(
    engine: Engine, url: str, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(retention, "STEP_ROWS", step)
    schedules = connect_engine(url, "test")
    assert forget_labels(schedules, 365 * DAY) == 3
    assert forget_shadow_scores(schedules, 20 * DAY) == 8
    assert forget_labels(schedules, 365 * DAY) == 0
    schedules.dispose()
    assert ages(engine, labels) == [1, 2, 30]
    assert ages(engine, shadow_scores) == [1, 2]


def test_answers_are_kept_for_a_year_and_labels_until_somebody_says_otherwise(
    engine: Engine, url: str, tmp_path: Path
) -> None:
    settings = UpkeepSettings(database_url=url, broker_url="amqp://", data=tmp_path)
    forgotten = forget_old(settings)
    assert (forgotten["shadow_scores"], forgotten["labels"]) == (6, 0)
    assert ages(engine, labels) == [*AGES]
    shorter = settings.model_copy(update={"keep_labels": 10 * DAY, "keep_shadow_scores": timedelta(0)})
    forgotten = forget_old(shorter)
    assert (forgotten["shadow_scores"], forgotten["labels"]) == (0, 4)
    assert ages(engine, shadow_scores) == [1, 2, 30]
