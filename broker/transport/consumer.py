"""Consuming with FastStream: the settings that keep messages from being lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aio_pika.abc import AbstractRobustQueue
from faststream.middlewares import AckPolicy
from faststream.rabbit import Channel, ExchangeType, RabbitBroker, RabbitExchange, RabbitMessage, RabbitQueue
from faststream.rabbit.schemas.queue import QueueType
from faststream.rabbit.subscriber import RabbitSubscriber

from broker.topology import MODEL_CHANGES, MODEL_CHANGES_PREFIX
from broker.transport.connection import RECONNECT_SECONDS, client_url, retry_while_down
from broker.transport.decoding import keep_body, prepare_client

Handler = Callable[[RabbitMessage], Awaitable[None]]

DEAD_LETTER_ON_ERROR = AckPolicy.REJECT_ON_ERROR
"""What a handler did not foresee ends, through the queue's dead-letter exchange, in the table of dead letters.
Giving it back instead would be a hot loop, and on RabbitMQ 4.3 an endless one."""


def consumer(url: str, name: str) -> RabbitBroker:
    """Build a broker object for subscribers; it restores its consumers when RabbitMQ comes back."""
    prepare_client()
    return RabbitBroker(
        client_url(url),
        client_properties={"connection_name": name},  # type: ignore[arg-type]  # RabbitMQ shows it, FastStream passes it
        reconnect_interval=RECONNECT_SECONDS,
        ack_policy=DEAD_LETTER_ON_ERROR,
        # Handlers take the message as it is: injecting arguments costs more than all else that a small message needs.
        apply_types=False,
        logger=None,
    )


def subscribe(
    broker: RabbitBroker, queue: RabbitQueue, handler: Handler, *, prefetch: int, exchange: RabbitExchange | None = None
) -> None:
    """Subscribe a handler to a queue: it takes up to `prefetch` messages at once, each whole as it came."""
    subscriber = broker.subscriber(queue, exchange, channel=own_channel(prefetch), no_reply=True, decoder=keep_body)
    subscriber(handler)


def consumed_queues(broker: RabbitBroker) -> list[AbstractRobustQueue]:
    """Return what the subscribers of a broker object consume; nothing before they have started."""
    subscribers = broker.subscribers
    return [one._queue_obj for one in subscribers if isinstance(one, RabbitSubscriber) and one._queue_obj is not None]  # noqa: SLF001  # FastStream has no other place to say so


def existing_queue(name: str) -> RabbitQueue:
    """Name a queue of the topology; a service may consume it but not declare it."""
    return RabbitQueue(name, declare=False)


def own_channel(prefetch: int) -> Channel:
    """Return a channel for one subscriber, so that its prefetch, and with it its concurrency, is its own."""
    return Channel(prefetch_count=prefetch)


def model_changes_queue(worker_id: str) -> tuple[RabbitQueue, RabbitExchange]:
    """Return the queue of model changes of one worker, which goes when the worker goes, and its exchange."""
    queue = RabbitQueue(
        f"{MODEL_CHANGES_PREFIX}{worker_id}",
        queue_type=QueueType.CLASSIC,
        durable=False,
        exclusive=True,
        auto_delete=True,
    )
    return queue, RabbitExchange(MODEL_CHANGES, type=ExchangeType.FANOUT, declare=False)


async def start_consuming(broker: RabbitBroker) -> None:
    """Start all subscribers, waiting until RabbitMQ is there."""
    await retry_while_down(broker.start, "Broker is away, trying again")
