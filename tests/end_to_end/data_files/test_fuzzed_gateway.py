"""The gateway against what schemathesis makes of its own OpenAPI document, with every check there is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.running_stack import RunningStack, audit

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "openapi.json"

# What a schema cannot say may be refused, with the reason: that `since` lies before `until`, that a cursor is one that
# was given out, that a row keeps the contract of its use case, that a file's name ends in a known format.
SETTINGS = """
[auth.openapi.bearer]
bearer = "${KEY}"

[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 409, 413, 415, 422, 429]

# Too many rows are refused as too large a body is.
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]

# The Open Inference Protocol refuses with 400 where others do with 422.
[[operations]]
include-path-regex = "^/v2/.*/infer$"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 403, 404, 409, 413, 415, 429]
"""


def test_the_gateway_keeps_to_its_document_whatever_comes(own: RunningStack, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    environment = {**os.environ, "KEY": own.stack.api_key("admin")}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", str(DOCUMENT)),
            *("--url", own.settings["SMARTPREDICT_GATEWAY_URL"], "--checks", "all"),
            *("--phases", "examples,coverage,fuzzing"),
            *("--max-examples", "15", "--seed", "1", "--no-color", "--request-timeout", "30"),
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    _cancel_trainings(own)
    assert audit(own)["balanced"] is True


def _cancel_trainings(own: RunningStack) -> None:
    """End what was ordered: it would train for hours, and nobody wants the models."""
    with own.api("admin") as api:
        for state in ("waiting", "running"):
            for training in api.get(f"/trainings?state={state}").json()["trainings"]:
                api.post(f"/trainings/{training['training_id']}/cancel")
