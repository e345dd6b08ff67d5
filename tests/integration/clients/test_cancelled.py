"""Queues that somebody deletes: the broker cancels who consumes them, and once they are there again so is everybody."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from broker.administration.provisioning import declare_topology
from broker.topology import BULK, DEAD_LETTERS, INBOX, ONLINE
from tests.integration.clients.conftest import IS_RABBITMQ_4, Pipeline
from tests.support.ingestion.readings import reading
from tests.support.waiting import eventually

QUEUES = (BULK, ONLINE, INBOX, DEAD_LETTERS)
GONE_SECONDS = (0, 1) if IS_RABBITMQ_4 else (1,)
"""RabbitMQ 3.10 takes a quorum queue that is declared again in the same moment for the one that was deleted: it delivers to
consumers of that one, who hear nothing."""


def consumed(channel: BlockingChannel) -> bool:
    """Return whether every queue has a consumer."""
    return all(channel.queue_declare(queue, passive=True).method.consumer_count for queue in QUEUES)


@pytest.mark.parametrize("gone_seconds", GONE_SECONDS)
def test_a_cancelled_consumer_consumes_again_within_half_a_minute(pipeline: Pipeline, gone_seconds: float) -> None:
    machine = f"M-{uuid4()}"
    with pika.BlockingConnection(pika.URLParameters(pipeline.broker.url("owner"))) as connection:
        channel = connection.channel()
        for queue in QUEUES:
            channel.queue_delete(queue)
        connection.sleep(gone_seconds)
        asyncio.run(declare_topology(pipeline.broker.url("owner"), mqtt=True))
        eventually(lambda: consumed(channel), 30)
        row = json.dumps(reading(machine_id=machine)).encode()
        channel.basic_publish(INBOX, "equipment_failure", row, pika.BasicProperties(message_id=machine))
    pipeline.wait_predicted(machine, 1)
