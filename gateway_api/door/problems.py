"""Every answer that is not a success, as a type: RFC 9457 problem details."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

import orjson
from starlette.responses import Response
from typing_extensions import override

from broker.messages import ID_REUSED

PROBLEM_JSON = "application/problem+json"


class Problem(Exception):  # noqa: N818  # the RFC's word; half of them are no fault of anybody
    """Something the caller has to know; a subclass for each next move the caller has."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "The gateway failed"
    retry_after: ClassVar[int | None] = None
    """Seconds after which trying again makes sense; none where it does not."""

    def __init__(self, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members

    def to_response(self, request_id: UUID) -> Response:
        """Build the HTTP answer."""
        content = {
            "type": f"/docs#problem-{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:uuid:{request_id}",
            "code": self.code,
            "request_id": str(request_id),
            **self.members,
        }
        return Response(orjson.dumps(content), status_code=self.status, media_type=PROBLEM_JSON, headers=self.headers())

    def headers(self) -> dict[str, str]:
        """Return headers of the answer beside those of every answer."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class MalformedBody(Problem):
    """The body cannot be read at all."""

    status = 400
    code = "malformed-body"
    title = "The body cannot be read"


class MalformedRequest(Problem):
    """The request breaks HTTP."""

    status = 400
    code = "malformed-request"
    title = "The request cannot be read"


class Unauthorized(Problem):
    """No key, or one that nobody was given."""

    status = 401
    code = "unauthorized"
    title = "An API key is needed"

    @override
    def headers(self) -> dict[str, str]:
        """Name the scheme, as RFC 9110 wants it."""
        return {"WWW-Authenticate": 'Bearer realm="smartpredict"'}


class Forbidden(Problem):
    """The key is a good one, but not for this."""

    status = 403
    code = "forbidden"
    title = "The key may not do this"


class NotFound(Problem):
    """Nothing lives at this address."""

    status = 404
    code = "not-found"
    title = "Not found"


class UnknownUseCase(Problem):
    """No use case of that name."""

    status = 404
    code = "unknown-use-case"
    title = "There is no such use case"


class UnknownBatch(Problem):
    """No batch of that id."""

    status = 404
    code = "unknown-batch"
    title = "There is no such batch"


class UnknownLetter(Problem):
    """No dead letter of that id."""

    status = 404
    code = "unknown-letter"
    title = "There is no such dead letter"


class UnknownRows(Problem):
    """Some rows are not in quarantine."""

    status = 404
    code = "unknown-rows"
    title = "Some rows are not in quarantine; none was sent again"


class MethodNotAllowed(Problem):
    """The address takes other methods."""

    status = 405
    code = "method-not-allowed"
    title = "Method not allowed"

    @override
    def headers(self) -> dict[str, str]:
        """Name the methods there are."""
        return {"Allow": str(self.members.get("allow", ""))}


class KeyReused(Problem):
    """An `Idempotency-Key` came back with another request."""

    status = 409
    code = ID_REUSED
    title = "The Idempotency-Key belongs to another request"


class AlreadyReplayed(Problem):
    """Some rows were sent again before."""

    status = 409
    code = "already-replayed"
    title = "Some rows were sent again before; none was sent now"


class NameTaken(Problem):
    """Another file of that name is waiting to be read."""

    status = 409
    code = "file-name-taken"
    title = "A file of that name is waiting"
    retry_after = 5


class TooLarge(Problem):
    """More than is taken at once."""

    status = 413
    code = "too-large"
    title = "The body is too large"


class UnsupportedMediaType(Problem):
    """A format that is not read here."""

    status = 415
    code = "unsupported-media-type"
    title = "The format is not supported"


class InvalidRows(Problem):
    """Some rows break the contract of the use case; none was predicted."""

    status = 422
    code = "invalid-rows"
    title = "Some rows are not valid; nothing was predicted"


class InvalidParameters(Problem):
    """A parameter, header or form field is not valid."""

    status = 422
    code = "invalid-parameters"
    title = "A parameter is not valid"


class EmptyUpload(Problem):
    """The uploaded file holds nothing."""

    status = 422
    code = "empty-upload"
    title = "The file is empty"


class Overloaded(Problem):
    """More requests wait than will be answered in time."""

    status = 429
    code = "overloaded"
    title = "Too many requests are waiting"
    retry_after = 1


class ScoringFailed(Problem):
    """The worker could not score the rows; nothing was stored."""

    status = 500
    code = "scoring-failed"
    title = "The rows could not be scored"


class BrokerAway(Problem):
    """RabbitMQ is away."""

    status = 503
    code = "broker-away"
    title = "The message broker is away"
    retry_after = 2


class DatabaseAway(Problem):
    """PostgreSQL is away."""

    status = 503
    code = "database-away"
    title = "The database is away"
    retry_after = 2


class DatabaseLocked(Problem):
    """Somebody keeps locked in PostgreSQL what is needed."""

    status = 503
    code = "database-locked"
    title = "What is needed is locked in the database"
    retry_after = 2


class NoModel(Problem):
    """No model is served for the use case."""

    status = 503
    code = "no-model"
    title = "No model is served for this use case"
    retry_after = 10


class NotReady(Problem):
    """A part of the pipeline is missing."""

    status = 503
    code = "not-ready"
    title = "The pipeline is not ready"
    retry_after = 5


class DeadlinePassed(Problem):
    """No answer came in time."""

    status = 504
    code = "deadline-passed"
    title = "No answer in time"


class QueryTooSlow(Problem):
    """The database needed too long for a query."""

    status = 504
    code = "query-too-slow"
    title = "The query takes too long"


class StorageFull(Problem):
    """The disk for uploads is full."""

    status = 507
    code = "storage-full"
    title = "There is no room for the file"
    retry_after = 60


def all_problems() -> list[type[Problem]]:
    """List every kind of problem, by status and code."""
    return in_order({Problem, *Problem.__subclasses__()})


def in_order(kinds: Iterable[type[Problem]]) -> list[type[Problem]]:
    """Sort kinds of problems by status and code."""
    return sorted(kinds, key=lambda kind: (kind.status, kind.code))
