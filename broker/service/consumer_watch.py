"""Watching over the consumers of a process: a broker may lose one and tell nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import structlog
from aio_pika import RobustChannel
from aio_pika.abc import AbstractRobustQueue

from broker.administration.queue_status import queue_status
from broker.transport.connection import BROKER_DOWN, given_up_is_down
from broker.transport.publisher import Publisher, PublishingError

LOOK_SECONDS = 5.0
"""Pause between two looks; a queue that was deleted and declared again is consumed after two of them at most."""

log = structlog.get_logger(__name__)


class ConsumerWatch:
    """Consumes queues anew of which the broker reports fewer consumers than before, or none.

    RabbitMQ 3.10 does not say that a quorum queue was deleted to those who consume it; the client library, which heals
    what it is told of, waits for ever. With other processes beside this one nobody can tell whose consumer is gone, so each
    begins anew: where it was not its own, nothing changes but the order in which they are served.

    Parameters
    ----------
    publisher
        Its connection is asked.
    queues
        Returns what the process consumes now; queues of its own are left to the client library.
    """

    def __init__(self, publisher: Publisher, queues: Callable[[], Iterable[AbstractRobustQueue | None]]) -> None:
        self._publisher = publisher
        self._queues = queues
        self._seen: dict[str, int] = {}

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for queue in self._queues():
                if queue is not None and not queue.exclusive:
                    try:
                        with given_up_is_down():
                            await self._look(queue)
                    except (*BROKER_DOWN, PublishingError) as error:
                        log.info("Consumers cannot be looked at", queue=queue.name, error=repr(error))

    async def _look(self, queue: AbstractRobustQueue) -> None:
        status = await queue_status(self._publisher.connection, queue.name)
        before = self._seen.get(queue.name, 1)
        if status is None:
            log.error("The queue is gone; `smartpredict migrate` declares it again", queue=queue.name)
        elif status.consumers < before:
            log.warning(
                "A consumer is gone, consuming anew", queue=queue.name, consumers=status.consumers, before=before
            )
            await _consume_anew(queue)
            self._seen[queue.name] = max(status.consumers, 1)
        else:
            self._seen[queue.name] = status.consumers


async def _consume_anew(queue: AbstractRobustQueue) -> None:
    """Have the broker forget the consumers, if it has not, and begin again under their names; what they hold they keep."""
    channel = queue.channel
    assert isinstance(channel, RobustChannel)  # noqa: S101  # for the type checker
    underlay = await channel.get_underlay_channel()
    for tag in tuple(queue._consumers):  # type: ignore[attr-defined]  # noqa: SLF001  # the library heals itself likewise
        await underlay.basic_cancel(tag)
    await channel._restore_missing_consumers(underlay)  # type: ignore[arg-type]  # noqa: SLF001  # same
