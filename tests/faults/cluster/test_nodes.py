"""A RabbitMQ of three nodes loses one while rows flow and callers ask: nothing is lost, nothing is stored twice."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
import pytest

from broker.administration.nodes import Nodes, find_nodes, growing_commands, nodes_without
from broker.topology import BULK, ONLINE, QUEUES
from tests.faults.cluster.flow import Flow, flow_through
from tests.faults.cluster.nodes import SILENCE_SECONDS, Cluster, Node
from tests.support.command import smartpredict
from tests.support.session.figures import show
from tests.support.waiting import eventually

SHORT: Final = 5
LONG: Final = 2 * SILENCE_SECONDS
"""Seconds of silence: before the others take a node for lost, and well after that."""


Migrate = Callable[[], str]
"""Runs `smartpredict migrate`, which is refused, and returns what it says in one line."""


@pytest.fixture
def migrate(cluster: Cluster, flow: Flow, tmp_path: Path) -> Migrate:
    settings = {
        "SMARTPREDICT_DATABASE_URL": flow.services.database_url,
        "SMARTPREDICT_BROKER_URL": cluster.broker_url,
        "SMARTPREDICT_BROKER_MANAGEMENT_URL": cluster.management_url,
    }

    def run() -> str:
        refused = smartpredict("migrate", home=tmp_path, settings=settings)
        assert refused.returncode == 1
        return " ".join(refused.stderr.split())

    return run


def _part(node: Node) -> None:
    node.host.part()


def _vanish(node: Node) -> None:
    node.host.vanish()


def test_every_queue_has_a_member_on_every_node(cluster: Cluster, flow: Flow) -> None:
    assert _lacking(cluster) == {}
    found = httpx.get(f"{cluster.nodes[0].management_url}/api/queues/%2F", auth=cluster.nodes[0].credentials()).json()
    kinds = {one["name"]: one["type"] for one in found}
    assert {queue.name: kinds[queue.name] for queue in QUEUES} == dict.fromkeys((one.name for one in QUEUES), "quorum")


def test_nodes_that_went_on_apart_are_named(cluster: Cluster, flow: Flow, migrate: Migrate) -> None:
    first, _, last = cluster.nodes
    # What the store of a node says when it finds that each of two went on without the other.
    found = f"{{inconsistent_database, running_partitioned_network, '{first.node_name}'}}"
    last.tool("rabbitmqctl", "eval", f"rabbit_node_monitor ! {{mnesia_system_event, {found}}}.")
    eventually(lambda: _nodes(cluster).parted, 30)
    told = migrate()
    assert f"lost each other and go on apart: {last.node_name}. They run" in told
    assert f"Restart {last.node_name} (on its host: rabbitmqctl stop_app, then rabbitmqctl start_app)" in told
    last.tool("rabbitmqctl", "stop_app")
    last.tool("rabbitmqctl", "start_app")
    eventually(lambda: not _nodes(cluster).parted and not _nodes(cluster).missing, 60, lambda: str(_nodes(cluster)))
    cluster.wait_whole(BULK)


def test_the_node_that_leads_is_killed(cluster: Cluster, flow: Flow) -> None:
    victim = cluster.leader_of(ONLINE)
    flow_through(flow, "the node that leads was killed", victim.kill)
    _restart(cluster, victim)


@pytest.mark.parametrize(
    ("words", "harm", "seconds"),
    [
        ("was cut off from the other nodes, not from its clients,", _part, SHORT),
        ("was cut off from the other nodes, not from its clients,", _part, LONG),
        ("was cut off from nodes and clients", _vanish, LONG),
    ],
    ids=["nodes", "nodes for long", "all for long"],
)
def test_packets_of_the_node_that_leads_are_dropped(
    cluster: Cluster, flow: Flow, migrate: Migrate, words: str, harm: Callable[[Node], None], seconds: int
) -> None:
    victim = cluster.leader_of(ONLINE)

    def drop_for_a_while() -> None:
        harm(victim)
        try:
            time.sleep(seconds)
        finally:
            victim.host.return_()

    flow_through(flow, f"the node that leads {words} for {seconds} s", drop_for_a_while)
    _wait_joined(cluster, victim, migrate)


def test_the_node_that_leads_hangs_and_finds_itself_left_behind(cluster: Cluster, flow: Flow) -> None:
    victim = cluster.leader_of(ONLINE)

    def hang_for_longer_than_others_wait() -> None:
        victim.hang()
        time.sleep(LONG)
        victim.wake()

    flow_through(flow, f"the node that leads hung for {LONG} s", hang_for_longer_than_others_wait)
    # RabbitMQ 3.10 does not always take it back by itself, as docs/operations.md says.
    _restart(cluster, victim)
    eventually(lambda: _nodes(cluster).missing == [], 60)


def test_a_node_is_forgotten_and_comes_back_as_a_new_one(cluster: Cluster, flow: Flow, migrate: Migrate) -> None:
    first, _, last = cluster.nodes

    def stop_and_forget() -> None:
        last.stop()
        assert f"do not run: {last.node_name}" in migrate()
        first.tool("rabbitmqctl", "forget_cluster_node", last.node_name)

    flow_through(flow, "a node was stopped and forgotten", stop_and_forget)
    shutil.rmtree(last.folder / "mnesia")
    last.launch()
    last.wait_ready(90)
    eventually(lambda: _nodes(cluster).missing == [] and len(_nodes(cluster).running) == len(cluster.nodes), 30)
    wanted = {last.node_name: sorted(queue.name for queue in QUEUES)}
    eventually(lambda: _lacking(cluster) == wanted, 30, lambda: str(_lacking(cluster)))
    (command,) = growing_commands(wanted, "/")
    first.tool(*command.replace("'", "").split())
    cluster.wait_whole(BULK)


def _wait_joined(cluster: Cluster, victim: Node, migrate: Migrate) -> None:
    """Wait until a node that was cut off takes part again; one that hangs while it starts is named, and restarted as is said."""
    try:
        cluster.wait_whole(BULK)
    except AssertionError:
        if not cluster.may_hang:
            raise
        told = migrate()
        assert f"do not run: {victim.node_name}." in told
        assert "restart the process" in told
        show(f"{victim.node_name} hung while it started again, was named, and restarted")
        _restart(cluster, victim)
    eventually(lambda: _nodes(cluster).missing == [], 60)


def _restart(cluster: Cluster, node: Node) -> None:
    node.kill()
    node.launch()
    node.wait_ready(90)
    cluster.wait_whole(BULK)


def _nodes(cluster: Cluster) -> Nodes:
    nodes = find_nodes(cluster.management_url, cluster.broker_url)
    assert nodes is not None, "the account may look at nodes"
    return nodes


def _lacking(cluster: Cluster) -> dict[str, list[str]]:
    return nodes_without(cluster.management_url, cluster.broker_url, _nodes(cluster))
