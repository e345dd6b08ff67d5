"""A server that is away is waited for; a statement that is wrong is not tried for ever."""

from __future__ import annotations

import errno

import psycopg2
import pytest
from psycopg2 import errors
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError

from sql.base.engine import is_database_away, is_disk_full


@pytest.mark.parametrize(
    "error",
    [
        psycopg2.OperationalError("server closed the connection unexpectedly"),
        psycopg2.InterfaceError("connection already closed"),
        psycopg2.DatabaseError("error with status PGRES_FATAL_ERROR and no message from the libpq"),
        OperationalError("select", None, psycopg2.OperationalError("connection refused")),
        InterfaceError("select", None, psycopg2.InterfaceError("connection already closed")),
        DBAPIError("select", None, Exception(), connection_invalidated=True),
    ],
    ids=str,
)
def test_a_broken_connection_is_worth_waiting_for(error: Exception) -> None:
    assert is_database_away(error)


@pytest.mark.parametrize(
    "error",
    [
        errors.UniqueViolation("duplicate key"),
        errors.DataException("invalid byte sequence"),
        ProgrammingError("select", None, errors.UndefinedTable("no such table")),
        ValueError("no database at all"),
    ],
    ids=str,
)
def test_a_wrong_statement_is_not(error: Exception) -> None:
    assert not is_database_away(error)


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("COPY", None, psycopg2.OperationalError("could not write file: No space left on device")),
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
    ],
    ids=str,
)
def test_a_full_disk_is_told_from_a_database_that_is_away(error: Exception) -> None:
    assert is_disk_full(error)


@pytest.mark.parametrize(
    "error", [psycopg2.OperationalError("connection refused"), OSError(errno.EIO, "i/o"), ValueError("no disk at all")]
)
def test_anything_else_is_no_full_disk(error: Exception) -> None:
    assert not is_disk_full(error)
