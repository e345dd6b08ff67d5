"""URLs that name several hosts of a cluster: each attempt to connect asks them in turn until one answers.

Written as `amqp://user:password@a:5672,b:5672,c/vhost`; that of the management API likewise, `http://a:15672,b:15672`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aio_pika.connection
import aiormq.abc
from aio_pika.abc import TimeoutType, UnderlayConnection
from aiormq.connection import DEFAULT_PORTS
from aiormq.exceptions import AMQPError
from typing_extensions import override
from yarl import URL

HOST_SECONDS = 5.0
"""How long one of several hosts may take to answer; a line that takes 0.2 s each way needs two of them."""

LEFT_SECONDS = 30.0
"""How long a host that did not answer, or did nothing, is asked after all others: a node that restarts takes a third of it."""

_FURTHER = "further_hosts"
"""Parameter by which further hosts pass through client libraries, which know URLs of one host only."""

_left_at: dict[tuple[str | None, int | None], float] = {}
"""When hosts were left, by address and port."""

_NO_ANSWER = (AMQPError, OSError, TimeoutError, RuntimeError)


class HostsAwayError(ConnectionError):
    """None of the hosts of a broker takes a connection; says which were asked, and what became of it."""


def each_host(url: str) -> list[str]:
    """Return the URL of each host that a URL names, in its order.

    >>> each_host("amqp://owner:secret@a,b:5673/plant?heartbeat=6")
    ['amqp://owner:secret@a/plant?heartbeat=6', 'amqp://owner:secret@b:5673/plant?heartbeat=6']
    """
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    if "," not in hosts:
        return [url]
    named = [host.strip() for host in hosts.split(",") if host.strip()]
    return [parts._replace(netloc=f"{login}{at}{host}").geturl() for host in named]


def host_names(url: str) -> str:
    """Return the hosts that a URL names, for people: without account and password.

    >>> host_names("amqp://owner:secret@a:5672,b:5672/")
    'a:5672, b:5672'
    """
    return ", ".join(urlsplit(one).netloc.rpartition("@")[2] for one in each_host(url))


def for_client_library(url: str, **parameters: str | int) -> str:
    """Return a URL as the client library takes it: of one host, with further ones as a parameter.

    Other parameters are added where the URL does not have them.

    >>> for_client_library("amqp://a:5672,b:5673/?heartbeat=9", heartbeat=6)
    'amqp://a:5672/?heartbeat=9&further_hosts=b%3A5673'
    """
    first, *others = each_host(url)
    parts = urlsplit(first)
    query = {**parameters, **dict(parse_qsl(parts.query))}
    if others:
        query[_FURTHER] = ",".join(urlsplit(other).netloc.rpartition("@")[2] for other in others)
    return parts._replace(query=urlencode(query)).geturl()


class _FirstThatAnswers(UnderlayConnection):
    """What the client library opens a connection with, the first time and each time it was lost."""

    @classmethod
    @override
    async def make_connection(
        cls, url: URL, timeout: TimeoutType = None, **options: Any
    ) -> aiormq.abc.AbstractConnection:
        hosts = _hosts(url)
        if len(hosts) == 1:
            return await super().make_connection(url, timeout=timeout, **options)
        tried = []
        for host in in_turn(hosts):
            try:
                return await super().make_connection(host, timeout=HOST_SECONDS, **options)
            except _NO_ANSWER as error:
                ask_last(host)
                tried.append(f"{host.host}:{host.port} ({str(error) or type(error).__name__})")
        raise HostsAwayError(f"no host of RabbitMQ takes a connection: {', '.join(tried)}")


def _hosts(url: URL) -> list[URL]:
    further = url.query.get(_FURTHER)
    if not further:
        return [url]
    first = url.without_query_params(_FURTHER)
    others = [URL(f"{url.scheme}://{host}") for host in further.split(",")]
    return [
        first,
        *(first.with_host(other.host or "").with_port(other.port or DEFAULT_PORTS[first.scheme]) for other in others),
    ]


def ask_last(host: URL) -> None:
    """Have a host asked after all others for some time."""
    _left_at[host.host, host.port] = monotonic()


def in_turn(hosts: Sequence[URL]) -> list[URL]:
    """Return hosts in the order in which they are asked: by chance, and last those that were left a moment ago."""
    # Else every client would sit on the first host, and a cluster would do its work there.
    return sorted(random.sample(hosts, len(hosts)), key=_was_left)


def _was_left(host: URL) -> bool:
    return monotonic() - _left_at.get((host.host, host.port), -LEFT_SECONDS) < LEFT_SECONDS


def ask_each_host() -> None:
    """Have the client library connect to one host after another; called before a connection is opened."""
    aio_pika.connection.UnderlayConnection = _FirstThatAnswers  # type: ignore[attr-defined]  # where the library takes it from
