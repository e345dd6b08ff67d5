"""Which machines a training runs on, and which ranks of it are on this one."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

from training.errors import TrainingError

MOST_RANKS = 1_000
LOOPBACK = "127.0.0.1"


class HostsError(TrainingError):
    """The machines of a training are none that it could run on; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """The machines of a training.

    Attributes
    ----------
    names
        Name or address of the machine of each rank.
    here
        Ranks that run on this machine.
    """

    names: tuple[str, ...]
    here: tuple[int, ...]

    @property
    def first(self) -> str:
        """The machine where the ranks meet, and where the version is registered."""
        return self.names[0]

    @property
    def is_one_machine(self) -> bool:
        """Whether all ranks are on this one."""
        return len(self.here) == len(self.names)

    @classmethod
    def parse(cls, text: str, this_host: str | None = None) -> Hosts:
        """Read a number of processes on this machine, or a list of machines with commas between them.

        Parameters
        ----------
        text
            A machine that is listed twice has two ranks.
        this_host
            Which of the list this machine is; found out by its addresses if not given.

        >>> Hosts.parse("3").here
        (0, 1, 2)
        >>> Hosts.parse("10.255.255.1, 127.0.0.1").here
        (1,)

        Raises
        ------
        HostsError
            If it is neither, or this machine is none of them.
        """
        listed = text.strip()
        names = (LOOPBACK,) * int(listed) if listed.isdecimal() else tuple(name.strip() for name in listed.split(","))
        if not 1 <= len(names) <= MOST_RANKS or not all(names):
            raise HostsError(
                f"{text!r} names no machines; write how many processes are to learn here, 1 to {MOST_RANKS:,}, or a list "
                "like a.example,b.example"
            )
        here = tuple(
            rank for rank, name in enumerate(names) if (_is_here(name) if this_host is None else name == this_host)
        )
        if not here:
            raise HostsError(
                f"this machine is none of {', '.join(dict.fromkeys(names))}; write which one it is: --this-host NAME"
            )
        return cls(names, here)


def _is_here(name: str) -> bool:
    """Return whether an address of a machine is one of ours: no other can be listened on."""
    try:
        found = socket.getaddrinfo(name, 0, type=socket.SOCK_STREAM)
    except OSError as error:
        raise HostsError(f"{name} has no address: {error.strerror}; write one that all machines know") from error
    return any(_can_listen(family, address) for family, _, _, _, address in found)


def _can_listen(family: int, address: Any) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        try:
            tried.bind(address)
        except OSError:
            return False
    return True
