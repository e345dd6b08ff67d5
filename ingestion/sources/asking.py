"""Asking an HTTP interface: slowly enough, again where it fails, and never for more than is borne."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import orjson
import structlog

from usecases.contract.source import SourceOptions

MOST_TRIES = 6
"""Times a request is sent; with the pauses between them, an interface may be away for about a minute."""

FIRST_PAUSE_SECONDS = 2.0
"""Pause before the second try; each further one is twice as long."""

LONGEST_PAUSE_SECONDS = 300.0
"""The most that an interface which says when to come again is waited for."""

MOST_BYTES = 32 * 1024 * 1024
"""Bytes of an answer, unpacked; a longer one is given up."""

MOST_REDIRECTS = 3

_TIMEOUT_SECONDS = 30.0

T = TypeVar("T")

log = structlog.get_logger(__name__)


class SourceError(Exception):
    """An interface does not tell what was asked; says what it did and what to do."""


class BrokenAnswerError(Exception):
    """An answer does not have the shape that the use case says it has."""


class _AgainError(Exception):
    """A request failed in a way that may pass."""

    def __init__(self, problem: str, pause: float | None = None) -> None:
        super().__init__(problem)
        self.pause = pause


class Interface:
    """An interface that is asked, one request after the other.

    Parameters
    ----------
    client
        Sends requests; it must not follow redirects by itself.
    options
        What the use case says about it.
    key
        Goes into the header that the options name; none where they name none.
    """

    def __init__(self, client: httpx.AsyncClient, options: SourceOptions, key: str | None = None) -> None:
        self._client = client
        self._options = options
        self._headers = {options.key_header: key} if options.key_header and key else {}
        self._pause = 60 / options.requests_per_minute
        self._next_at = 0.0

    async def ask(self, parameters: Mapping[str, str], read: Callable[[Any], T]) -> T:
        """Return what is read from the answer to a request.

        Parameters
        ----------
        parameters
            Of the request.
        read
            Reads an answer, as it reads as JSON; raises :class:`BrokenAnswerError` where it cannot.

        Raises
        ------
        SourceError
            If there is none after some tries, or one that trying again would not change.
        """
        problem = _AgainError("")
        for tries in range(MOST_TRIES):
            if tries:
                pause = FIRST_PAUSE_SECONDS * 2 ** (tries - 1) * random.uniform(0.8, 1.2)  # noqa: S311  # so that many do not come at once
                await asyncio.sleep(pause if problem.pause is None else min(problem.pause, LONGEST_PAUSE_SECONDS))
            await self._wait_for_turn()
            try:
                return read(await self._ask_once(httpx.URL(self._options.url, params=dict(parameters))))
            except (_AgainError, BrokenAnswerError, httpx.TransportError) as error:
                problem = error if isinstance(error, _AgainError) else _AgainError(str(error) or type(error).__name__)
                log.warning("Source does not answer", url=self._options.url, problem=str(problem), tries=tries + 1)
        raise SourceError(
            f"{self._options.url} has not answered {MOST_TRIES} times, the last time: {problem}. What was pulled before "
            "counts; run again later, it goes on from there"
        )

    async def _wait_for_turn(self) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._next_at - loop.time()))
        self._next_at = loop.time() + self._pause

    async def _ask_once(self, url: httpx.URL) -> Any:
        for _ in range(MOST_REDIRECTS + 1):
            async with self._client.stream("GET", url, headers=self._headers, timeout=_TIMEOUT_SECONDS) as response:
                if response.has_redirect_location:
                    url = _same_host(url, response)
                    continue
                _require_success(response)
                body = await _bounded(response)
            try:
                return orjson.loads(body)
            except orjson.JSONDecodeError as error:
                raise _AgainError(f"the answer is no JSON: {error}") from error
        raise SourceError(f"{self._options.url} leads in a circle of redirects; write the address that answers")


def _same_host(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    """Return where a redirect leads, if it is the same server: another one must not get the key, nor tell what is stored."""
    target = url.join(response.headers.get("location", ""))
    if (target.scheme, target.host, target.port) != (url.scheme, url.host, url.port):
        raise SourceError(
            f"{url.copy_with(query=None)} redirects to another server, {target.scheme}://{target.host}. If that is right, "
            "write its address under source.url"
        )
    return target


def _require_success(response: httpx.Response) -> None:
    if response.is_success:
        return
    told = f"status {response.status_code}"
    if response.status_code in {408, 425, 429} or response.is_server_error:
        raise _AgainError(told, _seconds(response.headers.get("retry-after")))
    advice = {
        401: "set the key, see source.key_header", 403: "set the key, see source.key_header", 404: "see source.url",
    }.get(response.status_code, "see source.url and source.parameters")  # fmt: skip
    raise SourceError(f"{response.url.copy_with(query=None)} answers with {told}; {advice}")


def _seconds(text: str | None) -> float | None:
    """Read when to come again: a number of seconds, or a date."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())


async def _bounded(response: httpx.Response) -> bytes:
    """Read a body, no further than is borne: what an answer says about its length is not believed."""
    parts = bytearray()
    async for part in response.aiter_bytes():
        parts += part
        if len(parts) > MOST_BYTES:
            raise SourceError(
                f"{response.url.copy_with(query=None)} answers with more than {MOST_BYTES:,} bytes; ask for fewer days at once "
                "(source.days)"
            )
    return bytes(parts)
