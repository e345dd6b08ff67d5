"""Clients of other people, as they are installed: what they make of the gateway, and the programs of its documentation."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.conformance.oip.cases.table import PAGE
from tests.conformance.oip.pumps import NUMBERS, failure_probabilities, rows
from tests.conformance.oip.targets import CLIENTS_PYTHON, Target

CALLS = Path(__file__).parent / "clients"
RUN = """
import contextlib, io, json, sys
printed = []
for code in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "program", "exec"), {"__name__": "__main__"})
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)
"""
"""Runs several programs, so that a library that takes seconds to import is imported once."""


def programs(client: str, language: str = "python") -> list[str]:
    """Return the programs of a client on the page of the documentation."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {client}\n")[2].partition("\n## ")[0]
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert found
    return found


def environment(target: Target) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMARTPREDICT_")}
    return inherited | {
        "SMARTPREDICT_GATEWAY_URL": target.url,
        "SMARTPREDICT_GRPC_ADDRESS": target.grpc_address,
        "SMARTPREDICT_API_KEY": target.headers["x-api-key"],
        "COLUMNS": json.dumps({name: rows()[name].tolist() for name in NUMBERS}),
    }


def run(target: Target, calls: str, documented: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Run the calls of a client and its programs of the documentation, and give what each printed."""
    codes = [(CALLS / calls).read_text(encoding="utf-8"), *documented]
    done = subprocess.run(
        [CLIENTS_PYTHON, "-c", RUN],
        input=json.dumps(codes),
        env=environment(target),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    first, *others = json.loads(done.stdout)
    return json.loads(first), others


@pytest.fixture(scope="module")
def documented_scores(ours: Target) -> list[float]:
    """What /predict answers for the rows of the documentation."""
    (line,) = re.findall(r"^\{.*\}$", programs("mlserver infer", "sh")[0], re.MULTILINE)
    columns = {tensor["name"]: tensor["data"] for tensor in json.loads(line)["inputs"]}
    asked = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    answer = httpx.post(f"{ours.url}/predict", json=asked, headers=dict(ours.headers), timeout=30)
    return [prediction["score"] for prediction in answer.json()["predictions"]]


def same_scores(found: dict[str, list[float]]) -> None:
    for scores in found.values():
        np.testing.assert_allclose(scores, failure_probabilities(rows()), rtol=1e-6)


def test_tritonclient(ours: Target, documented_scores: list[float]) -> None:
    found, documented = run(ours, "triton_calls.py", programs("tritonclient"))
    assert {*found["about http"].values(), *found["about grpc"].values()} == {True}
    assert {*NUMBERS} <= {*found["metadata http"]} & {*found["metadata grpc"]}
    assert "nobody" in found["error http"]
    assert "nobody" in found["error grpc"]
    assert len(found["scores"]) == 21
    same_scores(found["scores"])
    lacking = failure_probabilities(rows().assign(temperature_c=np.nan))
    for scores in found["lacking"]:
        np.testing.assert_allclose(scores, lacking, rtol=1e-6)
    assert [json.loads(printed) for printed in documented] == [documented_scores] * 2


def test_kserve(ours: Target, documented_scores: list[float]) -> None:
    found, documented = run(ours, "kserve_calls.py", programs("kserve"))
    assert {*found["about http"], *found["about grpc"]} == {True}
    assert "nobody" in found["error http"]
    same_scores(found["scores"] | {"grpc": found["scores grpc"]})
    assert [json.loads(printed) for printed in documented] == [documented_scores] * 2


def test_mlserver_infer(ours: Target, documented_scores: list[float], mlserver_commands: Path, tmp_path: Path) -> None:
    (program,) = programs("mlserver infer", "sh")
    around = environment(ours) | {"PATH": f"{mlserver_commands}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-ec", program], cwd=tmp_path, env=around, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    (answer,) = map(json.loads, (tmp_path / "answers.jsonl").read_text().splitlines())
    assert {output["name"]: output["data"] for output in answer["outputs"]}["score"] == documented_scores
