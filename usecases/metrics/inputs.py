"""What metrics are computed from: rows of a holdout, counts and sums of served rows, and what is expected of a class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Any

import numpy as np

from usecases.metrics.intervals import Measured

Floats = np.ndarray[Any, np.dtype[np.float64]]

Confusion = Mapping[tuple[str, str], int]
"""Rows by predicted class and class that came true."""


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Rows whose probability lies in one tenth: a calibrated model is as often right as it says.

    Attributes
    ----------
    lower, upper
        Limits of the probability; the upper one belongs to the next bin.
    rows
        Rows in the bin.
    predicted
        Mean of their probabilities.
    observed
        Share of them for which it came true.
    """

    lower: float
    upper: float
    rows: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class HoldoutRows:
    """Rows that the model has not seen.

    Attributes
    ----------
    targets
        What came true: codes of classes, or numbers.
    scores
        The model's raw scores: probabilities of the second class of two, a column for each of several, or numbers.
    predicted
        Codes of the predicted classes; the scores themselves where numbers are predicted.
    calibration
        Said and observed probabilities; empty where numbers are predicted.
    baselines
        What simple rules answer to the same rows, by their names, NaN where they do not; of forecasts alone.
    """

    targets: Floats
    scores: Floats
    predicted: np.ndarray[Any, Any]
    calibration: tuple[CalibrationBin, ...] = ()
    baselines: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def has_class_columns(self) -> bool:
        """Whether there is a column of scores for each of several classes."""
        return self.scores.ndim > 1

    @property
    def is_class(self) -> Floats:
        """1 where a class came true and 0 where not, in the layout of the scores."""
        if not self.has_class_columns:
            return self.targets
        return np.asarray(self.targets[:, None] == np.arange(self.scores.shape[1]), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class ScoreCount:
    """Rows whose score for one class lies in one bin.

    Bins are a tenth of the log odds wide. Within one, the odds of two rows differ by a tenth at most, so what is computed
    from bins instead of rows is off by less than what a sample of any size tells apart, however rare the class.

    Attributes
    ----------
    class_name
        The class: the positive one of two, or each of several.
    bin
        Log odds of the score times ten, rounded down.
    predicted
        Whether this class was predicted.
    came_true
        Whether it came true; None where that is not known.
    rows, scores
        Rows, and the sum of their scores.
    losses, loss_squares
        Sums of the log losses of rows whose class is known, and of their squares.
    """

    class_name: str
    bin: int
    predicted: bool
    came_true: bool | None
    rows: int
    scores: float
    losses: float = 0.0
    loss_squares: float = 0.0


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """Served rows of a model that names classes, counted.

    Attributes
    ----------
    classes
        Classes that are measured: the positive one of two, or each of several.
    confusion
        Labelled rows.
    scores
        All rows, by the score of each measured class.
    """

    classes: Sequence[str]
    confusion: Confusion
    scores: Sequence[ScoreCount]

    def macro(
        self, of_class: Callable[[ClassCounts, str], Measured | None], undetermined: float | None = None
    ) -> Measured | None:
        """Measure the positive class of two, or return the plain mean over several classes.

        Parameters
        ----------
        of_class
            Measures one class.
        undetermined
            Counts for a class that occurs and is not determined; without it, such a class is left out of the mean.
        """
        if len(self.classes) == 1:
            return of_class(self, self.classes[0])
        seen = {name for pair, rows in self.confusion.items() for name in pair if rows}
        found = {name: of_class(self, name) for name in self.classes}
        values = [
            measured.value if measured else undetermined for name, measured in found.items() if measured or name in seen
        ]
        known = [value for value in values if value is not None]
        return Measured(fsum(known) / len(known)) if known else None


@dataclass(frozen=True, slots=True)
class ErrorSums:
    """Sums over the errors of a regression: predicted minus true."""

    rows: int
    labelled: int
    errors: float
    absolutes: float
    squares: float
    fourths: float

    @classmethod
    def of(cls, errors: Sequence[float]) -> ErrorSums:
        """Add up errors one by one."""
        return cls(
            len(errors), len(errors), fsum(errors), fsum(map(abs, errors)),
            fsum(error**2 for error in errors), fsum(error**4 for error in errors),
        )  # fmt: skip

    def __add__(self, other: ErrorSums) -> ErrorSums:
        return ErrorSums(
            self.rows + other.rows, self.labelled + other.labelled, self.errors + other.errors,
            self.absolutes + other.absolutes, self.squares + other.squares, self.fourths + other.fourths,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExpectedClass:
    """What is expected of a class before labels arrive, from calibrated probabilities.

    Attributes
    ----------
    rows, predicted, positives
        Rows in all; those for which the class was predicted, and those for which it is expected to come true.
    hits, rejections
        Rows for which it is expected to be predicted rightly, and rightly not to be predicted.
    loss, positive_loss
        Sum of the log losses, and that of the rows for which the class comes true.
    area
        Area under the ROC curve; None where one side has no rows.
    """

    rows: float
    predicted: float
    positives: float
    hits: float
    rejections: float
    loss: float
    positive_loss: float
    area: float | None


def rows_by_bin(scores: Iterable[ScoreCount], *, came_true: bool) -> tuple[list[int], Floats]:
    """Return the bins that have rows, ascending, and in each the rows for which the class came true, or did not."""
    counted = list(scores)
    bins = sorted({one.bin for one in counted})
    places = {number: place for place, number in enumerate(bins)}
    rows = np.zeros(len(bins))
    for one in counted:
        if one.came_true is came_true:
            rows[places[one.bin]] += one.rows
    return bins, rows


def plain_mean(values: Sequence[float]) -> float:
    """Return the mean of values that count alike."""
    return fsum(values) / len(values)
