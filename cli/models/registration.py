"""Putting the contract of a use case in force, for the commands that train."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.connections import database
from cli.errors import UserError
from cli.settings import setting

if TYPE_CHECKING:
    from usecases.contract.spec import UseCase

__all__ = ["put_in_force", "replaces_contract", "require_fitting_table"]


def require_fitting_table(use_case: UseCase) -> None:
    """Refuse, before time is spent on a model, what the table of the use case could not follow."""
    from sql.registry.registration import SchemaChangedError, planned_changes  # noqa: PLC0415 - see COMMAND_MODULES

    if not _is_database_named():
        return
    with database() as engine, engine.connect() as connection:
        try:
            planned_changes(connection, use_case)
        except SchemaChangedError as error:
            raise UserError(str(error)) from error


def replaces_contract(use_case: UseCase) -> bool:
    """Return whether another contract of the use case is in force, by which rows are predicted at this moment."""
    from sqlalchemy import select  # noqa: PLC0415 - see COMMAND_MODULES

    from sql.base.tables import use_cases  # noqa: PLC0415 - same

    if not _is_database_named():
        return False
    with database() as engine, engine.connect() as connection:
        found = connection.scalar(select(use_cases.c.schema_hash).where(use_cases.c.name == use_case.name))
    return found is not None and found != use_case.schema_hash


def put_in_force(use_case: UseCase) -> list[str]:
    """Bring the table to the use case and have services take it over; tells what had to be changed.

    Services do so within a second. Where it replaces a contract, a model that was trained for it has to be champion
    first: rows of the one before are predicted by the model before, rows of this one by that.
    """
    from sql.predictions.key_index import build_key_indexes  # noqa: PLC0415 - see COMMAND_MODULES
    from sql.registry.registration import SchemaChangedError, register  # noqa: PLC0415 - same

    if not _is_database_named():
        return [
            "No database is named here, so the use case is not registered: smartpredict migrate, where there is one."
        ]
    with database() as engine:
        try:
            with engine.begin() as connection:
                changes = register(connection, use_case)
        except SchemaChangedError as error:
            raise UserError(str(error)) from error
        build_key_indexes(engine)
    return [f"The table {change.table}: {change.column} {change.text}." for change in changes]


def _is_database_named() -> bool:
    """Return whether there is a database to register at; a model may be trained on a machine that reaches only MLflow."""
    try:
        setting("SMARTPREDICT_DATABASE_URL")
    except UserError:
        return False
    return True
