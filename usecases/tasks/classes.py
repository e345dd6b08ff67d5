"""What tasks share whose answer is the name of a class."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from typing_extensions import override

from usecases.metrics.inputs import Floats, HoldoutRows
from usecases.metrics.probabilities import calibration_table
from usecases.tasks.definition import PredictionColumn, TaskDefinition

if TYPE_CHECKING:
    import pyarrow as pa

PREDICTED_CLASS = PredictionColumn("prediction", "text", is_nullable=False)
SCORE = PredictionColumn("score", "number", comment="Probability, where the task has one.")

_MOST_NAMED = 10
"""Classes that are named to somebody whose label is none of them."""

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
    def read_targets(self, classes: tuple[str, ...], column: pa.Array, *, decimal_comma: bool) -> Floats:
        from usecases.tasks import arrays  # noqa: PLC0415  # see TaskDefinition's import of pyarrow

        return arrays.class_codes(classes, column)

    @override
    def labels(self, classes: tuple[str, ...], targets: Floats) -> pa.Array:
        return self.names(classes, np.nan_to_num(targets).astype(np.int32))

    @override
    def bad_label(self, classes: tuple[str, ...]) -> str:
        more = ", ..." if len(classes) > _MOST_NAMED else ""
        return f"the label is missing or none of {', '.join(classes[:_MOST_NAMED])}{more}"

    def names(self, classes: tuple[str, ...], codes: Codes) -> pa.Array:
        """Return the names of classes by their codes."""
        import pyarrow as pa  # noqa: PLC0415  # see TaskDefinition's import of pyarrow

        return pa.array(classes, pa.string()).take(pa.array(codes))
