"""Preparing servers that somebody else runs, as compose.yaml does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
from aiormq.exceptions import ChannelAccessRefused, PublishError
from sqlalchemy import text

from broker.administration.limits import QueueLimits, policies
from broker.topology import BULK, INBOX, MQTT_TOPICS, PREDICT
from broker.transport.publisher import Outgoing, Publisher, PublishingError
from cli.stack.deploy import set_limits
from sql.base.engine import connect_engine
from tests.support.command import smartpredict
from tests.support.servers import Broker

ACCOUNTS = ("GATEWAY", "WORKER", "INGESTION", "ORCHESTRATION", "REGISTRAR", "READER", "TRAINER", "UPSTREAM", "MQTT")


@pytest.fixture(scope="module")
def prepared(
    database_url: str, broker_url: str, rabbit_server: Broker, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    home = tmp_path_factory.mktemp("home")
    settings = {
        "SMARTPREDICT_DATABASE_URL": database_url,
        "SMARTPREDICT_BROKER_URL": broker_url,
        "SMARTPREDICT_BROKER_MANAGEMENT_URL": rabbit_server.management_url,
        **{f"SMARTPREDICT_PASSWORD_{account}": f"secret-of-{account.lower()}" for account in ACCOUNTS},
    }
    for _ in range(2):  # again changes nothing
        done = smartpredict("migrate", "--mqtt", home=home, settings=settings)
        assert done.returncode == 0, done.stderr
    return home


def as_account(url: str, name: str, password: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{name}:{password}@{parts.hostname}:{parts.port}"))


def test_services_can_log_in_to_the_database(prepared: Path, database_url: str) -> None:
    engine = connect_engine(as_account(database_url, "smartpredict_worker", "secret-of-worker"), "test")
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from predictions.iris")) == 0
    engine.dispose()


def test_upstream_may_write_to_the_inbox_and_nowhere_else(prepared: Path, broker_url: str) -> None:
    url = as_account(broker_url, "upstream", "secret-of-upstream")

    async def publish(exchange: str, key: str) -> None:
        async with Publisher(url, "test") as publisher:
            await publisher.publish(Outgoing(exchange, key, b"{}", "m"))

    asyncio.run(publish(INBOX, "iris"))
    for exchange, key in ((PREDICT, BULK), ("", BULK)):
        with pytest.raises((PublishingError, ChannelAccessRefused, PublishError)):
            asyncio.run(publish(exchange, key))


def test_mqtt_clients_reach_the_inbox_by_topics_of_ours_only(
    prepared: Path, broker_url: str, rabbit_server: Broker
) -> None:
    url = as_account(broker_url, "mqtt", "secret-of-mqtt")

    async def publish(key: str) -> None:
        async with Publisher(url, "test") as publisher:
            await publisher.publish(Outgoing(MQTT_TOPICS, key, b"{}", "m"))

    asyncio.run(publish("predict.iris.plants.7"))  # mandatory: a queue takes it, or this fails
    with pytest.raises((PublishingError, ChannelAccessRefused, PublishError)):
        asyncio.run(publish("plants.7"))
    vhost = urlsplit(broker_url).path.removeprefix("/")
    with httpx.Client(base_url=rabbit_server.management_url, auth=rabbit_server.credentials(), timeout=30) as api:
        bindings = api.get(f"/api/exchanges/{vhost}/{MQTT_TOPICS}/bindings/source").raise_for_status().json()
        rights = api.get(f"/api/topic-permissions/{vhost}/mqtt").raise_for_status().json()
    assert [(one["destination"], one["routing_key"]) for one in bindings] == [(INBOX, "predict.#")]
    assert [(one["exchange"], one["write"]) for one in rights] == [(MQTT_TOPICS, r"^(predict\..*)$")]


def test_queues_that_outsiders_fill_have_limits(prepared: Path, broker_url: str, rabbit_server: Broker) -> None:
    vhost = urlsplit(broker_url).path.removeprefix("/")
    answer = httpx.get(
        f"{rabbit_server.management_url}/api/policies/{vhost}", auth=rabbit_server.credentials(), timeout=30
    )
    found = {policy["name"]: policy["definition"] for policy in answer.raise_for_status().json()}
    assert found == {policy.name: policy.definition for policy in policies(QueueLimits())}


def test_whoever_may_set_no_policies_is_told_the_commands(
    prepared: Path, broker_url: str, rabbit_server: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    for url, management in (
        (as_account(broker_url, "ingestion", "secret-of-ingestion"), rabbit_server.management_url),
        (broker_url, None),
    ):
        set_limits(url, management)
        told = capsys.readouterr().err
        assert "no limits yet" in told
        assert f"rabbitmqctl set_policy -p {urlsplit(broker_url).path.removeprefix('/')} " in told
        assert told.count("rabbitmqctl set_policy") == len(policies(QueueLimits()))


def test_half_the_passwords_are_refused(tmp_path: Path, database_url: str, broker_url: str) -> None:
    settings = {
        "SMARTPREDICT_DATABASE_URL": database_url,
        "SMARTPREDICT_BROKER_URL": broker_url,
        "SMARTPREDICT_PASSWORD_GATEWAY": "only-one",
    }
    done = smartpredict("migrate", home=tmp_path, settings=settings)
    assert done.returncode == 1
    assert "SMARTPREDICT_PASSWORD_WORKER" in done.stderr


def test_without_servers_it_says_what_is_missing(tmp_path: Path) -> None:
    done = smartpredict("migrate", home=tmp_path)
    assert done.returncode == 1
    assert "SMARTPREDICT_DATABASE_URL is not set" in done.stderr
