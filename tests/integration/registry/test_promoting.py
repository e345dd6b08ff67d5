"""Versions in a real registry: what is promoted, what is refused and why, and the way back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import aio_pika
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from broker.messages import ModelChanged
from broker.topology import MODEL_CHANGES
from registry.changes import NothingToRollBackError, PromotionRefusedError
from registry.client import NoSuchVersionError, Registry, RegistryAwayError
from registry.gates import Gate, GateOutcome
from registry.lifecycle import Lifecycle
from registry.names import CHALLENGER, CHAMPION
from sql.registry.promotions import Kind
from sql.registry.registration import register
from tests.support.registry.promoting import champion, refusal
from tests.support.registry.versions import damage, register_sklearn, register_version
from training.schedules import ACTOR, TrainingSettings, check_data, fit_and_register, promote_if_good
from usecases.contract.catalog import UnknownUseCaseError
from usecases.contract.spec import UseCase


def test_promotions_and_the_way_back(
    lifecycle: Lifecycle, registry: Registry, use_case: UseCase, mlflow_url: str, serve: Callable[..., None]
) -> None:
    one, two, three = (register_version(mlflow_url, seed, use_case=use_case) for seed in (1, 2, 3))
    serve(one, two, three)
    assert champion(registry, use_case) is None
    first = lifecycle.promote(use_case, one, "anna")
    assert [result.outcome for result in first.results] == [GateOutcome.PASSED] * 5
    for version in (two, three):
        lifecycle.promote(use_case, version, "anna")
    assert [lifecycle.rollback(use_case, "otto").version for _ in range(2)] == [two, one]
    assert champion(registry, use_case) == one
    with pytest.raises(NothingToRollBackError, match="smartpredict models list"):
        lifecycle.rollback(use_case, "otto")
    history = [(one.kind, one.actor, one.from_version, one.to_version) for one in lifecycle.history(use_case)]
    assert history[::-1] == [
        (Kind.PROMOTED, "anna", None, one),
        (Kind.PROMOTED, "anna", one, two),
        (Kind.PROMOTED, "anna", two, three),
        (Kind.ROLLED_BACK, "otto", three, two),
        (Kind.ROLLED_BACK, "otto", two, one),
    ]
    assert [gate["gate"] for gate in lifecycle.history(use_case)[-1].gates] == list(Gate)


def test_a_wrong_schema_is_refused(lifecycle: Lifecycle, use_case: UseCase, mlflow_url: str) -> None:
    version = register_version(mlflow_url, use_case=use_case)
    rules = [{"name": "another", "check": "torque_nm > 0"}]
    changed = UseCase.model_validate(use_case.model_dump() | {"rules": rules})
    gate, detail = refusal(lifecycle, changed, version)
    assert gate is Gate.SCHEMA
    assert detail == (
        f"it was trained for the row contract {use_case.schema_hash}, {use_case.name} now has {changed.schema_hash}"
    )


def test_a_changed_artefact_is_refused(
    lifecycle: Lifecycle, use_case: UseCase, mlflow_url: str, tmp_path: Path
) -> None:
    version = register_version(mlflow_url, use_case=use_case)
    damage(mlflow_url, version, tmp_path, use_case)
    with pytest.raises(PromotionRefusedError) as caught:
        lifecycle.promote(use_case, version, "test")
    refused = {result.gate: result.detail for result in caught.value.results if result.outcome is GateOutcome.REFUSED}
    assert set(refused) == {Gate.DIGEST, Gate.GOLDEN}
    assert "it was changed after training" in refused[Gate.DIGEST]


def test_scores_that_differ_from_those_at_training_are_refused(
    lifecycle: Lifecycle, use_case: UseCase, mlflow_url: str
) -> None:
    version = register_version(mlflow_url, use_case=use_case, shift=0.001)
    gate, detail = refusal(lifecycle, use_case, version)
    assert gate is Gate.GOLDEN
    assert detail.startswith("50 of 50 rows score otherwise than where it was trained, by up to ")


def test_worse_metrics_are_refused_by_how_much_and_a_person_may_overrule_that(
    lifecycle: Lifecycle, registry: Registry, use_case: UseCase, mlflow_url: str
) -> None:
    good = register_version(mlflow_url, use_case=use_case, metrics={"roc_auc": 0.9})
    worse = register_version(mlflow_url, 2, use_case=use_case, metrics={"roc_auc": 0.81})
    lifecycle.promote(use_case, good, "test")
    gate, detail = refusal(lifecycle, use_case, worse)
    assert gate is Gate.METRICS
    assert detail == "roc_auc is 0.8100, 10.0% worse than the champion's 0.9000; the use case allows 2.0%"
    assert champion(registry, use_case) == good
    vouched = lifecycle.promote(use_case, worse, "anna", without_metrics=True)
    assert vouched.results[-1].detail == "anna vouches for how good it is"
    assert champion(registry, use_case) == worse


def test_an_honest_figure_is_not_held_against_a_flattering_one(
    lifecycle: Lifecycle, registry: Registry, use_case: UseCase, mlflow_url: str
) -> None:
    flattered = register_version(mlflow_url, use_case=use_case, metrics={"roc_auc": 0.99})
    tags = dict(registry.version(use_case.name, flattered).tags)
    honest = register_version(mlflow_url, use_case=use_case, metrics={"roc_auc": 0.6}, tags=tags | {"split": "time"})
    worse = register_version(mlflow_url, use_case=use_case, metrics={"roc_auc": 0.5}, tags=tags | {"split": "time"})
    lifecycle.promote(use_case, flattered, "test")
    assert "judged by another split (random)" in lifecycle.promote(use_case, honest, "test").results[-1].detail
    assert champion(registry, use_case) == honest
    gate, detail = refusal(lifecycle, use_case, worse)
    assert gate is Gate.METRICS
    assert "worse than the champion's 0.6000" in detail


def test_a_flavour_that_may_hold_code_is_refused_without_loading_it(
    lifecycle: Lifecycle, use_case: UseCase, mlflow_url: str
) -> None:
    gate, detail = refusal(lifecycle, use_case, register_sklearn(mlflow_url, use_case))
    assert gate is Gate.FORMAT
    assert detail.startswith(
        "its flavours are python_function, sklearn, which may hold code (pickle); register it with"
    )


def test_a_rollback_leads_to_no_version_that_no_worker_ever_served(
    lifecycle: Lifecycle, registry: Registry, use_case: UseCase, mlflow_url: str, serve: Callable[..., None]
) -> None:
    one, two = (register_version(mlflow_url, seed, use_case=use_case) for seed in (1, 2))
    for version in (one, two):
        lifecycle.promote(use_case, version, "test")
    serve(two)
    with pytest.raises(PromotionRefusedError, match=f"no worker has ever served it.*models show {use_case.name} {one}"):
        lifecycle.rollback(use_case, "test")
    assert champion(registry, use_case) == two
    serve(one)
    assert lifecycle.rollback(use_case, "test").version == one


def test_an_alias_that_was_set_in_mlflow_is_found_and_can_be_rolled_back(
    lifecycle: Lifecycle, registry: Registry, use_case: UseCase, mlflow_url: str, serve: Callable[..., None]
) -> None:
    one, two = (register_version(mlflow_url, seed, use_case=use_case) for seed in (1, 2))
    serve(one)
    lifecycle.promote(use_case, one, "test")
    registry.set_alias(use_case.name, CHAMPION, two)
    assert lifecycle.rollback(use_case, "test").version == one
    assert [entry.kind for entry in lifecycle.history(use_case)] == [Kind.ROLLED_BACK, Kind.FOUND, Kind.PROMOTED]


def test_a_challenger_needs_no_metrics_and_ends_when_it_is_promoted(
    lifecycle: Lifecycle, registry: Registry, use_case: UseCase, mlflow_url: str
) -> None:
    one, two = (register_version(mlflow_url, seed, use_case=use_case) for seed in (1, 2))
    lifecycle.promote(use_case, one, "test")
    lifecycle.set_challenger(use_case, two)
    found = registry.by_alias(use_case.name, CHALLENGER)
    assert (found and found.version, champion(registry, use_case)) == (two, one)
    lifecycle.promote(use_case, two, "test")
    assert registry.by_alias(use_case.name, CHALLENGER) is None
    lifecycle.set_challenger(use_case, one)
    lifecycle.drop_challenger(use_case)
    assert registry.by_alias(use_case.name, CHALLENGER) is None


def test_versions_are_listed_newest_first_with_their_metrics(
    lifecycle: Lifecycle, use_case: UseCase, mlflow_url: str
) -> None:
    one, two = (register_version(mlflow_url, seed, use_case=use_case) for seed in (1, 2))
    lifecycle.promote(use_case, one, "test")
    listed = lifecycle.versions(use_case)
    assert [(known.version.version, known.version.aliases) for known in listed] == [(two, ()), (one, (CHAMPION,))]
    assert listed[0].run.metrics == {"roc_auc": 0.9}
    assert listed[0].run.url.startswith(f"{mlflow_url}/#/experiments/")


def test_what_is_not_there_is_named(lifecycle: Lifecycle, use_case: UseCase, mlflow_url: str) -> None:
    assert lifecycle.versions(use_case) == []
    with pytest.raises(NoSuchVersionError, match=f"no version 7 of {use_case.name}. List them: smartpredict models"):
        lifecycle.promote(use_case, 7, "test")


def test_a_registry_that_is_away_is_named(lifecycle: Lifecycle, use_case: UseCase) -> None:
    away = Lifecycle(Registry("http://127.0.0.1:9"), lifecycle._engine, "amqp://127.0.0.1:9")
    with pytest.raises(RegistryAwayError, match=r"MLflow at http://127.0.0.1:9 does not answer"):
        away.promote(use_case, 1, "test")


def test_workers_are_told(lifecycle: Lifecycle, use_case: UseCase, broker_url: str) -> None:
    async def hear() -> bytes:
        async with await aio_pika.connect(broker_url) as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue(exclusive=True)
            await queue.bind(MODEL_CHANGES, routing_key="#")
            # It has an event loop of its own.
            assert await asyncio.to_thread(lifecycle.announce, use_case, 3) == ""
            message = await queue.get(timeout=5)
            assert message is not None
            return message.body

    change = ModelChanged.model_validate_json(asyncio.run(hear()))
    assert (change.use_case, change.version) == (use_case.name, 3)


def test_a_broker_that_is_away_does_not_undo_a_promotion(
    lifecycle: Lifecycle, registry: Registry, use_case: UseCase, mlflow_url: str
) -> None:
    alone = Lifecycle(registry, lifecycle._engine, "amqp://127.0.0.1:9")
    changed = alone.promote(use_case, register_version(mlflow_url, use_case=use_case), "test")
    assert changed.problem
    assert champion(registry, use_case) == changed.version


@pytest.fixture
def edited(
    use_case: UseCase, engine: Engine, mlflow_url: str, database_url: str, broker_url: str, tmp_path: Path
) -> TrainingSettings:
    """Settings of a schedule while somebody edits the file of the use case."""
    with engine.begin() as connection:
        register(connection, use_case)
    folder = tmp_path / use_case.name
    folder.mkdir()
    (folder / "usecase.yaml").write_text("name: [half an edit", encoding="utf-8")
    return TrainingSettings(database_url=database_url, broker_url=broker_url, mlflow_url=mlflow_url, usecases=tmp_path)


def test_a_schedule_trains_what_is_registered_whatever_the_file_says(
    use_case: UseCase, edited: TrainingSettings, registry: Registry
) -> None:
    assert check_data(use_case.name, edited)["rows"] > 1_000
    trained = fit_and_register(use_case.name, edited)
    assert registry.version(use_case.name, trained["version"]).schema_hash == use_case.schema_hash
    with pytest.raises(UnknownUseCaseError, match="known are"):
        check_data("not_registered", edited)


def test_a_schedule_learns_whether_its_version_is_served(
    use_case: UseCase, edited: TrainingSettings, mlflow_url: str, lifecycle: Lifecycle
) -> None:
    settings = edited
    good, worse = (register_version(mlflow_url, use_case=use_case, metrics={"roc_auc": auc}) for auc in (0.9, 0.5))
    first, second = (promote_if_good(use_case.name, version, settings) for version in (good, worse))
    assert (first["promoted"], first["problem"], first["not_announced"]) == (True, "", "")
    assert set(first["gates"]) == set(Gate)
    assert second["promoted"] is False
    assert f"Version {worse} of {use_case.name} is refused" in second["problem"]
    assert second["gates"]["metrics"] in second["problem"]
    assert json.loads(json.dumps([first, second])) == [first, second]
    assert [(entry.actor, entry.to_version) for entry in lifecycle.history(use_case)] == [(ACTOR, good)]
    away = settings.model_copy(update={"broker_url": SecretStr("amqp://127.0.0.1:9")})
    again = promote_if_good(use_case.name, good, away)
    assert (again["promoted"], again["problem"]) == (True, "")
    assert again["not_announced"]
