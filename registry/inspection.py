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
from registry.golden import TOLERANCE, compare, read_batch, shortfall
from registry.trying_out import try_out
from usecases.contract.spec import UseCase
from usecases.models.runtime import Model, first_line


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
    registry: Registry,
    use_case: UseCase,
    version: Version,
    champion: Version | None,
    *,
    metrics_excuse: str = "",
    golden_excuse: str = "",
) -> Inspection:
    """Check a version at every gate; a gate that refuses it does not stop the others.

    Parameters
    ----------
    registry, use_case, version
        Which version, and for what.
    champion
        The version that is served; its metrics are the measure.
    metrics_excuse, golden_excuse
        Why it may pass without the gate of its metrics, or without a golden batch that proves its scores: a person
        vouches for it.

    Raises
    ------
    registry.client.RegistryError
        If the registry is away or lacks files.
    """
    if metrics_excuse:
        metrics = not_applicable(Gate.METRICS, metrics_excuse)
    else:
        served = None if champion is None or champion.version == version.version else registry.run(champion).metrics
        metrics = metrics_gate(
            use_case, registry.run(version).metrics, served, other_split=_other_split(version, champion)
        )
    found = inspect_files(registry, use_case, version, golden_excuse=golden_excuse)
    return Inspection(found.digest, (*found.results, metrics))


def _other_split(version: Version, champion: Version | None) -> str:
    """Return how the champion's holdout was chosen if it was in another way than the version's; nothing where unknown."""
    if champion is None or version.split is None:
        return ""
    before = champion.split or "random"  # as all were chosen before it was noted
    return "" if before == version.split else before


def inspect_files(registry: Registry, use_case: UseCase, version: Version, *, golden_excuse: str = "") -> Inspection:
    """Check the files of a version at all gates but that of the metrics."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            artefact = fetch(registry, version, Path(folder))
        except WrongFormatError as error:
            return _unreadable(str(error))
        return inspect_artefact(use_case, version, artefact, golden_excuse=golden_excuse)


def inspect_artefact(use_case: UseCase, version: Version, artefact: Artefact, *, golden_excuse: str = "") -> Inspection:
    """Check files that were fetched.

    A model may come from anybody: whatever it raises is a reason to refuse it.
    """
    try:
        model = artefact.load()
        summary = model.summary
    except Exception as error:  # noqa: BLE001  # see above
        return _unreadable(first_line(error))
    return Inspection(
        artefact.digest,
        (
            passed(Gate.FORMAT, summary),
            digest_gate(artefact.digest, version.digest),
            *_schema_and_golden(use_case, version, artefact, model, golden_excuse),
        ),
    )


def _unreadable(reason: str) -> Inspection:
    return Inspection(None, (refused(Gate.FORMAT, reason), *_not_reached(Gate.DIGEST, Gate.SCHEMA, Gate.GOLDEN)))


def _schema_and_golden(
    use_case: UseCase, version: Version, artefact: Artefact, model: Model, golden_excuse: str
) -> tuple[GateResult, ...]:
    misfit, not_told = None, ""
    try:
        model.require_fit(use_case)
        not_told = model.not_told(use_case).words
    except Exception as error:  # noqa: BLE001  # see inspect_artefact
        misfit = first_line(error)
    schema = schema_gate(use_case, version.schema_hash, misfit, not_told)
    if refusals([schema]):
        return schema, *_not_reached(Gate.GOLDEN)
    return schema, _golden(use_case, artefact, model, golden_excuse)


def _golden(use_case: UseCase, artefact: Artefact, model: Model, excuse: str) -> GateResult:
    golden = artefact.golden_batch()
    try:
        if golden is None:
            try_out(use_case, model)
            return golden_gate(None, TOLERANCE, excuse=excuse)
        batch = read_batch(use_case, golden)
        comparison = compare(use_case, model, batch)
        return golden_gate(comparison, TOLERANCE, shortfall(use_case, batch, model.not_told(use_case)), excuse)
    except Exception as error:  # noqa: BLE001  # see inspect_artefact
        return refused(Gate.GOLDEN, first_line(error))


def _not_reached(*gates: Gate) -> tuple[GateResult, ...]:
    return tuple(not_applicable(gate, "the model could not be looked at so far") for gate in gates)
