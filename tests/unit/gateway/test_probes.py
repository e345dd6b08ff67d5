"""How long a worker may take to answer a probe: longer the farther the broker is, within bounds."""

from __future__ import annotations

import asyncio

import pytest

from broker.transport.publisher import Outgoing
from gateway_api.wire.trouble import MOST_PROBE_SECONDS, PROBE_SECONDS, look


class Silent:
    """A broker at some distance, by which no worker answers."""

    answered_at = -1.0

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.patience: list[float] = []

    def refused_because(self) -> str | None:
        return None

    async def consumers(self) -> int:
        await asyncio.sleep(self._seconds)
        return 1

    async def exchange(self, message: Outgoing, seconds: float) -> bytes:
        assert message.headers
        self.patience.append(seconds)
        raise TimeoutError


@pytest.mark.parametrize("away", [0.0, 0.2, 2.0])
def test_a_probe_is_given_the_longer_the_farther_the_broker_is(away: float) -> None:
    requests = Silent(away)
    found = asyncio.run(look(requests))
    (patience,) = requests.patience
    assert min(PROBE_SECONDS + 2.9 * away, MOST_PROBE_SECONDS) <= patience <= MOST_PROBE_SECONDS
    assert f"nothing came back within {patience:.0f} s" in str(found.trouble)
