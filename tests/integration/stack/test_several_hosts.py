"""URLs that name several hosts, of which one is away: everything that connects comes to the other."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit
from uuid import uuid4

import pika
import pytest
from sqlalchemy import select

from broker.administration.held_messages import count_messages
from broker.administration.limits import QueueLimits
from broker.administration.management import answering
from broker.administration.provisioning import declare_topology, put_policies
from broker.topology import BULK
from broker.transport.consumer import consumer, existing_queue, start_consuming, subscribe
from broker.transport.hosts import each_host
from broker.transport.publisher import SILENT_SECONDS, Publisher
from cli.connections import database
from cli.errors import UserError
from sql.base.engine import connect_engine
from tests.support.network.line import line_to
from tests.support.pipeline import bulk_part, equipment_rows
from tests.support.servers import Broker

AWAY = "127.0.0.1:9"


def with_one_that_is_away(url: str) -> str:
    """Name a host before the one of a URL where nobody listens."""
    netloc = urlsplit(url).netloc
    login, at, host = netloc.rpartition("@")
    return url.replace(netloc, f"{login}{at}{AWAY},{host}", 1)


def test_messages_go_through_the_host_that_is_there(broker_url: str) -> None:
    url = with_one_that_is_away(broker_url)
    arrived: list[bytes] = []

    async def send_and_take() -> None:
        await declare_topology(url)
        took = asyncio.Event()

        async def take(message: object) -> None:
            arrived.append(message.body)  # type: ignore[attr-defined]  # FastStream's message
            took.set()

        broker = consumer(url, "test")
        subscribe(broker, existing_queue(BULK), take, prefetch=1)
        await start_consuming(broker)
        sent = bulk_part(equipment_rows(2), uuid4())
        async with Publisher(url, "test") as publisher:
            await publisher.publish(sent)
        await asyncio.wait_for(took.wait(), 10)
        await broker.stop()
        assert arrived == [sent.body]

    asyncio.run(send_and_take())
    with pika.BlockingConnection([pika.URLParameters(host) for host in each_host(url)]) as connection:
        assert connection.is_open


async def test_messages_go_on_by_another_host_where_one_confirms_nothing(broker_url: str) -> None:
    await declare_topology(broker_url)
    message = bulk_part(equipment_rows(2), uuid4())
    with line_to(broker_url) as silent, line_to(broker_url) as other:
        other.cut()
        url = broker_url.replace(urlsplit(broker_url).netloc, f"{urlsplit(silent.url).netloc},127.0.0.1:{other.port}")
        async with Publisher(url, "test") as publisher:
            await publisher.publish(message)
            other.restore()
            silent.delay = 60
            began = time.monotonic()
            await publisher.publish_until_confirmed(message)
            took = time.monotonic() - began
    assert took >= SILENT_SECONDS
    assert took < silent.delay, "the silent host confirmed it"


def test_the_management_api_is_asked_where_it_answers(rabbit_server: Broker, broker_url: str) -> None:
    management = with_one_that_is_away(rabbit_server.management_url)
    assert answering(management) == rabbit_server.management_url
    put_policies(management, broker_url, QueueLimits())

    async def count() -> bool:
        async with Publisher(broker_url, "test") as publisher:
            return (await count_messages(publisher, broker_url, management)).complete

    assert asyncio.run(count())


def test_the_database_is_found_where_it_is(database_url: str) -> None:
    engine = connect_engine(with_one_that_is_away(database_url), "test")
    with engine.connect() as connection:
        assert connection.scalar(select(1)) == 1
    engine.dispose()


def test_a_command_names_the_hosts_that_it_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTPREDICT_DATABASE_URL", f"postgresql://me:secret@{AWAY},127.0.0.1:7/plant")
    told = rf"PostgreSQL cannot be reached \(asked: {AWAY}, 127.0.0.1:7\)"
    with pytest.raises(UserError, match=told), database() as engine:
        engine.connect()
