"""What a task is: everything that differs between a binary, a multiclass and a regression use case."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from typing_extensions import override

from usecases.metrics.definition import Metric
from usecases.metrics.inputs import Floats, HoldoutRows
from usecases.metrics.limits import MetricLimit
from usecases.metrics.probabilities import calibration_table
from usecases.metrics.registry import holdout_metrics
from usecases.tasks.spelling import TargetSpelling

if TYPE_CHECKING:  # half a second that the command line need not spend
    import pyarrow as pa

    from usecases.tasks.targets import Targets


class Output(StrEnum):
    """What a model of the task gives for a row; a model library chooses its objective by it."""

    PROBABILITY = "probability"
    """One number: the probability of the second class."""
    PROBABILITIES = "probabilities"
    """As many numbers as there are classes: the probability of each."""
    NUMBER = "number"
    """One number: the answer itself."""
    QUANTILES = "quantiles"
    """As many numbers as there are quantiles, ascending; the one in the middle, the median, is the answer."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Answers for a batch of rows, row by row.

    Attributes
    ----------
    prediction
        Name of a class (text), or the predicted number (float64) of a regression.
    score
        Binary: probability of the second class. Multiclass: probability of the predicted class. Regression: all null.
    scores
        Multiclass: list of the probabilities of all classes, in the order of the use case. Else none.
    """

    prediction: pa.Array
    score: pa.Array
    scores: pa.Array | None


@dataclass(frozen=True, slots=True)
class PredictionColumn:
    """A column that holds a part of the answer in the table of predictions.

    Attributes
    ----------
    name
        Its name, one of :data:`PREDICTION_COLUMNS`.
    kind
        What it holds; `numbers` is a list of them.
    is_nullable
        Whether it may be empty.
    comment
        What it means, for people who read the table.
    """

    name: str
    kind: Literal["text", "number", "numbers"]
    is_nullable: bool = True
    comment: str | None = None


PREDICTION_COLUMNS = ("prediction", "score", "scores")
"""Columns a task may have; messages, answers and CSV files know them by name."""


class TaskDefinition(ABC):
    """A kind of answer. The classes are those of the use case, in the order of their codes; none of a number.

    Of a forecast, the names of its quantiles take their place.

    Attributes
    ----------
    name
        As it stands in `usecase.yaml`.
    output
        What its models give.
    names_classes
        Whether an answer is the name of a class; else it is a number.
    fewest_classes, most_classes
        How many classes a use case has; no upper bound where the second is none.
    label_column
        Column that holds what came true in the tables of labels.
    plots
        Plots in the report of a training, by the names :mod:`training.evaluation.page` draws them under.
    always_limited
        Limits of metrics that a version is held to even where the use case sets limits of others.
    """

    name: ClassVar[str]
    output: ClassVar[Output]
    names_classes: ClassVar[bool]
    fewest_classes: ClassVar[int]
    most_classes: ClassVar[int | None]
    label_column: ClassVar[Literal["label", "number"]]
    plots: ClassVar[tuple[str, ...]]
    always_limited: ClassVar[tuple[MetricLimit, ...]] = ()

    @abstractmethod
    def columns(self, classes: tuple[str, ...]) -> tuple[PredictionColumn, ...]:
        """Return the columns of an answer, in the order they have in the table."""

    @abstractmethod
    def class_outputs(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        """Return the classes that have an output of their own; none where a model gives one number a row."""

    @abstractmethod
    def scores(self, classes: tuple[str, ...], raw: Floats) -> Scores:
        """Turn the numbers of a model into answers."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """Metrics that its models have from their training; the first judges a version where no limits are set."""
        return holdout_metrics(names_classes=self.names_classes)

    @abstractmethod
    def holdout(self, targets: Floats, raw: Floats) -> HoldoutRows:
        """Return what metrics are computed from: what came true beside the numbers of a model."""

    def points(self, raw: Floats) -> Floats:
        """Return the numbers of a model that are compared with numbers that came true, one a row."""
        return raw

    @abstractmethod
    def read_targets(self, spelling: TargetSpelling, column: pa.Array) -> Targets:
        """Read what came true as numbers: codes of classes, or the numbers themselves; says what is missing and what is refused."""

    @abstractmethod
    def labels(self, classes: tuple[str, ...], targets: Floats) -> pa.Array:
        """Write targets as :attr:`label_column` holds them."""

    @abstractmethod
    def refusal(self, spelling: TargetSpelling) -> str:
        """Return why a value is refused by :meth:`read_targets`, as the end of a sentence about it."""

    @abstractmethod
    def score_in_words(self, spelling: TargetSpelling) -> str:
        """Return what the score of an answer is, as a sentence without its point; empty where there is none."""

    def classes_problem(self, classes: tuple[str, ...]) -> str | None:
        """Return what is wrong with the classes of a use case, in words; nothing where they fit."""
        if self.most_classes == 0 and classes:
            return f"a {self.name} has no classes"
        too_many = self.most_classes is not None and len(classes) > self.most_classes
        if len(classes) < self.fewest_classes or too_many:
            return f"a {self.name} task names its classes, negative first; found {len(classes)}"
        return None

    def shape(self, rows: int, classes: tuple[str, ...]) -> tuple[int, ...]:
        """Return the shape of a model's numbers for so many rows."""
        outputs = self.class_outputs(classes)
        return (rows, len(outputs)) if outputs else (rows,)


PREDICTED_CLASS = PredictionColumn("prediction", "text", is_nullable=False)
SCORE = PredictionColumn("score", "number", comment="Probability, where the task has one.")

Codes = np.ndarray[Any, np.dtype[np.int32]]


class ClassTask(TaskDefinition):
    """A task whose answer is the name of a class."""

    names_classes: ClassVar[bool] = True
    fewest_classes: ClassVar[int] = 2
    most_classes: ClassVar[int | None] = None
    label_column: ClassVar[Literal["label", "number"]] = "label"
    plots: ClassVar[tuple[str, ...]] = ("calibration", "confusion", "importance")

    @abstractmethod
    def predicted_codes(self, raw: Floats) -> Codes:
        """Return the code of the predicted class of every row."""

    @abstractmethod
    def calibration_pairs(self, targets: Floats, raw: Floats) -> tuple[Floats, Floats]:
        """Return probabilities and whether each came true, row by row."""

    @override
    def holdout(self, targets: Floats, raw: Floats) -> HoldoutRows:
        table = calibration_table(*self.calibration_pairs(targets, raw))
        return HoldoutRows(targets, raw, self.predicted_codes(raw), table)

    @override
    def read_targets(self, spelling: TargetSpelling, column: pa.Array) -> Targets:
        from usecases.tasks import targets  # noqa: PLC0415  # see the top

        return targets.read_classes(spelling, column)

    @override
    def labels(self, classes: tuple[str, ...], targets: Floats) -> pa.Array:
        return self.names(classes, np.nan_to_num(targets).astype(np.int32))

    @override
    def refusal(self, spelling: TargetSpelling) -> str:
        return f"is none of {spelling.classes_in_words}"

    def names(self, classes: tuple[str, ...], codes: Codes) -> pa.Array:
        """Return the names of classes by their codes."""
        import pyarrow as pa  # noqa: PLC0415  # see the top

        return pa.array(classes, pa.string()).take(pa.array(codes))


class NumberTask(TaskDefinition):
    """A task whose answer is a number."""

    output: ClassVar[Output] = Output.NUMBER
    names_classes: ClassVar[bool] = False
    fewest_classes: ClassVar[int] = 0
    most_classes: ClassVar[int | None] = 0
    label_column: ClassVar[Literal["label", "number"]] = "number"
    plots: ClassVar[tuple[str, ...]] = ("predicted_and_true", "importance")

    @override
    def columns(self, classes: tuple[str, ...]) -> tuple[PredictionColumn, ...]:
        return PredictionColumn("prediction", "number", is_nullable=False), SCORE

    @override
    def class_outputs(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        return ()

    @override
    def scores(self, classes: tuple[str, ...], raw: Floats) -> Scores:
        import pyarrow as pa  # noqa: PLC0415  # see the top

        return Scores(pa.array(raw), pa.nulls(len(raw), pa.float64()), None)

    @override
    def holdout(self, targets: Floats, raw: Floats) -> HoldoutRows:
        return HoldoutRows(targets, raw, raw)

    @override
    def read_targets(self, spelling: TargetSpelling, column: pa.Array) -> Targets:
        from usecases.tasks import targets  # noqa: PLC0415  # see the top

        return targets.read_numbers(spelling, column)

    @override
    def labels(self, classes: tuple[str, ...], targets: Floats) -> pa.Array:
        import pyarrow as pa  # noqa: PLC0415  # see the top

        return pa.array(targets)

    @override
    def refusal(self, spelling: TargetSpelling) -> str:
        could_be_two = ", or could be two, as 1.234 could; write it without the point"
        return "is no number" + (could_be_two if spelling.decimal_comma else "")

    @override
    def score_in_words(self, spelling: TargetSpelling) -> str:
        return ""
