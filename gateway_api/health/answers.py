"""Health and queues as answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from broker.administration.limits import QueueLimits
from broker.administration.queue_status import QueueStatus
from broker.topology import Queue
from gateway_api.wire.answers import Answer, Check
from sql.registry.processes import Process, ProcessState


class Live(Answer):
    """The process answers."""

    status: Literal["live"] = Field(description="Always `live`.")


class Readiness(Answer):
    """Rows sent now would be predicted."""

    status: Literal["ready"] = Field(description="Always `ready`; otherwise the answer is a problem.")
    checks: list[Check] = Field(description="Everything that was looked at.")


class QueueState(Answer):
    """A queue as the broker reports it."""

    name: str = Field(description="Name of the queue.")
    purpose: str = Field(description="What waits in it.")
    exists: bool = Field(description="Whether the broker has it; if not, nothing can be said of it.")
    messages: int = Field(description="Messages that wait; those a consumer holds are not counted.")
    most_messages: int | None = Field(
        description="Messages that may wait; whoever sends further ones is refused. None where only their size is limited."
    )
    consumers: int = Field(description="Processes that take messages from it.")


class QueueList(Answer):
    """All queues of the pipeline."""

    queues: list[QueueState] = Field(description="In the order of the pipeline.")


class ProcessAnswer(Answer):
    """A process of the pipeline."""

    service: str = Field(description="Which service it is of: `worker`, `ingestion`, `gateway`, `trainer`.")
    host: str = Field(description="Machine, or container, that it runs on.")
    pid: int = Field(description="Its number there.")
    state: ProcessState = Field(description="Whether it reports itself, fell silent, or ended in good order.")
    started_at: datetime = Field(description="Since when it runs.")
    last_heard_at: datetime = Field(description="Its last report.")
    silent_seconds: float | None = Field(description="Seconds since then; none of one that ended in good order.")


class ServiceProcesses(Answer):
    """The processes of one service."""

    service: str = Field(description="The service.")
    running: int = Field(description="Processes that report themselves.")
    died: int = Field(
        description="Processes that fell silent in the last 24 hours, without having ended in good order."
    )
    last_death_at: datetime | None = Field(description="Last report of the one of these that was heard last.")
    running_since: datetime | None = Field(description="Since when the newest one runs: when it was last begun again.")


class ProcessList(Answer):
    """The processes of the pipeline."""

    services: list[ServiceProcesses] = Field(description="By service.")
    processes: list[ProcessAnswer] = Field(description="By service, the newest first.")


def process_list(found: Sequence[Process]) -> ProcessList:
    """Build the answer about processes."""
    by_service: dict[str, list[Process]] = {}
    for one in found:
        by_service.setdefault(one.service, []).append(one)
    return ProcessList(
        services=[_service(name, of_it) for name, of_it in by_service.items()],
        processes=[
            ProcessAnswer(
                service=one.service,
                host=one.host,
                pid=one.pid,
                state=one.state,
                started_at=one.started_at,
                last_heard_at=one.seen_at,
                silent_seconds=one.silent_seconds,
            )
            for one in found
        ],
    )


def _service(name: str, of_it: Sequence[Process]) -> ServiceProcesses:
    running = [one.started_at for one in of_it if one.state is ProcessState.RUNNING]
    dead = [one.seen_at for one in of_it if one.state is ProcessState.SILENT]
    return ServiceProcesses(
        service=name,
        running=len(running),
        died=len(dead),
        last_death_at=max(dead, default=None),
        running_since=max(running, default=None),
    )


def queue_state(queue: Queue, look: QueueStatus | None, limits: QueueLimits) -> QueueState:
    """Build the answer about one queue."""
    return QueueState(
        name=queue.name,
        purpose=queue.purpose,
        exists=look is not None,
        messages=0 if look is None else look.ready,
        most_messages=limits.most_messages(queue),
        consumers=0 if look is None else look.consumers,
    )
