"""A worker that scores what waits with the models it is given, of forecasts mostly with a baseline."""

from __future__ import annotations

import aio_pika
from sqlalchemy import Engine

from broker.messages import Lane
from broker.topology import BULK
from inference_worker.model_cache import ModelCache
from inference_worker.outcome import Committed
from inference_worker.pipeline import Pipeline
from usecases.contract.catalog import Catalog


async def score_waiting_parts(
    engine: Engine, broker_url: str, catalog: Catalog, models: ModelCache, *, deliveries: int = 1
) -> int:
    """Score and record what waits; returns how many parts it was.

    Parameters
    ----------
    engine, broker_url, catalog, models
        What a worker works with.
    deliveries
        How often each message is worked on, as if its worker were killed before it acknowledges.
    """
    pipeline = Pipeline(catalog, models, engine, Lane.BULK)
    done = 0
    async with await aio_pika.connect(broker_url) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(BULK)
        while (message := await queue.get(fail=False)) is not None:
            for _ in range(deliveries):
                assert isinstance(await pipeline.process(dict(message.headers), message.body), Committed)
            await message.ack()
            done += 1
    pipeline.close()
    return done
