"""Health and queues as answers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from broker.administration.limits import QueueLimits
from broker.administration.queue_status import QueueStatus
from broker.topology import Queue
from gateway_api.wire.answers import Answer, Check


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
