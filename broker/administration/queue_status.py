"""Ask the broker about its queues: who consumes them, how many messages wait."""

from __future__ import annotations

from dataclasses import dataclass

from aio_pika.abc import AbstractRobustConnection
from aiormq.exceptions import ChannelNotFoundEntity

from broker.transport.connection import given_up_is_down


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """What the broker says about a queue."""

    consumers: int
    ready: int
    """Messages that wait for a consumer; those a consumer holds are not counted."""


async def queue_status(connection: AbstractRobustConnection, queue: str) -> QueueStatus | None:
    """Ask the broker about a queue; None if there is none of that name.

    Raises
    ------
    broker.transport.connection.BROKER_DOWN
        If the broker is away.
    """
    transport = connection.transport
    if transport is None or not connection.connected.is_set():
        raise ConnectionError("the connection is being restored")
    # A channel of its own, below the layer that restores channels: a look at a queue that does not exist closes it.
    with given_up_is_down():
        channel = await transport.connection.channel()
        try:
            declared = await channel.queue_declare(queue, passive=True)
        except ChannelNotFoundEntity:
            return None
        finally:
            await channel.close()
    return QueueStatus(declared.consumer_count or 0, declared.message_count or 0)
