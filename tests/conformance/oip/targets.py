"""A server that the cases are held against, and MLServer as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.online.other_server import running_mlserver
from local_stack.machine.folders import CHECKOUT
from tests.conformance.oip.pumps import lay_for_mlserver

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
    with running_mlserver(folder) as running:
        yield Target(
            name="MLServer",
            url=running.url,
            grpc_address=running.grpc_address,
            label="predict",
            score="predict_proba",
            models={"matrix": "pump_matrix", "graded": "pump_graded"},
        )
