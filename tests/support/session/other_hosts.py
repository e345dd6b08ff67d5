"""Other hosts for the tests that ask for some: there before the first test of any process, and until the last of all."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import pytest

from tests.support.network.hosts import Host, connect_host, remove_host
from tests.support.network.switch import Switch, connect_switch, remove_switch

__all__ = ["connect_where_asked_for", "host_of", "leave_to_collector", "remove_all", "switch_of", "take_over"]

_HOST = pytest.StashKey[Host]()
_SWITCH = pytest.StashKey[Switch]()
_KINDS: Final = (
    ("other_host", _HOST, connect_host, remove_host),
    ("switch", _SWITCH, connect_switch, remove_switch),
)
"""By the fixture that asks for it: where it is kept, what connects it, and what removes it."""

T = TypeVar("T")
_PROBLEM = pytest.StashKey[AssertionError]()
_KEY = "other hosts"
_taken_over: list[tuple[str, str]] = []


def connect_where_asked_for(session: pytest.Session) -> None:
    """Connect what the collected tests need; where that fails, those tests do."""
    asked = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    for fixture, key, connect, _ in _KINDS:
        if fixture in asked:
            try:
                session.config.stash[key] = connect()  # type: ignore[misc] # each kind under its own key
            except AssertionError as error:
                session.config.stash[_PROBLEM] = error


def host_of(config: pytest.Config) -> Host:
    """Return the host of this process's tests."""
    return _found(config, _HOST)


def switch_of(config: pytest.Config) -> Switch:
    """Return the switch of this process's tests."""
    return _found(config, _SWITCH)


def leave_to_collector(config: pytest.Config, output: dict[str, Any]) -> None:
    """Leave the hosts of this process to the one that collects all reports: tests of others still run."""
    output[_KEY] = _own(config)


def take_over(output: dict[str, Any]) -> None:
    """Note the hosts that another process leaves."""
    _taken_over.extend((fixture, number) for fixture, number in output.get(_KEY, ()))


def remove_all(config: pytest.Config) -> None:
    """Remove the hosts of all processes."""
    removing = {fixture: remove for fixture, _, _, remove in _KINDS}
    for fixture, number in (*_own(config), *_taken_over):
        removing[fixture](number)


def _found(config: pytest.Config, key: pytest.StashKey[T]) -> T:
    if key not in config.stash and _PROBLEM in config.stash:
        raise config.stash[_PROBLEM]
    return config.stash[key]


def _own(config: pytest.Config) -> list[tuple[str, str]]:
    return [(fixture, config.stash[key].number) for fixture, key, _, _ in _KINDS if key in config.stash]  # type: ignore[misc] # as above
