"""The gateway against what schemathesis makes of the protocol's description: whatever comes, it answers as the protocol has it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conformance.oip.targets import Target

DOCUMENT = Path(__file__).with_name("protocol.yaml")
CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance"


def test_whatever_comes_is_answered_as_the_protocol_has_it(ours: Target, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(DOCUMENT), "--url", ours.url),
            *("--header", f"X-API-Key: {ours.headers['x-api-key']}", "--checks", CHECKS),
            *("--phases", "examples,coverage,fuzzing"),
            *("--max-examples", "8", "--seed", "1", "--no-color", "--request-timeout", "30"),
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
