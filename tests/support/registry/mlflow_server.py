"""A throwaway MLflow server for tests."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from local_stack.machine.ports import LOOPBACK, throwaway_port

START_SECONDS = 90.0
"""Its first start migrates an empty database, which takes 15 s on an idle machine."""


@contextlib.contextmanager
def start_mlflow(backend_url: str, folder: Path) -> Iterator[str]:
    """Run an MLflow server on a database of its own while the block runs; gives its address.

    Parameters
    ----------
    backend_url
        SQLAlchemy URL of an empty database.
    folder
        Where it keeps artefacts and its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    address = f"http://{LOOPBACK}:{(port := throwaway_port())}"
    environment = os.environ | {
        "MLFLOW_BACKEND_STORE_URI": backend_url,  # a command line is open to everybody, and this holds a password
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "GIT_PYTHON_REFRESH": "quiet",
    }
    arguments = ("server", "--host", LOOPBACK, "--port", str(port), "--workers", "1")
    artifacts = ("--artifacts-destination", str(folder / "artifacts"))
    log = folder / "mlflow.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *arguments, *artifacts],
            env=environment,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # it starts workers of its own; they are ended with it, as one group
        )
    try:
        _wait_until_healthy(process, address, log)
        yield address
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)


def _wait_until_healthy(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/health", timeout=2).status_code == httpx.codes.OK:
                return
        time.sleep(0.2)
    raise RuntimeError(f"MLflow did not start: {log.read_text(errors='replace')[-2000:]}")
