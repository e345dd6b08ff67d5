"""Trainers at work: real trainings in processes of their own, cancelled, killed, and taken over."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psutil
import pytest
from sqlalchemy import Engine, func, update
from sqlalchemy.engine import make_url

from registry.client import Registry
from registry.names import CHAMPION
from sql.base.engine import connect_engine
from sql.base.roles import ROLES, role_name
from sql.provision import prepare_database
from sql.registry.tables import trainings
from sql.registry.training_claims import SILENT
from sql.registry.trainings import (
    LearnFrom,
    Training,
    TrainingOrder,
    TrainingState,
    cancel_training,
    find_training,
    order_training,
    training_file,
)
from tests.support.pipeline import Service, start_service
from tests.support.waiting import eventually
from training.datasets import BUNDLED
from usecases.contract.catalog import load_catalog
from usecases.contract.spec import UseCase

SLOW = 500
"""Configurations that take minutes to try."""


@dataclass(frozen=True)
class Trainers:
    """What trainers of these tests share."""

    settings: dict[str, str]
    folder: Path
    engine: Engine
    use_case: UseCase

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def of_file(self) -> TrainingOrder:
        return TrainingOrder(
            use_case=self.use_case.name, learn_from=LearnFrom.FILE, file_name="some.csv", library="xgboost"
        )

    def start(self) -> contextlib.AbstractContextManager[Service]:
        return start_service("training.service", self.folder, self.settings)

    def order(self, **changed: Any) -> UUID:
        order = TrainingOrder(
            **{"use_case": self.use_case.name, "learn_from": LearnFrom.USE_CASE, "library": "xgboost", **changed}
        )
        return order_training(self.engine, uuid4(), order, "alice").id

    def until(self, training_id: UUID, state: TrainingState, step: str | None = None) -> Training:
        def look() -> Training | None:
            training = find_training(self.engine, training_id)
            assert training.finished_at is None or training.state is state, training
            return training if training.state is state and step in {None, training.step} else None

        found = eventually(look, 300, lambda: str(find_training(self.engine, training_id)))
        assert found is not None
        return found


@pytest.fixture(scope="module")
def trainers(database_url: str, mlflow_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trainers]:
    content = load_catalog()["iris"].model_dump() | {"name": "flowers_of_the_trainer"}
    use_case = UseCase.model_validate(content)
    prepare_database(database_url, [use_case], {role: f"secret-of-{role}" for role in ROLES})
    folder = tmp_path_factory.mktemp("trainers")
    login = make_url(database_url).set(username=role_name("trainer"), password="secret-of-trainer")  # noqa: S106
    settings = {
        "SMARTPREDICT_DATABASE_URL": login.render_as_string(hide_password=False),
        "SMARTPREDICT_MLFLOW_URL": mlflow_url,
        "SMARTPREDICT_DATA": str(folder / "data"),
    }
    engine = connect_engine(database_url, "test")
    yield Trainers(settings, folder, engine, use_case)
    engine.dispose()


@pytest.fixture(scope="module")
def trainer(trainers: Trainers) -> Iterator[Service]:
    with trainers.start() as service:
        service.wait_ready()
        yield service


def children(service: Service) -> list[psutil.Process]:
    return [one for one in psutil.Process(service.process.pid).children() if one.is_running()]


def iris_csv(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    BUNDLED["iris"]().to_csv(path, index=False)
    return path


def test_a_training_ends_with_a_version_that_nobody_serves_yet_and_its_file_goes(
    trainers: Trainers, trainer: Service, mlflow_url: str
) -> None:
    number = uuid4()
    learned = iris_csv(training_file(trainers.data, number, "some.csv"))
    order_training(trainers.engine, number, trainers.of_file, "alice")
    done = trainers.until(number, TrainingState.SUCCEEDED)
    assert (done.attempts, done.problem) == (1, None)
    assert done.result is not None
    assert done.result["rows"] == 150
    assert done.result["champion"] is None
    assert done.result["may_be_promoted"] is True
    assert [gate["gate"] for gate in done.result["gates"]] == ["format", "digest", "schema", "golden batch", "metrics"]
    assert done.result["report_url"].endswith("/artifacts/report/report.html")
    with contextlib.closing(Registry(mlflow_url)) as registry:
        version = registry.version(trainers.use_case.name, done.result["version"])
        assert version.tags["digest"] == done.result["digest"]
        assert registry.by_alias(trainers.use_case.name, CHAMPION) is None
    eventually(lambda: not learned.parent.exists())
    told = httpx.get(f"{trainer.health_url}/metrics").text
    assert 'smartpredict_trainings_total{outcome="succeeded"} 1.0' in told


def test_a_large_file_that_comes_along_is_read_block_by_block(trainers: Trainers, trainer: Service) -> None:
    settings = trainers.settings | {"SMARTPREDICT_TRAINING_MEMORY": "1"}
    order = TrainingOrder(
        use_case=trainers.use_case.name, learn_from=LearnFrom.FILE, file_name="some.parquet", library="xgboost"
    )
    number = uuid4()
    path = training_file(trainers.data, number, "some.parquet")
    path.parent.mkdir(parents=True)
    BUNDLED["iris"]().sample(frac=1, random_state=1).to_parquet(path)
    other = psutil.Process(trainer.process.pid)
    with start_service("training.service", trainers.folder, settings) as service:
        service.wait_ready()
        other.suspend()  # it allows more memory, and would take the order as well
        try:
            order_training(trainers.engine, number, order, "alice")
            done = trainers.until(number, TrainingState.SUCCEEDED)
        finally:
            other.resume()
    assert done.result is not None
    assert (done.result["rows"], done.result["may_be_promoted"]) == (150, True)
    assert "150 rows would take about" in service.log.read_text()


def test_data_that_cannot_be_learned_from_fails_with_what_is_wrong(trainers: Trainers, trainer: Service) -> None:
    number = uuid4()
    wrong = training_file(trainers.data, number, "some.csv")
    wrong.parent.mkdir(parents=True)
    wrong.write_text("a,b\n1,2\n")
    order_training(trainers.engine, number, trainers.of_file, "alice")
    nothing = trainers.order(learn_from=LearnFrom.LABELS)
    assert "needs one column" in str(trainers.until(number, TrainingState.FAILED).problem)
    assert "has no labelled rows" in str(trainers.until(nothing, TrainingState.FAILED).problem)


def test_a_cancelled_training_ends_its_process_and_the_next_one_begins(trainers: Trainers, trainer: Service) -> None:
    number = trainers.order(trials=SLOW)
    trainers.until(number, TrainingState.RUNNING, "fitting")
    [process] = children(trainer)
    cancel_training(trainers.engine, number, "bob")
    eventually(lambda: not process.is_running(), 20)
    assert find_training(trainers.engine, number).state is TrainingState.CANCELLED
    following = trainers.order(trials=SLOW)
    trainers.until(following, TrainingState.RUNNING)
    cancel_training(trainers.engine, following, "bob")


def test_a_killed_process_is_told_and_a_killed_trainer_is_taken_over(trainers: Trainers, trainer: Service) -> None:
    number = trainers.order(trials=SLOW)
    trainers.until(number, TrainingState.RUNNING, "fitting")
    [process] = children(trainer)
    process.kill()
    assert "was killed" in str(trainers.until(number, TrainingState.FAILED).problem)
    number = trainers.order(trials=SLOW)
    trainers.until(number, TrainingState.RUNNING, "fitting")
    [process] = children(trainer)
    trainer.kill()
    eventually(lambda: not process.is_running(), 20)
    # As if the time had passed in which its trainer might still report.
    with trainers.engine.begin() as connection:
        connection.execute(update(trainings).where(trainings.c.id == number).values(seen_at=func.now() - SILENT * 2))
    with trainers.start() as second, trainers.start() as third:
        eventually(lambda: find_training(trainers.engine, number).attempts == 2)
        trainers.until(number, TrainingState.RUNNING, "fitting")
        assert len(children(second)) + len(children(third)) == 1
    # Told to stop, it gives the training back.
    given_back = find_training(trainers.engine, number)
    assert (given_back.state, given_back.attempts) == (TrainingState.WAITING, 1)
    cancel_training(trainers.engine, number, "bob")
