"""Other hosts for the tests that ask for one: there before the first test of any process, and until the last of all."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.support.hosts import Host, connect_host, remove_host

__all__ = ["connect_where_asked_for", "host_of", "leave_to_collector", "remove_all", "take_over"]

_FIXTURE: Final = "other_host"
_HOST = pytest.StashKey[Host]()
_PROBLEM = pytest.StashKey[AssertionError]()
_KEY = "other hosts"
_taken_over: list[str] = []


def connect_where_asked_for(session: pytest.Session) -> None:
    """Connect a host where one of the collected tests needs it; where that fails, those tests do."""
    if any(_FIXTURE in getattr(item, "fixturenames", ()) for item in session.items):
        try:
            session.config.stash[_HOST] = connect_host()
        except AssertionError as error:
            session.config.stash[_PROBLEM] = error


def host_of(config: pytest.Config) -> Host:
    """Return the host of this process's tests."""
    if _PROBLEM in config.stash:
        raise config.stash[_PROBLEM]
    return config.stash[_HOST]


def leave_to_collector(config: pytest.Config, output: dict[str, Any]) -> None:
    """Leave the host of this process to the one that collects all reports: tests of others still run."""
    if _HOST in config.stash:
        output[_KEY] = config.stash[_HOST].number


def take_over(output: dict[str, Any]) -> None:
    """Note the host that another process leaves."""
    if _KEY in output:
        _taken_over.append(output[_KEY])


def remove_all(config: pytest.Config) -> None:
    """Remove the hosts of all processes."""
    own = [config.stash[_HOST].number] if _HOST in config.stash else []
    for number in (*own, *_taken_over):
        remove_host(number)
