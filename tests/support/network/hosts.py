"""A host of its own for a process, that can vanish without a word: a network namespace behind a cable that is cut."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from local_stack.machine.ports import LOOPBACK
from local_stack.processes.program import Program
from local_stack.servers.postgres import PostgresServer
from local_stack.servers.rabbitmq import RabbitServer
from tests.support.servers import fresh_database, fresh_vhost, running, server_folder

__all__ = [
    "BROKER",
    "CALLERS",
    "DATABASE",
    "Cable",
    "Host",
    "TwoHosts",
    "address_there",
    "connect_host",
    "inside",
    "remove_host",
    "run_ip",
    "two_hosts",
]

# Of this process alone: what a run that was killed left behind has its addresses still, and packets would go there.
_NETWORK, _PLACE = divmod(os.getpid() % 16_384, 64)


def address_here(cable: int) -> str:
    """Return the address of this machine at a cable, as the other host sees it."""
    return _address(cable, 1)


def address_there(cable: int) -> str:
    """Return the address of the other host at a cable."""
    return _address(cable, 2)


def _address(cable: int, end: int) -> str:
    return f"10.{213 + cable}.{_NETWORK}.{4 * _PLACE + end}"


DATABASE, BROKER, CALLERS = range(3)
"""Cables between the two hosts, by what uses them."""

_UNTIL_ANSWERED = """
import socket, sys, time

while True:
    try:
        socket.create_connection((sys.argv[1], 9), timeout=1)
    except ConnectionRefusedError:  # nobody listens there, which only the host itself can say
        break
    except OSError:
        time.sleep(0.1)
"""


@dataclass(frozen=True)
class Cable:
    """A cable to another host; each has addresses of its own."""

    number: int
    device: str
    host: str

    def cut(self) -> None:
        """Cut it: from now on nothing arrives at either end, and nobody is told."""
        run_ip("link", "set", self.device, "down")

    def mend(self) -> None:
        """Connect it again, and return once packets arrive."""
        run_ip("link", "set", self.device, "up")
        # Whoever asked there while the cable was down left the search for this machine's address near its end, and
        # the next connection would be told of that end: "No route to host".
        command = (*inside(self.host), sys.executable, "-c", _UNTIL_ANSWERED, address_here(self.number))
        subprocess.run(command, check=True, timeout=60)


@dataclass(frozen=True)
class Host:
    """Another host, as far as a network can tell."""

    number: str
    name: str
    cables: Sequence[Cable]

    def command(self, *command: str) -> Sequence[str]:
        """Return what runs a command there."""
        return (*inside(self.name), *command)

    def vanish(self) -> None:
        """Cut it off."""
        for cable in self.cables:
            cable.cut()

    def return_(self) -> None:
        """Connect it again."""
        for cable in self.cables:
            cable.mend()


def connect_host() -> Host:
    """Have another host from now on, with a cable for each purpose.

    While a browser runs nothing may be connected: it fails the requests that wait for a connection, even to this machine,
    whenever the machine gets an address or loses one. A cable that is cut changes no address.
    """
    assert os.geteuid() == 0, "a network namespace takes root: run the tests of vanishing hosts as root"
    host = _host(uuid.uuid4().hex[:6])
    run_ip("netns", "add", host.name)
    run_ip("-n", host.name, "link", "set", "lo", "up")
    for cable in host.cables:
        there = f"{cable.device}t"
        run_ip("link", "add", cable.device, "type", "veth", "peer", "name", there, "netns", host.name)
        # Else it gets an address of its own with each mending.
        run_ip("link", "set", cable.device, "addrgenmode", "none")
        run_ip("address", "add", f"{address_here(cable.number)}/30", "dev", cable.device)
        run_ip("link", "set", cable.device, "up")
        run_ip("-n", host.name, "address", "add", f"{address_there(cable.number)}/30", "dev", there)
        run_ip("-n", host.name, "link", "set", there, "up")
    return host


def remove_host(number: str) -> None:
    """Take a host away with its cables; the number is its own."""
    host = _host(number)
    for cable in host.cables:
        run_ip("link", "delete", cable.device)
    run_ip("netns", "delete", host.name)


def _host(number: str) -> Host:
    name = f"smartpredict-{number}"
    return Host(number, name, [Cable(cable, f"sp-{number}{cable}", name) for cable in (DATABASE, BROKER, CALLERS)])


class OpenPostgres(PostgresServer):
    """PostgreSQL that the other host reaches; it waits for no disk, for its data ends with the test."""

    @override
    def prepare(self) -> None:
        super().prepare()
        with (self.data / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {address_there(DATABASE)}/32 scram-sha-256\n")

    @override
    def programs(self) -> Sequence[Program]:
        options = ("-c", "fsync=off", "-c", f"listen_addresses={LOOPBACK},{address_here(DATABASE)}")
        return [dataclasses.replace(one, command=(*one.command, *options)) for one in super().programs()]


class OpenRabbit(RabbitServer):
    """RabbitMQ that the other host reaches."""

    @override
    def prepare(self) -> None:
        super().prepare()
        settings: Path = self.folder / "rabbitmq.conf"
        with settings.open("a") as file:
            file.write(f"listeners.tcp.2 = {address_here(BROKER)}:{self.ports.amqp}\n")

    @override
    def programs(self) -> Sequence[Program]:
        # With one address in the environment the node would not listen at the other.
        inherited = super().programs()
        return [
            dataclasses.replace(
                one,
                environment={name: value for name, value in one.environment.items() if "NODE_IP" not in name},
            )
            for one in inherited
        ]


@dataclass(frozen=True)
class TwoHosts:
    """This machine with both servers, and another one; what they know of the servers."""

    other: Host
    database_url: str
    broker_url: str

    @property
    def urls_there(self) -> tuple[str, str]:
        """Database and broker, as the other host has them."""
        return (
            self.database_url.replace(LOOPBACK, address_here(DATABASE)),
            self.broker_url.replace(LOOPBACK, address_here(BROKER)),
        )


@contextlib.contextmanager
def two_hosts(other: Host) -> Iterator[TwoHosts]:
    """Have both servers while the block runs, each at its cable to another host, which is connected again afterwards."""
    with (
        server_folder() as folder,
        running(OpenPostgres(folder / "postgres")) as postgres,
        running(OpenRabbit(folder / "rabbitmq")) as rabbit,
        fresh_database(postgres) as database_url,
        fresh_vhost(rabbit) as broker_url,
    ):
        yield TwoHosts(other, database_url, broker_url)
        other.return_()


def inside(host: str) -> Sequence[str]:
    """Return what runs a command in a network namespace, put before it."""
    return (_ip(), "netns", "exec", host)


def _ip() -> str:
    found = shutil.which("ip", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    assert found is not None, "install iproute2, which brings the command `ip`"
    return found


def run_ip(*words: str) -> None:
    """Change the network with the command `ip`."""
    done = subprocess.run([_ip(), *words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
