"""The nodes of a broker: which of them run, and which hold the messages of a queue."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from broker.administration.addresses import credentials, virtual_host
from broker.administration.management import management_api

_NOT_TOLD = {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes of a cluster, by name."""

    running: Sequence[str]
    missing: Sequence[str]
    """Those that belong to it and do not run, or cannot be reached by the node that was asked."""
    parted: Mapping[str, Sequence[str]]
    """Those that took others for lost, and these for them: both run, and they do not join again by themselves."""


def find_nodes(management_url: str, broker_url: str) -> Nodes | None:
    """Ask which nodes a broker has; None where the account of the URL may not know.

    Raises
    ------
    httpx.HTTPError
        If the API cannot be reached.
    """
    with management_api(management_url, credentials(broker_url)) as api:
        answer = api.get("/api/nodes", params={"columns": "name,running,partitions"})
    if answer.status_code in _NOT_TOLD:
        return None
    found = answer.raise_for_status().json()
    names = {one["name"]: bool(one["running"]) for one in found}
    return Nodes(
        running=sorted(name for name, runs in names.items() if runs),
        missing=sorted(name for name, runs in names.items() if not runs),
        parted={one["name"]: sorted(one["partitions"]) for one in found if one.get("partitions")},
    )


def nodes_without(management_url: str, broker_url: str, nodes: Nodes) -> dict[str, list[str]]:
    """Return quorum queues of the URL's virtual host by the nodes that have no member of them.

    A queue gets its members when it is declared; a node that comes later has none until somebody adds it. RabbitMQ 4 calls
    one that was forgotten and came back a member for up to five seconds. Which of the members run is not asked: after a
    change of the leader its API may say what the one before saw.

    Raises
    ------
    httpx.HTTPError
        If the API cannot be reached, or refuses.
    """
    vhost = quote(virtual_host(broker_url), safe="")
    with management_api(management_url, credentials(broker_url)) as api:
        queues = api.get(f"/api/queues/{vhost}").raise_for_status().json()
    members = {one["name"]: set(one["members"]) for one in queues if one.get("type") == "quorum" and "members" in one}
    lacking = {node: sorted(name for name, on in members.items() if node not in on) for node in nodes.running}
    return {node: names for node, names in lacking.items() if names}


def nodes_to_restart(nodes: Nodes) -> list[str]:
    """Return the nodes by whose restart a cluster that parted becomes one again: those that lost most of the others.

    >>> nodes_to_restart(Nodes(["a", "c"], ["b"], {"a": ["b"], "b": ["a", "c"], "c": ["b"]}))
    ['b']
    """
    others = len(nodes.running) + len(nodes.missing) - 1
    lost_most = [name for name, lost in nodes.parted.items() if 2 * len(lost) > others]
    return lost_most or list(nodes.parted)


def growing_commands(lacking: Mapping[str, Sequence[str]], vhost: str) -> list[str]:
    """Return the commands by which an administrator of the broker adds members on nodes that have none.

    >>> growing_commands({"rabbit@c": ["inbox"]}, "/")
    ["rabbitmq-queues grow rabbit@c all --vhost-pattern '^/$'"]
    """
    return [
        f"rabbitmq-queues grow {shlex.quote(node)} all --vhost-pattern {shlex.quote(f'^{vhost}$')}" for node in lacking
    ]
