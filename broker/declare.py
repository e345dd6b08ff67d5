"""Making the topology exist at a broker."""

from __future__ import annotations

from aio_pika import ExchangeType

from broker.connection import connect
from broker.topology import EXCHANGES, QUEUES


async def declare_topology(url: str) -> None:
    """Declare every exchange, queue and binding; what exists already is left as it is.

    Needs an account that may configure everything; services only use what this made.
    """
    connection = await connect(url, "smartpredict topology")
    async with connection:
        channel = await connection.channel()
        for exchange in EXCHANGES:
            await channel.declare_exchange(exchange.name, ExchangeType(exchange.kind), durable=True)
        for queue in QUEUES:
            declared = await channel.declare_queue(queue.name, durable=True, arguments=queue.arguments)
            await declared.bind(queue.exchange, queue.routing_key)
