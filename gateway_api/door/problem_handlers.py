"""Every error of the framework and of the database as a problem."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from gateway_api.door.problems import (
    DatabaseAway,
    DatabaseLocked,
    InvalidParameters,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    Overloaded,
    Problem,
    QueryTooSlow,
)
from sql.base.engine import is_database_away, is_disk_full, is_locked, is_unstorable_text, why_away
from usecases.columns.patterns import error_in_words

INFERENCE_PROTOCOL = "/v2"
"""Where the Open Inference Protocol begins, which has errors of its own."""

MOST_TOLD = 20
"""Faults of rows in such an error, which is a text for people."""

_QUERY_CANCELED = "57014"


def install_problem_handlers(app: FastAPI) -> None:
    """Turn every known error into a problem; what is left, the middleware handles."""
    app.add_exception_handler(Problem, _answer)
    app.add_exception_handler(RequestValidationError, _answer)
    app.add_exception_handler(HTTPException, _answer)
    app.add_exception_handler(SQLAlchemyError, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    return response_to(problem_of(error, request.scope), request.scope)


def response_to(problem: Problem, scope: Scope) -> Response:
    """Build the answer that tells a problem, as the protocol of the request has it."""
    path: str = scope["path"]
    if path == INFERENCE_PROTOCOL or path.startswith(f"{INFERENCE_PROTOCOL}/"):
        return _inference_error(problem)
    return problem.to_response(scope["request_id"])


def _inference_error(problem: Problem) -> Response:
    """Build an error of the Open Inference Protocol: its clients read one text, and of statuses 400 for all that they sent wrongly."""
    status = HTTPStatus.BAD_REQUEST if problem.status == HTTPStatus.UNPROCESSABLE_ENTITY else problem.status
    content = orjson.dumps({"error": text_of(problem)})
    return Response(content, status_code=status, media_type="application/json", headers=problem.headers())


def text_of(problem: Problem) -> str:
    """Return a problem as one text, for protocols that have no more than that; bad rows are named in it."""
    rows = [error for error in problem.members.get("errors", ()) if "row" in error]
    if not rows:
        return problem.detail
    listed = [f"Row {error['row']}: {error['message']}." for error in rows[:MOST_TOLD]]
    more = problem.members["errors_total"] - len(listed)
    return " ".join([f"{problem.title}.", *listed, *([f"And {more} more."] if more else [])])


def problem_of(error: Exception, scope: Scope) -> Problem:
    """Return the problem that tells an error.

    Raises
    ------
    Exception
        The error itself, where it is no known one; the middleware logs it.
    """
    match error:
        case Problem():
            return error
        case HTTPException():
            return _of_framework(error, scope)
        case RequestValidationError():
            found = [_parameter_error(entry) for entry in error.errors()]
            listed = "; ".join(f"{entry['parameter']}: {entry['message']}" for entry in found[:5])
            return InvalidParameters(f"{listed}.", errors=found)
        case _:
            return _of_database(error, scope)


def _methods(scope: Scope) -> set[str]:
    """Return what a path takes, by all routes of it; the framework names those of the first alone."""
    matching = [
        route
        for route in scope["app"].state.routes
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE
    ]
    # `/use-cases/infer` is no use case of that name.
    matching = [route for route in matching if route.path == scope["path"]] or matching
    methods = {method for route in matching for method in route.methods or ()}
    return methods | ({"HEAD"} if "GET" in methods else set())


def _of_framework(error: HTTPException, scope: Scope) -> Problem:
    path = scope["path"][:200]
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return NotFound(f"Nothing lives at {path}; /docs lists what there is.")
        case HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = ", ".join(sorted(_methods(scope)))
            return MethodNotAllowed(f"{path} takes {allowed}.", allow=allowed)
        case _:
            return MalformedRequest(str(error.detail))


def _of_database(error: Exception, scope: Scope) -> Problem:
    if isinstance(error, PoolTimeout):
        return Overloaded("All connections to the database are busy. Try again in a moment.")
    if isinstance(error, DBAPIError) and getattr(error.orig, "pgcode", None) == _QUERY_CANCELED:
        asked = scope["method"] in {"GET", "HEAD"}
        return QueryTooSlow(
            "Narrow the range of time, or leave filters out."
            if asked
            else "The database needed too long; try again later."
        )
    if is_unstorable_text(error):
        return InvalidParameters("A text holds a NUL character, or half of a surrogate pair, which nothing can store.")
    if is_locked(error):
        return DatabaseLocked(
            "Another transaction keeps locked what is asked for. Try again in a moment; where it lasts, GET /health/ready "
            "names it."
        )
    if is_disk_full(error) or is_database_away(error):
        return DatabaseAway(f"{why_away(error)}. Try again in a moment, or tell the operator.")
    raise error


def _parameter_error(entry: dict[str, Any]) -> dict[str, str]:
    location = [str(part) for part in entry["loc"]]
    # A rule of ours between several parameters comes with the library's prefix and without a name.
    message = error_in_words(entry).removeprefix("Value error, ")
    return {"parameter": location[-1] if len(location) > 1 else "request", "in": location[0], "message": message}
