"""A RabbitMQ of three nodes, each on a host of its own, with one secret of all."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
from typing_extensions import override

from broker.administration.accounts import Account
from local_stack.machine.ports import RabbitPorts
from local_stack.processes.program import Program
from local_stack.servers.rabbitmq import RabbitServer
from tests.support.network.switch import SwitchedHost
from tests.support.servers import running
from tests.support.waiting import eventually

__all__ = ["SILENCE_SECONDS", "Cluster", "Node", "three_nodes"]

TOOLS = Path("/usr/lib/rabbitmq/bin")

SILENCE_SECONDS = int(os.environ.get("FAULT_SILENCE", "8"))
"""After so long without a word from it a node is taken for lost; RabbitMQ's own is 60 s."""

_ADMINISTRATOR = Account("admin", ".*", ".*", ".*", ("administrator",))


@dataclasses.dataclass(frozen=True)
class _Common:
    """What all nodes of a cluster have in common."""

    first: str
    """Name of the node that makes the cluster."""
    ports: RabbitPorts
    password: str
    cookie: str


class Node(RabbitServer):
    """A node of the cluster: the first one makes it, each other one joins that when its folder is new.

    A list of all would not do: RabbitMQ 4 waits for those that it is to find, RabbitMQ 3 makes a cluster of its own.
    """

    def __init__(self, folder: Path, host: SwitchedHost, common: _Common) -> None:
        passwords = {_ADMINISTRATOR.name: common.password}
        super().__init__(folder / host.name, common.ports, (_ADMINISTRATOR,), passwords, host.address)
        self.host = host
        self.node_name = _node_name(host)
        self._to_find = () if self.node_name == common.first else (common.first, self.node_name)
        self._common = common

    @override
    def prepare(self) -> None:
        super().prepare()
        self._write(".erlang.cookie", self._common.cookie)
        to_find = "".join(
            f"cluster_formation.classic_config.nodes.{place} = {name}\n" for place, name in enumerate(self._to_find, 1)
        )
        with (self.folder / "rabbitmq.conf").open("a") as file:
            file.write(
                "cluster_formation.peer_discovery_backend = classic_config\n"
                f"{to_find}"
                # A node that sees less than half of the others serves nobody: it cannot know what they do.
                "cluster_partition_handling = pause_minority\n"
                f"net_ticktime = {SILENCE_SECONDS}\n"
            )

    @override
    def programs(self) -> Sequence[Program]:
        mapper, node = super().programs()
        inside = self.host.address_inside
        environment = {
            **node.environment,
            "ERL_EPMD_ADDRESS": inside,
            "RABBITMQ_NODENAME": self.node_name,
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {{{inside.replace('.', ',')}}}",
        }
        command = ("epmd", "-address", inside, "-port", str(self.ports.epmd))
        return [
            dataclasses.replace(mapper, environment=environment, command=command),
            dataclasses.replace(node, environment=environment),
        ]

    @override
    def launch_command(self, file: Path) -> Sequence[str]:
        return self.host.command(*super().launch_command(file))

    def tool(self, name: str, *arguments: str) -> str:
        """Run one of RabbitMQ's own commands at this node and return what it prints."""
        environment = {**os.environ, **self.environment()}
        command = self.host.command(str(TOOLS / name), "-q", "-n", self.node_name, *arguments)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout

    def hang(self) -> None:
        """Have it do nothing more, and keep what it holds."""
        self._running[self.name].send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Have it go on where it was."""
        self._running[self.name].send_signal(signal.SIGCONT)


@dataclasses.dataclass(frozen=True)
class Cluster:
    """The nodes, and what clients are told of them."""

    nodes: Sequence[Node]

    @property
    def broker_url(self) -> str:
        """All nodes in one URL."""
        login, _, _ = self.nodes[0].url().rpartition("@")
        return f"{login}@{','.join(f'{node.address}:{node.ports.amqp}' for node in self.nodes)}/"

    @property
    def management_url(self) -> str:
        """The management API of all nodes in one URL."""
        return f"http://{','.join(f'{node.address}:{node.ports.management}' for node in self.nodes)}"

    def leader_of(self, queue: str) -> Node:
        """Return the node that leads a queue."""
        found = eventually(lambda: self._queue(queue).get("leader"), 30)
        return next(node for node in self.nodes if node.node_name == found)

    def wait_whole(self, queue: str, seconds: float = 60) -> None:
        """Wait until every node has a member of a queue that follows its leader, or is that."""
        names = {node.node_name for node in self.nodes}
        eventually(lambda: self._following(queue) == names, seconds, lambda: self._logs_of_missing(queue))

    @property
    def may_hang(self) -> bool:
        """Whether a node that was cut off may hang while it starts again, for good; docs/operations.md says why."""
        version = self.nodes[0].tool("rabbitmqctl", "version").strip()
        return tuple(map(int, version.split(".")[:3])) < (3, 11, 1)

    def _logs_of_missing(self, queue: str) -> str:
        """Return what each node knows of the members of a queue, and what those said last that do not follow."""
        told = []
        for node in self.nodes:
            try:
                members = node.tool("rabbitmq-queues", "quorum_status", queue, "--formatter", "json")
            except AssertionError as error:
                members = str(error)
            told += [f"{node.node_name} knows: {members}"]
        missing = [node for node in self.nodes if node.node_name not in self._following(queue)]
        return "\n".join(
            [*told, *(f"{one.node_name}: {one.log_file(one.name).read_text()[-6_000:]}" for one in missing)]
        )

    def _following(self, queue: str) -> set[str]:
        """Return the nodes whose members of a queue take part; asked of these, for the management API may be out of date."""
        with contextlib.suppress(AssertionError):  # by a node that paused nobody is asked
            found = self.nodes[0].tool("rabbitmq-queues", "quorum_status", queue, "--formatter", "json")
            return {one["Node Name"] for one in json.loads(found) if one["Raft State"] in {"leader", "follower"}}
        return set()

    def _queue(self, name: str) -> dict[str, Any]:
        for node in self.nodes:
            with contextlib.suppress(httpx.HTTPError):
                found = httpx.get(f"{node.management_url}/api/queues/%2F/{name}", auth=node.credentials(), timeout=2)
                state: dict[str, Any] = found.raise_for_status().json()
                return state
        return {}


@contextlib.contextmanager
def three_nodes(folder: Path, hosts: Sequence[SwitchedHost]) -> Iterator[Cluster]:
    """Run the cluster while the block runs."""
    common = _Common(
        _node_name(hosts[0]),
        RabbitPorts.throwaway(),
        secrets.token_urlsafe(24),
        secrets.token_hex(16),
    )
    first, *others = (Node(folder, host, common) for host in hosts)
    with contextlib.ExitStack() as stack:
        # The first one makes the cluster; those that begin at once would each make their own.
        stack.enter_context(running(first))
        for node in others:
            node.launch()
        for node in others:
            stack.enter_context(_already_launched(node))
        # With Mnesia, which RabbitMQ 3 knows alone, nodes of RabbitMQ 4 that parted for long do not join again by themselves.
        if "khepri_db\tdisabled" in first.tool("rabbitmqctl", "list_feature_flags", "name", "state"):
            first.tool("rabbitmqctl", "enable_feature_flag", "--opt-in", "khepri_db")
        yield Cluster([first, *others])


@contextlib.contextmanager
def _already_launched(node: Node) -> Iterator[Node]:
    node.wait_ready(90)
    try:
        yield node
    finally:
        node.kill()
        node.delete()


def _node_name(host: SwitchedHost) -> str:
    return f"rabbit@{host.address_inside}"
