"""Count the messages at the broker that may be parts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from broker.administration.addresses import credentials, virtual_host
from broker.administration.management import answering
from broker.administration.queue_status import queue_status
from broker.topology import BULK, BULK_RETRY, DEAD_LETTERS, JOBS
from broker.transport.publisher import Publisher

__all__ = ["HeldMessages", "count_messages"]

QUEUES = (BULK, BULK_RETRY, JOBS, DEAD_LETTERS)
"""Every place where a part that is not recorded may be."""


@dataclass(frozen=True, slots=True)
class HeldMessages:
    """How many messages the broker holds."""

    messages: int
    complete: bool
    """Whether messages that a consumer holds are counted too; only the management API knows them."""

    def lost(self, pending: int) -> int:
        """Return how many of the pending parts the broker cannot have: at least so many are lost."""
        return max(0, pending - self.messages) if self.complete else 0


async def count_messages(publisher: Publisher, url: str, management: str | None) -> HeldMessages:
    """Count what waits for a consumer, and what consumers hold where the management API is known."""
    total, complete = 0, True
    for queue in QUEUES:
        status = await queue_status(publisher.connection, queue)
        if status is None:
            continue
        # Without consumers nobody holds a message; else the API tells, a few seconds late.
        held = 0 if status.consumers == 0 else await _held_by_consumers(management, url, queue)
        total += status.ready + (held or 0)
        complete = complete and held is not None
    return HeldMessages(total, complete)


async def _held_by_consumers(management: str | None, url: str, queue: str) -> int | None:
    """Ask the management API how many messages of a queue are not acknowledged yet; None if it does not say."""
    if management is None:
        return None
    vhost = quote(virtual_host(url), safe="")
    try:
        address = await asyncio.to_thread(answering, management)
        async with httpx.AsyncClient(base_url=address, auth=credentials(url), timeout=5) as api:
            answer = (await api.get(f"/api/queues/{vhost}/{queue}")).raise_for_status().json()
        return int(answer["messages_unacknowledged"])
    except (httpx.HTTPError, KeyError, ValueError):
        return None
