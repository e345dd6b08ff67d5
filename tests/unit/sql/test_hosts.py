"""Databases of several hosts: how they are written, and what is told where none of them takes writes."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from sql.base.engine import connect_engine, is_database_away, where_away, why_away
from sql.base.hosts import hosts_tried


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:s%40fe@a:5432,b:5433/plant?sslmode=require",
        "postgresql+psycopg2://me:s%40fe@/plant?host=a:5432&host=b:5433&sslmode=require",
    ],
)
def test_several_hosts_are_handed_to_libpq_which_looks_for_the_one_that_takes_writes(url: str) -> None:
    told = _parameters(url)
    assert (told["host"], told["port"]) == ("a,b", "5432,5433")
    assert (told["user"], told["password"], told["dbname"], told["sslmode"]) == ("me", "s@fe", "plant", "require")
    assert told["target_session_attrs"] == "read-write"


def test_what_a_url_says_itself_counts_and_one_host_is_asked_as_ever() -> None:
    assert _parameters("postgresql://a,b/plant?target_session_attrs=any")["target_session_attrs"] == "any"
    told = _parameters("postgresql://a:5433/plant")
    assert (told["host"], told["port"]) == ("a", 5433)
    assert "target_session_attrs" not in told


def test_an_error_names_the_hosts_that_were_asked() -> None:
    engine = connect_engine("postgresql://me:secret@127.0.0.1:1,127.0.0.1:2/plant", "test")
    with pytest.raises(OperationalError) as told:
        engine.connect()
    assert is_database_away(told.value)
    assert where_away(told.value) == "PostgreSQL cannot be reached (asked: 127.0.0.1:1, 127.0.0.1:2)"
    # Callers of the gateway are not told where its servers are.
    assert why_away(told.value) == "PostgreSQL cannot be reached"


def test_standbys_without_a_primary_are_told_from_servers_that_are_away() -> None:
    error = psycopg2.OperationalError(
        'connection to server at "a" (10.0.0.1), port 5432 failed: Connection refused\n'
        'connection to server at "b" (10.0.0.2), port 5432 failed: session is read-only'
    )
    assert hosts_tried(error) == ["a:5432", "b:5432"]
    assert is_database_away(error)
    assert "only standbys answer: promote one" in why_away(error)


class _EnoughError(Exception):
    """Ends an attempt to connect once it is known with what."""


def _parameters(url: str) -> dict[str, Any]:
    """Return what libpq is told about a connection."""
    told: dict[str, Any] = {}
    engine = connect_engine(url, "test")

    @event.listens_for(engine, "do_connect")
    def keep(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
        told.update(parameters)
        raise _EnoughError

    with pytest.raises(_EnoughError):
        engine.connect()
    return told
