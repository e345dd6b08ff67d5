"""The report of a version in figures, for the page and for programs: all that was found out about a fitted model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from registry.report import JudgedRows, LearningPoint, ModelReport, finite
from training.evaluation.curves import calibration, confusion, threshold_curves
from training.evaluation.features import reported_features
from training.evaluation.judged import MOST_ROWS, Judged
from training.evaluation.numbers import residuals
from training.evaluation.page import Findings, importance
from training.evaluation.segments import segments
from usecases.models.runtime import Model


def model_report(
    findings: Findings, model: Model, judged: Judged, learning_curve: Sequence[LearningPoint] = ()
) -> ModelReport:
    """Put together what a training found out.

    Parameters
    ----------
    findings
        What was found so far.
    model
        The model as it is served.
    judged
        Rows of the holdout, all of them or some.
    learning_curve
        How it fares by the rows it learned from; empty where that was not measured.
    """
    use_case, holdout = findings.use_case, findings.holdout
    task = use_case.task.definition
    judged = judged.thinned(MOST_ROWS)
    features = reported_features(use_case, model, judged.rows, importance(findings))
    declared = set(use_case.features_by_name)
    return ModelReport(
        task=task.name,
        rows=_judged_rows(findings),
        metrics=finite(findings.evaluation.metrics),
        metrics_at_random=finite(holdout.metrics_at_random),
        features=features,
        curves=list(threshold_curves(use_case, findings.targets, findings.scores)),
        confusion=confusion(use_case, findings.targets, findings.scores),
        calibration=calibration(findings.evaluation),
        calibration_at_random=calibration(holdout.at_random),
        residuals=None if task.names_classes else residuals(task.points(findings.scores), findings.targets),
        segments=list(segments(use_case, judged, [one.feature for one in features if one.feature in declared])),
        learning_curve=list(learning_curve),
        by_horizon={name: list(values) for name, values in findings.by_horizon.items()},
        notes=_notes(findings, judged, has_curve=bool(learning_curve)),
    )


def _judged_rows(findings: Findings) -> JudgedRows:
    split = findings.holdout.split
    return JudgedRows(
        training=split.training,
        validation=split.validation,
        holdout=split.holdout,
        split=split.kind.value,
        words=split.explained,
        digest=hashlib.sha256(findings.targets.tobytes()).hexdigest()[:16],
    )


def _notes(findings: Findings, judged: Judged, *, has_curve: bool) -> list[str]:
    notes, looked_at = [], len(judged.targets)
    if looked_at < judged.of:
        notes.append(f"Segments are measured on {looked_at:,} of the {judged.of:,} rows of the holdout, evenly chosen.")
    if not has_curve:
        why = (
            "it is judged horizon by horizon"
            if findings.use_case.forecast is not None
            else "the rows do not fit into memory, and each point would take another training"
        )
        notes.append(f"The learning curve is not measured: {why}.")
    if findings.holdout.duplicates:
        notes.append(
            f"{findings.holdout.duplicates:,} rows of the holdout have the same features as a row it learned from."
        )
    return notes
