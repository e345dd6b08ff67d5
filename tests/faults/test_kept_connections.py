"""The gateway hangs for some seconds: a request that came meanwhile, on a connection kept from before, is answered."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor

from tests.support.pipeline import EQUIPMENT
from tests.support.running_stack import RunningStack
from usecases.checking.row_model import example_row

HANGS_SECONDS = 6.0
"""More than the five after which Uvicorn closes an idle connection unless told otherwise, whatever waits on it unread."""


def test_a_request_that_waits_for_a_gateway_that_hangs_is_answered(stack: RunningStack) -> None:
    gateway = stack.process("gateway")
    with stack.api("api") as client, ThreadPoolExecutor(1) as caller:
        client.get("/health/live").raise_for_status()
        gateway.send_signal(signal.SIGSTOP)
        try:
            asked = caller.submit(client.post, "/predict", json=example_row(EQUIPMENT))
            time.sleep(HANGS_SECONDS)
        finally:
            gateway.send_signal(signal.SIGCONT)
        answer = asked.result(30)
    assert answer.status_code == 200, answer.text
