"""A RabbitMQ of three nodes on one machine, each with a name, ports and a folder of its own, and one secret of all."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
from typing_extensions import override

from broker.administration.accounts import Account
from local_stack.machine.ports import LOOPBACK, RabbitPorts, is_open, throwaway_port
from local_stack.processes.program import Program
from local_stack.servers.rabbitmq import RabbitServer
from local_stack.servers.server import Server
from tests.support.servers import running
from tests.support.waiting import eventually

__all__ = ["Cluster", "Node", "three_nodes"]

NODES = 3
TOOLS = Path("/usr/lib/rabbitmq/bin")

SILENCE_SECONDS = 8
"""After so long without a word from it a node is taken for lost; RabbitMQ's own is 60 s."""

_ADMINISTRATOR = Account("admin", ".*", ".*", ".*", ("administrator",))


class PortMapper(Server):
    """The port mapper, which knows where nodes listen; a node of the stack has its own, those of a cluster share one."""

    name = "epmd"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = throwaway_port()

    @override
    def prepare(self) -> None:
        pass

    @override
    def programs(self) -> Sequence[Program]:
        command = ("epmd", "-address", LOOPBACK, "-port", str(self.port))
        return [
            Program(
                name=self.name,
                command=command,
                environment={},
                folder=self.folder,
                user=self.user,
                inherits=False,
                priority=10,
            )
        ]

    @override
    def is_ready(self) -> bool:
        return is_open(self.port)


class Node(RabbitServer):
    """A node of the cluster: the first one makes it, each other one joins that when its folder is new.

    A list of all would not do: RabbitMQ 4 waits for those that it is to find, RabbitMQ 3 makes a cluster of its own.
    """

    def __init__(self, folder: Path, number: int, epmd: int, password: str, cookie: str) -> None:
        ports = dataclasses.replace(RabbitPorts.throwaway(), epmd=epmd)
        super().__init__(folder / f"node{number}", ports, (_ADMINISTRATOR,), {_ADMINISTRATOR.name: password})
        self.node_name = f"node{number}@localhost"
        self._to_find = () if number == 1 else ("node1@localhost", self.node_name)
        self._cookie = cookie

    @override
    def prepare(self) -> None:
        super().prepare()
        self._write(".erlang.cookie", self._cookie)
        to_find = "".join(
            f"cluster_formation.classic_config.nodes.{place} = {name}\n" for place, name in enumerate(self._to_find, 1)
        )
        with (self.folder / "rabbitmq.conf").open("a") as file:
            file.write(
                "cluster_formation.peer_discovery_backend = classic_config\n"
                f"{to_find}"
                # A node that sees less than half of the others serves nobody: it cannot know what they do.
                "cluster_partition_handling = pause_minority\n"
            )

    @override
    def programs(self) -> Sequence[Program]:
        _, node = super().programs()
        inherited = node.environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"]
        own = {
            "RABBITMQ_NODENAME": self.node_name,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{inherited} -kernel net_ticktime {SILENCE_SECONDS}",
        }
        return [dataclasses.replace(node, environment={**node.environment, **own})]

    def tool(self, name: str, *arguments: str) -> str:
        """Run one of RabbitMQ's own commands at this node and return what it prints."""
        environment = {**os.environ, **self.environment()}
        command = [str(TOOLS / name), "-q", "-n", self.node_name, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout

    def part_from(self, others: Sequence[Node]) -> None:
        """Cut its lines to other nodes, from both ends; clients still reach all of them."""
        self._trust(others, secrets.token_hex(8))

    def join_again(self, others: Sequence[Node]) -> None:
        """Mend its lines to other nodes."""
        self._trust(others, self._cookie)

    def _trust(self, others: Sequence[Node], cookie: str) -> None:
        # Nodes speak to whom they share a secret with, so another secret cuts their line and keeps it cut.
        names = ", ".join(f"'{node.node_name}'" for node in others)
        each = f"begin erlang:set_cookie(Node, '{cookie}'), erlang:disconnect_node(Node) end"
        self.tool("rabbitmqctl", "eval", f"[{each} || Node <- [{names}]].")


@dataclasses.dataclass(frozen=True)
class Cluster:
    """The nodes, and what clients are told of them."""

    nodes: Sequence[Node]

    @property
    def broker_url(self) -> str:
        """All nodes in one URL."""
        login, _, _ = self.nodes[0].url().rpartition("@")
        return f"{login}@{','.join(f'{LOOPBACK}:{node.ports.amqp}' for node in self.nodes)}/"

    @property
    def management_url(self) -> str:
        """The management API of all nodes in one URL."""
        return f"http://{','.join(f'{LOOPBACK}:{node.ports.management}' for node in self.nodes)}"

    def others(self, node: Node) -> Sequence[Node]:
        """Return all nodes but one."""
        return [one for one in self.nodes if one is not node]

    def leader_of(self, queue: str) -> Node:
        """Return the node that leads a queue."""
        found = eventually(lambda: self._queue(queue).get("leader"), 30)
        return next(node for node in self.nodes if node.node_name == found)

    def wait_whole(self, queue: str, seconds: float = 60) -> None:
        """Wait until every node has a member of a queue that is there."""
        names = {node.node_name for node in self.nodes}
        eventually(lambda: set(self._queue(queue).get("online", ())) == names, seconds, lambda: str(self._queue(queue)))

    def _queue(self, name: str) -> dict[str, Any]:
        for node in self.nodes:
            with contextlib.suppress(httpx.HTTPError):
                found = httpx.get(f"{node.management_url}/api/queues/%2F/{name}", auth=node.credentials(), timeout=2)
                state: dict[str, Any] = found.raise_for_status().json()
                return state
        return {}


@contextlib.contextmanager
def three_nodes(folder: Path) -> Iterator[Cluster]:
    """Run the cluster while the block runs."""
    password, cookie = secrets.token_urlsafe(24), secrets.token_hex(16)
    with running(PortMapper(folder / "epmd")) as mapper, contextlib.ExitStack() as stack:
        first, *others = (Node(folder, number, mapper.port, password, cookie) for number in range(1, NODES + 1))
        # The first one makes the cluster; those that begin at once would each make their own.
        stack.enter_context(running(first))
        for node in others:
            node.launch()
        for node in others:
            stack.enter_context(_already_launched(node))
        yield Cluster([first, *others])


@contextlib.contextmanager
def _already_launched(node: Node) -> Iterator[Node]:
    node.wait_ready(90)
    try:
        yield node
    finally:
        node.kill()
        node.delete()
