"""The gates a version must pass before it is served: each a pure function of what is known about the version."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from usecases.contract.spec import UseCase
from usecases.metrics.definition import Metric
from usecases.metrics.limits import MetricLimit


class Gate(StrEnum):
    """What is looked at, in this order."""

    FORMAT = "format"
    DIGEST = "digest"
    SCHEMA = "schema"
    GOLDEN = "golden batch"
    METRICS = "metrics"


class GateOutcome(StrEnum):
    """What was found."""

    PASSED = "passed"
    REFUSED = "refused"
    NOT_APPLICABLE = "not applicable"
    """Nothing to hold it against, such as the metrics of the first version; or it needs what another gate refused."""


@dataclass(frozen=True, slots=True)
class GateResult:
    """What one gate found.

    Attributes
    ----------
    detail
        For a person: what was compared, and by how much it failed.
    """

    gate: Gate
    outcome: GateOutcome
    detail: str

    def as_json(self) -> dict[str, str]:
        """Return it as the history stores it."""
        return {"gate": self.gate.value, "verdict": self.outcome.value, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class GoldenComparison:
    """Scores of a golden batch beside those that were recorded.

    Attributes
    ----------
    rows, differing
        Rows that were compared, and those that score otherwise.
    difference
        The largest, as a share of the score.
    example
        The row that differs most, in words.
    """

    rows: int
    differing: int
    difference: float
    example: str


def passed(gate: Gate, detail: str) -> GateResult:
    """Return that a gate lets the version pass."""
    return GateResult(gate, GateOutcome.PASSED, detail)


def refused(gate: Gate, detail: str) -> GateResult:
    """Return that a gate keeps the version out."""
    return GateResult(gate, GateOutcome.REFUSED, detail)


def not_applicable(gate: Gate, detail: str) -> GateResult:
    """Return that a gate has nothing to check."""
    return GateResult(gate, GateOutcome.NOT_APPLICABLE, detail)


def refusals(results: Sequence[GateResult]) -> list[GateResult]:
    """Pick the gates that keep a version out."""
    return [result for result in results if result.outcome is GateOutcome.REFUSED]


def digest_gate(found: str, registered: str | None) -> GateResult:
    """Compare the model file with the digest that was written down when it was registered.

    >>> digest_gate("a" * 64, "b" * 64).detail
    'the model file has the digest aaaaaaaaaaaa, registered was bbbbbbbbbbbb: it was changed after training'
    """
    if registered is None:
        return passed(Gate.DIGEST, f"none was written down; it is {found[:12]} from now on")
    if found != registered:
        return refused(
            Gate.DIGEST,
            f"the model file has the digest {found[:12]}, registered was {registered[:12]}: it was changed after training",
        )
    return passed(Gate.DIGEST, found[:12])


def schema_gate(use_case: UseCase, trained_for: str | None, misfit: str | None, not_told: str = "") -> GateResult:
    """Compare what the model was trained for with what the use case sends it.

    Parameters
    ----------
    use_case
        As it is now.
    trained_for
        Hash of the row contract the version was trained for; none where nobody wrote it down.
    misfit
        How the model itself differs from the use case, such as in its features; none where it fits.
    not_told
        What the model file does not say and was not compared, in words.
    """
    wrong_hash = trained_for is not None and trained_for != use_case.schema_hash
    if misfit is None and not wrong_hash:
        compared = f"row contract {use_case.schema_hash}" if trained_for else "what the model file says of its features"
        return passed(Gate.SCHEMA, f"{compared}; it does not tell {not_told}" if not_told else compared)
    reasons = [f"it was trained for the row contract {trained_for}, {use_case.name} now has {use_case.schema_hash}"]
    return refused(Gate.SCHEMA, "; ".join([*(reasons if wrong_hash else []), *([misfit] if misfit else [])]))


def golden_gate(
    comparison: GoldenComparison | None, tolerance: float, shortfall: str = "", excuse: str = ""
) -> GateResult:
    """Judge how far scores are from those that were recorded where the version was trained.

    Parameters
    ----------
    comparison
        What was compared; none where the version has no golden batch.
    tolerance
        Largest difference that counts as the same.
    shortfall
        What the golden batch leaves open; empty where it proves the scores.
    excuse
        Why a version may pass without proof, such as a person who vouches for it; a difference is never excused.
    """
    # Written so that a difference that is no number does not pass.
    if comparison is not None and not comparison.difference <= tolerance:
        return refused(
            Gate.GOLDEN,
            f"{comparison.differing} of {comparison.rows} rows score otherwise than where it was trained, "
            f"by up to {comparison.difference:.3g} of the score, {tolerance:g} is allowed; {comparison.example}",
        )
    if comparison is None:
        shortfall = "it has no golden batch, so whether it scores here as where it was trained is not known"
    if shortfall:
        if excuse:
            return not_applicable(Gate.GOLDEN, f"{excuse}; {shortfall}")
        return refused(
            Gate.GOLDEN, f"{shortfall}. How to make a golden batch where it was trained: smartpredict golden --help"
        )
    assert comparison is not None  # noqa: S101  # there is a shortfall otherwise
    exactly = "to the bit" if comparison.difference == 0 else f"within {comparison.difference:.1g}"
    return passed(Gate.GOLDEN, f"{comparison.rows} rows score as where it was trained, {exactly}")


def served_gate(use_case: UseCase, number: int, *, was_served: bool) -> GateResult:
    """Refuse a rollback to a version that workers may be unable to serve, for then nothing would change."""
    if was_served:
        return not_applicable(Gate.GOLDEN, "workers have served it, and score its golden batch again before they swap")
    return refused(
        Gate.GOLDEN,
        f"no worker has ever served it, so going back to it may change nothing; look at it, then promote it or another: "
        f"smartpredict models show {use_case.name} {number}",
    )


def metrics_gate(
    use_case: UseCase, found: Mapping[str, float], champion: Mapping[str, float] | None, *, other_split: str = ""
) -> GateResult:
    """Compare the metrics of a version with the limits of its use case and with the champion's metrics.

    Parameters
    ----------
    use_case
        Sets the limits.
    found
        Metrics of the version on its holdout.
    champion
        Those of the version that is served; none where none is.
    other_split
        How the champion's holdout was chosen, where that was in another way: its metrics are no measure then. A random
        holdout flatters where rows have an order or come in groups.
    """
    missing = [limit.name for limit in use_case.metric_limits if limit.name not in found]
    if missing:
        return refused(
            Gate.METRICS,
            f"its run has no {', '.join(missing)}; log it with mlflow.log_metric, or promote without metrics",
        )
    complaints, facts = [], []
    champion = None if other_split else champion
    for limit in use_case.metric_limits:
        name = limit.name
        served = None if champion is None else champion.get(name)
        complaint = _complaint(limit, use_case.metrics[name], found[name], served)
        complaints += [complaint] if complaint else []
        facts.append(f"{name} {found[name]:.4f}" + ("" if served is None else f", the champion has {served:.4f}"))
    if other_split:
        facts.append(f"the champion was judged by another split ({other_split}), which is no measure for it")
    return refused(Gate.METRICS, "; ".join(complaints)) if complaints else passed(Gate.METRICS, "; ".join(facts))


def _complaint(limit: MetricLimit, metric: Metric, found: float, served: float | None) -> str:
    name = limit.name
    # Written so that a metric that is no number does not pass.
    if limit.worst is not None and not metric.loss(found) <= metric.loss(limit.worst):
        return f"{name} is {found:.4f}, the use case wants {limit.worst:g} or {metric.better.value}"
    if served is not None and not (lost := metric.loss(found) - metric.loss(served)) <= limit.max_loss * abs(served):
        share = f"{lost / abs(served):.1%} " if served else ""
        return (
            f"{name} is {found:.4f}, {share}worse than the champion's {served:.4f}; "
            f"the use case allows {limit.max_loss:.1%}"
        )
    return f"{name} is no number" if math.isnan(found) else ""
