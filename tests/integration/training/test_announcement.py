"""Workers hear of a new champion."""

from __future__ import annotations

import asyncio

import aio_pika
import pytest

from broker.declare import declare_topology
from broker.messages import ModelChanged
from broker.topology import MODEL_CHANGES
from cli import training_commands
from training.evaluate import Evaluation
from training.train import TrainingResult

RESULT = TrainingResult(
    use_case="iris",
    version=3,
    digest="0" * 64,
    rows=150,
    bad_rows=0,
    rounds=10,
    evaluation=Evaluation({}, ()),
    run_url="",
    seconds=1.0,
)


def test_the_new_version_is_announced(broker_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTPREDICT_BROKER_URL", broker_url)

    async def hear() -> bytes:
        await declare_topology(broker_url)
        async with await aio_pika.connect(broker_url) as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue(exclusive=True)
            await queue.bind(MODEL_CHANGES, routing_key="#")
            # The command has an event loop of its own.
            told = await asyncio.to_thread(training_commands._announced, RESULT)
            assert told == "Announced: running workers serve it from now on."
            message = await queue.get(timeout=5)
            assert message is not None
            return message.body

    change = ModelChanged.model_validate_json(asyncio.run(hear()))
    assert (change.use_case, change.version) == ("iris", 3)


def test_a_broker_that_is_away_is_no_fault_of_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTPREDICT_BROKER_URL", "amqp://127.0.0.1:9")
    assert "not announced: running workers find it at their next look" in training_commands._announced(RESULT)
