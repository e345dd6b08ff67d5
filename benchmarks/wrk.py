"""Load from wrk, a generator in C: one written in Python would be the bottleneck of what it measures."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("one_row.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """Figures of one run of load."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    ids: list[str]
    """Prediction id of every answer."""


def put_load(url: str, body: str, key: str, *, connections: int, seconds: int) -> Load:
    """Send one row a request from many callers for a while.

    Raises
    ------
    RuntimeError
        If any request failed: a figure with failures in it says nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        body_file, ids_file = Path(folder) / "body.json", Path(folder) / "ids"
        body_file.write_text(body, encoding="utf-8")
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "15s", "-s", str(SCRIPT), url],  # noqa: S607  # a system package
            env={**os.environ, "BENCH_BODY": str(body_file), "BENCH_KEY": key, "BENCH_IDS": str(ids_file)},
            capture_output=True,
            text=True,
            check=True,
        )
        figures = json.loads(done.stdout.rpartition("JSON")[2])
        ids = ids_file.read_text(encoding="utf-8").split()
    if figures["wrong"] or figures["socket_errors"]:
        raise RuntimeError(
            f"{figures['wrong']} answers were no 200, {figures['socket_errors']} connections broke: {url}"
        )
    return Load(figures["requests"] / figures["seconds"], figures["p50_ms"], figures["p99_ms"], ids)
