"""Listening to workers: what they stored, as soon as they have, gathered into few events."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable
from typing import Any, Final

from aio_pika.abc import AbstractIncomingMessage

from broker.messages import PartCommitted
from broker.topology import PREDICTIONS
from broker.transport.connection import BROKER_DOWN, connect

__all__ = ["stored_rows", "summary"]

_GATHER_SECONDS: Final = 1.0
"""A large file is hundreds of parts: those of a second are one event, and the last is told no more than that later."""

_MOST_AT_ONCE: Final = 1_000

_QUEUE: Final[dict[str, Any]] = {
    "x-queue-type": "quorum",
    # An event says that there is something to do; one that many others follow is no loss.
    "x-max-length": 10_000,
    "x-overflow": "drop-head",
    # Nobody listens any more: a week without a listener.
    "x-expires": 7 * 24 * 60 * 60 * 1_000,
}


async def stored_rows(url: str, listener: str, use_case: str = "*") -> AsyncGenerator[dict[str, Any]]:
    """Yield what was stored since the listener of this name last asked; never ends by itself.

    Parameters
    ----------
    url
        The broker, as an account that may listen.
    listener
        Names the queue in which events wait while nobody asks.
    use_case
        Whose rows; those of all if not given.
    """
    arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
    async with await connect(url, f"smartpredict {listener}") as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=_MOST_AT_ONCE)
        queue = await channel.declare_queue(f"downstream.{listener}", durable=True, arguments=_QUEUE)
        await queue.bind(PREDICTIONS, f"{PREDICTIONS}.{use_case}")
        await queue.consume(arrived.put)
        while True:
            messages = [await arrived.get()]
            await asyncio.sleep(_GATHER_SECONDS)
            messages += [arrived.get_nowait() for _ in range(arrived.qsize())]
            yield summary(PartCommitted.model_validate_json(message.body) for message in messages)
            # Told, so that they may go; where the broker is away they come again, and are told twice.
            for message in messages:
                with contextlib.suppress(*BROKER_DOWN):
                    await message.ack()


def summary(parts: Iterable[PartCommitted]) -> dict[str, Any]:
    """Sum parts up by use case: rows, and between which prediction ids they are."""
    found: dict[str, dict[str, Any]] = {}
    for part in parts:
        first, last = str(part.first_id), str(part.last_id)
        one = found.setdefault(part.use_case, {"rows": 0, "first_id": first, "last_id": last})
        one["rows"] += part.rows
        one["first_id"], one["last_id"] = min(one["first_id"], first), max(one["last_id"], last)
    return found
