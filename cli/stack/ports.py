"""Ports on the loopback interface: the standard one where it is free, otherwise the next free one."""

from __future__ import annotations

import random
import socket
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self

from cli.errors import UserError

__all__ = ["LOOPBACK", "RabbitPorts", "choose_port", "is_free", "is_open", "throwaway_port"]

LOOPBACK: Final = "127.0.0.1"

#: Linux hands ports from 32768 on to outgoing connections, so a server that restarts there may find its port taken.
_EPHEMERAL_START: Final = 32768
_THROWAWAY_START: Final = 20000


def is_free(port: int) -> bool:
    """Say whether a server could listen on this port now."""
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
    """Say whether something accepts connections on this port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def choose_port(wanted: int, taken: Collection[int] = ()) -> int:
    """Take the wanted port, or the next one above it that is free and not promised to another service."""
    for port in range(wanted, wanted + 1000):
        if port not in taken and is_free(port):
            return port
    raise UserError(f"No port from {wanted} to {wanted + 999} is free on {LOOPBACK}.")


def throwaway_port() -> int:
    """Pick a free port for a server that lives as long as a test session."""
    # A random start keeps two test sessions on one machine apart.
    return choose_port(random.randrange(_THROWAWAY_START, _EPHEMERAL_START - 1000))  # noqa: S311 - no secret


@dataclass(frozen=True, kw_only=True, slots=True)
class RabbitPorts:
    """Where a node listens: clients, management page and API, metrics, and two for its own tools."""

    amqp: int
    management: int
    prometheus: int
    distribution: int
    epmd: int

    @classmethod
    def throwaway(cls) -> Self:
        """Pick free ports for a node that lives as long as a test session."""
        taken: list[int] = []
        for _ in range(5):
            taken.append(choose_port(taken[-1] + 1 if taken else throwaway_port(), taken))
        amqp, management, prometheus, distribution, epmd = taken
        return cls(amqp=amqp, management=management, prometheus=prometheus, distribution=distribution, epmd=epmd)
