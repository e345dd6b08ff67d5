"""A training in a process of its own, as the trainer sees it: begun, listened to, reported, and ended when it is wanted no more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine

from sql.base.engine import is_database_away
from sql.registry.training_claims import TrainingEnd, report_training
from sql.registry.trainings import Training
from training.errors import OUT_OF_MEMORY
from training.service.settings import TrainerSettings

REPORT_SECONDS = 1.0
"""Pause between two reports; a cancelled training ends within it."""

LONGEST_LINE = 16 * 1024**2
"""A result with thousands of rows left out, each named, has room in it."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Told:
    """What the process of a training has told so far."""

    step: str | None = None
    progress: float | None = None
    end: TrainingEnd | None = None


async def run_in_process(training: Training, engine: Engine, settings: TrainerSettings) -> TrainingEnd | None:
    """Run a training to its end, and report it meanwhile; none where it was cancelled, or another trainer has it.

    However this returns, its process has ended.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "training.service.run", str(training.id)),
        stdin=PIPE,
        stdout=PIPE,
        start_new_session=True,
        limit=LONGEST_LINE,
    )
    told = Told()
    listening = asyncio.create_task(_listen(process, told))
    clock = asyncio.get_running_loop()
    until = clock.time() + settings.training_deadline.total_seconds()
    try:
        while not listening.done():
            await asyncio.wait({listening}, timeout=REPORT_SECONDS)
            if clock.time() > until:
                return TrainingEnd(problem=_too_long(settings))
            if not await _is_wanted(training, engine, told):
                return None
        listening.result()
        return told.end or TrainingEnd(problem=_died(await process.wait()))
    finally:
        listening.cancel()
        await _end(process)


async def _listen(process: Process, told: Told) -> None:
    assert process.stdout is not None  # noqa: S101  # for the type checker: it was asked for
    async for line in process.stdout:
        match json.loads(line):
            case {"step": str(step), "progress": progress}:
                told.step, told.progress = step, progress
            case {"result": result}:
                told.end = TrainingEnd(result=result)
            case {"problem": str(problem)}:
                told.end = TrainingEnd(problem=problem)
            case other:
                log.warning("Training told something unknown", told=str(other)[:200])


async def _is_wanted(training: Training, engine: Engine, told: Told) -> bool:
    """Report the training; while the database is away it goes on."""
    try:
        return await asyncio.to_thread(report_training, engine, training, told.step, told.progress)
    except Exception as error:
        if not is_database_away(error):
            raise
        log.warning("Training could not be reported", error=str(error).partition("\n")[0])
        return True


async def _end(process: Process) -> None:
    """End the process with all that it has started, at once: nothing of it is needed any more."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _died(status: int) -> str:
    """Return what is said of a training whose process ended without a word."""
    if -status == signal.SIGKILL:
        return f"its process was killed, as the system does where memory runs out: {OUT_OF_MEMORY}"
    how = f"by signal {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
    return f"its process ended {how}; the log of the trainer tells more. Order it again, or ask the operator"


def _too_long(settings: TrainerSettings) -> str:
    return (
        f"it took longer than {settings.training_deadline}; try fewer configurations, learn from fewer rows, or ask the operator "
        "for a longer SMARTPREDICT_TRAINING_DEADLINE"
    )
