"""A challenger scores what the champion answered, and the two are compared; on real servers from end to end."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import numpy as np
import pytest
from sqlalchemy import Engine, func, select

from broker.messages import Lane
from broker.transport.publisher import Outgoing, Publisher
from gateway_api.shadow.answers import ShadowReport
from local_stack.machine.ports import throwaway_port
from registry.client import Registry
from registry.lifecycle import Lifecycle
from sql.labels.tables import labels, shadow_scores
from sql.predictions.tables import prediction_table
from tests.support.command import smartpredict
from tests.support.pipeline import EQUIPMENT, Service, bulk_part, equipment_rows, prepare, start_service
from tests.support.registry.versions import forget_aliases, register_version, small_booster
from tests.support.waiting import eventually
from usecases.models.scoring import matrix

TABLE = prediction_table(EQUIPMENT)
KEY = "key-of-the-tests-0001"
ALWAYS = {"since": "2026-05-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"}


@dataclass
class Pair:
    """A worker with a champion and a challenger, and the gateway beside it."""

    worker: Service
    gateway: str
    lifecycle: Lifecycle
    champion: int
    challenger: int

    def report(self, **query: str) -> ShadowReport:
        answer = httpx.get(
            f"{self.gateway}/models/{EQUIPMENT.name}/shadow",
            params=ALWAYS | query,
            headers={"X-API-Key": KEY},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return ShadowReport.model_validate_json(answer.content)


@pytest.fixture(scope="module")
def pair(
    database_url: str, broker_url: str, mlflow_url: str, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    prepare(database_url, broker_url)
    folder, port = tmp_path_factory.mktemp("shadow"), throwaway_port()
    environment = {
        "SMARTPREDICT_DATABASE_URL": database_url,
        "SMARTPREDICT_BROKER_URL": broker_url,
        "SMARTPREDICT_MLFLOW_URL": mlflow_url,
        "SMARTPREDICT_MODELS": str(folder / "models"),
        "SMARTPREDICT_DATA": str(folder / "data"),
        "SMARTPREDICT_API_KEYS": f"tests:admin:{KEY}",
        "SMARTPREDICT_GATEWAY_PORT": str(port),
    }
    forget_aliases(mlflow_url)
    with contextlib.closing(Registry(mlflow_url)) as registry:
        lifecycle = Lifecycle(registry, engine, broker_url)
        champion, challenger = (register_version(mlflow_url, seed) for seed in (1, 2))
        lifecycle.promote(EQUIPMENT, champion, "test", without_metrics=True)
        with (
            start_service("inference_worker", folder, environment) as worker,
            start_service("gateway_api", folder, environment),
        ):
            worker.wait_ready()
            yield Pair(worker, f"http://127.0.0.1:{port}", lifecycle, champion, challenger)


@pytest.fixture(scope="module")
def shadowed(pair: Pair, engine: Engine, broker_url: str) -> Pair:
    """Rows of the bulk lane: some before there was a challenger, 3,000 with one."""
    send(broker_url, bulk_part(equipment_rows(200, seed=9), uuid4()))
    eventually(lambda: count(engine, TABLE) == 200)
    pair.lifecycle.set_challenger(EQUIPMENT, pair.challenger)
    eventually(lambda: "Version scores in shadow" in pair.worker.log.read_text())
    batch = uuid4()
    send(broker_url, *(bulk_part(equipment_rows(1_000, seed=part), batch, number=part) for part in range(3)))
    eventually(lambda: count(engine, shadow_scores) == 3_000)
    return pair


def send(url: str, *messages: Outgoing) -> None:
    async def publish() -> None:
        async with Publisher(url, "test") as publisher:
            for message in messages:
                await publisher.publish(message)

    asyncio.run(publish())


def count(engine: Engine, table: object) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]  # a table


def both(engine: Engine) -> tuple[np.ndarray, np.ndarray, list[str], list[str]]:
    query = (
        select(TABLE.c.score, shadow_scores.c.score, TABLE.c.prediction, shadow_scores.c.prediction)
        .join(shadow_scores, shadow_scores.c.prediction_id == TABLE.c.id)
        .order_by(TABLE.c.id)
    )
    with engine.connect() as connection:
        champion, challenger, one, other = zip(*connection.execute(query).all(), strict=True)
    return np.array(champion), np.array(challenger), list(one), list(other)


def test_every_row_has_the_score_of_the_challenger_beside_that_of_the_champion(shadowed: Pair, engine: Engine) -> None:
    expected = np.concatenate(
        [
            np.asarray(small_booster(2).inplace_predict(matrix(EQUIPMENT, equipment_rows(1_000, seed=part))))
            for part in range(3)
        ]
    )
    _, challenger, _, _ = both(engine)
    assert np.sort(challenger) == pytest.approx(np.sort(expected.astype(float)))
    with engine.connect() as connection:
        versions = select(shadow_scores.c.model_version).distinct()
        assert connection.scalars(versions).all() == [shadowed.challenger]


def test_the_report_is_what_the_rows_say(shadowed: Pair, engine: Engine) -> None:
    champion, challenger, one, other = both(engine)
    found = shadowed.report()
    assert (found.challenger, found.champions) == (shadowed.challenger, [shadowed.champion])
    assert (found.predictions, found.compared, found.labelled) == (3_200, 3_000, 0)
    differ = np.array(one) != np.array(other)
    assert 0 < differ.sum() < 3_000
    assert found.different is not None
    assert found.different.value == pytest.approx(differ.mean())
    assert found.confusion is not None
    assert found.confusion["ok"]["failure"] + found.confusion["failure"]["ok"] == differ.sum()
    gap = challenger - champion
    assert found.difference.mean == pytest.approx(gap.mean())
    assert found.difference.mean_absolute == pytest.approx(np.abs(gap).mean())
    assert found.difference.largest == pytest.approx(np.abs(gap).max())
    assert list(found.difference.percentiles) == ["5", "25", "50", "75", "95"]
    assert found.difference.percentiles["95"] == pytest.approx(np.percentile(gap, 95))
    qualities = [segment for segment in found.segments if segment.feature == "product_quality"]
    assert {segment.value for segment in qualities} == {"L", "M", "H"}
    assert sum(segment.different for segment in qualities) == differ.sum()
    assert [s.rows for s in found.segments if s.feature == "source"] == [3_000]


def test_labels_tell_which_of_the_two_was_right(shadowed: Pair, engine: Engine) -> None:
    _, _, one, other = both(engine)
    query = select(shadow_scores.c.prediction_id, shadow_scores.c.prediction).order_by(shadow_scores.c.prediction_id)
    with engine.begin() as connection:
        rows = [
            {"prediction_id": row.prediction_id, "use_case": EQUIPMENT.name, "label": row.prediction,
             "labelled_at": func.now(), "source": "api"}
            for row in connection.execute(query)
        ]  # fmt: skip
        connection.execute(labels.insert(), [row | {"labelled_at": "2026-05-05"} for row in rows])
    found = shadowed.report()
    assert found.labelled == 3_000
    assert found.challenger_metrics["accuracy"].value == 1.0
    assert found.champion_metrics["accuracy"].value == pytest.approx(np.mean(np.array(one) == np.array(other)))
    assert {"precision", "recall", "f1", "roc_auc", "log_loss"} <= found.champion_metrics.keys()


def test_where_nothing_was_compared_the_report_says_so(shadowed: Pair) -> None:
    found = shadowed.report(since="2026-04-01T00:00:00Z", until="2026-04-02T00:00:00Z")
    assert (found.challenger, found.compared, found.different, found.segments) == (None, 0, None, [])


def test_the_command_shows_the_comparison(shadowed: Pair, tmp_path: Path) -> None:
    settings = {"SMARTPREDICT_GATEWAY_URL": shadowed.gateway, "SMARTPREDICT_API_KEY": KEY}
    span = ("--since", ALWAYS["since"], "--until", ALWAYS["until"])
    shown = smartpredict("models", "shadow-report", EQUIPMENT.name, *span, home=tmp_path, settings=settings)
    assert shown.returncode == 0, shown.stderr
    assert "3,000 of 3,200 rows" in shown.stdout
    assert "Different classes:" in shown.stdout
    assert "product_quality" in shown.stdout
    as_json = smartpredict("models", "shadow-report", *span, "--json", home=tmp_path, settings=settings)
    assert json.loads(as_json.stdout)["challenger"] == shadowed.challenger
    nothing = smartpredict("models", "shadow-report", "iris", home=tmp_path, settings=settings)
    assert "Nothing to compare" in nothing.stdout


def test_requests_are_shadowed_too_and_a_stop_is_heard(shadowed: Pair, engine: Engine) -> None:
    row = {
        "machine_id": "m", "product_quality": "L", "air_temperature_k": 300, "process_temperature_k": 310,
        "rotational_speed_rpm": 1500, "torque_nm": 40, "tool_wear_min": 10,
    }  # fmt: skip

    def predict() -> None:
        answer = httpx.post(f"{shadowed.gateway}/predict", json=row, headers={"X-API-Key": KEY}, timeout=30)
        assert answer.status_code == 200, answer.text

    before = count(engine, shadow_scores)
    predict()
    eventually(lambda: count(engine, shadow_scores) == before + 1)
    shadowed.lifecycle.drop_challenger(EQUIPMENT)

    def is_stopped() -> bool:
        rows = count(engine, shadow_scores)
        predict()
        metrics = httpx.get(f"{shadowed.worker.health_url}/metrics", timeout=5).text
        return f'outcome="stored",use_case="{EQUIPMENT.name}"}} {rows}.0' in metrics and rows == count(
            engine, shadow_scores
        )

    eventually(is_stopped)
    assert Lane.ONLINE in httpx.get(f"{shadowed.worker.health_url}/metrics", timeout=5).text
