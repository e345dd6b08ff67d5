"""What the gates say of the files of a version, without a registry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from registry.artefact import Artefact, file_digest
from registry.client import Version
from registry.gates import Gate, GateOutcome, GateResult
from registry.inspection import inspect_artefact
from tests.support.registry.notebooks import Cell
from usecases.models.runtime import Runtime
from usecases.models.runtimes import DEFAULT_RUNTIME


def inspected(
    cell: Cell, path: Path, golden: Mapping[str, Any] | None, excuse: str = "", runtime: Runtime = DEFAULT_RUNTIME
) -> dict[Gate, GateResult]:
    """Hold a model file, and a golden batch beside it, against the gates."""
    artefact = Artefact(path, runtime, file_digest(path), None if golden is None else json.dumps(golden).encode(), None)
    version = Version(cell.use_case.name, 1, datetime.now(UTC), {}, (), "")
    found = inspect_artefact(cell.use_case, version, artefact, golden_excuse=excuse)
    return {result.gate: result for result in found.results}


def refusals(found: Mapping[Gate, GateResult]) -> str:
    """Return why a version is refused; empty where it is not."""
    return "; ".join(result.detail for result in found.values() if result.outcome is GateOutcome.REFUSED)
