"""Load from wrk, a generator in C: one written in Python would be the bottleneck of what it measures."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("posts.lua")


@dataclass(frozen=True, slots=True)
class Posts:
    """A request that is sent again and again.

    Attributes
    ----------
    url, body, headers
        The request.
    """

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Load:
    """Figures of one run of load."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    ids: list[str]
    """Prediction id of every answer to a request of one row."""


def put_load(posts: Posts, *, connections: int, seconds: int) -> Load:
    """Send a request from many callers for a while.

    Raises
    ------
    RuntimeError
        If any request failed: a figure with failures in it says nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / name for name in ("BENCH_BODY", "BENCH_HEADERS", "BENCH_IDS")}
        files["BENCH_BODY"].write_bytes(posts.body)
        files["BENCH_HEADERS"].write_text("\n".join(f"{name}: {value}" for name, value in posts.headers.items()))
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "15s", "-s", str(SCRIPT), posts.url],  # noqa: S607  # a system package
            env={**os.environ, **{name: str(path) for name, path in files.items()}},
            capture_output=True,
            text=True,
            check=True,
        )
        figures = json.loads(done.stdout.rpartition("JSON")[2])
        ids = files["BENCH_IDS"].read_text(encoding="utf-8").split()
    if figures["wrong"] or figures["socket_errors"]:
        raise RuntimeError(
            f"{figures['wrong']} answers were no 200, {figures['socket_errors']} connections broke: {posts.url}"
        )
    return Load(figures["requests"] / figures["seconds"], figures["p50_ms"], figures["p99_ms"], ids)
