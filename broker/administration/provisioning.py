"""Prepare a broker that runs: its exchanges and queues over AMQP, its accounts through the management API."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from urllib.parse import quote

import httpx
import structlog
from aio_pika import ExchangeType
from aio_pika.abc import AbstractRobustConnection
from aiormq.exceptions import ChannelPreconditionFailed

from broker.administration.accounts import ACCOUNTS
from broker.administration.addresses import credentials, virtual_host
from broker.administration.limits import PRIORITY, QueueLimits, policies
from broker.administration.management import management_api
from broker.administration.queue_status import queue_status
from broker.topology import EXCHANGES, INBOX, MQTT_PREFIX, MQTT_TOPICS, ONLINE, Queue, queues_on
from broker.transport.connection import connect

log = structlog.get_logger(__name__)


async def declare_topology(url: str, *, mqtt: bool = False, nodes: int | None = None) -> None:
    """Declare every exchange, queue and binding; what exists already is left as it is.

    Only the queue of callers changes its kind with the number of nodes: it is deleted and declared anew, which costs who
    waits just then an answer, and nobody a row.

    Needs an account that may configure everything; services only use what this made.

    Parameters
    ----------
    url
        The broker.
    mqtt
        Whether what MQTT clients publish on topics of ours goes to the inbox.
    nodes
        How many nodes the cluster has; where that is not known, the queue of callers stays of the kind it is.
    """
    connection = await connect(url, "smartpredict topology")
    async with connection:
        channel = await connection.channel()
        for exchange in EXCHANGES:
            await channel.declare_exchange(exchange.name, ExchangeType(exchange.kind), durable=True)
        for queue in queues_on(nodes or 1):
            if queue.name == ONLINE and await _is_kept(connection, queue, nodes):
                declared = await channel.get_queue(queue.name, ensure=False)
            else:
                declared = await channel.declare_queue(queue.name, durable=True, arguments=queue.arguments)
            await declared.bind(queue.exchange, queue.routing_key)
            if mqtt and queue.name == INBOX:
                await declared.bind(MQTT_TOPICS, f"{MQTT_PREFIX}#")


async def _is_kept(connection: AbstractRobustConnection, queue: Queue, nodes: int | None) -> bool:
    """Return whether a queue stays as it is; one that exists and is of another kind is deleted."""
    if await queue_status(connection, queue.name) is None:
        return False
    transport = connection.transport
    if nodes is None or transport is None:
        return True
    # Below the layer that restores channels, for the broker closes one that asks for another kind.
    try:
        channel = await transport.connection.channel()
        await channel.queue_declare(queue.name, durable=True, arguments=queue.arguments)
        await channel.close()
    except ChannelPreconditionFailed:
        log.warning(
            "The queue is of another kind than the nodes of the broker ask for, declared anew", queue=queue.name
        )
        channel = await transport.connection.channel()
        await channel.queue_delete(queue.name)
        await channel.close()
        return False
    return True


class PoliciesRefusedError(Exception):
    """The account may set no policies at the broker."""


def put_policies(management_url: str, broker_url: str, limits: QueueLimits) -> None:
    """Set the limits of queues in the virtual host of a URL, as its account; what is in them stays.

    Raises
    ------
    PoliciesRefusedError
        If the account has not at least the tag `policymaker`.
    httpx.HTTPError
        If the API cannot be reached.
    """
    vhost, account = quote(virtual_host(broker_url), safe=""), credentials(broker_url)
    with management_api(management_url, account) as api:
        for policy in policies(limits):
            answer = api.put(
                f"/api/policies/{vhost}/{policy.name}",
                json={
                    "pattern": policy.pattern,
                    "definition": policy.definition,
                    "apply-to": "queues",
                    "priority": PRIORITY,
                },
            )
            if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
                raise PoliciesRefusedError(f"the account {account[0]} may set no policies")
            answer.raise_for_status()


def put_accounts(
    management_url: str, administrator: tuple[str, str], passwords: Mapping[str, str], vhost: str = "/"
) -> None:
    """Create or update the accounts of :data:`broker.administration.accounts.ACCOUNTS` that have a password here.

    The others are left as they are; an account is never made without a password.

    Raises
    ------
    httpx.HTTPError
        If the API cannot be reached or refuses.
    """
    with management_api(management_url, administrator) as api:
        for account in ACCOUNTS:
            if account.name not in passwords:
                continue
            user = {"password": passwords[account.name], "tags": ",".join(account.tags)}
            rights = {"configure": account.configure, "write": account.write, "read": account.read}
            api.put(f"/api/users/{account.name}", json=user).raise_for_status()
            where = f"/api/permissions/{quote(vhost, safe='')}/{account.name}"
            api.put(where, json=rights).raise_for_status()
            if account.topics is not None:
                where = f"/api/topic-permissions/{quote(vhost, safe='')}/{account.name}"
                api.put(where, json=dataclasses.asdict(account.topics)).raise_for_status()
