"""Whether the pipeline behind the gateway works: everything that is looked at, and what was found."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from broker.topology import BULK, INBOX, ONLINE
from broker.transport.publisher import BrokerDownError
from gateway_api.door.problems import NotReady
from gateway_api.wire.answers import Check
from gateway_api.wire.broker_link import BrokerLink
from gateway_api.wire.serving import Serving, serving_of, unserved_in_words
from sql.base.engine import problem_of, where_away
from sql.base.locks import lasting_locks
from sql.registry.promotions import promoted_versions
from sql.registry.workers import Worker, alive_workers
from usecases.contract.catalog import Catalog

CONSUMED_QUEUES = (BULK, ONLINE, INBOX)
"""Queues that something has to listen to, or nothing moves."""


async def require_ready(
    broker: BrokerLink, engine: Engine, catalog: Catalog, queues: Sequence[str] = CONSUMED_QUEUES
) -> list[Check]:
    """Check everything that has to work for rows to be predicted, and return what was found.

    Parameters
    ----------
    broker, engine, catalog
        What is looked at.
    queues
        Queues that something has to listen to; all of them unless only some of the doors are of interest.

    Raises
    ------
    NotReady
        If something does not, with what was found.
    """
    checks = await _check_pipeline(broker, engine, catalog, queues)
    failing = [check for check in checks if not check.ok]
    if failing:
        detail = "; ".join(f"{check.name}: {check.detail}" for check in failing)
        raise NotReady(f"{detail}.", checks=[check.model_dump() for check in checks])
    return checks


async def _check_pipeline(broker: BrokerLink, engine: Engine, catalog: Catalog, queues: Sequence[str]) -> list[Check]:
    of_broker, of_database = await asyncio.gather(
        _check_broker(broker, queues), asyncio.to_thread(_check_database, engine, catalog)
    )
    return [*of_database, *of_broker]


async def _check_broker(broker: BrokerLink, queues: Sequence[str]) -> list[Check]:
    try:
        consumers = await broker.consumers(queues)
        service = await broker.service()
    except BrokerDownError as error:
        return [Check(name="broker", ok=False, detail=str(error))]
    checks = [Check(name="broker", ok=True, detail="connected")]
    for queue, count in consumers.items():
        found = "the queue does not exist" if count is None else f"{count} {'consumer' if count == 1 else 'consumers'}"
        checks.append(Check(name=f"queue {queue}", ok=bool(count), detail=found))
    problem = service.trouble or service.problem
    return [*checks, Check(name="requests", ok=problem is None, detail=problem or "a worker answers")]


def _check_database(engine: Engine, catalog: Catalog) -> list[Check]:
    try:
        workers, champions = alive_workers(engine), promoted_versions(engine)
        locks = lasting_locks(engine)
    except SQLAlchemyError as error:
        return [Check(name="database", ok=False, detail=where_away(error))]
    problem = "; ".join(map(str, locks)) or problem_of(engine)
    return [
        Check(name="database", ok=problem is None, detail=problem or "answers"),
        _check_models(workers, champions, catalog),
    ]


def _check_models(workers: list[Worker], champions: Mapping[str, int], catalog: Catalog) -> Check:
    """One use case with a model is enough to be ready; the others are told."""
    served = sorted(name for name in catalog if serving_of(name, workers, champions) is Serving.SERVED)
    missing = sorted(set(catalog) - set(served))
    if not served:
        return Check(name="model", ok=False, detail=unserved_in_words(missing, workers, champions))
    others = f"; without a model: {', '.join(missing)}" if missing else ""
    return Check(name="model", ok=True, detail=f"served: {', '.join(served)}{others}")
