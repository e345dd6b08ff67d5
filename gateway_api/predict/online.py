"""The online lane as the gateway sees it: requests become one message, its answer becomes theirs again, as bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
import orjson
import pyarrow as pa

from broker.ids import first_prediction_id, part_id
from broker.messages import (
    OTHER_VERSION,
    Lane,
    PartAnswer,
    PartFailed,
    PartHeader,
    PartScored,
    Segment,
    Source,
    encode_rows,
)
from broker.service.tracing import NO_SPAN, NO_TRACING, Span, SpanKind, Tracing
from broker.topology import ONLINE, PREDICT
from broker.transport.publisher import Outgoing, PublishingError, QueueFullError, UnroutableError
from gateway_api.door.problems import (
    BrokerAway,
    DatabaseAway,
    DatabaseLocked,
    DeadlinePassed,
    NoModel,
    NotReady,
    Overloaded,
    Problem,
    ScoringFailed,
)
from gateway_api.predict.problems import VersionNotServed
from gateway_api.wire.broker_link import DeadlinePassedError
from gateway_api.wire.sentences import sentence
from gateway_api.wire.trouble import NotServedError
from usecases.checking.row_model import Row, rows_to_arrow
from usecases.contract.spec import UseCase

Send = Callable[[Outgoing, float], Awaitable[bytes]]
"""Sends a message and waits so many seconds for its answer."""

Rows: TypeAlias = Sequence[Row] | pa.RecordBatch
"""Checked rows: one by one, as JSON has them, or in columns, as a worker takes them."""


@dataclass(frozen=True, slots=True)
class OnlineRequest:
    """The checked rows of one HTTP request."""

    batch_id: UUID
    received_at: datetime
    source: Source
    rows: Rows
    is_gone: Callable[[], Awaitable[bool]]
    """Returns whether the caller has hung up."""
    explain: bool = False
    """Whether contributions are wanted; such a request is a message of its own."""
    model_version: int | None = None
    """The only version that may answer; such a request is a message of its own, too. None where any may."""
    store: bool = True
    """Whether what is predicted is stored; where it is not, the request is a message of its own, too."""
    span: Span = NO_SPAN
    """What the request is in a trace."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """The rows of one request are committed."""

    model_version: int
    predictions: Sequence[str | float]
    scores: Sequence[float | None]
    class_scores: Sequence[Sequence[float]] | None
    contributions: Sequence[Sequence[Sequence[float]]] | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A message came to nothing; each of its requests gets a problem of its own."""

    kind: type[Problem]
    detail: str

    def to_problem(self) -> Problem:
        """Create the problem for one caller; one object shared between callers would collect the tracebacks of all."""
        return self.kind(self.detail)


class OnlineLane:
    """Puts the requests of one use case on the online lane."""

    def __init__(self, use_case: UseCase, send: Send, tracing: Tracing = NO_TRACING) -> None:
        self._use_case = use_case
        self._send = send
        self._tracing = tracing

    async def ask(self, part_id: UUID, requests: Sequence[OnlineRequest], seconds: float) -> list[Predicted] | Failed:
        """Predict the rows of several requests as one part; all of them succeed or fail together."""
        with self._span(requests) as span:
            if span.traceparent is not None:
                for request in requests[1:]:
                    request.span.link(span.traceparent)
            message = part_of(self._use_case, part_id, requests).traced(span.traceparent)
            outcome = await self._ask(message, seconds)
            if isinstance(outcome, Failed):
                span.note({"error.type": outcome.kind.__name__})
                return outcome
        return answers_of(outcome, requests)

    async def predict_alone(self, request: OnlineRequest, seconds: float) -> Predicted:
        """Predict the rows of one request as a part whose id is always the same: it is recorded once and answered alike.

        Raises
        ------
        Problem
            If they were not predicted.
        """
        outcome = await self.ask(part_id(request.batch_id, 0), [request], seconds)
        if isinstance(outcome, Failed):
            raise outcome.to_problem()
        return outcome[0]

    def _span(self, requests: Sequence[OnlineRequest]) -> AbstractContextManager[Span]:
        """Continue the trace of the oldest request; those of the others are linked, for a span has one parent."""
        if self._tracing is NO_TRACING:
            return nullcontext(NO_SPAN)
        first, *others = [request.span.traceparent for request in requests]
        return self._tracing.span(f"request {ONLINE}", SpanKind.PRODUCER, parent=first, links=others)

    async def _ask(self, message: Outgoing, seconds: float) -> PartScored | Failed:
        try:
            body = await self._send(message, seconds)
        except (DeadlinePassedError, NotServedError, PublishingError) as error:
            return _failed(error)
        match PartAnswer.validate_json(body):
            case PartScored() as scored:
                return scored
            case PartFailed(code=code, detail=detail):
                return Failed(_PROBLEM_OF_CODE.get(code, ScoringFailed), f"The worker answers: {detail} ({code}).")


def _failed(error: Exception) -> Failed:
    match error:
        case DeadlinePassedError():
            return Failed(DeadlinePassed, f"The workers gave {error}; whether the rows were stored is not known.")
        case NotServedError():
            return Failed(NotReady, sentence(error))
        case QueueFullError():
            return Failed(Overloaded, "The queue of online requests is full. Try again in a moment.")
        case UnroutableError():
            return Failed(BrokerAway, "The broker has no queue for online requests yet. Try again in a moment.")
        case _:
            return Failed(BrokerAway, "RabbitMQ cannot be reached. Try again in a moment.")


_PROBLEM_OF_CODE: dict[str, type[Problem]] = {
    "no_model": NoModel,
    "database_away": DatabaseAway,
    "database_locked": DatabaseLocked,
    # Gateway and worker disagree about the use case: one of them is still being updated.
    "schema_changed": NotReady,
    "unknown_use_case": NotReady,
    OTHER_VERSION: VersionNotServed,
}


def part_of(use_case: UseCase, part_id: UUID, requests: Sequence[OnlineRequest]) -> Outgoing:
    """Build one message of several requests."""
    header = PartHeader(
        contract="PredictionPart/1" if requests[0].store else "ScoringOnly/1",
        part_id=part_id,
        use_case=use_case.name,
        schema_hash=use_case.schema_hash,
        lane=Lane.ONLINE,
        segments=tuple(
            Segment(batch_id=r.batch_id, received_at=r.received_at, source=r.source, rows=len(r.rows)) for r in requests
        ),
        explain=any(request.explain for request in requests),
        model_version=requests[0].model_version,
    )
    numbers: np.ndarray[Any, np.dtype[np.int32]] = np.concatenate(
        [np.arange(1, len(request.rows) + 1, dtype=np.int32) for request in requests]
    )
    body = encode_rows(_in_columns(use_case, requests), numbers)
    return Outgoing.part(header, body, exchange=PREDICT, routing_key=ONLINE, persistent=False)


def _in_columns(use_case: UseCase, requests: Sequence[OnlineRequest]) -> pa.RecordBatch:
    """Put the rows of all requests in columns; those that came one by one at once, which is quicker than each request alone."""
    if not any(isinstance(request.rows, pa.RecordBatch) for request in requests):
        return rows_to_arrow(use_case, [row for request in requests for row in request.rows])
    return pa.concat_batches([in_columns(use_case, request.rows) for request in requests])


def in_columns(use_case: UseCase, rows: Rows) -> pa.RecordBatch:
    """Return the rows of a request in columns."""
    return rows if isinstance(rows, pa.RecordBatch) else rows_to_arrow(use_case, rows)


def row_values(rows: Rows) -> list[dict[str, Any]]:
    """Return the values of each row of a request, by their columns."""
    return rows.to_pylist() if isinstance(rows, pa.RecordBatch) else [row.__dict__ for row in rows]


def answers_of(scored: PartScored, requests: Sequence[OnlineRequest]) -> list[Predicted]:
    """Split the answer to a message into the answers to its requests."""
    answers = []
    start = 0
    for request in requests:
        rows = slice(start, start := start + len(request.rows))
        answers.append(
            Predicted(
                model_version=scored.model_version,
                predictions=scored.predictions[rows],
                scores=scored.scores[rows],
                class_scores=None if scored.class_scores is None else scored.class_scores[rows],
                contributions=None if scored.contributions is None else scored.contributions[rows],
            )
        )
    return answers


def encode_answer(use_case: UseCase, request: OnlineRequest, predicted: Predicted) -> bytes:
    """Write what became of a request: every row with its id, its prediction and the values it was made from."""
    first = first_prediction_id(request.received_at, request.batch_id).int
    predictions = [
        _prediction(use_case, UUID(int=first + number), values, predicted, number - 1)
        for number, values in enumerate(row_values(request.rows), start=1)
    ]
    return enclose(use_case, request, predicted, predictions)


def enclose(use_case: UseCase, request: OnlineRequest, predicted: Predicted, predictions: Any) -> bytes:
    """Write an answer around its predictions: a list of them, or the JSON text of one as an :class:`orjson.Fragment`."""
    content = {
        "request_id": request.batch_id,
        "use_case": use_case.name,
        "model_version": predicted.model_version,
        "predictions": predictions,
    }
    if not request.store:
        content["stored"] = False
    if request.explain:
        content["explanations"] = explanations(use_case, predicted)
    answer: bytes = orjson.dumps(content)
    return answer


def explanations(use_case: UseCase, predicted: Predicted) -> list[dict[str, Any]] | None:
    """Build the explanation of each row, by class where each has an output of its own; none where the model gave none."""
    if predicted.contributions is None:
        return None
    outputs = use_case.task.definition.class_outputs(use_case.classes)
    if outputs:
        return [
            {name: _explanation(use_case, shares) for name, shares in zip(outputs, row, strict=True)}
            for row in predicted.contributions
        ]
    return [_explanation(use_case, row[0]) for row in predicted.contributions]


def _explanation(use_case: UseCase, shares: Sequence[float]) -> dict[str, Any]:
    names = [feature.name for feature in use_case.features]
    return {"base_value": shares[-1], "contributions": dict(zip(names, shares[:-1], strict=True))}


def _prediction(
    use_case: UseCase, prediction_id: UUID, values: dict[str, Any], predicted: Predicted, index: int
) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": prediction_id}
    if use_case.key is not None:
        entry["key"] = values[use_case.key]
        values = {name: value for name, value in values.items() if name != use_case.key}
    entry["prediction"] = predicted.predictions[index]
    entry["score"] = predicted.scores[index]
    if predicted.class_scores is not None:
        entry["scores"] = dict(zip(use_case.outputs, predicted.class_scores[index], strict=True))
    entry["features"] = values
    return entry
