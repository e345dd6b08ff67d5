"""Whether the gateway lives, whether the pipeline behind it works, what is counted, and what waits."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broker.topology import BULK
from broker.topology import QUEUES as PIPELINE
from broker.transport.publisher import BrokerDownError
from gateway_api.door.problems import BrokerAway
from gateway_api.gateway import gateway_of
from gateway_api.health.answers import Live, ProcessList, QueueList, Readiness, process_list, queue_state
from gateway_api.health.reference import LIVE, METRICS, PROCESSES, QUEUES, READY
from gateway_api.wire.readiness import CONSUMED_QUEUES, require_ready
from sql.registry.processes import list_processes

router = APIRouter()


@router.get("/health/live", **LIVE)
async def live() -> Live:
    """Confirm that the process answers; nothing else is looked at."""
    return Live(status="live")


@router.get("/health/ready", **READY)
async def ready(request: Request) -> Readiness:
    """Check whether rows sent now would be predicted; 503 names what is missing."""
    gateway = gateway_of(request)
    queues = [queue for queue in CONSUMED_QUEUES if queue != BULK or not gateway.settings.bulk_on_demand]
    checks = await require_ready(gateway.broker, gateway.engine, gateway.catalog, queues)
    return Readiness(status="ready", checks=checks)


@router.get("/metrics", **METRICS)
async def metrics(request: Request) -> Response:
    """Return the counters of this process for Prometheus."""
    counters = gateway_of(request).metrics
    return Response(counters.exposition(), media_type=counters.content_type)


@router.get("/queues", **QUEUES)
async def queues(request: Request) -> QueueList:
    """Return what waits in every queue, and how many processes take messages from it."""
    gateway = gateway_of(request)
    try:
        looks = await gateway.broker.look(queue.name for queue in PIPELINE)
    except BrokerDownError as error:
        raise BrokerAway("RabbitMQ cannot be reached. Try again in a moment.") from error
    return QueueList(queues=[queue_state(queue, looks[queue.name], gateway.settings.limits) for queue in PIPELINE])


@router.get("/processes", **PROCESSES)
def processes(request: Request) -> ProcessList:
    """List the processes of the pipeline: which run and since when, which fell silent, which were begun again."""
    return process_list(list_processes(gateway_of(request).engine))
