"""Schedules are read every half minute, so reading them is quick and touches nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.support.orchestration.airflow import PYTHON, airflow_home, inherited
from tests.support.session.figures import show


def test_every_schedule_is_read_without_touching_anything(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(PYTHON), "-m", "tests.support.orchestration.parse_dags"],
        env=inherited() | airflow_home(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    show("parse time: " + ", ".join(f"{name} {took:.3f} s" for name, took in told["seconds"].items()))
    for dag in told["dags"]:
        assert dag["touched"] == [], dag["name"]
        assert dag["doc"], dag["name"]
        assert dag["tags"], dag["name"]
        assert all(dag["parameters"].values()), dag["parameters"]
        # Tries again, later each time, and tells people in the end; simulated traffic would be sent twice.
        for tries_again, later, tells in dag["tasks"].values():
            assert (tries_again, later, tells) == (dag["name"] != "simulate_traffic", True, True), dag["name"]
    assert {dag["name"] for dag in told["dags"]} == set(told["seconds"])
