"""Gathers many small requests into few messages.

While enough messages are under way, new requests gather; when one comes back, all that wait go out together. So a lone
request leaves at once, and the busier it gets the larger and the cheaper the messages become.

Few requests beside a large message wait for more of them, for a moment: else the caller of a message of one comes back
first, again and again, and all other callers share the other message, so that nothing is done at the same time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID, uuid4

import structlog

from broker.messages import MAX_ONLINE_ROWS
from gateway_api.door.metrics import OnlineMetrics
from gateway_api.door.problems import DeadlinePassed, Overloaded, Problem
from gateway_api.predict.online import Failed, OnlineRequest, Predicted

MAX_REQUESTS = 500
"""Requests of one message. Each takes about 125 bytes of its header, which has to fit one frame of 128 KiB."""

MAX_WAITING_ROWS = 20_000
"""Rows that may wait; a worker needs about two seconds for them, so further requests are refused."""

CHECK_AFTER_SECONDS = 0.5
"""Whether a caller has hung up is only looked at after this long; before, looking costs more than it saves."""

WORTH_A_MESSAGE = 0.5
"""Requests, or rows, that leave beside a message under way, as a share of those that it holds."""

HOLD_SECONDS = 0.01
"""How long fewer than that wait for more, at most: a message takes about as long."""

Ask = Callable[[UUID, Sequence[OnlineRequest], float], Awaitable["list[Predicted] | Failed"]]

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Waiting:
    request: OnlineRequest
    since: float
    deadline: float
    outcome: asyncio.Future[Predicted | Failed]
    is_sent: bool = False

    def settle(self, outcome: Predicted | Failed) -> None:
        """Set the outcome, unless there is one or the caller has gone."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    async def has_left(self) -> bool:
        """Return whether the caller has hung up; then the request is not sent."""
        gone = await self.request.is_gone()
        if gone:
            self.settle(Failed(DeadlinePassed, "The caller has hung up."))
        return gone

    def expire(self) -> None:
        """End the waiting: the deadline has passed."""
        stored = (
            "whether the rows were stored is not known" if self.is_sent else "nothing was sent, so nothing was stored"
        )
        self.settle(Failed(DeadlinePassed, f"No worker answered in time; {stored}."))


class _Size(NamedTuple):
    """What a message holds."""

    requests: int
    rows: int


class Coalescer:
    """Gathers the requests of one use case.

    Parameters
    ----------
    ask
        Has several requests predicted as one message.
    max_in_flight
        Messages under way at once.
    metrics
        Counts every message.
    """

    def __init__(self, ask: Ask, max_in_flight: int, metrics: OnlineMetrics) -> None:
        self._ask = ask
        self._max_in_flight = max_in_flight
        self._metrics = metrics
        self._waiting: deque[_Waiting] = deque()
        self._waiting_rows = 0
        self._in_flight: dict[asyncio.Task[None], _Size] = {}
        self._holding: asyncio.TimerHandle | None = None

    @property
    def waiting_rows(self) -> int:
        """Rows that wait for a message to go out."""
        return self._waiting_rows

    async def predict(self, request: OnlineRequest, seconds: float) -> Predicted:
        """Predict the rows of a request, in one message with all others that wait.

        Raises
        ------
        Problem
            If it was not, each caller with an object of its own.
        """
        if self._waiting_rows + len(request.rows) > MAX_WAITING_ROWS:
            raise Overloaded(f"{self._waiting_rows} rows are waiting already. Try again in a moment.")
        loop = asyncio.get_running_loop()
        now = loop.time()
        waiting = _Waiting(request, now, now + seconds, loop.create_future())
        deadline = loop.call_at(waiting.deadline, waiting.expire)
        self._waiting.append(waiting)
        self._waiting_rows += len(request.rows)
        self._fill_slots()
        try:
            outcome = await waiting.outcome
        finally:
            deadline.cancel()
        if isinstance(outcome, Failed):
            raise outcome.to_problem()
        return outcome

    def _fill_slots(self) -> None:
        while self._waiting and len(self._in_flight) < self._max_in_flight and not self._are_few():
            self._send_some()

    def _are_few(self) -> bool:
        """Return whether those that wait are held for a moment, and see to it that it is no longer than that."""
        largest = max(self._in_flight.values(), default=_Size(0, 0))
        if len(self._waiting) >= WORTH_A_MESSAGE * largest.requests:
            return False
        if self._waiting_rows >= WORTH_A_MESSAGE * largest.rows:
            return False
        if self._holding is None:
            self._holding = asyncio.get_running_loop().call_later(HOLD_SECONDS, self._send_few)
        return True

    def _send_few(self) -> None:
        self._holding = None
        if self._waiting and len(self._in_flight) < self._max_in_flight:
            self._send_some()

    def _send_some(self) -> None:
        if self._holding is not None:
            self._holding.cancel()
            self._holding = None
        taken = self._take()
        task = asyncio.get_running_loop().create_task(self._send(taken))
        self._in_flight[task] = _Size(len(taken), sum(len(one.request.rows) for one in taken))
        task.add_done_callback(self._free_slot)

    def _free_slot(self, task: asyncio.Task[None]) -> None:
        del self._in_flight[task]
        self._metrics.in_flight.set(len(self._in_flight))
        self._fill_slots()

    def _take(self) -> list[_Waiting]:
        """Take what fits one message, oldest first."""
        taken: list[_Waiting] = []
        rows = 0
        while self._waiting and len(taken) < MAX_REQUESTS:
            rows += len(self._waiting[0].request.rows)
            if rows > MAX_ONLINE_ROWS:
                break
            taken.append(self._waiting.popleft())
            self._waiting_rows -= len(taken[-1].request.rows)
        return taken

    async def _send(self, taken: list[_Waiting]) -> None:
        now = asyncio.get_running_loop().time()
        old = now - CHECK_AFTER_SECONDS
        wanted = [one for one in taken if not one.outcome.done() and not (one.since <= old and await one.has_left())]
        if not wanted:
            return
        for one in wanted:
            one.is_sent = True
        self._metrics.requests.observe(len(wanted))
        self._metrics.in_flight.set(len(self._in_flight))
        # The message lives as long as the latest deadline among its callers, and never for no time at all.
        seconds = max(0.01, max(one.deadline for one in wanted) - now)
        try:
            outcomes = await self._ask(uuid4(), [one.request for one in wanted], seconds)
        except Exception:
            log.exception("Online message failed")
            outcomes = Failed(Problem, "The gateway failed; its log tells why.")
        for index, one in enumerate(wanted):
            one.settle(outcomes if isinstance(outcomes, Failed) else outcomes[index])
