"""The management API of a broker, at the first of its hosts that answers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx

from broker.transport.hosts import each_host

ANSWER_SECONDS = 5.0
"""How long one of several hosts may take to answer before the next one is asked."""

SECONDS = 30.0
"""How long a request may take; what changes a cluster waits for all of its nodes."""


def answering(url: str) -> str:
    """Return the URL of the first host that answers; that of the last one where none does, whose error then tells.

    Where a URL names one host, nobody is asked.
    """
    *others, last = each_host(url)
    for one in others:
        with contextlib.suppress(httpx.TransportError):
            # Whoever answers is there, also if it wants to know who asks.
            httpx.get(f"{one}/api/whoami", timeout=ANSWER_SECONDS)
            return one
    return last


@contextlib.contextmanager
def management_api(url: str, account: tuple[str, str]) -> Iterator[httpx.Client]:
    """Open the management API as an account, at a host that answers, while the block runs."""
    with httpx.Client(base_url=answering(url), auth=account, timeout=SECONDS) as api:
        yield api
