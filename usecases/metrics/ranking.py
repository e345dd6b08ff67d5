"""How well scores put the rows of a class before the others: the areas under the ROC and the precision-recall curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from usecases.metrics.definition import Better, ClassMetric
from usecases.metrics.inputs import ClassCounts, ExpectedClass, Floats, HoldoutRows, plain_mean, rows_by_bin
from usecases.metrics.intervals import Measured, area_under_curve


def roc_auc_of_rows(rows: HoldoutRows) -> float:
    """Return the area under the ROC curve; of several classes the plain mean of each against the others."""
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415  # a second that Airflow need not spend

    return float(roc_auc_score(*_of_classes_that_occur(rows), average="macro"))


def roc_auc(counts: ClassCounts, name: str) -> Measured | None:
    """Measure the area under the ROC curve of a class against the others."""
    scores = [one for one in counts.scores if one.class_name == name]
    _, positives = rows_by_bin(scores, came_true=True)
    _, negatives = rows_by_bin(scores, came_true=False)
    area = area_of_pairs(positives, negatives)
    return None if area is None else area_under_curve(area, float(positives.sum()), float(negatives.sum()))


def expected_roc_auc(expected: Sequence[ExpectedClass]) -> float | None:
    """Return the area to be expected; of several classes the plain mean of those that have one."""
    areas = [one.area for one in expected if one.area is not None]
    return plain_mean(areas) if areas else None


def area_of_pairs(positives: Floats, negatives: Floats) -> float | None:
    """Return the share of pairs in which the positive row has the higher score, ties counting half.

    Parameters
    ----------
    positives, negatives
        Rows, or expected rows, in bins of ascending score.

    Examples
    --------
    >>> area_of_pairs(np.array([0.0, 1, 3]), np.array([2.0, 1, 0]))
    0.9583333333333334
    """
    pairs = positives.sum() * negatives.sum()
    if not pairs:
        return None
    below = np.cumsum(negatives) - negatives
    return float((positives * (below + negatives / 2)).sum() / pairs)


def pr_auc_of_rows(rows: HoldoutRows) -> float:
    """Return the average precision; of several classes the plain mean of each against the others."""
    from sklearn.metrics import average_precision_score  # noqa: PLC0415  # a second that Airflow need not spend

    return float(average_precision_score(*_of_classes_that_occur(rows), average="macro"))


def _of_classes_that_occur(rows: HoldoutRows) -> tuple[Floats, Floats]:
    """Return what came true and the scores, without the classes of several that no row of the holdout has."""
    if not rows.has_class_columns:
        return rows.is_class, rows.scores
    occurs = rows.is_class.any(axis=0)
    return rows.is_class[:, occurs], rows.scores[:, occurs]


ROC_AUC = ClassMetric(
    name="roc_auc",
    title="ROC AUC",
    meaning="Share of pairs of a row of the class and another in which the row of the class has the higher score.",
    source="Hanley and McNeil 1982",
    better=Better.HIGHER,
    lowest=0,
    highest=1,
    interval="Hanley and McNeil 1982",
    judges=True,
    on_holdout=roc_auc_of_rows,
    on_counts=lambda counts: counts.macro(roc_auc),
    of_class=roc_auc,
    expected=expected_roc_auc,
)

PR_AUC = ClassMetric(
    name="pr_auc",
    title="PR AUC",
    meaning="Precision at every recall, averaged; tells more than ROC AUC where the class is rare.",
    source="Davis and Goadrich 2006, as average precision",
    better=Better.HIGHER,
    lowest=0,
    highest=1,
    on_holdout=pr_auc_of_rows,
)
