"""`smartpredict forecast`: asked again for one that is not stored yet."""

from __future__ import annotations

import httpx
import pytest

from cli.errors import UserError
from cli.gateway_client import GatewayClient
from cli.rows.forecast import ASKED, stored_forecast

WAITS = httpx.Response(202, json={"use_case": "pm25", "batch_id": None})
STORED = httpx.Response(200, json={"use_case": "pm25", "forecasts": []})


def test_a_forecast_that_is_not_stored_yet_is_asked_for_again() -> None:
    answers = [STORED, WAITS]
    with GatewayClient("http://gateway", "secret", httpx.MockTransport(lambda _: answers.pop())) as gateway:
        assert stored_forecast(gateway, "pm25") == STORED.json()
    assert answers == []


def test_one_that_is_never_stored_is_told_with_what_to_look_at() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return WAITS

    with (
        GatewayClient("http://gateway", "secret", httpx.MockTransport(answer)) as gateway,
        pytest.raises(UserError, match=r"not stored yet\. Is a worker up, and ingestion\?"),
    ):
        stored_forecast(gateway, "pm25")
    assert len(asked) == ASKED
