"""Workers are killed at random while a data set is scored: its answers are those of a job that nobody disturbed."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from benchmarks.jobs.__main__ import write_data_set
from tests.support.orchestration.job_answers import files_of
from tests.support.running_stack import RunningStack, audit
from tests.support.session.figures import show
from tests.support.waiting import eventually

ROWS = int(os.environ.get("FAULT_JOB_ROWS", "3000000"))

WORKERS = ("worker-1", "worker-2")

PAUSE_SECONDS = (2.0, 5.0)
"""Between two kills, at least."""


@pytest.fixture
def workers(stack: RunningStack) -> Iterator[None]:
    stack.command("up", "--without", "airflow", "--workers", str(len(WORKERS)))
    yield
    stack.command("up", "--without", "airflow", "--workers", "1")


@pytest.mark.usefixtures("workers")
def test_workers_that_are_killed_at_random_leave_the_answers_of_an_undisturbed_job(
    stack: RunningStack, tmp_path: Path
) -> None:
    given, answers = tmp_path / "rows.parquet", tmp_path / "disturbed"
    write_data_set(given, ROWS)
    undisturbed, seconds = score(stack, given, tmp_path / "undisturbed")
    kills = 0
    with ThreadPoolExecutor(1) as beside:
        scored = beside.submit(score, stack, given, answers)
        _wait_for_parts(answers, 1, scored)
        while not scored.done():
            stack.kill(random.choice(WORKERS))  # noqa: S311  # any one will do
            kills += 1
            there = _parts(answers)
            wait({scored}, random.uniform(*PAUSE_SECONDS))  # noqa: S311
            # What was in hand has to be scored before another kill, or its claim counts as one that kills workers.
            _wait_for_parts(answers, there + len(WORKERS), scored)
        disturbed, seconds_with_kills = scored.result()
    show(f"{ROWS:,} rows of a job: {seconds:.1f} s, with {kills} kills of a worker {seconds_with_kills:.1f} s")
    assert kills > 0
    assert disturbed["predicted"] + disturbed["quarantined"] == ROWS
    assert (disturbed["predicted"], disturbed["quarantined"]) == (undisturbed["predicted"], undisturbed["quarantined"])
    manifests = [(folder / "_manifest.json").read_bytes() for folder in (answers, tmp_path / "undisturbed")]
    assert files_of(manifests[0]) == files_of(manifests[1])
    stack.wait_whole()
    assert audit(stack)["balanced"] is True


def _wait_for_parts(answers: Path, wanted: int, scored: Future[Any]) -> None:
    eventually(lambda: scored.done() or _parts(answers) >= wanted, 120)


def _parts(answers: Path) -> int:
    return sum(1 for _ in answers.glob("part-*"))


def score(stack: RunningStack, given: Path, output: Path) -> tuple[dict[str, Any], float]:
    """Score a data set and return what became of it, and the seconds it took."""
    began = time.monotonic()
    job = json.loads(stack.command("score", str(given), str(output), "--json"))
    assert job["state"] == "done"
    return job, time.monotonic() - began
