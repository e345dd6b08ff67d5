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

__all__ = ["HERE", "Host", "OpenPostgres", "OpenRabbit", "other_host"]

# Of this process alone: what a run that was killed left behind has its addresses still, and packets would go there.
_NETWORK, _PLACE = divmod(os.getpid() % 16_384, 64)

HERE = f"10.213.{_NETWORK}.{4 * _PLACE + 1}"
"""Address of this machine, as the other host sees it."""

_THERE = f"10.213.{_NETWORK}.{4 * _PLACE + 2}"

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
class Host:
    """Another host, as far as a network can tell."""

    name: str
    cable: str

    def command(self, *command: str) -> Sequence[str]:
        """Return what runs a command there."""
        return (_ip(), "netns", "exec", self.name, *command)

    def vanish(self) -> None:
        """Cut it off: from now on nothing arrives on either side, and nobody is told."""
        _run("link", "set", self.cable, "down")

    def return_(self) -> None:
        """Connect it again, and return once packets arrive."""
        _run("link", "set", self.cable, "up")
        # Whoever asked there while the cable was down left the search for this machine's address near its end, and
        # the next connection would be told of that end: "No route to host".
        subprocess.run(self.command(sys.executable, "-c", _UNTIL_ANSWERED, HERE), check=True, timeout=60)


@contextlib.contextmanager
def other_host() -> Iterator[Host]:
    """Have another host while the block runs."""
    assert os.geteuid() == 0, "a network namespace takes root: run the tests of vanishing hosts as root"
    number = uuid.uuid4().hex[:6]
    host = Host(f"smartpredict-{number}", f"sp-{number}a")
    _run("netns", "add", host.name)
    try:
        _run("link", "add", host.cable, "type", "veth", "peer", "name", f"sp-{number}b", "netns", host.name)
        _run("address", "add", f"{HERE}/30", "dev", host.cable)
        _run("link", "set", host.cable, "up")
        for words in (
            ("address", "add", f"{_THERE}/30", "dev", f"sp-{number}b"),
            ("link", "set", f"sp-{number}b", "up"),
            ("link", "set", "lo", "up"),
        ):
            _run("-n", host.name, *words)
        yield host
    finally:
        _run("link", "delete", host.cable)
        _run("netns", "delete", host.name)


class OpenPostgres(PostgresServer):
    """PostgreSQL that the other host reaches; it waits for no disk, for its data ends with the test."""

    @override
    def prepare(self) -> None:
        super().prepare()
        with (self.data / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {_THERE}/32 scram-sha-256\n")

    @override
    def programs(self) -> Sequence[Program]:
        options = ("-c", "fsync=off", "-c", f"listen_addresses={LOOPBACK},{HERE}")
        return [dataclasses.replace(one, command=(*one.command, *options)) for one in super().programs()]


class OpenRabbit(RabbitServer):
    """RabbitMQ that the other host reaches."""

    @override
    def prepare(self) -> None:
        super().prepare()
        settings: Path = self.folder / "rabbitmq.conf"
        with settings.open("a") as file:
            file.write(f"listeners.tcp.2 = {HERE}:{self.ports.amqp}\n")

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


def _ip() -> str:
    found = shutil.which("ip", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    assert found is not None, "install iproute2, which brings the command `ip`"
    return found


def _run(*words: str) -> None:
    done = subprocess.run([_ip(), *words], check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
