"""What callers are told while something behind the gateway is slow, full, failing or away, and that it passes by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import quote

import aio_pika
import httpx
import pytest

from broker.administration.addresses import virtual_host
from broker.messages import PartFailed
from broker.topology import MAX_ONLINE_MESSAGES, ONLINE
from tests.integration.gateway.conftest import (
    DEADLINE_SECONDS,
    IRIS_ROW,
    ROW,
    RunningGateway,
    problem,
    running_stand_in,
)
from tests.integration.gateway.stand_in_worker import StandInWorker
from tests.support.network.line import Line
from tests.support.servers import Broker
from tests.support.waiting import eventually


@contextmanager
def cut(line: Line) -> Iterator[None]:
    line.cut()
    try:
        yield
    finally:
        line.restore()


def predicts(client: httpx.Client) -> bool:
    return client.post("/predict", json=ROW).status_code == 200


async def fill_online_queue(url: str, messages: int) -> None:
    """Put messages nobody wants on the online queue; a negative number empties it."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(ONLINE)
        await queue.purge()
        for _ in range(messages):
            await channel.default_exchange.publish(aio_pika.Message(b""), ONLINE)


def test_without_a_worker_callers_are_told_at_once(client: httpx.Client) -> None:
    for headers in ({}, {"Idempotency-Key": "lost"}):
        started = time.monotonic()
        content = problem(client.post("/predict", json=ROW, headers=headers), 503, "not-ready")
        assert time.monotonic() - started < DEADLINE_SECONDS
        assert "no worker takes requests" in content["detail"].lower()
    assert "nothing was stored" in content["detail"], "by now it is known, and nothing is sent"
    checks = problem(client.get("/health/ready"), 503, "not-ready")["checks"]
    failing = {check["name"] for check in checks if not check["ok"]}
    assert failing == {"model", "queue inbox", "queue predict.bulk", "queue predict.online", "requests"}


def test_a_worker_that_holds_all_and_answers_nothing_is_told(prepared: tuple[str, str], client: httpx.Client) -> None:
    with running_stand_in(*prepared) as worker:
        eventually(lambda: predicts(client))
        worker.is_deaf = True
        content = problem(client.get("/health/ready"), 503, "not-ready")
        assert "no worker answers" in content["detail"]
        problem(client.post("/predict", json=ROW), 503, "not-ready")
        worker.is_deaf = False
        eventually(lambda: predicts(client))


def test_a_full_queue_sends_callers_away(prepared: tuple[str, str], client: httpx.Client) -> None:
    asyncio.run(fill_online_queue(prepared[1], MAX_ONLINE_MESSAGES))
    answer = client.post("/predict", json=ROW)
    asyncio.run(fill_online_queue(prepared[1], 0))
    assert answer.headers["retry-after"] == "1"
    problem(answer, 429, "overloaded")


def test_callers_share_messages_while_a_worker_is_slow(gateway: RunningGateway, stand_in: StandInWorker) -> None:
    stand_in.pause = 0.2
    with gateway.client() as client, ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: client.post("/predict", json=ROW).status_code, range(30)))
    assert answers == [200] * 30
    assert stand_in.requests == 30
    assert stand_in.messages <= 6


def test_many_classes_are_named(client: httpx.Client, stand_in: StandInWorker) -> None:
    content = client.post("/predict?use_case=iris", json=IRIS_ROW).json()
    (prediction,) = content["predictions"]
    assert list(prediction["scores"]) == ["setosa", "versicolor", "virginica"]
    assert prediction["score"] == max(prediction["scores"].values())
    assert "key" not in prediction
    (stored,) = client.get("/past-predictions?use_case=iris&limit=1").json()["predictions"]
    assert stored["scores"] == prediction["scores"]
    header, row = client.get("/past-predictions?use_case=iris&format=csv").text.splitlines()
    assert header.endswith("score,score_setosa,score_versicolor,score_virginica,species")
    assert [float(value) for value in row.split(",")[-4:-1]] == list(prediction["scores"].values())


@pytest.mark.parametrize(
    ("code", "status", "problem_code"),
    [("no_model", 503, "no-model"), ("schema_changed", 503, "not-ready"), ("not_scored", 500, "scoring-failed")],
)
def test_what_a_worker_cannot_do_is_told(
    client: httpx.Client, stand_in: StandInWorker, code: str, status: int, problem_code: str
) -> None:
    stand_in.failure = PartFailed(code=code, detail="for this reason")
    content = problem(client.post("/predict", json=ROW), status, problem_code)
    assert "for this reason" in content["detail"]


def test_a_retry_after_a_lost_answer_gets_the_first_one(client: httpx.Client, stand_in: StandInWorker) -> None:
    headers = {"Idempotency-Key": "slow"}
    stand_in.pause = DEADLINE_SECONDS + 0.5
    lost = problem(client.post("/predict", json=ROW, headers=headers), 504, "deadline-passed")
    time.sleep(1)
    stand_in.pause = 0
    stand_in.version += 1
    answer = client.post("/predict", json=ROW, headers=headers).json()
    assert answer["request_id"] == lost["request_id"]
    assert answer["model_version"] == stand_in.version - 1, "the stored version, not that of the retry"


def test_a_broker_that_goes_away_is_told_at_once_and_found_again(
    gateway: RunningGateway, client: httpx.Client, stand_in: StandInWorker
) -> None:
    eventually(lambda: predicts(client))
    with cut(gateway.broker_line):
        eventually(lambda: client.post("/predict", json=ROW).status_code == 503)
        started = time.monotonic()
        answer = client.post("/predict", json=ROW)
        assert time.monotonic() - started < 1
        assert answer.headers["retry-after"]
        problem(answer, 503, "broker-away")
        problem(client.post("/predict", json=ROW, headers={"Idempotency-Key": "away"}), 503, "broker-away")
        content = problem(client.get("/health/ready"), 503, "not-ready")
        assert content["detail"].startswith("broker: ")
        assert client.get("/past-predictions").status_code == 200
        assert client.get("/health/live").status_code == 200
    eventually(lambda: predicts(client))
    eventually(lambda: client.get("/health/ready").status_code == 200)


def test_lines_that_hold_everything_up_for_200_milliseconds_are_no_trouble(
    gateway: RunningGateway, client: httpx.Client, stand_in: StandInWorker
) -> None:
    eventually(lambda: predicts(client))
    gateway.broker_line.delay = gateway.database_line.delay = 0.2
    try:
        assert predicts(client)
        answer = client.get("/health/ready")
        assert answer.status_code == 200, answer.text
    finally:
        gateway.broker_line.delay = gateway.database_line.delay = 0


def test_a_database_that_goes_away_is_told_and_found_again(
    gateway: RunningGateway, client: httpx.Client, stand_in: StandInWorker
) -> None:
    with cut(gateway.database_line):
        for path in ("/past-predictions", "/past-predictions?format=csv", "/batches", "/models"):
            answer = client.get(path)
            assert answer.headers["retry-after"]
            problem(answer, 503, "database-away")
        problem(client.post("/predict", json=ROW, headers={"Idempotency-Key": "x"}), 503, "database-away")
        problem(client.post("/batches?name=a.csv", content=b"a\n1\n"), 503, "database-away")
        problem(client.get("/health/ready"), 503, "not-ready")
        assert predicts(client), "the worker stores; the gateway needs no database of its own for that"
    assert client.get("/past-predictions").status_code == 200
    assert not list((gateway.data / "uploads").iterdir())


def test_who_waits_is_told_once_the_connection_of_answers_is_lost(
    prepared: tuple[str, str], client: httpx.Client, rabbit_server: Broker
) -> None:
    with running_stand_in(*prepared) as worker, ThreadPoolExecutor(1) as callers:
        eventually(lambda: predicts(client))
        with httpx.Client(base_url=rabbit_server.management_url, auth=rabbit_server.credentials()) as api:
            # It lists a connection some seconds after it was opened.
            (replies,) = eventually(
                lambda: _connections(api, virtual_host(prepared[1]), "smartpredict gateway replies")
            )
            worker.is_deaf = True
            waiting = callers.submit(client.post, "/predict", json=ROW)
            api.delete(f"/api/connections/{quote(replies)}").raise_for_status()
        content = problem(waiting.result(10), 503, "not-ready")
        assert "connection to rabbitmq that answers come by was lost" in content["detail"].lower()
        worker.is_deaf = False
        eventually(lambda: predicts(client))


def _connections(api: httpx.Client, vhost: str, name: str) -> list[str]:
    found = api.get("/api/connections").raise_for_status().json()
    return [one["name"] for one in found if one.get("vhost") == vhost and one.get("user_provided_name") == name]
