"""Ports on the loopback interface: the standard one where it is free, otherwise the next free one.

Between the choice of a port and the moment a server listens on it pass seconds in which it is free to everybody. So
whoever chooses one also promises it: no other process on the machine chooses it until this one ends.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self

from local_stack.errors import StackError

__all__ = ["LOOPBACK", "RabbitPorts", "choose_port", "is_free", "is_open", "promise", "throwaway_port"]

LOOPBACK: Final = "127.0.0.1"

#: Linux hands ports from 32768 on to outgoing connections, so a server that restarts there may find its port taken.
_EPHEMERAL_START: Final = 32768
_THROWAWAY_START: Final = 20000

#: Ports that this process has promised to its servers.
_promised: Final[set[int]] = set()


def is_free(port: int) -> bool:
    """Return whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: a connection that was closed a moment ago does not make a port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def is_open(port: int) -> bool:
    """Return whether something accepts connections on this port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def promise(port: int) -> bool:
    """Keep a port for this process until it ends, if it is free and no other process keeps it."""
    if port in _promised:
        return is_free(port)
    # A name that begins with a zero byte is no file. Like a port it belongs to the machine's network, whoever takes it;
    # and the kernel gives it back however this process ends.
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as name:
        try:
            name.bind(f"\0smartpredict/port/{port}")
        except OSError:
            return False
        # Asked after the promise: by now the server of somebody who kept it until a moment ago may listen.
        if not is_free(port):
            return False
        name.detach()
    _promised.add(port)
    return True


def choose_port(wanted: int, taken: Collection[int] = ()) -> int:
    """Promise the wanted port, or the next one above it that is free and not meant for another service."""
    for port in range(wanted, wanted + 1000):
        if port not in taken and promise(port):
            return port
    raise StackError(f"No port from {wanted} to {wanted + 999} is free on {LOOPBACK}.")


def throwaway_port() -> int:
    """Pick a free port for a server that lives as long as a test session."""
    # A random start keeps two test sessions on one machine apart.
    return choose_port(random.randrange(_THROWAWAY_START, _EPHEMERAL_START - 1000), _promised)  # noqa: S311 - no secret


@dataclass(frozen=True, kw_only=True, slots=True)
class RabbitPorts:
    """Where a node listens: clients, management page and API, metrics, and two for its own tools.

    A further protocol is spoken where it has a port.
    """

    amqp: int
    management: int
    prometheus: int
    distribution: int
    epmd: int
    mqtt: int | None = None
    stomp: int | None = None

    @classmethod
    def throwaway(cls, *protocols: str) -> Self:
        """Pick free ports for a node that lives as long as a test session, and speaks these protocols beside AMQP."""
        names = ("amqp", "management", "prometheus", "distribution", "epmd", *protocols)
        return cls(**{name: throwaway_port() for name in names})
