"""What keeps requests from being answered, so that callers are told at once instead of waiting for their deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

import structlog
from pydantic import ValidationError

from broker.messages import HEADER_PROBE, ProbeAnswer
from broker.topology import ONLINE, PREDICT
from broker.transport.connection import BROKER_DOWN
from broker.transport.publisher import Outgoing, PublishingError

DOUBT_SECONDS = 0.5
"""How long a request waits before anybody asks why; an answer takes a hundredth of it."""

LOOK_AGAIN_SECONDS = 1.0
"""Pause between two looks while requests wait or are refused."""

LOOK_SECONDS = 3.0
"""How long a look at the queues may take; a health check is asked every few seconds."""

PROBE_SECONDS = 2.0
"""How long a worker that is near may take to answer a probe; it works on a few messages at once, so one always comes through."""

PROBE_LOOKS = 3
"""How many times as long as the look at the queue a probe may take besides: what is far away is not silent.

A look is three round trips to the broker. A probe is two, and one to the database by way of the worker, or six where
the worker has to open a connection first.
"""

MOST_PROBE_SECONDS = 6.0
"""How long a probe may take at most: who asks for readiness waits as well, and a look may have taken its time before."""

BLOCKED_LOOK_SECONDS = 0.02
"""Pause between two looks whether the broker has refused a probe; it says so within milliseconds."""

NO_BROKER = f"RabbitMQ does not answer: nothing came back within {LOOK_SECONDS:g} s"

NO_CONSUMERS = f"no worker takes requests from the queue {ONLINE}: none runs, or none reaches RabbitMQ"

log = structlog.get_logger(__name__)


class NotServedError(Exception):
    """No request is answered at the moment; says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that waits for its answer."""

    since: float
    answer: asyncio.Future[bytes]
    limit: asyncio.Timeout


@dataclass(frozen=True, slots=True)
class Service:
    """Whether requests are answered now."""

    trouble: str | None
    """Why none is; None where they are."""
    problem: str | None = None
    """What keeps the worker that answered from storing rows."""


class Requests(Protocol):
    """What sends requests to workers, as far as looking for trouble needs it."""

    answered_at: float
    """When the last answer of a worker came, by the clock of the event loop."""

    def refused_because(self) -> str | None:
        """Return why the broker takes nothing, in its words; None while it does, or nobody sent anything."""

    async def consumers(self) -> int:
        """Count the consumers of the queue of requests."""

    async def exchange(self, message: Outgoing, seconds: float) -> bytes:
        """Send a message and wait for its answer; raises TimeoutError where none came."""


async def look(requests: Requests) -> Service:
    """Find out whether a request that is sent now would be answered; one without rows is sent."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        if await requests.consumers() == 0:
            return Service(NO_CONSUMERS)
        patience = min(PROBE_SECONDS + PROBE_LOOKS * (loop.time() - began), MOST_PROBE_SECONDS)
        answer = await _probe(requests, patience)
    except TimeoutError:  # of the look: the line is silent, and nobody is told before a heartbeat is missed
        return Service(NO_BROKER)
    except (PublishingError, *BROKER_DOWN):  # of which callers are told without looking, as of a full queue
        return Service(None)
    refused = requests.refused_because()
    if refused is not None:
        return Service(f"RabbitMQ takes no messages, it is {refused}: make room on its machine, or raise its limit")
    # Where a worker has its hands full a probe waits, and other requests are answered meanwhile.
    if answer is None and requests.answered_at < began:
        return Service(_no_answer(patience))
    return Service(None, answer.problem if answer else None)


def _no_answer(seconds: float) -> str:
    return (
        f"no worker answers: one takes messages from the queue {ONLINE}, and nothing came back within {seconds:.0f} s"
    )


async def _probe(requests: Requests, seconds: float) -> ProbeAnswer | None:
    """Send a probe and return its answer; None where none came, or the broker refused it."""
    probe = Outgoing(PREDICT, ONLINE, b"{}", uuid4().hex, headers={HEADER_PROBE: "true"})
    sending = asyncio.ensure_future(requests.exchange(probe, seconds))
    try:
        # What the broker refuses waits for its confirm, and the refusal comes meanwhile.
        while not sending.done() and requests.refused_because() is None:
            await asyncio.wait({sending}, timeout=BLOCKED_LOOK_SECONDS)
        return ProbeAnswer.model_validate_json(sending.result()) if sending.done() else None
    except TimeoutError:
        return None
    except ValidationError:  # of a worker that has not heard of probes yet: it lives
        return ProbeAnswer(problem=None)
    finally:
        sending.cancel()


class TroubleWatch:
    """Looks for what keeps requests from being answered: when one has waited for long, and until it is over.

    Parameters
    ----------
    requests
        What sends them.
    waiting
        Those that wait for their answers.
    """

    def __init__(self, requests: Requests, waiting: Mapping[str, Asked]) -> None:
        self._requests = requests
        self._waiting = waiting
        self._looking: asyncio.Task[None] | None = None
        self.trouble: str | None = None
        """What is wrong; None where nothing is, or nobody has looked yet."""

    def doubt(self) -> None:
        """Begin to look, unless somebody does already."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_until_over())

    def note(self, trouble: str | None) -> None:
        """Take over what a look has found; callers are told of it until a look finds nothing."""
        if trouble != self.trouble:
            log.warning("Whether requests are answered has changed", problem=trouble)
        self.trouble = trouble
        if trouble is not None:
            self._end_waiting()
            self.doubt()

    async def stop(self) -> None:
        """Stop looking."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})

    async def _look_until_over(self) -> None:
        while True:
            self.note((await look(self._requests)).trouble)
            if self.trouble is None and not self._waits_long():
                return
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    def _waits_long(self) -> bool:
        old = asyncio.get_running_loop().time() - DOUBT_SECONDS
        return any(asked.since <= old for asked in self._waiting.values())

    def _end_waiting(self) -> None:
        """End the waiting of all requests: their deadline is now."""
        now = asyncio.get_running_loop().time()
        for asked in self._waiting.values():
            if not asked.answer.done() and not asked.limit.expired():
                asked.limit.reschedule(now)
