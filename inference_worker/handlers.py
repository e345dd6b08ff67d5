"""The worker's subscribers: one for each lane, one for model changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from faststream.rabbit import RabbitBroker, RabbitMessage

from broker.dead_letters import dead_letter
from broker.messages import (
    ARROW_STREAM,
    HEADER_ATTEMPT,
    HEADER_PROBE,
    HEADER_TRACEPARENT,
    JSON,
    Lane,
    ModelChanged,
    PartCommitted,
    PartFailed,
    PartScored,
    ProbeAnswer,
)
from broker.service.tracing import NO_SPAN, NO_TRACING, Span, SpanKind, Tracing
from broker.topology import BULK, MAX_ATTEMPTS, ONLINE, PREDICT, PREDICTIONS, RETRY
from broker.transport.consumer import existing_queue, model_changes_queue, subscribe
from broker.transport.publisher import Outgoing, Publisher
from inference_worker.metrics import WorkerMetrics
from inference_worker.outcome import Committed, Outcome, Rejected, Scored, TryLater
from inference_worker.pipeline import Pipeline
from inference_worker.registry_poller import RegistryPoller
from inference_worker.settings import WorkerSettings
from inference_worker.shadow import ChallengerPoller


class Handlers:
    """What happens to a message once a worker holds it.

    Every handler returns, and so acknowledges, only after the message's fate is safe: committed, waiting in the retry
    queue, or a dead letter. What is raised instead ends as a dead letter through the broker.
    """

    def __init__(
        self,
        bulk: Pipeline,
        online: Pipeline,
        poller: RegistryPoller,
        publisher: Publisher,
        metrics: WorkerMetrics,
        tracing: Tracing = NO_TRACING,
        challengers: ChallengerPoller | None = None,
    ) -> None:
        self._bulk = bulk
        self._online = online
        self._poller = poller
        self._publisher = publisher
        self._metrics = metrics
        self._tracing = tracing
        self._challengers = challengers

    def subscribe(self, broker: RabbitBroker, settings: WorkerSettings, worker_id: str) -> None:
        """Attach the handlers to the queues of the lanes that this worker takes."""
        changes, exchange = model_changes_queue(worker_id)
        if Lane.BULK in settings.taken_lanes:
            subscribe(broker, existing_queue(BULK), self.bulk, prefetch=settings.bulk_prefetch)
        if Lane.ONLINE in settings.taken_lanes:
            subscribe(broker, existing_queue(ONLINE), self.online, prefetch=settings.online_prefetch)
        subscribe(broker, changes, self.model_changed, prefetch=1, exchange=exchange)

    async def bulk(self, message: RabbitMessage) -> None:
        """Score and record a part of a batch."""
        started = time.perf_counter()
        with self._span(message, BULK) as span:
            outcome = await self._bulk.process(message.headers, message.body, span.traceparent)
            _note(span, outcome)
        match outcome:
            case Committed(event=event, classes=classes, results=results):
                await self._announce(event, results)
                self._count(Lane.BULK, event, classes, started)
            case Scored():  # pragma: no cover  # nobody waits for an answer in this lane
                raise AssertionError("a part of a batch was only scored")
            case TryLater(cause=cause) if _attempt(message) < MAX_ATTEMPTS:
                await self._publisher.publish_until_confirmed(_again(message, cause))
                self._metrics.parts(Lane.BULK.value, "retried").inc()
            case TryLater(code=code, cause=cause) | Rejected(code=code, cause=cause):
                await self._publisher.publish_until_confirmed(
                    dead_letter(
                        body=message.body,
                        content_type=message.content_type,
                        headers=message.headers,
                        message_id=message.message_id,
                        origin=BULK,
                        exchange=PREDICT,
                        routing_key=BULK,
                        cause=f"{code}: {cause}",
                    )
                )
                self._metrics.parts(Lane.BULK.value, "dead").inc()

    async def online(self, message: RabbitMessage) -> None:
        """Score and record coalesced requests, and answer."""
        if HEADER_PROBE in message.headers:
            await self._reply(message, ProbeAnswer(problem=await self._problem()))
            return
        started = time.perf_counter()
        with self._span(message, ONLINE) as span:
            outcome = await self._online.process(message.headers, message.body, span.traceparent)
            _note(span, outcome)
        match outcome:
            case Committed(answer=PartScored() as answer, event=event, classes=classes, results=results):
                # At once: whoever waits is answered no later, and the next message comes a round trip sooner.
                await asyncio.gather(self._reply(message, answer), self._announce(event, results))
                self._count(Lane.ONLINE, event, classes, started)
            case Scored(answer=answer):
                await self._reply(message, answer)
            case Committed():  # pragma: no cover  # an answer was asked for
                raise AssertionError("a committed request has no answer")
            case TryLater(code=code, cause=cause) | Rejected(code=code, cause=cause):
                await self._reply(message, PartFailed(code=code, detail=cause))
                self._metrics.parts(Lane.ONLINE.value, "failed").inc()

    async def _problem(self) -> str | None:
        online, bulk = await asyncio.gather(self._online.problem(), self._bulk.problem())
        return online or bulk

    async def model_changed(self, message: RabbitMessage) -> None:
        """Serve another version."""
        use_case = ModelChanged.model_validate_json(message.body).use_case
        await self._poller.refresh(use_case)
        if self._challengers is not None:
            await self._challengers.refresh(use_case)

    def _span(self, message: RabbitMessage, queue: str) -> AbstractContextManager[Span]:
        if self._tracing is NO_TRACING:
            return nullcontext(NO_SPAN)
        return self._tracing.span(f"process {queue}", SpanKind.CONSUMER, parent=message.headers.get(HEADER_TRACEPARENT))

    async def _reply(self, message: RabbitMessage, answer: PartScored | PartFailed | ProbeAnswer) -> None:
        if not message.reply_to:
            return
        await self._publisher.publish_if_wanted(
            Outgoing(
                exchange="",
                routing_key=message.reply_to,
                body=answer.model_dump_json().encode(),
                message_id=message.message_id,
                correlation_id=message.correlation_id,
                content_type=JSON,
                persistent=False,
            )
        )

    async def _announce(self, event: PartCommitted, results: Sequence[Outgoing]) -> None:
        await self._publisher.publish_to_listeners(
            Outgoing(
                exchange=PREDICTIONS,
                routing_key=f"{PREDICTIONS}.{event.use_case}",
                body=event.model_dump_json().encode(),
                message_id=str(event.part_id),
                content_type=JSON,
                mandatory=False,
            )
        )
        await asyncio.gather(*map(self._publisher.publish_to_listeners, results))

    def _count(self, lane: Lane, event: PartCommitted, classes: Mapping[str, int], started: float) -> None:
        self._metrics.parts(lane.value, "committed").inc()
        self._metrics.predictions(lane.value, event.use_case).inc(event.rows)
        self._metrics.seconds(lane.value).observe(time.perf_counter() - started)
        self._metrics.rows(lane.value).observe(event.rows)
        for predicted, count in classes.items():
            self._metrics.classes(event.use_case, predicted).inc(count)


def _note(span: Span, outcome: Outcome) -> None:
    if span is NO_SPAN:
        return
    match outcome:
        case Committed(event=event):
            span.note({"smartpredict.rows": event.rows, "smartpredict.model_version": event.model_version})
        case Scored(answer=answer):
            span.note(
                {"smartpredict.rows": len(answer.predictions), "smartpredict.model_version": answer.model_version}
            )
        case TryLater(code=code) | Rejected(code=code):
            span.note({"error.type": code})


def _attempt(message: RabbitMessage) -> int:
    """Read the number of this attempt, counted from 1; the counter is ours, RabbitMQ 4 forgets its own on republishing."""
    try:
        return int(message.headers.get(HEADER_ATTEMPT, 1))
    except (TypeError, ValueError):
        return 1


def _again(message: RabbitMessage, cause: str) -> Outgoing:
    headers: dict[str, Any] = {**message.headers, HEADER_ATTEMPT: str(_attempt(message) + 1), "last_cause": cause[:500]}
    return Outgoing(
        exchange=RETRY,
        routing_key=BULK,
        body=message.body,
        message_id=message.message_id,
        content_type=message.content_type or ARROW_STREAM,
        headers=headers,
    )
