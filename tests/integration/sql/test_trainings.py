"""Trainings in the database: ordered once, taken up by one trainer each, given up after too many deaths."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, delete, func, update

from sql.base.engine import connect_engine
from sql.provision import prepare_database
from sql.registry.tables import trainings
from sql.registry.training_claims import (
    MOST_ATTEMPTS,
    SILENT,
    TrainingEnd,
    claim_training,
    end_training,
    have_ended,
    release_training,
    report_training,
)
from sql.registry.trainings import (
    MOST_WAITING,
    LearnFrom,
    TooManyWaitingError,
    Training,
    TrainingOrder,
    TrainingOrderError,
    TrainingState,
    UnknownTrainingError,
    cancel_training,
    find_training,
    list_trainings,
    order_training,
)

IRIS = TrainingOrder(use_case="iris", learn_from=LearnFrom.USE_CASE, library="xgboost")


@pytest.fixture(scope="module")
def prepared(database_url: str) -> Iterator[Engine]:
    prepare_database(database_url, [])
    engine = connect_engine(database_url, "test")
    yield engine
    engine.dispose()


@pytest.fixture
def engine(prepared: Engine) -> Engine:
    with prepared.begin() as connection:
        connection.execute(delete(trainings))
    return prepared


def ordered(engine: Engine, count: int = 1) -> list[UUID]:
    return [order_training(engine, uuid4(), IRIS, "alice").id for _ in range(count)]


def claimed(engine: Engine) -> Training:
    training = claim_training(engine)
    assert training is not None
    return training


def fall_silent(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(trainings).values(seen_at=func.now() - SILENT * 2))


def test_an_order_sent_again_is_the_same_training(engine: Engine) -> None:
    [first] = ordered(engine)
    other = TrainingOrder(use_case="churn", learn_from=LearnFrom.USE_CASE, library="xgboost")
    assert order_training(engine, first, other, "bob").order == IRIS
    assert [one.id for one in list_trainings(engine)] == [first]


def test_only_so_many_may_wait(engine: Engine) -> None:
    ordered(engine, MOST_WAITING)
    with pytest.raises(TooManyWaitingError, match="wait already"):
        ordered(engine)
    assert claim_training(engine) is not None
    assert ordered(engine)


def test_who_waited_longest_is_taken_up_and_by_one_trainer(engine: Engine) -> None:
    first, second = ordered(engine, 2)
    with ThreadPoolExecutor(4) as trainers:
        found = [one for one in trainers.map(lambda _: claim_training(engine), range(4)) if one is not None]
    assert {one.id for one in found} == {first, second}
    assert [one.attempts for one in found] == [1, 1]
    assert claim_training(engine) is None


def test_what_is_reported_is_seen_and_the_result_kept(engine: Engine) -> None:
    ordered(engine)
    training = claimed(engine)
    assert report_training(engine, training, "fitting", 0.5)
    seen = find_training(engine, training.id)
    assert (seen.state, seen.step, seen.progress) == (TrainingState.RUNNING, "fitting", 0.5)
    assert have_ended(engine, [training.id, uuid4()]) == {training.id: False}
    assert end_training(engine, training, TrainingEnd(result={"version": 3}))
    seen = find_training(engine, training.id)
    assert (seen.state, seen.result, seen.problem) == (TrainingState.SUCCEEDED, {"version": 3}, None)
    assert seen.finished_at is not None
    assert have_ended(engine, [training.id]) == {training.id: True}


def test_a_failure_says_why_and_has_no_result(engine: Engine) -> None:
    ordered(engine)
    training = claimed(engine)
    assert end_training(engine, training, TrainingEnd(problem="too few rows"))
    with engine.connect() as connection:
        row: Any = connection.execute(trainings.select().where(trainings.c.result.is_(None))).one()
    assert (row.state, row.problem) == ("failed", "too few rows")


def test_one_that_is_taken_over_is_no_longer_its_first_trainers(engine: Engine) -> None:
    ordered(engine)
    first = claimed(engine)
    assert claim_training(engine) is None
    fall_silent(engine)
    second = claimed(engine)
    assert (second.id, second.attempts) == (first.id, 2)
    assert not report_training(engine, first, "fitting", 0.9)
    assert not end_training(engine, first, TrainingEnd(result={}))
    assert report_training(engine, second, "reading the data", 0.0)


def test_one_that_ends_its_trainer_each_time_fails(engine: Engine) -> None:
    [number] = ordered(engine)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert claimed(engine).attempts == attempt
        fall_silent(engine)
    assert claim_training(engine) is None
    failed = find_training(engine, number)
    assert failed.state is TrainingState.FAILED
    assert "see the log of the trainer" in str(failed.problem)


def test_one_that_is_given_back_waits_as_if_it_had_not_begun(engine: Engine) -> None:
    ordered(engine)
    release_training(engine, claimed(engine))
    assert claimed(engine).attempts == 1


@pytest.mark.parametrize("begun", [False, True])
def test_a_cancelled_one_is_wanted_no_more(engine: Engine, *, begun: bool) -> None:
    [number] = ordered(engine)
    training = claimed(engine) if begun else None
    cancelled = cancel_training(engine, number, "bob")
    assert (cancelled.state, cancelled.problem) == (TrainingState.CANCELLED, "cancelled by bob")
    assert cancel_training(engine, number, "carol").problem == "cancelled by bob", "twice is once"
    assert claim_training(engine) is None
    if training is not None:
        assert not report_training(engine, training, "fitting", 0.5)
        assert not end_training(engine, training, TrainingEnd(result={}))


def test_what_has_ended_cannot_be_cancelled(engine: Engine) -> None:
    [number] = ordered(engine)
    end_training(engine, claimed(engine), TrainingEnd(problem="no"))
    with pytest.raises(TrainingOrderError, match="has failed already"):
        cancel_training(engine, number, "bob")
    with pytest.raises(UnknownTrainingError, match="there is no training"):
        cancel_training(engine, uuid4(), "bob")


def test_they_are_listed_page_by_page_the_newest_first(engine: Engine) -> None:
    numbers = ordered(engine, 5)[::-1]
    first = list_trainings(engine, limit=3)
    second = list_trainings(engine, limit=3, after=first[-1].id)
    assert [one.id for one in (*first, *second)] == numbers
    cancel_training(engine, numbers[0], "bob")
    assert [one.id for one in list_trainings(engine, state=TrainingState.CANCELLED)] == numbers[:1]
    assert list_trainings(engine, use_case="churn") == []
