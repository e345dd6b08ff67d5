"""What does harm has servers of its own: the other tests of the whole product go on meanwhile in another process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.network.hosts import Host, TwoHosts, two_hosts
from tests.support.pipeline import prepare
from tests.support.running_stack import RunningStack, running_stack


@pytest.fixture(scope="session")
def stack(_nothing_survives: None, shared: ExitStack) -> RunningStack:
    """The whole product, as the other tests have it."""
    return shared.enter_context(running_stack())


@pytest.fixture(scope="module")
def connected(_nothing_survives: None, other_host: Host) -> Iterator[TwoHosts]:
    with two_hosts(other_host) as both:
        prepare(both.database_url, both.broker_url)
        yield both


@pytest.fixture
def hosts(connected: TwoHosts) -> Iterator[TwoHosts]:
    """This machine with both servers, and another host that is connected to it again afterwards."""
    yield connected
    connected.other.return_()
