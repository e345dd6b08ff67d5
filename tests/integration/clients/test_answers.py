"""Answers by each protocol: into the queues and topics that the account may read."""

from __future__ import annotations

import json
from uuid import uuid4

import pika
import pytest

from broker.topology import INBOX, MQTT_TOPICS
from tests.integration.clients.conftest import Pipeline
from tests.support.clients.raw_clients import MqttSubscriber, StompSubscriber
from tests.support.ingestion.readings import reading


@pytest.fixture
def machine_row() -> bytes:
    """A row that no other test has."""
    return json.dumps(reading(machine_id=f"M-{uuid4()}")).encode()


def test_a_stomp_client_is_answered_in_a_queue_of_its_own(pipeline: Pipeline, machine_row: bytes) -> None:
    queue = f"reply.upstream.{uuid4()}"
    with StompSubscriber(pipeline.broker.url("upstream", scheme="stomp"), f"/queue/{queue}") as client:
        client.send(f"/exchange/{INBOX}/equipment_failure", machine_row, amqp_message_id=f"r-{uuid4()}", reply_to=queue)
        answer = json.loads(client.next_body())
    assert (answer["outcome"], answer["rows_accepted"]) == ("accepted", 1)


def test_an_mqtt_5_client_is_answered_on_its_response_topic(pipeline: Pipeline, machine_row: bytes) -> None:
    """RabbitMQ 4 hands a response topic on as this header; 3.10 speaks no MQTT 5, so here it is set by hand."""
    topic = f"reply.upstream.{uuid4()}"
    with (
        MqttSubscriber(pipeline.broker.url("mqtt", scheme="mqtt"), topic.replace(".", "/")) as client,
        pika.BlockingConnection(pika.URLParameters(pipeline.broker.url("mqtt"))) as connection,
    ):
        properties = pika.BasicProperties(message_id=f"r-{uuid4()}", headers={"x-reply-to-topic": topic})
        connection.channel().basic_publish(MQTT_TOPICS, "predict.equipment_failure.press-7", machine_row, properties)
        answer = json.loads(client.next_body())
    assert (answer["outcome"], answer["rows_accepted"]) == ("accepted", 1)
