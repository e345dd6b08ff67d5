"""Commands for servers that somebody else runs: prepare them, show what is declared there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from cli.connections import catalog
from cli.errors import UserError

if TYPE_CHECKING:
    from broker.administration.nodes import Nodes

__all__ = ["add_commands", "set_limits"]

PASSWORD_PREFIX = "SMARTPREDICT_PASSWORD_"  # noqa: S105 - the name of a setting


def add_commands(app: typer.Typer) -> None:
    """Add them to the command line."""
    app.command()(migrate)
    app.command()(topology)


def migrate(
    mqtt: Annotated[
        bool, typer.Option("--mqtt", help="Also bind what MQTT clients publish below predict/ to the inbox.")
    ] = False,
) -> None:
    """Bring database and broker to what this version expects: schema, tables, topology, accounts.

    Reads SMARTPREDICT_DATABASE_URL and SMARTPREDICT_BROKER_URL, the owner's. With SMARTPREDICT_PASSWORD_GATEWAY,
    _WORKER, _INGESTION, _ORCHESTRATION, _TRAINER, _REGISTRAR and _READER the services get logins of their own at the database; with
    SMARTPREDICT_BROKER_MANAGEMENT_URL they, UPSTREAM, MQTT, DOWNSTREAM and OPERATOR get theirs at the broker too, and
    queues that outsiders fill get their limits (SMARTPREDICT_INBOX_MAX_MESSAGES, ...). Where the broker is a cluster, all of
    its nodes have to run, for a queue gets its members when it is declared.
    Harmless to run again.
    """
    import asyncio  # noqa: PLC0415 - see COMMAND_MODULES

    from broker.administration.provisioning import declare_topology  # noqa: PLC0415 - same
    from cli.settings import setting  # noqa: PLC0415 - same
    from sql.base.migrate import DatabaseTooNewError  # noqa: PLC0415 - same
    from sql.base.roles import ROLES  # noqa: PLC0415 - same
    from sql.provision import prepare_database  # noqa: PLC0415 - same
    from sql.registry.registration import SchemaChangedError  # noqa: PLC0415 - same

    passwords = _passwords()
    missing = [role for role in ROLES if role not in passwords]
    if passwords and missing:
        names = ", ".join(PASSWORD_PREFIX + role.upper() for role in missing)
        raise UserError(f"Either every service has a login of its own or none has; missing: {names}")
    use_cases = catalog().values()
    try:
        unindexed = prepare_database(setting("SMARTPREDICT_DATABASE_URL"), use_cases, passwords or None)
    except (SchemaChangedError, DatabaseTooNewError) as error:
        raise UserError(str(error)) from error
    typer.echo(f"Database: schema is current, {len(use_cases)} use cases have their tables.")
    if unindexed:
        typer.echo(
            f"Rows of {', '.join(unindexed)} are slow to find by key yet: a long transaction, such as a download, kept their "
            "index from being built. Run smartpredict migrate again when it is over.",
            err=True,
        )
    broker_url, management_url = (
        setting("SMARTPREDICT_BROKER_URL"),
        os.environ.get("SMARTPREDICT_BROKER_MANAGEMENT_URL"),
    )
    nodes = _nodes(broker_url, management_url)
    asyncio.run(declare_topology(broker_url, mqtt=mqtt, nodes=None if nodes is None else len(nodes.running)))
    where = f" on {len(nodes.running)} nodes" if nodes and len(nodes.running) > 1 else ""
    typer.echo(f"Broker: exchanges and queues are declared{where}.")
    if nodes and management_url:
        _tell_of_missing_members(broker_url, management_url, nodes)
    set_limits(broker_url, management_url)
    if passwords and management_url:
        _put_accounts(broker_url, management_url, passwords)
        typer.echo(f"Broker: accounts {', '.join(sorted(passwords))} are set.")


def topology() -> None:
    """Show every exchange and queue and what it is for."""
    from rich.console import Console  # noqa: PLC0415 - see COMMAND_MODULES
    from rich.table import Table  # noqa: PLC0415 - same

    from broker.topology import EXCHANGES, QUEUES  # noqa: PLC0415 - same

    exchanges = Table("exchange", "type", "purpose")
    for exchange in EXCHANGES:
        exchanges.add_row(exchange.name, exchange.kind, exchange.purpose)
    queues = Table("queue", "fed by", "arguments", "purpose")
    for queue in QUEUES:
        arguments = "\n".join(f"{name}={value}" for name, value in queue.arguments.items())
        queues.add_row(queue.name, f"{queue.exchange} / {queue.routing_key or '-'}", arguments, queue.purpose)
    console = Console(markup=False)
    console.print(exchanges)
    console.print(queues)


def _passwords() -> dict[str, str]:
    return {
        name.removeprefix(PASSWORD_PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(PASSWORD_PREFIX) and value
    }


def set_limits(broker_url: str, management_url: str | None) -> None:
    """Limit queues that outsiders fill, or tell by which commands an administrator of the broker does."""
    from broker.administration.addresses import virtual_host  # noqa: PLC0415 - see COMMAND_MODULES
    from broker.administration.limits import QueueLimits, commands  # noqa: PLC0415 - same
    from broker.administration.provisioning import PoliciesRefusedError, put_policies  # noqa: PLC0415 - same

    limits = QueueLimits()
    refused = "SMARTPREDICT_BROKER_MANAGEMENT_URL is not set"
    if management_url is not None:
        try:
            put_policies(management_url, broker_url, limits)
        except PoliciesRefusedError as error:
            refused = str(error)
        else:
            typer.echo(f"Broker: the inbox takes up to {limits.inbox_max_messages:,} messages.")
            return
    told = "\n".join(commands(limits, virtual_host(broker_url)))
    typer.echo(
        f"Broker: queues have no limits yet, for {refused}; they would grow without end. Have an administrator of the "
        f"broker run:\n{told}",
        err=True,
    )


def _nodes(broker_url: str, management_url: str | None) -> Nodes | None:
    """Return the nodes of the broker, of which none may be missing; None where nobody tells which there are."""
    from broker.administration.nodes import find_nodes, nodes_to_restart  # noqa: PLC0415 - see COMMAND_MODULES

    nodes = find_nodes(management_url, broker_url) if management_url else None
    if nodes and nodes.parted:
        raise UserError(
            f"Nodes of the broker lost each other and go on apart: {', '.join(nodes.parted)}. They run, and do not join again by "
            f"themselves. Restart {', then '.join(nodes_to_restart(nodes))} (on its host: rabbitmqctl stop_app, then rabbitmqctl "
            "start_app), and run this again."
        )
    if nodes and nodes.missing:
        raise UserError(
            f"These nodes of the broker do not run: {', '.join(nodes.missing)}. A queue that is declared now would have no member "
            "there. Start them (one whose process is there hangs: restart the process) and run this again; one that is gone for "
            f"good is taken out of the cluster first, on a node that runs: rabbitmqctl forget_cluster_node {nodes.missing[0]}"
        )
    return nodes


def _tell_of_missing_members(broker_url: str, management_url: str, nodes: Nodes) -> None:
    from broker.administration.addresses import virtual_host  # noqa: PLC0415 - see COMMAND_MODULES
    from broker.administration.nodes import growing_commands, nodes_without  # noqa: PLC0415 - same

    lacking = nodes_without(management_url, broker_url, nodes)
    if lacking:
        names = ", ".join(sorted({name for queues in lacking.values() for name in queues}))
        told = "\n".join(growing_commands(lacking, virtual_host(broker_url)))
        typer.echo(
            f"Broker: {', '.join(lacking)} came after queues were declared and has no member of {names}, so it saves none of their "
            f"messages where another node is lost. Have an administrator of the broker run:\n{told}",
            err=True,
        )


def _put_accounts(broker_url: str, management_url: str, passwords: dict[str, str]) -> None:
    from broker.administration.addresses import credentials, virtual_host  # noqa: PLC0415 - see COMMAND_MODULES
    from broker.administration.provisioning import put_accounts  # noqa: PLC0415 - same

    put_accounts(management_url, credentials(broker_url), passwords, virtual_host(broker_url))
