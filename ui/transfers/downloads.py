"""Downloads of any size: streamed from the gateway to the browser, with the key added on the way."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from ui.gateway.connection import TIMEOUT, Parameters
from ui.settings import Settings

DOWNLOAD_PATH = "/download"
KEPT_SECONDS = 3600.0
MAX_KEPT = 10_000

_PASSED_ON = ("content-type", "content-disposition")


@dataclass(frozen=True, slots=True)
class Download:
    """What a link leads to."""

    path: str
    parameters: Parameters
    since: float


class Downloads:
    """Creates links that nobody can guess: whoever has one got it from a page that was allowed to show it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, Download] = {}
        self._lock = threading.Lock()

    def link(self, path: str, parameters: Parameters) -> str:
        """Create an address for a stream of the gateway; it ends after an hour."""
        wanted = Download(path, dict(parameters), self._clock())
        with self._lock:
            for token, known in list(self._known.items()):
                if wanted.since - known.since > KEPT_SECONDS or len(self._known) >= MAX_KEPT:
                    del self._known[token]
            token = secrets.token_urlsafe(24)
            self._known[token] = wanted
        return f"{DOWNLOAD_PATH}/{token}"

    def find(self, token: str) -> Download | None:
        """Return what a link leads to, while it is valid."""
        found = self._known.get(token)
        return found if found is not None and self._clock() - found.since <= KEPT_SECONDS else None


class DownloadRoute:
    """Serves the links."""

    def __init__(self, settings: Settings, downloads: Downloads) -> None:
        self._settings = settings
        self._downloads = downloads

    async def serve(self, request: Request) -> Response:
        """Stream what a link leads to; what goes wrong is told as a sentence."""
        wanted = self._downloads.find(request.path_params["token"])
        if wanted is None:
            return PlainTextResponse("This link has expired. Go back to the page and click Download again.", 404)
        client = httpx.AsyncClient(
            base_url=self._settings.gateway_url,
            headers={"Authorization": f"Bearer {self._settings.api_key}"},
            timeout=TIMEOUT,
            trust_env=False,
        )
        try:
            question = client.build_request("GET", wanted.path, params=dict(wanted.parameters))
            answer = await client.send(question, stream=True)
        except httpx.TransportError:
            await client.aclose()
            return PlainTextResponse("The gateway cannot be reached. Go back and try again in a moment.", 502)
        if not answer.is_success:
            await answer.aclose()
            await client.aclose()
            return PlainTextResponse("The gateway did not give this file. Go back to the page and try again.", 502)
        headers = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
        return StreamingResponse(_pass_on(client, answer), headers=headers | {"Cache-Control": "no-store"})


async def _pass_on(client: httpx.AsyncClient, answer: httpx.Response) -> AsyncIterator[bytes]:
    """Pass the bytes on; close both connections however the download ends."""
    try:
        async for piece in answer.aiter_bytes():
            yield piece
    finally:
        await answer.aclose()
        await client.aclose()
