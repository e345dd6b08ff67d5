"""What has to exist in the servers before the services start."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Final

import psycopg2
from psycopg2 import sql as statements

from broker.administration.limits import QueueLimits
from broker.administration.provisioning import declare_topology, put_policies
from local_stack.errors import StackError
from local_stack.services.airflow import AIRFLOW_DATABASE
from local_stack.stack import DATABASE, MLFLOW_DATABASE, OWNER, Stack
from sql.base.migrate import DatabaseTooNewError
from sql.base.roles import ROLES, role_name
from sql.provision import prepare_database
from sql.registry.registration import SchemaChangedError
from usecases.contract.catalog import UseCaseFileError, load_catalog

__all__ = ["create_databases", "prepare"]

_TOPOLOGY_SECONDS: Final = 30


def create_databases(stack: Stack) -> None:
    """Create our databases with an owner each; nothing to do at a server that somebody else runs."""
    if stack.postgres is None:
        return
    with contextlib.closing(psycopg2.connect(stack.postgres.libpq_url())) as connection:
        connection.autocommit = True  # CREATE DATABASE refuses to run in a transaction
        with connection.cursor() as cursor:
            for database, account, rights in (
                (DATABASE, OWNER, "CREATEROLE"),
                (MLFLOW_DATABASE, "mlflow", "NOCREATEROLE"),
                *([(AIRFLOW_DATABASE, AIRFLOW_DATABASE, "NOCREATEROLE")] if stack.runs("airflow") else []),
            ):
                role = statements.Identifier(role_name(account))
                password = statements.Literal(stack.database_password(account))
                if not _exists(cursor, "select from pg_roles where rolname = %s", role_name(account)):
                    cursor.execute(statements.SQL("create role {} login").format(role))
                cursor.execute(
                    statements.SQL("alter role {} {} password {}").format(role, statements.SQL(rights), password)
                )
                if not _exists(cursor, "select from pg_database where datname = %s", database):
                    name = statements.Identifier(database)
                    cursor.execute(statements.SQL("create database {} owner {}").format(name, role))
                    # PostgreSQL lets everybody connect to a new database.
                    if database != DATABASE:
                        cursor.execute(statements.SQL("revoke connect on database {} from public").format(name))


def prepare(stack: Stack) -> None:
    """Bring the schema, the accounts and the topology to what this version of the code expects."""
    try:
        use_cases = load_catalog(Path(stack.usecases())).values()
    except UseCaseFileError as error:
        raise StackError(str(error)) from error
    passwords = {role: stack.database_password(role) for role in ROLES} if stack.postgres is not None else None
    try:
        prepare_database(stack.database_url(OWNER), use_cases, passwords)
    except (SchemaChangedError, DatabaseTooNewError) as error:
        raise StackError(str(error)) from error
    try:
        asyncio.run(asyncio.wait_for(_declared(stack), _TOPOLOGY_SECONDS))
    except TimeoutError as error:
        raise StackError(f"The broker did not take the topology within {_TOPOLOGY_SECONDS} s.") from error
    # At a broker of somebody else's, `smartpredict migrate` sets them.
    if stack.rabbitmq is not None:
        put_policies(stack.rabbitmq.management_url, stack.broker_url(OWNER), QueueLimits())


async def _declared(stack: Stack) -> None:
    await declare_topology(stack.broker_url(OWNER), mqtt="mqtt" in stack.state.protocols)


def _exists(cursor: psycopg2.extensions.cursor, query: str, name: str) -> bool:
    cursor.execute(query, (name,))
    return cursor.fetchone() is not None
