"""How many messages the broker holds that may be parts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

import httpx

from broker.looks import look_at
from broker.publisher import Publisher
from broker.topology import BULK, BULK_RETRY, DEAD_LETTERS

__all__ = ["Holdings", "count_messages"]

QUEUES = (BULK, BULK_RETRY, DEAD_LETTERS)
"""Every place where a part that is not recorded may be."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the broker holds."""

    messages: int
    with_unacknowledged: bool
    """Whether messages are counted that a consumer holds; only the management API knows them."""

    def lost(self, pending: int) -> int:
        """Tell how many of the pending parts the broker cannot have: at least so many are lost."""
        return max(0, pending - self.messages) if self.with_unacknowledged else 0


async def count_messages(publisher: Publisher, url: str) -> Holdings:
    """Count by the management API where it answers, else what waits for a consumer."""
    management = os.environ.get("SMARTPREDICT_BROKER_MANAGEMENT_URL") or _of_the_stack()
    if management:
        counted = await _by_management(management, url)
        if counted is not None:
            return Holdings(counted, with_unacknowledged=True)
    looks = [await look_at(publisher.connection, queue) for queue in QUEUES]
    return Holdings(sum(look.ready for look in looks if look is not None), with_unacknowledged=False)


async def _by_management(management: str, url: str) -> int | None:
    broker = urlsplit(url)
    account = (unquote(broker.username or ""), unquote(broker.password or ""))
    vhost = quote(unquote(broker.path.removeprefix("/")) or "/", safe="")
    total = 0
    try:
        async with httpx.AsyncClient(base_url=management, auth=account, timeout=5) as api:
            for queue in QUEUES:
                answer = (await api.get(f"/api/queues/{vhost}/{queue}")).raise_for_status().json()
                total += int(answer["messages_ready"]) + int(answer["messages_unacknowledged"])
    except (httpx.HTTPError, KeyError, ValueError):
        return None
    return total


def _of_the_stack() -> str | None:
    from cli.errors import UserError  # noqa: PLC0415 - see cli.settings
    from cli.settings import setting  # noqa: PLC0415 - same

    if "SMARTPREDICT_BROKER_URL" in os.environ:
        return None  # somebody else's server, whose management API we do not know
    try:
        return setting("SMARTPREDICT_BROKER_MANAGEMENT_URL")
    except (UserError, KeyError):
        return None
