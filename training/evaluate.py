"""Measure how good a model is on rows it has not seen."""

from __future__ import annotations

from dataclasses import dataclass

from usecases.contract.spec import UseCase
from usecases.metrics.inputs import CalibrationBin, Floats


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was found on the holdout; the calibration is empty for a regression."""

    metrics: dict[str, float]
    calibration: tuple[CalibrationBin, ...]


def evaluate(use_case: UseCase, targets: Floats, scores: Floats) -> Evaluation:
    """Compare the model's raw scores with what came true.

    Parameters
    ----------
    use_case
        Gives the task and the metrics.
    targets
        Codes of the classes, or numbers.
    scores
        As :func:`usecases.models.scoring.raw_scores` gives them: the path that serves is the path that is evaluated.
    """
    rows = use_case.task.definition.holdout(targets, scores)
    measured = {
        name: metric.on_holdout(rows) for name, metric in use_case.metrics.items() if metric.on_holdout is not None
    }
    return Evaluation(measured, rows.calibration)
