"""Accounts of the database: a login for each service with the least it needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from psycopg2 import sql
from sqlalchemy import Connection, text

ROLES = ("gateway", "worker", "ingestion", "orchestration", "trainer", "registrar", "reader")
"""Services with a login of their own; `reader` is for Grafana and people with SQL, `registrar` for the one operation of the
gateway that makes tables. The owner needs none of these."""

PREFIX = "smartpredict_"


def role_name(service: str) -> str:
    """Name of a service's login."""
    return PREFIX + service


def create_roles(connection: Connection, passwords: Mapping[str, str]) -> None:
    """Make the logins exist with these passwords, by service.

    Raises
    ------
    KeyError
        If a service has no password: an account without one would be open to everybody.
    """
    cursor = connection.connection.cursor()
    for service in ROLES:
        name, password = role_name(service), passwords[service]
        exists = connection.scalar(text("select 1 from pg_roles where rolname = :name"), {"name": name})
        # CREATE ROLE takes no parameters; psycopg2.sql quotes the identifier and the literal.
        statement = "ALTER ROLE {} LOGIN PASSWORD {}" if exists else "CREATE ROLE {} LOGIN PASSWORD {}"
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Literal(password)))


def grant_rights(connection: Connection) -> None:
    """Grant every login its rights on all tables there are."""
    connection.exec_driver_sql((Path(__file__).parents[1] / "grants.sql").read_text(encoding="utf-8"))
