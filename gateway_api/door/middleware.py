"""What every request passes first: the key, the safety headers, the counters, and the answer to unexpected errors."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from uuid import uuid4

import structlog
from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broker.messages import HEADER_TRACEPARENT
from broker.service.tracing import NO_TRACING, SpanKind, Tracing
from gateway_api.door.accounts import Account
from gateway_api.door.metrics import Metrics
from gateway_api.door.problem_handlers import problem_of, response_to
from gateway_api.door.problems import Problem, Unauthorized

OPEN_PATHS = frozenset(
    {"/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready", "/metrics", "/docs", "/openapi.json"}
)
"""All that can be read without a key; a new route is closed until it is named here."""

_SAFETY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_TRACEPARENT = HEADER_TRACEPARENT.encode()
_HUNG_UP = 499
"""What proxies log for a caller who hung up; nobody receives it."""

Handler = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger(__name__)


class KeyRing:
    """Finds the account of a presented key.

    Parameters
    ----------
    accounts
        Accounts by the digest of their key, as :func:`gateway_api.door.accounts.parse_keys` reads them.
    """

    def __init__(self, accounts: Mapping[bytes, Account]) -> None:
        self._accounts = accounts

    def account_of(self, headers: Iterable[tuple[bytes, bytes]]) -> Account:
        """Find who presents a key.

        Raises
        ------
        gateway_api.door.problems.Unauthorized
            If there is no key, nobody owns one of them, or two are of different accounts.
        """
        found: set[Account] = set()
        for name, value in headers:
            if name == b"authorization" and value[:7].lower() == b"bearer ":
                key = value[7:].strip()
            elif name == b"x-api-key":
                key = value
            else:
                continue
            account = self._accounts.get(hashlib.sha256(key).digest())
            if account is None:
                raise Unauthorized("The API key is not known. Check it, or ask the operator for one.")
            found.add(account)
        if len(found) == 1:
            return found.pop()
        if found:
            raise Unauthorized("Two API keys of different accounts came at once. Send one.")
        raise Unauthorized("Send your API key as `Authorization: Bearer KEY` or as `X-API-Key: KEY`.")


class RequestMiddleware:
    """ASGI middleware around everything; a plain class, because the framework's base class for middleware halves the speed of /predict.

    Parameters
    ----------
    app
        Everything that answers requests.
    keys, metrics, tracing
        Who may pass, what is counted, and what is traced.
    """

    def __init__(self, app: ASGIApp, keys: KeyRing, metrics: Metrics, tracing: Tracing) -> None:
        self._app = app
        self._keys = keys
        self._metrics = metrics
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; HEAD is GET, of which the server leaves the body out by what it knows of the request itself."""
        if scope.get("method") == "HEAD":
            scope = {**scope, "method": "GET"}
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._tracing is NO_TRACING or scope["path"] in OPEN_PATHS:
            await self._answer(scope, receive, send)
        else:
            with self._tracing.span("request", SpanKind.SERVER, parent=_traceparent(scope)) as span:
                scope["span"] = span
                status = await self._answer(scope, receive, send)
                method, route = _method(scope), _route(scope)
                span.rename(f"{method} {route}")
                span.note({"http.request.method": method, "http.route": route, "http.response.status_code": status})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Serve a request, whatever happens, and return the status of the answer."""
        started = time.perf_counter()
        scope["request_id"] = uuid4()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] += _SAFETY_HEADERS
                message["headers"].append((b"x-request-id", str(scope["request_id"]).encode()))
            await send(message)

        try:
            await self._serve(scope, receive, answer)
        except ClientDisconnect:
            status = _HUNG_UP
        except Exception as error:
            if status:
                raise  # half an answer has left; the server closes the connection, which is all the caller can be told
            await response_to(_last_problem(error, scope), scope)(scope, receive, answer)
        finally:
            self._metrics.seconds(_route(scope), _method(scope), status).observe(time.perf_counter() - started)
        return status

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] not in OPEN_PATHS:
            scope["account"] = self._keys.account_of(scope["headers"])
        await self._app(scope, receive, send)


class FastPath:
    """ASGI application before the framework, whose layers around a request cost more than a prediction does here.

    Parameters
    ----------
    app
        Answers everything else. It knows the paths too: it documents them and answers their other methods.
    handlers
        What answers POST, by path.
    middleware
        Puts the middleware around an application.
    """

    def __init__(self, app: FastAPI, handlers: Mapping[str, Handler], middleware: Callable[[ASGIApp], ASGIApp]) -> None:
        self._app = app
        self._handlers = handlers
        self._guarded = middleware(self._handle)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in self._handlers:
            scope["app"] = self._app
            scope["fast_path"] = scope["path"]
            await self._guarded(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._handlers[scope["path"]](Request(scope, receive))
        await response(scope, receive, send)


def _last_problem(error: Exception, scope: Scope) -> Problem:
    """Return the problem for an error that nothing else handled; an unexpected one is logged, and the caller learns where."""
    try:
        return problem_of(error, scope)
    except Exception:
        log.exception("Request failed", request_id=str(scope["request_id"]))
        return Problem(f"Something went wrong. The gateway's log holds the reason under {scope['request_id']}.")


def _traceparent(scope: Scope) -> str | None:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == _TRACEPARENT), None)


def _route(scope: Scope) -> str:
    """Name the route by its pattern: a label for every path there could be would flood the metrics."""
    route: str | None = scope.get("fast_path")
    return route or str(getattr(scope.get("route"), "path_format", "none"))


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in _METHODS else "other"
