"""How many rows got the right class: accuracy on the whole; precision, recall and F1 of a class."""

from __future__ import annotations

from collections.abc import Sequence

from usecases.metrics.definition import Better, ClassMetric
from usecases.metrics.inputs import ClassCounts, ExpectedClass, HoldoutRows, plain_mean
from usecases.metrics.intervals import Measured, f1_score, proportion

_SMALLEST = 1e-15


def accuracy_of_rows(rows: HoldoutRows) -> float:
    """Return the share of rows whose class was predicted right."""
    from sklearn.metrics import accuracy_score  # noqa: PLC0415  # a second that Airflow need not spend

    return float(accuracy_score(rows.targets, rows.predicted))


def accuracy(counts: ClassCounts) -> Measured | None:
    """Measure the share of labelled rows whose class was predicted right."""
    right = sum(rows for (predicted, true), rows in counts.confusion.items() if predicted == true)
    return proportion(right, sum(counts.confusion.values()))


def expected_accuracy(expected: Sequence[ExpectedClass]) -> float:
    """Return the share of rows whose class is expected to be predicted right."""
    one = expected[0]
    right = sum(each.hits for each in expected) if len(expected) > 1 else one.hits + one.rejections
    return right / int(one.rows)


def precision(counts: ClassCounts, name: str) -> Measured | None:
    """Measure how many of the rows predicted as a class are of it.

    >>> precision(ClassCounts(["bad"], {("bad", "bad"): 8, ("bad", "ok"): 2}, []), "bad").value
    0.8
    """
    hits, predicted, _ = _rows_of_class(counts, name)
    return proportion(hits, predicted)


def expected_precision(expected: Sequence[ExpectedClass]) -> float:
    """Return the precision to be expected; of several classes the plain mean."""
    return plain_mean([one.hits / one.predicted if one.predicted else 0.0 for one in expected])


def recall(counts: ClassCounts, name: str) -> Measured | None:
    """Measure how many of the rows of a class are predicted as it."""
    hits, _, positives = _rows_of_class(counts, name)
    return proportion(hits, positives)


def expected_recall(expected: Sequence[ExpectedClass]) -> float:
    """Return the recall to be expected; of several classes the plain mean."""
    return plain_mean([one.hits / one.positives if one.positives else 0.0 for one in expected])


def f1(counts: ClassCounts, name: str) -> Measured | None:
    """Measure the harmonic mean of precision and recall of a class."""
    hits, predicted, positives = _rows_of_class(counts, name)
    return f1_score(hits, predicted - hits, positives - hits)


def expected_f1(expected: Sequence[ExpectedClass]) -> float:
    """Return the F1 to be expected; of several classes the plain mean."""
    return plain_mean([2 * one.hits / max(one.predicted + one.positives, _SMALLEST) for one in expected])


def _rows_of_class(counts: ClassCounts, name: str) -> tuple[int, int, int]:
    hits = counts.confusion.get((name, name), 0)
    predicted = sum(rows for (one, _), rows in counts.confusion.items() if one == name)
    positives = sum(rows for (_, one), rows in counts.confusion.items() if one == name)
    return hits, predicted, positives


ACCURACY = ClassMetric(
    name="accuracy",
    title="Accuracy",
    meaning="Share of rows whose class was predicted right.",
    source="Sokolova and Lapalme 2009",
    better=Better.HIGHER,
    lowest=0,
    highest=1,
    interval="Wilson 1927",
    on_holdout=accuracy_of_rows,
    on_counts=accuracy,
    expected=expected_accuracy,
    sql="avg((prediction = label)::integer)::float8",
)

# A class that occurs and is not determined counts as 0 in the mean over classes, as in scikit-learn.
PRECISION = ClassMetric(
    name="precision",
    title="Precision",
    meaning="Of the rows predicted as the class, the share that are of it.",
    source="Sokolova and Lapalme 2009",
    better=Better.HIGHER,
    lowest=0,
    highest=1,
    interval="Wilson 1927",
    on_counts=lambda counts: counts.macro(precision, undetermined=0.0),
    of_class=precision,
    expected=expected_precision,
)

RECALL = ClassMetric(
    name="recall",
    title="Recall",
    meaning="Of the rows of the class, the share that were predicted as it.",
    source="Sokolova and Lapalme 2009",
    better=Better.HIGHER,
    lowest=0,
    highest=1,
    interval="Wilson 1927",
    on_counts=lambda counts: counts.macro(recall, undetermined=0.0),
    of_class=recall,
    expected=expected_recall,
)

F1 = ClassMetric(
    name="f1",
    title="F1",
    meaning="Harmonic mean of precision and recall.",
    source="van Rijsbergen 1979",
    better=Better.HIGHER,
    lowest=0,
    highest=1,
    interval="by way of F*, which is a share: Hand, Christen and Kirielle 2021",
    on_counts=lambda counts: counts.macro(f1, undetermined=0.0),
    of_class=f1,
    expected=expected_f1,
)
