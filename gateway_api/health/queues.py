"""GET /queues: what waits where, and who takes it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request

from broker.looks import QueueLook
from broker.publisher import BrokerDownError
from broker.topology import QUEUES, Queue
from gateway_api.door.problems import BrokerAway
from gateway_api.gateway import gateway_of
from gateway_api.quarantine.answers import QueueList, QueueState
from gateway_api.quarantine.reference import QUEUE_STATES

router = APIRouter(tags=["Operations"])


@router.get("/queues", **QUEUE_STATES)
async def queues(request: Request) -> QueueList:
    """Tell what waits in every queue, and how many processes take messages from it."""
    try:
        looks = await gateway_of(request).broker.look(queue.name for queue in QUEUES)
    except BrokerDownError as error:
        raise BrokerAway("RabbitMQ cannot be reached. Try again in a moment.") from error
    return QueueList(queues=[_state(queue, looks[queue.name]) for queue in QUEUES])


def _state(queue: Queue, look: QueueLook | None) -> QueueState:
    return QueueState(
        name=queue.name,
        purpose=queue.purpose,
        exists=look is not None,
        messages=0 if look is None else look.ready,
        consumers=0 if look is None else look.consumers,
    )
