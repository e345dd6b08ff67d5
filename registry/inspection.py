"""Holding a version against all gates: fetch it, load it, score it, and say what was found."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from registry.artefact import Artefact, WrongFormatError, fetch
from registry.client import Registry, Version
from registry.gates import (
    Gate,
    GateResult,
    digest_gate,
    golden_gate,
    metrics_gate,
    not_applicable,
    passed,
    refusals,
    refused,
    schema_gate,
)
from registry.golden import TOLERANCE, GoldenBatchError, golden_difference, try_out
from usecases.contract.spec import UseCase
from usecases.models.runtime import Model, ModelError, ScoringError


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found about a version.

    Attributes
    ----------
    digest
        SHA-256 of its model file; none where it could not be fetched.
    results
        One a gate, in their order.
    """

    digest: str | None
    results: tuple[GateResult, ...]

    @property
    def refusals(self) -> list[GateResult]:
        """Gates that keep the version out."""
        return refusals(self.results)


def inspect(
    registry: Registry, use_case: UseCase, version: Version, champion: Version | None, *, without_metrics: bool = False
) -> Inspection:
    """Check a version at every gate; a gate that refuses it does not stop the others.

    Parameters
    ----------
    registry, use_case, version
        Which version, and for what.
    champion
        The version that is served; its metrics are the measure.
    without_metrics
        Whether a person takes the place of the metrics gate.

    Raises
    ------
    registry.client.RegistryError
        If the registry is away or lacks files.
    """
    if without_metrics:
        metrics = not_applicable(Gate.METRICS, "left out on request")
    else:
        served = None if champion is None or champion.version == version.version else registry.run(champion).metrics
        metrics = metrics_gate(
            use_case, registry.run(version).metrics, served, other_split=_other_split(version, champion)
        )
    found = inspect_files(registry, use_case, version)
    return Inspection(found.digest, (*found.results, metrics))


def _other_split(version: Version, champion: Version | None) -> str:
    """Return how the champion's holdout was chosen if it was in another way than the version's; nothing where unknown."""
    if champion is None or version.split is None:
        return ""
    before = champion.split or "random"  # as all were chosen before it was noted
    return "" if before == version.split else before


def inspect_files(registry: Registry, use_case: UseCase, version: Version) -> Inspection:
    """Check the files of a version at all gates but that of the metrics."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            artefact = fetch(registry, version, Path(folder))
            model = artefact.load()
        except (WrongFormatError, ModelError) as error:
            return Inspection(
                None, (refused(Gate.FORMAT, str(error)), *_not_reached(Gate.DIGEST, Gate.SCHEMA, Gate.GOLDEN))
            )
        return Inspection(
            artefact.digest,
            (
                passed(Gate.FORMAT, model.summary),
                digest_gate(artefact.digest, version.digest),
                *_schema_and_golden(use_case, version, artefact, model),
            ),
        )


def _schema_and_golden(use_case: UseCase, version: Version, artefact: Artefact, model: Model) -> tuple[GateResult, ...]:
    misfit = None
    try:
        model.require_fit(use_case)
    except ModelError as error:
        misfit = str(error)
    schema = schema_gate(use_case, version.schema_hash, misfit)
    if refusals([schema]):
        return schema, *_not_reached(Gate.GOLDEN)
    return schema, _golden(use_case, artefact, model)


def _golden(use_case: UseCase, artefact: Artefact, model: Model) -> GateResult:
    golden = artefact.golden_batch()
    try:
        if golden is None:
            try_out(use_case, model)
            return golden_gate(None, TOLERANCE)
        return golden_gate(golden_difference(use_case, model, golden), TOLERANCE)
    except (GoldenBatchError, ModelError, ScoringError) as error:
        return refused(Gate.GOLDEN, str(error))


def _not_reached(*gates: Gate) -> tuple[GateResult, ...]:
    return tuple(not_applicable(gate, "the model could not be looked at so far") for gate in gates)
