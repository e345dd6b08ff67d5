"""A form prediction waits while no worker is there, says what for, and counts once; a death is told on Operations."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from gateway_api.reference import examples
from tests.unit.ui.stand_in_gateway import Asked, StandInGateway, problem
from tests.unit.ui.test_pages import PREDICTED, press, texts
from ui.predict import waiting

AWAY = problem(503, "not-ready", "No worker takes requests: none runs.")
LIST: dict[str, Any] = examples.ANSWERS["processes"]
RUNNING, SILENT = LIST["processes"]


def test_it_is_tried_again_under_one_key_until_a_worker_is_there(
    page: AppTest, gateway: StandInGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PAUSE_SECONDS", 0.05)
    answers = iter([AWAY, problem(503, "database-away"), (200, PREDICTED)])
    gateway.answers["POST /predict"] = lambda _: next(answers)
    page.run()
    press(page, "Predict")
    assert not page.exception
    assert "Model version 3" in texts(page)
    assert "Waiting" not in texts(page)
    assert len(gateway.requests("POST /predict")) == 3


def test_what_it_waits_for_is_told_in_the_end(
    page: AppTest, gateway: StandInGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 0.2)
    gateway.answers["POST /predict"] = AWAY
    page.run()
    press(page, "Predict")
    assert "No worker takes requests" in texts(page)


def test_nothing_is_tried_again_that_will_not_change(page: AppTest, gateway: StandInGateway) -> None:
    began = time.monotonic()

    def no_model(_: Asked) -> tuple[int, Any]:
        return problem(503, "no-model", "Train one.")

    gateway.answers["POST /predict"] = no_model
    page.run()
    press(page, "Predict")
    assert len(gateway.requests("POST /predict")) == 1
    assert time.monotonic() - began < 20


@pytest.fixture
def operations(page: AppTest, gateway: StandInGateway) -> AppTest:
    gateway.answers |= {
        "GET /health/ready": (200, examples.ANSWERS["ready"]),
        "GET /models": (200, examples.ANSWERS["models"]),
        "GET /queues": (200, examples.ANSWERS["queues"]),
        "GET /processes": (200, LIST),
    }
    return AppTest.from_string(
        "from ui.frame.operations_page import show\nshow()", default_timeout=page.default_timeout
    )


def test_every_process_is_listed_with_what_was_begun_again(operations: AppTest) -> None:
    page = operations.run()
    assert not page.exception
    running, gone = (table.value for table in page.dataframe if "Last heard" in table.value)
    assert running["State"].tolist() == ["Runs"]
    assert gone["State"].tolist() == ["Silent"]
    assert (gone["Listed until"] - gone["Last heard"]).tolist() == [timedelta(days=1)]
    assert "1 process of before is gone" in [box.label for box in page.expander]
    assert "**Worker**: 1 process died in the last 24 hours" in texts(page)
    assert "A worker died" not in texts(page)  # ten minutes ago


def test_a_silent_process_that_nobody_replaced_stays_among_the_others(
    operations: AppTest, gateway: StandInGateway
) -> None:
    running = {**RUNNING, "started_at": "2026-01-01T07:00:00Z"}
    ended = {**SILENT, "pid": 9, "state": "stopped", "silent_seconds": None}
    gateway.answers["GET /processes"] = (200, {**LIST, "processes": [running, SILENT, ended]})
    shown, gone = (table.value for table in operations.run().dataframe if "Last heard" in table.value)
    assert shown["State"].tolist() == ["Runs", "Silent"]
    assert gone["State"].tolist() == ["Ended in good order"]


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([], "No other of its kind runs"),
        ([{**RUNNING, "started_at": "2026-01-01T07:00:00Z"}], "1 other of its kind works on"),
        ([RUNNING], "It was begun again and works"),
    ],
)
def test_a_death_is_told_with_what_becomes_of_it(
    operations: AppTest, gateway: StandInGateway, others: list[dict[str, Any]], said: str
) -> None:
    dead = {**SILENT, "silent_seconds": 4.2}
    service = {**LIST["services"][0], "running": len(others)}
    gateway.answers["GET /processes"] = (200, {"services": [service], "processes": [*others, dead]})
    page = operations.run()
    assert r"**A worker died.** Process 4242 on plant\-2 was last heard 4 s ago" in texts(page)
    assert said in texts(page)
