"""Two stacks that start at the same moment on one machine, as those of two clones do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_stack.machine.folders import Folders
from local_stack.services import health
from local_stack.services.service_list import OPTIONAL, list_services
from local_stack.stack import Stack
from tests.support.command import smartpredict
from tests.support.servers import server_folder

WITHOUT_THE_REST = ("--workers", "1", *(word for name in OPTIONAL for word in ("--without", name)))


@pytest.fixture
def homes() -> Iterator[list[Path]]:
    with server_folder() as folder:
        homes = [folder / "one", folder / "two"]
        yield homes
        for home in homes:
            smartpredict("down", "--delete-data", home=home)


def test_two_stacks_that_start_at_once_take_different_ports(homes: list[Path]) -> None:
    with ThreadPoolExecutor() as both:
        results = list(both.map(lambda home: smartpredict("up", *WITHOUT_THE_REST, home=home), homes))
    assert [result.returncode for result in results] == [0, 0], [result.stderr for result in results]
    one, two = (Stack.remembered(Folders(home)) for home in homes)
    assert set(one.state.ports.values()).isdisjoint(two.state.ports.values())
    for stack in (one, two):
        assert all(server.is_ready() for server in stack.servers)
        # They wait for a first model, and answer.
        assert all(isinstance(health.check(service.health_url), health.NotReady) for service in list_services(stack))
