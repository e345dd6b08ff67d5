"""A hundred promotions and rollbacks while 64 callers and a file of 300,000 rows are served: nobody notices."""

from __future__ import annotations

import asyncio
import contextlib
import time
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psutil
import pytest
from sqlalchemy import text

from registry.client import Registry
from registry.names import CHAMPION
from sql.registry.workers import alive_workers
from tests.support.pipeline import EQUIPMENT
from tests.support.registry.versions import register_version, same_again
from tests.support.running_stack import RunningStack, audit
from tests.support.session.figures import show
from tests.support.waiting import eventually
from training.datasets.sample_files import write_inference_csv
from usecases.checking.row_model import example_row

CALLERS, SWAPS, WARM_UP, ROWS, WORKERS = 64, 100, 5, 300_000, 2
MODEL = f"/models/{EQUIPMENT.name}"

MIXED_PARTS = text(
    """
    select count(*)
    from predictions.equipment_failure row
    join smartpredict.batches batch on batch.id = row.batch_id
    join smartpredict.parts part
      on part.batch_id = batch.id and part.part_number = (row.row_number - 1) / batch.part_rows
    where batch.id = :batch and row.model_version <> part.model_version
    """
)
"""Rows that another version made than the one their part was recorded with."""


@dataclass(frozen=True, slots=True)
class Reign:
    """The time in which a version may have made rows: from its promotion until every worker served the next one."""

    version: int
    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller got, and when it asked and was answered."""

    status: int
    version: int
    request_id: str
    asked: float
    answered: float


@dataclass
class Swapping:
    """What happened to the champion."""

    stack: RunningStack
    admin: httpx.Client
    promoted: list[tuple[int, float]] = field(default_factory=list)
    converged: list[float] = field(default_factory=list)

    def swap(self, command: str, version: int | None = None) -> None:
        """Promote or roll back, and wait until every worker serves the champion."""
        asked = time.time()
        answer = self.admin.post(f"{MODEL}/{command}", json=None if version is None else {"version": version})
        assert answer.status_code == 200, answer.text
        champion = answer.json()["version"]
        self.promoted.append((champion, asked))
        eventually(lambda: self._served() == {champion}, 30, lambda: f"wanted {champion}")
        self.converged.append(time.time())

    def _served(self) -> set[int | None]:
        workers = alive_workers(self.stack.engine)
        return {worker.models.get(EQUIPMENT.name) for worker in workers} if len(workers) == WORKERS else {None}

    def reigns(self) -> list[Reign]:
        """Return the reign of each champion in order; the last has not ended."""
        ends = [*self.converged[1:], float("inf")]
        return [Reign(version, begins, end) for (version, begins), end in zip(self.promoted, ends, strict=True)]


@pytest.fixture
def two_workers(stack: RunningStack) -> Iterator[list[psutil.Process]]:
    stack.command("up", "--without", "airflow", "--workers", str(WORKERS))
    eventually(lambda: len(alive_workers(stack.engine)) == WORKERS)
    yield [stack.process(f"worker-{number}") for number in range(1, WORKERS + 1)]
    stack.command("up", "--without", "airflow", "--workers", "1")
    stack.wait_whole()


@pytest.fixture
def versions(stack: RunningStack) -> Iterator[list[int]]:
    """As many versions as there are swaps, so that a row names its time; the champion of before is restored."""
    url = stack.settings["SMARTPREDICT_MLFLOW_URL"]
    made = [register_version(url, seed, metrics={"roc_auc": 0.99}) for seed in (1, 2)]
    with contextlib.closing(Registry(url)) as registry, stack.api("admin") as admin:
        before = registry.by_alias(EQUIPMENT.name, CHAMPION)
        assert before is not None
        yield [same_again(url, made[number % 2]) for number in range(SWAPS + WARM_UP)]
        back = {"version": before.version, "without_metrics": True}
        admin.post(f"{MODEL}/promote", json=back).raise_for_status()


def test_a_hundred_swaps_under_load(
    stack: RunningStack, two_workers: list[psutil.Process], versions: list[int], tmp_path: Path
) -> None:
    file = tmp_path / "swapped.csv"
    write_inference_csv(file, ROWS, seed=5)
    with stack.api("admin") as admin:
        swapping = Swapping(stack, admin)
        swapping.swap("promote", versions[0])
        # Whatever is made once is made by now.
        asyncio.run(_served_while(stack, file, swapping, versions[1:WARM_UP]))
        memory = [_resident(worker) for worker in two_workers]
        batch, answers = asyncio.run(_served_while(stack, file, swapping, versions[WARM_UP:]))
    grown = [_resident(worker) - before for worker, before in zip(two_workers, memory, strict=True)]
    stack.wait_done(batch)
    _report(swapping, answers, grown)
    assert {answer.status for answer in answers} == {200}
    reigns = swapping.reigns()
    assert [
        answer for answer in answers if not _was_champion(reigns, answer.version, answer.asked, answer.answered)
    ] == []
    assert _wrong_parts(stack, batch, reigns) == []
    assert _stored_otherwise(stack, answers) == 0
    assert max(grown) < 50 * 2**20
    assert audit(stack)["balanced"] is True


async def _served_while(
    stack: RunningStack, file: Path, swapping: Swapping, versions: list[int]
) -> tuple[UUID, list[Answer]]:
    """Swap through the versions while callers call and a file is read; two promotions, then one rollback."""
    done, answers = asyncio.Event(), list[Answer]()
    batch = await asyncio.to_thread(lambda: stack.drop(file.read_bytes(), f"{uuid4()}.csv"))

    def swap_all() -> None:
        waiting = iter(versions)
        for number in range(len(versions)):
            if number % 3 == 2:
                swapping.swap("rollback")
            else:
                swapping.swap("promote", next(waiting))

    limits = httpx.Limits(max_connections=CALLERS, max_keepalive_connections=CALLERS)
    key, address = stack.stack.api_key("api"), stack.settings["SMARTPREDICT_GATEWAY_URL"]
    async with (
        httpx.AsyncClient(base_url=address, headers={"X-API-Key": key}, limits=limits, timeout=30) as client,
        asyncio.TaskGroup() as tasks,
    ):
        for _ in range(CALLERS):
            tasks.create_task(_call(client, answers, done))
        try:
            await asyncio.to_thread(swap_all)
        finally:
            done.set()
    return batch, answers


async def _call(client: httpx.AsyncClient, answers: list[Answer], done: asyncio.Event) -> None:
    while not done.is_set():
        asked = time.time()
        response = await client.post("/predict", json=example_row(EQUIPMENT))
        content: dict[str, Any] = response.json()
        version, request_id = content.get("model_version", 0), content.get("request_id", "")
        answers.append(Answer(response.status_code, version, request_id, asked, time.time()))


def _was_champion(reigns: list[Reign], version: int, begins: float, ends: float) -> bool:
    """Return whether a version may have made rows between two moments."""
    return any(reign.version == version and reign.begins <= ends and begins <= reign.ends for reign in reigns)


def _wrong_parts(stack: RunningStack, batch: UUID, reigns: list[Reign]) -> list[Any]:
    """Find parts of a batch with rows of another version, or made by one that was not champion meanwhile."""
    recorded = text(
        "select part_number, model_version, extract(epoch from planned_at) as began, extract(epoch from recorded_at) as "
        "ended from smartpredict.parts where batch_id = :batch"
    )
    with stack.engine.connect() as connection:
        mixed = connection.scalar(MIXED_PARTS, {"batch": batch})
        rows = connection.execute(recorded, {"batch": batch}).all()
    assert len(rows) >= ROWS // 10_000
    late = [row for row in rows if not _was_champion(reigns, row.model_version, float(row.began), float(row.ended))]
    return [*late, *([f"{mixed} rows of another version than their part"] if mixed else [])]


def _stored_otherwise(stack: RunningStack, answers: list[Answer]) -> int:
    """Count rows that are stored with another version than the caller was told."""
    told = {UUID(answer.request_id): answer.version for answer in answers}
    query = text("select batch_id, model_version from predictions.equipment_failure where batch_id = any(:ids)")
    with stack.engine.connect() as connection:
        stored = connection.execute(query, {"ids": list(told)}).all()
    assert len(stored) == len(told)
    return sum(told[row.batch_id] != row.model_version for row in stored)


def _resident(process: psutil.Process) -> int:
    return int(process.memory_info().rss)


def _report(swapping: Swapping, answers: list[Answer], grown: list[int]) -> None:
    """Show the figures; nothing is decided by the clock."""
    waits = sorted(end - begin for (_, begin), end in zip(swapping.promoted, swapping.converged, strict=True))
    slow = len(waits) - bisect_right(waits, 2.0)
    show(
        f"{len(waits)} swaps, {len(answers):,} requests; from the command until every worker served the version: "
        f"median {waits[len(waits) // 2]:.2f} s, longest {waits[-1]:.2f} s, {slow} over 2 s; "
        f"memory of the workers grew by {', '.join(f'{size / 2**20:.1f}' for size in grown)} MB"
    )
