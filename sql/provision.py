"""Preparing a database: schema, accounts, a table for each use case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sql.base.engine import connect_engine
from sql.base.migrate import migrate
from sql.base.roles import create_roles, grant_rights
from sql.observations.joining_from import sources_first
from sql.predictions.key_index import build_key_indexes
from sql.registry.registration import register
from usecases.contract.spec import UseCase


def prepare_database(url: str, use_cases: Iterable[UseCase], passwords: Mapping[str, str] | None = None) -> list[str]:
    """Prepare a database so that services can start; doing it again changes nothing.

    Parameters
    ----------
    url
        Login of the owner, who may create schemas and, where passwords are given, roles.
    use_cases
        Use cases that get a table.
    passwords
        Password of each service's login (see :data:`sql.base.roles.ROLES`); none where one login serves all, as with
        a server that somebody else runs.

    Returns
    -------
    list of str
        Use cases whose rows are not yet found by key in time; see :func:`sql.predictions.key_index.build_key_indexes`.
    """
    engine = connect_engine(url, "setup", pool_size=1)
    try:
        with engine.begin() as connection:
            migrate(connection)
            for use_case in sources_first(use_cases):
                register(connection, use_case)
            if passwords is not None:
                create_roles(connection, passwords)
                grant_rights(connection)
        return build_key_indexes(engine)
    finally:
        engine.dispose()
