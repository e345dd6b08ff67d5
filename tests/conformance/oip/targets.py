"""A server that the cases are held against, and MLServer as one."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from local_stack.machine.folders import CHECKOUT
from local_stack.machine.ports import throwaway_port
from tests.conformance.oip.pumps import lay_for_mlserver
from tests.support.waiting import eventually

MLSERVER_BIN = CHECKOUT / ".venv-peers" / "mlserver" / "bin"
CLIENTS_PYTHON = CHECKOUT / ".venv-peers" / "clients" / "bin" / "python"


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A server of the protocol that serves the pumps."""

    name: str
    url: str
    grpc_address: str
    label: str
    """Output that holds the predicted class."""
    score: str
    """Output that holds the probability of a failure, in the last column where it has several."""
    headers: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    """What the model is called for requests of a kind that not every model of the server takes."""


@contextmanager
def mlserver(folder: Path) -> Iterator[Target]:
    """Run MLServer while the block runs, with the settings it comes with except for its ports and processes."""
    lay_for_mlserver(folder)
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
    url = f"http://127.0.0.1:{http}"

    def ready() -> bool:
        assert process.poll() is None, f"MLServer ended: {log.read_text()[-2000:]}"
        try:
            return httpx.get(f"{url}/v2/health/ready", timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    try:
        eventually(ready, 120, lambda: log.read_text()[-2000:])
        yield Target(
            name="MLServer",
            url=url,
            grpc_address=f"127.0.0.1:{grpc}",
            label="predict",
            score="predict_proba",
            models={"matrix": "pump_matrix", "graded": "pump_graded"},
        )
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
