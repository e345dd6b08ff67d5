"""MLServer: a server of the Open Inference Protocol that scores with the same library, and stores nothing."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from local_stack.machine.folders import CHECKOUT
from local_stack.machine.ports import throwaway_port

MLSERVER_BIN = CHECKOUT / ".venv-peers" / "mlserver" / "bin"
START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class OtherServer:
    """Where a running MLServer listens."""

    url: str
    grpc_address: str


def lay_model(folder: Path, name: str, model: Path, **parameters: str) -> None:
    """Write a model of XGBoost into a folder as MLServer's documentation says.

    Parameters
    ----------
    folder, name
        The folder of the server, and what the model is called there.
    model
        A file that the library saved.
    parameters
        What else the server is told of it.
    """
    own = folder / name
    own.mkdir()
    (own / "model.ubj").write_bytes(model.read_bytes())
    settings = {
        "name": name,
        "implementation": "mlserver_xgboost.XGBoostModel",
        "parameters": {"uri": "./model.ubj", "version": "1", **parameters},
    }
    (own / "model-settings.json").write_text(json.dumps(settings))


@contextmanager
def running_mlserver(folder: Path) -> Iterator[OtherServer]:
    """Run MLServer on the models of a folder while the block runs, as it comes except for its ports and processes."""
    http, grpc = throwaway_port(), throwaway_port()
    settings = {
        "host": "127.0.0.1",
        "http_port": http,
        "grpc_port": grpc,
        "metrics_endpoint": None,
        # Its inference happens in the process that listens: one process less to start and to stop.
        "parallel_workers": 0,
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    log = folder / "mlserver.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [MLSERVER_BIN / "mlserver", "start", folder],
            cwd=folder,
            env={**inherited, "OMP_NUM_THREADS": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{http}"
        _wait_until_ready(process, url, log)
        yield OtherServer(url, f"127.0.0.1:{grpc}")
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/v2/health/ready", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"MLServer did not start: {log.read_text()[-2000:]}")
