"""Measure how good a model is on rows it has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from usecases.contract.spec import UseCase
from usecases.forecasts.baselines import baselines
from usecases.metrics.inputs import CalibrationBin, Floats


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was found on the holdout; the calibration is empty for a regression."""

    metrics: dict[str, float]
    calibration: tuple[CalibrationBin, ...]


def evaluate(use_case: UseCase, targets: Floats, scores: Floats, rows: pa.RecordBatch | None = None) -> Evaluation:
    """Compare the model's raw scores with what came true.

    Parameters
    ----------
    use_case
        Gives the task and the metrics.
    targets
        Codes of the classes, or numbers.
    scores
        As :func:`usecases.models.scoring.raw_scores` gives them: the path that serves is the path that is evaluated.
    rows
        What was scored, which a forecast's baselines answer as well.
    """
    simple = {} if rows is None else baselines(use_case, rows)
    holdout = replace(use_case.task.definition.holdout(targets, scores), baselines=simple)
    measured = {
        name: metric.on_holdout(holdout) for name, metric in use_case.metrics.items() if metric.on_holdout is not None
    }
    return Evaluation(measured | _beside(use_case, targets, scores, simple), holdout.calibration)


def _beside(use_case: UseCase, targets: Floats, scores: Floats, simple: Mapping[str, Floats]) -> dict[str, float]:
    """Measure the baselines of a forecast, on the rows they answer, and how much its intervals hold; nothing of others."""
    if use_case.forecast is None:
        return {}
    errors = {f"mae_{name}": np.abs(answers - targets) for name, answers in simple.items()}
    found = {name: float(np.nanmean(error)) for name, error in errors.items() if not np.isnan(error).all()}
    for place, share in enumerate(sorted(use_case.forecast.intervals, reverse=True)):
        hit = (scores[:, place] <= targets) & (targets <= scores[:, -1 - place])
        found[f"coverage_{share}"] = float(hit.mean())
    return found
