"""A use case that is not served: Operations says whether it wants a worker, a moment or a version."""

from __future__ import annotations

from typing import Any

import pytest

from gateway_api.reference import examples
from tests.unit.ui.stand_in_gateway import USE_CASE, StandInGateway
from tests.unit.ui.test_other_pages import Open, open_page, words

__all__ = ["open_page"]

UNSERVED = {"use_case": "machines", "versions": []}
WORKER = {**examples.ANSWERS["processes"]["processes"][0], "service": "worker", "host": "edge-1", "silent_seconds": 4.2}


@pytest.mark.parametrize(
    ("model", "task", "said"),
    [
        ({"state": "no_model"}, "binary", "no model is served, so nothing is predicted"),
        ({"state": "no_model"}, "forecast", "no model is served, a simple rule answers meanwhile"),
        ({}, "binary", "no model is served, so nothing is predicted"),
        ({"state": "no_worker", "champion": 3}, "binary", "no worker runs, so nothing is predicted"),
        ({"state": "no_worker", "champion": 3}, "forecast", "Version 3 answers again as soon as one runs"),
        ({"state": "not_loaded", "champion": 3}, "binary", "version 3 is chosen, and no worker has loaded it yet."),
        (
            {"state": "not_loaded", "champion": 3, "problems": {"w": "its file is gone"}},
            "binary",
            "no worker has loaded it yet: its file is gone",
        ),
    ],
)
def test_a_use_case_that_is_not_served_says_why_and_what_answers(
    open_page: Open, gateway: StandInGateway, model: dict[str, Any], task: str, said: str
) -> None:
    gateway.answers["GET /models"] = (200, {"models": [UNSERVED | model]})
    gateway.answers["GET /use-cases"] = (200, {"use_cases": [{**USE_CASE, "task": task}]})
    shown = words(open_page("ui.frame.operations_page"))
    assert said in shown
    assert ("no model is served" in shown) == (model.get("state", "no_model") == "no_model")


def test_a_training_that_runs_is_told_where_no_model_is_served(open_page: Open, gateway: StandInGateway) -> None:
    running = {**examples.ANSWERS["training"], "state": "running", "step": "fitting", "progress": 0.4, "seconds": 12.0}
    gateway.answers["GET /models"] = (200, {"models": [UNSERVED | {"state": "no_model"}]})
    gateway.answers["GET /trainings"] = (200, {"trainings": [running]})
    assert "One is being trained: **Fitting**: 40% · 12 s" in words(open_page("ui.frame.operations_page"))


def test_a_worker_that_died_is_no_longer_counted_where_its_death_is_told(
    open_page: Open, gateway: StandInGateway
) -> None:
    runs, dead = ({**WORKER, "pid": pid, "state": state} for pid, state in ((311, "running"), (312, "silent")))
    again = {**dead, "state": "running"}
    served = {"version": 3, "workers": ["edge-1-311", "edge-1-312"]}
    gateway.answers["GET /models"] = (200, {"models": [{"use_case": "machines", "versions": [served]}]})
    for processes, said in (
        ([runs, dead], "version 3, by 1 worker"),
        ([dead], "version 3, by 1 worker"),
        ([{**runs, "state": "silent"}, dead], "version 3, by no worker that is still heard of"),
        ([again, dead, runs], "version 3, by 2 workers"),
        ([], "version 3, by 2 workers"),
    ):
        gateway.answers["GET /processes"] = (200, {"services": [], "processes": processes})
        assert said in words(open_page("ui.frame.operations_page"))
