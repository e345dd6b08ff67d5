"""Answers by each protocol: into the queues and topics that the account may read."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pika
import pytest

from broker.topology import INBOX, MQTT_TOPICS
from tests.integration.clients.conftest import ANSWERS, Pipeline, clients_of, program
from tests.support.clients.raw_clients import MqttSubscriber, StompSubscriber
from tests.support.ingestion.readings import reading
from tests.support.pipeline import EQUIPMENT


@pytest.fixture
def machine_row() -> bytes:
    """A row that no other test has."""
    return json.dumps(reading(machine_id=f"M-{uuid4()}")).encode()


@pytest.mark.parametrize("client", clients_of(ANSWERS))
def test_a_program_of_the_documentation_is_told_what_was_predicted(
    pipeline: Pipeline, tmp_path: Path, client: str
) -> None:
    asking = program(ANSWERS, client, tmp_path)
    if client == "Qpid Proton":
        declare_answer_queue(pipeline)
    done = asking.run(pipeline.url(asking))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])  # NestJS logs before
    assert (answer["outcome"], answer["rows_accepted"], answer["refused"]) == ("accepted", 1, [])
    assert [row["prediction"] in EQUIPMENT.classes for row in answer["predictions"]] == [True]
    assert pipeline.predicted(asking.machine) == 1


def declare_answer_queue(pipeline: Pipeline) -> None:
    """Declare the queue that the program of AMQP 1.0 finds, as its page says."""
    with pika.BlockingConnection(pika.URLParameters(pipeline.broker.url("upstream"))) as connection:
        connection.channel().queue_declare("reply.upstream.press-7", durable=True)


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
