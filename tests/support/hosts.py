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

__all__ = ["BROKER", "CALLERS", "DATABASE", "Cable", "Host", "TwoHosts", "address_there", "two_hosts"]

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
        _run("link", "set", self.device, "down")

    def mend(self) -> None:
        """Connect it again, and return once packets arrive."""
        _run("link", "set", self.device, "up")
        # Whoever asked there while the cable was down left the search for this machine's address near its end, and
        # the next connection would be told of that end: "No route to host".
        command = (*_there(self.host), sys.executable, "-c", _UNTIL_ANSWERED, address_here(self.number))
        subprocess.run(command, check=True, timeout=60)


@dataclass(frozen=True)
class Host:
    """Another host, as far as a network can tell."""

    name: str
    cables: Sequence[Cable]

    def command(self, *command: str) -> Sequence[str]:
        """Return what runs a command there."""
        return (*_there(self.name), *command)

    def vanish(self) -> None:
        """Cut it off."""
        for cable in self.cables:
            cable.cut()

    def return_(self) -> None:
        """Connect it again."""
        for cable in self.cables:
            cable.mend()


@contextlib.contextmanager
def other_host(cables: int) -> Iterator[Host]:
    """Have another host while the block runs, with so many cables."""
    assert os.geteuid() == 0, "a network namespace takes root: run the tests of vanishing hosts as root"
    number = uuid.uuid4().hex[:6]
    name = f"smartpredict-{number}"
    host = Host(name, [Cable(cable, f"sp-{number}a{cable}", name) for cable in range(cables)])
    _run("netns", "add", host.name)
    try:
        _run("-n", host.name, "link", "set", "lo", "up")
        for cable in host.cables:
            there = f"sp-{number}b{cable.number}"
            _run("link", "add", cable.device, "type", "veth", "peer", "name", there, "netns", host.name)
            _run("address", "add", f"{address_here(cable.number)}/30", "dev", cable.device)
            _run("link", "set", cable.device, "up")
            _run("-n", host.name, "address", "add", f"{address_there(cable.number)}/30", "dev", there)
            _run("-n", host.name, "link", "set", there, "up")
        yield host
    finally:
        for cable in host.cables:
            _run("link", "delete", cable.device)
        _run("netns", "delete", host.name)


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
def two_hosts() -> Iterator[TwoHosts]:
    """Have both servers and another host while the block runs, with a cable to each server, and one for callers."""
    with (
        other_host(cables=3) as other,
        server_folder() as folder,
        running(OpenPostgres(folder / "postgres")) as postgres,
        running(OpenRabbit(folder / "rabbitmq")) as rabbit,
        fresh_database(postgres) as database_url,
        fresh_vhost(rabbit) as broker_url,
    ):
        yield TwoHosts(other, database_url, broker_url)


def _there(host: str) -> Sequence[str]:
    return (_ip(), "netns", "exec", host)


def _ip() -> str:
    found = shutil.which("ip", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    assert found is not None, "install iproute2, which brings the command `ip`"
    return found


def _run(*words: str) -> None:
    done = subprocess.run([_ip(), *words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
