"""Three hosts at a switch that drops packets without a word: those of one host to the others, or to everybody."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from tests.support.network.hosts import inside, run_ip

__all__ = ["Switch", "SwitchedHost", "connect_switch", "remove_switch"]

HOSTS = 3

# Of this process alone, as the addresses of its other host are.
_NETWORK, _PLACE = divmod(os.getpid() % 8_192, 32)
_HERE = f"10.216.{_NETWORK}.{8 * _PLACE + 1}"
_HERE_MAC = "02:00:00:00:00:01"


@dataclass(frozen=True)
class Port:
    """Where a cable ends at the switch."""

    switch: str
    network: str
    device: str

    def drop(self) -> None:
        """Drop every packet from now on; nobody is told, and neither end of the cable sees a difference."""
        run_ip("-n", self.switch, "link", "set", self.device, "nomaster")

    def carry(self) -> None:
        """Carry packets again."""
        run_ip("-n", self.switch, "link", "set", self.device, "master", self.network)


@dataclass(frozen=True)
class SwitchedHost:
    """A host with a cable for its clients and one for the other hosts."""

    name: str
    address: str
    """Where its clients, and this machine, reach it."""
    address_inside: str
    """Where the other hosts reach it."""
    for_clients: Port
    for_hosts: Port

    def command(self, *command: str) -> Sequence[str]:
        """Return what runs a command there."""
        return (*inside(self.name), *command)

    def part(self) -> None:
        """Drop its packets to the other hosts, and theirs to it; clients still reach it."""
        self.for_hosts.drop()

    def vanish(self) -> None:
        """Drop its packets to everybody."""
        self.for_hosts.drop()
        self.for_clients.drop()

    def return_(self) -> None:
        """Carry its packets again."""
        self.for_hosts.carry()
        self.for_clients.carry()


@dataclass(frozen=True)
class Switch:
    """The hosts, and the number by which all of it is removed."""

    number: str
    hosts: Sequence[SwitchedHost]


def connect_switch() -> Switch:
    """Have a switch with three hosts from now on, each a network namespace; this machine is connected to it as a client.

    As with :func:`tests.support.network.hosts.connect_host`, no browser may run meanwhile.
    """
    assert os.geteuid() == 0, "a network namespace takes root: run the tests of a cluster as root"
    switch = _switch(uuid.uuid4().hex[:6])
    run_ip("netns", "add", switch.hosts[0].for_hosts.switch)
    for network in ("clients", "hosts"):
        run_ip("-n", _name(switch.number), "link", "add", network, "type", "bridge", "stp_state", "0")
        run_ip("-n", _name(switch.number), "link", "set", network, "up")
    _lead_here(switch)
    for host in switch.hosts:
        run_ip("netns", "add", host.name)
        run_ip("-n", host.name, "link", "set", "lo", "up")
        for port, address, bits in ((host.for_clients, host.address, 29), (host.for_hosts, host.address_inside, 24)):
            end = ("-n", host.name)
            peer = ("peer", "name", port.network, "netns", host.name, "address", _mac(address))
            run_ip("-n", port.switch, "link", "add", port.device, "type", "veth", *peer)
            run_ip("-n", port.switch, "link", "set", port.device, "master", port.network, "up")
            run_ip(*end, "address", "add", f"{address}/{bits}", "dev", port.network)
            run_ip(*end, "link", "set", port.network, "up")
    # Else the search for an address that does not answer would tell what silence may not: "No route to host".
    for host in switch.hosts:
        _know(("-n", host.name), "clients", _HERE, _HERE_MAC)
        _know((), _device(switch.number), host.address, _mac(host.address))
        for other in switch.hosts:
            if other is not host:
                _know(("-n", host.name), "hosts", other.address_inside, _mac(other.address_inside))
    return switch


def remove_switch(number: str) -> None:
    """Take a switch away with its hosts; the number is its own."""
    run_ip("link", "delete", _device(number))
    for host in _switch(number).hosts:
        run_ip("netns", "delete", host.name)
    run_ip("netns", "delete", _name(number))


def _lead_here(switch: Switch) -> None:
    here, there = _device(switch.number), ("peer", "name", "here", "netns", _name(switch.number))
    run_ip("link", "add", here, "address", _HERE_MAC, "type", "veth", *there)
    run_ip("-n", _name(switch.number), "link", "set", "here", "master", "clients", "up")
    run_ip("link", "set", here, "addrgenmode", "none")
    run_ip("address", "add", f"{_HERE}/29", "dev", here)
    run_ip("link", "set", here, "up")


def _know(where: Sequence[str], device: str, address: str, mac: str) -> None:
    run_ip(*where, "neighbour", "replace", address, "lladdr", mac, "dev", device, "nud", "permanent")


def _switch(number: str) -> Switch:
    name = _name(number)
    return Switch(
        number,
        [
            SwitchedHost(
                f"{name}-{host}",
                f"10.216.{_NETWORK}.{8 * _PLACE + 1 + host}",
                f"10.217.0.{host}",
                Port(name, "clients", f"clients{host}"),
                Port(name, "hosts", f"hosts{host}"),
            )
            for host in range(1, HOSTS + 1)
        ],
    )


def _mac(address: str) -> str:
    """Return the hardware address that belongs to an address.

    >>> _mac("10.217.0.3")
    '02:00:0a:d9:00:03'
    """
    return "02:00:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def _name(number: str) -> str:
    return f"smartpredict-{number}"


def _device(number: str) -> str:
    return f"sp-{number}s"
