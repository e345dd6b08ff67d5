"""What accounts of other people may do: what the table of the documentation says, and nothing else, shown at the broker."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from typing import Any
from uuid import uuid4

import httpx
import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from broker.topology import BULK, INBOX, MQTT_TOPICS, PREDICT, PREDICTIONS
from local_stack.machine.folders import CHECKOUT
from local_stack.servers.rabbitmq import RabbitServer
from tests.integration.clients.conftest import Pipeline
from tests.support.clients.raw_clients import mqtt_answer, publish_packet, stomp_answer, subscribe_packet

_ROW = re.compile(r"^\| `(upstream|mqtt|downstream)` \|[^|]*\|([^|]*)\|([^|]*)\|([^|]*)\|$", re.MULTILINE)
TABLE = {
    account: {
        right: re.findall(r"`([^`]+)`", cell) for right, cell in zip(("write", "read", "declare"), cells, strict=True)
    }
    for account, *cells in _ROW.findall((CHECKOUT / "docs" / "clients.md").read_text(encoding="utf-8"))
}
"""Names of exchanges and queues by account and right, as the documentation has them."""

QUEUE_OF = {
    "upstream": "reply.upstream.press-7",
    "mqtt": "mqtt-subscription-press-7",
    "downstream": "downstream.export",
}
"""A queue of each account's own."""


@pytest.fixture(scope="module")
def broker(pipeline: Pipeline) -> Iterator[RabbitServer]:
    with pika.BlockingConnection(pika.URLParameters(pipeline.broker.url("owner"))) as connection:
        channel = connection.channel()
        for queue in QUEUE_OF.values():
            channel.queue_declare(queue, durable=True)
        yield pipeline.broker
        for queue in QUEUE_OF.values():
            channel.queue_delete(queue)


def names(broker: RabbitServer, kind: str) -> list[str]:
    """List the exchanges or queues that are there."""
    answer = httpx.get(f"{broker.management_url}/api/{kind}/%2F", auth=broker.credentials(), timeout=30)
    return [one["name"] for one in answer.raise_for_status().json()]


@pytest.fixture
def connection(broker: RabbitServer, account: str) -> Iterator[pika.BlockingConnection]:
    with pika.BlockingConnection(pika.URLParameters(broker.url(account))) as connection:
        yield connection


def allowed(
    connection: pika.BlockingConnection, attempt: Callable[..., object], *arguments: Any, **options: Any
) -> bool:
    """Return whether the broker lets the account of a connection do something."""
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        attempt(channel, *arguments, **options)
    except ChannelClosedByBroker as refused:
        return bool(refused.reply_code != 403)
    channel.close()
    return True


def says(account: str, right: str, name: str) -> bool:
    """Return whether the table grants a right."""
    return any(fnmatch(name, granted) for granted in TABLE[account][right])


@pytest.mark.parametrize("account", QUEUE_OF)
def test_it_may_write_where_the_table_says(
    broker: RabbitServer, connection: pika.BlockingConnection, account: str
) -> None:
    found = {
        exchange: allowed(connection, BlockingChannel.basic_publish, exchange, "predict.nobody", b"{}")
        for exchange in names(broker, "exchanges")
    }
    assert len(found) > 10
    assert found == {exchange: says(account, "write", exchange) for exchange in found}


@pytest.mark.parametrize("account", QUEUE_OF)
def test_it_may_read_and_empty_the_queues_that_the_table_says(
    broker: RabbitServer, connection: pika.BlockingConnection, account: str
) -> None:
    for read in (BlockingChannel.basic_get, BlockingChannel.queue_purge):
        found = {queue: allowed(connection, read, queue) for queue in names(broker, "queues")}
        assert len(found) > len(QUEUE_OF)
        assert found == {queue: says(account, "read", queue) for queue in found}


@pytest.mark.parametrize("account", QUEUE_OF)
def test_it_may_listen_to_the_exchanges_that_the_table_says(
    broker: RabbitServer, connection: pika.BlockingConnection, account: str
) -> None:
    own, key = QUEUE_OF[account], "reply.upstream.press-7" if account == "mqtt" else "#"
    found = {
        exchange: allowed(connection, BlockingChannel.queue_bind, own, exchange, key)
        for exchange in names(broker, "exchanges")
        if exchange  # nothing is bound to the standard one
    }
    can_bind = any(fnmatch(own, granted) for granted in TABLE[account]["write"])
    assert found == {exchange: can_bind and says(account, "read", exchange) for exchange in found}


@pytest.mark.parametrize("account", QUEUE_OF)
def test_it_may_declare_and_delete_what_the_table_says(
    broker: RabbitServer, connection: pika.BlockingConnection, account: str
) -> None:
    every = {*names(broker, "queues"), "inbox2", *(f"{queue}.{uuid4()}" for queue in QUEUE_OF.values())}
    for name in every - {*QUEUE_OF.values()}:
        granted = says(account, "declare", name)
        assert allowed(connection, BlockingChannel.queue_declare, name, exclusive=True) == granted
        assert allowed(connection, BlockingChannel.queue_delete, name) == granted
    for name in names(broker, "exchanges"):
        if name:
            assert not allowed(connection, BlockingChannel.exchange_declare, name, "topic")
            assert not allowed(connection, BlockingChannel.exchange_delete, name)
    login = (account, broker.passwords[account])
    assert httpx.get(f"{broker.management_url}/api/queues", auth=login, timeout=30).status_code == 401


def test_by_mqtt_only_topics_of_the_table_are_written(broker: RabbitServer) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker.url("owner"))) as connection:
        channel = connection.channel()
        spy = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(spy, MQTT_TOPICS, "#")
        for account, topics in {
            "upstream": ("predict/nobody",),
            "downstream": ("predict/nobody",),
            "mqtt": ("predict", "predictions/nobody", "reply/upstream/a", "plants/7", "predict/nobody/plants/7"),
        }.items():
            for topic in topics:
                mqtt_answer(broker.url(account, scheme="mqtt"), publish_packet(topic, b"{}"))
        method, _, _ = next(channel.consume(spy, inactivity_timeout=60))
    assert method is not None
    assert method.routing_key == "predict.nobody.plants.7", "the last is the only one that is granted"


@pytest.mark.parametrize("account", ["mqtt", "upstream", "downstream"])
def test_by_mqtt_only_topics_of_the_table_are_heard(broker: RabbitServer, account: str) -> None:
    url = broker.url(account, scheme="mqtt")
    for topics in ("reply/upstream/press-7", "#", "predict/#", "+/nobody"):
        answer = mqtt_answer(url, subscribe_packet(topics))
        # A subscription that is granted is answered with its quality, one that is refused with 0x80 or by hanging up.
        is_granted = answer[:4] == bytes([0x90, 3, 0, 1]) and answer[4] != 0x80
        assert is_granted == (account == "mqtt" and topics.startswith("reply/")), topics


def test_by_stomp_an_upstream_account_reaches_the_inbox_and_no_queue(broker: RabbitServer) -> None:
    url = broker.url("upstream", scheme="stomp")
    assert stomp_answer(url, "SEND", destination=f"/exchange/{INBOX}/nobody") == "RECEIPT"
    for destination in (
        f"/exchange/{PREDICT}/{BULK}",
        f"/exchange/{PREDICTIONS}/nobody",
        f"/exchange/{MQTT_TOPICS}/predict.nobody",
        f"/amq/queue/{BULK}",
        f"/queue/{INBOX}",
        "/topic/predict.nobody",
    ):
        assert stomp_answer(url, "SEND", destination=destination) == "ERROR", destination
    for destination in (
        f"/amq/queue/{INBOX}",
        f"/amq/queue/{BULK}",
        f"/exchange/{PREDICTIONS}/#",
        "/queue/inbox2",
        "/topic/#",
    ):
        assert stomp_answer(url, "SUBSCRIBE", destination=destination, id="0") == "ERROR", destination


def test_nobody_comes_in_without_an_account(broker: RabbitServer) -> None:
    address = broker.url("mqtt", scheme="mqtt").rpartition("@")[2]
    refused = mqtt_answer(f"mqtt://nobody:guess@{address}")
    assert refused[:1] in {b"\x20", b""}
    assert refused[-1:] != b"\x00"
    stomp = broker.url("upstream", scheme="stomp").rpartition("@")[2]
    assert stomp_answer(f"stomp://guest:guest@{stomp}", "SEND", destination=f"/exchange/{INBOX}/nobody") == "ERROR"
