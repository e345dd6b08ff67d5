"""Gathering requests: who goes at once, who waits, who is told what."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from broker.messages import Source
from gateway_api.door.metrics import Metrics
from gateway_api.door.problems import DeadlinePassed, NoModel, Overloaded, Problem
from gateway_api.predict import coalescer as module
from gateway_api.predict.coalescer import MAX_REQUESTS, MAX_WAITING_ROWS, Coalescer
from gateway_api.predict.online import Failed, OnlineRequest, Predicted
from usecases.checking.row_model import example_row, row_model
from usecases.contract.catalog import load_catalog

IRIS = load_catalog()["iris"]
ROW = row_model(IRIS).model_validate(example_row(IRIS))


async def still_there() -> bool:
    return False


async def hung_up() -> bool:
    return True


def request(rows: int = 1, is_gone: Callable[[], Awaitable[bool]] = still_there) -> OnlineRequest:
    return OnlineRequest(uuid4(), datetime.now(UTC), Source.API, [ROW] * rows, is_gone)


class Lane:
    """Stands for the broker: holds every message until the test answers it."""

    def __init__(self) -> None:
        self.messages: list[Sequence[OnlineRequest]] = []
        self.seconds: list[float] = []
        self.asked = asyncio.Event()
        self._answers: list[asyncio.Future[object]] = []

    async def ask(self, part_id: UUID, requests: Sequence[OnlineRequest], seconds: float) -> list[Predicted] | Failed:
        assert part_id.version == 4
        self.messages.append(requests)
        self.seconds.append(seconds)
        self.asked.set()
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        outcome = await answer
        if isinstance(outcome, Failed):
            return outcome
        return [Predicted(1, [str(one.batch_id)] * len(one.rows), [None] * len(one.rows), None) for one in requests]

    async def answer(self, message: int, outcome: object = None) -> None:
        if isinstance(outcome, Exception):
            self._answers[message].set_exception(outcome)
        else:
            self._answers[message].set_result(outcome)
        await settle()


async def settle() -> None:
    """Run everything that can run."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def lane() -> Lane:
    return Lane()


@pytest.fixture
async def gathering(lane: Lane) -> Coalescer:
    return Coalescer(lane.ask, 2, Metrics().online("iris"))


async def ask(gathering: Coalescer, *requests: OnlineRequest, seconds: float = 5) -> list[asyncio.Task[Predicted]]:
    tasks = [asyncio.create_task(gathering.predict(one, seconds)) for one in requests]
    await settle()
    return tasks


async def large_message(lane: Lane, gathering: Coalescer) -> list[asyncio.Task[Predicted]]:
    """Have a message of twenty requests under way, and no other: the third of the lane."""
    tasks = await ask(gathering, request(), request(), *[request() for _ in range(20)])
    await lane.answer(0)
    assert [len(message) for message in lane.messages] == [1, 1, 20]
    await lane.answer(1)
    return tasks


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold few requests for longer than a test takes."""
    monkeypatch.setattr(module, "HOLD_SECONDS", 3_600)


async def test_a_lone_request_leaves_at_once(lane: Lane, gathering: Coalescer) -> None:
    alone = request()
    (task,) = await ask(gathering, alone)
    assert [list(message) for message in lane.messages] == [[alone]]
    await lane.answer(0)
    assert (await task).predictions == [str(alone.batch_id)]


async def test_requests_gather_while_two_messages_are_under_way_and_leave_together(
    lane: Lane, gathering: Coalescer
) -> None:
    requests = [request(rows) for rows in (1, 1, 1, 3, 2)]
    tasks = []
    for one in requests:
        tasks += await ask(gathering, one)
    assert [len(message) for message in lane.messages] == [1, 1]
    await lane.answer(1)
    assert [len(message) for message in lane.messages] == [1, 1, 3]
    await lane.answer(0)
    await lane.answer(2)
    for one, task in zip(requests, tasks, strict=True):
        assert (await task).predictions == [str(one.batch_id)] * len(one.rows)


@pytest.mark.usefixtures("held")
async def test_a_few_requests_beside_a_large_message_wait_until_they_are_worth_one(
    lane: Lane, gathering: Coalescer
) -> None:
    tasks = await large_message(lane, gathering)
    tasks += await ask(gathering, *[request() for _ in range(9)])
    assert [len(message) for message in lane.messages] == [1, 1, 20]
    tasks += await ask(gathering, request())
    assert [len(message) for message in lane.messages] == [1, 1, 20, 10]
    await lane.answer(2)
    await lane.answer(3)
    await asyncio.gather(*tasks)


@pytest.mark.usefixtures("held")
async def test_a_few_requests_leave_once_the_message_beside_them_is_back(lane: Lane, gathering: Coalescer) -> None:
    tasks = await large_message(lane, gathering)
    tasks += await ask(gathering, request())
    await lane.answer(2)
    assert [len(message) for message in lane.messages] == [1, 1, 20, 1]
    await lane.answer(3)
    await asyncio.gather(*tasks)


async def test_a_few_requests_wait_for_a_moment_at_most(lane: Lane, gathering: Coalescer) -> None:
    # The message beside them may never come back, as where the broker forgot it.
    tasks = await large_message(lane, gathering)
    tasks += await ask(gathering, request())
    lane.asked.clear()
    await asyncio.wait_for(lane.asked.wait(), 30)
    assert [len(message) for message in lane.messages] == [1, 1, 20, 1]
    await lane.answer(2)
    await lane.answer(3)
    await asyncio.gather(*tasks)


@pytest.mark.usefixtures("held")
async def test_a_large_request_never_waits_beside_a_message_of_many_small_ones(
    lane: Lane, gathering: Coalescer
) -> None:
    tasks = await large_message(lane, gathering)
    tasks += await ask(gathering, request(100))
    assert [len(message) for message in lane.messages] == [1, 1, 20, 1]
    await lane.answer(2)
    await lane.answer(3)
    await asyncio.gather(*tasks)


async def test_a_message_takes_a_thousand_rows_and_five_hundred_requests(lane: Lane, gathering: Coalescer) -> None:
    tasks = await ask(gathering, request(), request(), request(600), request(600), *[request() for _ in range(600)])
    await lane.answer(0)
    await lane.answer(1)
    await lane.answer(2)
    await lane.answer(3)
    await lane.answer(4)
    assert [sum(len(one.rows) for one in message) for message in lane.messages] == [1, 1, 600, 1000, 200]
    assert [len(message) for message in lane.messages] == [1, 1, 1, 401, 200]
    assert len(lane.messages[3]) <= MAX_REQUESTS
    await asyncio.gather(*tasks)


async def test_a_failed_message_fails_its_own_requests_each_with_its_own_problem(
    lane: Lane, gathering: Coalescer
) -> None:
    busy = await ask(gathering, request(), request())
    first, second = await ask(gathering, request(), request())
    await lane.answer(0)
    await lane.answer(2, Failed(NoModel, "none yet"))
    errors = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(error) for error in errors] == [NoModel, NoModel]
    assert errors[0] is not errors[1]
    (fine,) = await ask(gathering, request())
    await lane.answer(1)
    await lane.answer(3)
    assert (await fine).model_version == 1
    await asyncio.gather(*busy)


async def test_a_fault_of_ours_reaches_the_callers_and_frees_the_slot(lane: Lane, gathering: Coalescer) -> None:
    tasks = await ask(gathering, request(), request())
    await lane.answer(0, ValueError("a bug"))
    with pytest.raises(Problem, match="log"):
        await tasks[0]
    (fine,) = await ask(gathering, request())
    await lane.answer(1)
    await lane.answer(2)
    assert (await fine).model_version == 1
    await tasks[1]


async def test_a_caller_is_answered_at_the_deadline_whatever_the_message_does(lane: Lane, gathering: Coalescer) -> None:
    (task,) = await ask(gathering, request(), seconds=0.02)
    with pytest.raises(DeadlinePassed, match="not known"):
        await task
    await lane.answer(0)


async def test_what_waited_past_its_deadline_is_not_sent_and_the_caller_knows_that(
    lane: Lane, gathering: Coalescer
) -> None:
    busy = await ask(gathering, request(), request())
    late, patient = request(), request()
    (late_task,) = await ask(gathering, late, seconds=0.02)
    (patient_task,) = await ask(gathering, patient)
    with pytest.raises(DeadlinePassed, match="nothing was stored"):
        await late_task
    await lane.answer(0)
    assert [list(message) for message in lane.messages[2:]] == [[patient]]
    await lane.answer(1)
    await lane.answer(2)
    await asyncio.gather(*busy, patient_task)


async def test_the_message_lives_as_long_as_its_most_patient_caller(lane: Lane, gathering: Coalescer) -> None:
    busy = await ask(gathering, request(), request())
    waiting = [*await ask(gathering, request(), seconds=1), *await ask(gathering, request(), seconds=3)]
    await lane.answer(0)
    assert 2.5 < lane.seconds[2] <= 3
    await lane.answer(1)
    await lane.answer(2)
    await asyncio.gather(*busy, *waiting)


async def test_a_caller_who_hung_up_while_waiting_is_not_sent(
    lane: Lane, gathering: Coalescer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECK_AFTER_SECONDS", 0)
    busy = await ask(gathering, request(), request())
    gone, here = request(is_gone=hung_up), request()
    gone_task, here_task = await ask(gathering, gone, here)
    await lane.answer(0)
    assert [list(message) for message in lane.messages[2:]] == [[here]]
    await lane.answer(1)
    await lane.answer(2)
    await asyncio.gather(*busy, here_task)
    with pytest.raises(DeadlinePassed, match="hung up"):
        await gone_task


async def test_a_cancelled_caller_leaves_no_trace(lane: Lane, gathering: Coalescer) -> None:
    busy = await ask(gathering, request(), request())
    (cancelled,) = await ask(gathering, request())
    cancelled.cancel()
    await settle()
    await lane.answer(0)
    await lane.answer(1)
    await asyncio.gather(*busy)
    assert len(lane.messages) == 2
    (fine,) = await ask(gathering, request())
    await lane.answer(2)
    await fine


async def test_too_many_waiting_rows_are_refused_at_once(lane: Lane, gathering: Coalescer) -> None:
    busy = await ask(gathering, request(), request())
    waiting = await ask(gathering, *[request(1_000) for _ in range(MAX_WAITING_ROWS // 1_000)])
    with pytest.raises(Overloaded):
        await gathering.predict(request(), 5)
    for message in range(2 + len(waiting)):
        await lane.answer(message)
    await asyncio.gather(*busy, *waiting)
