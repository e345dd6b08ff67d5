"""What tasks share whose answer is a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from typing_extensions import override

from usecases.metrics.inputs import Floats, HoldoutRows
from usecases.tasks.classes import SCORE
from usecases.tasks.definition import Output, PredictionColumn, Scores, TaskDefinition

if TYPE_CHECKING:
    import pyarrow as pa


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
        import pyarrow as pa  # noqa: PLC0415  # see TaskDefinition's import of pyarrow

        return Scores(pa.array(raw), pa.nulls(len(raw), pa.float64()), None)

    @override
    def holdout(self, targets: Floats, raw: Floats) -> HoldoutRows:
        return HoldoutRows(targets, raw, raw)

    @override
    def read_targets(self, classes: tuple[str, ...], column: pa.Array, *, decimal_comma: bool) -> Floats:
        from usecases.tasks import arrays  # noqa: PLC0415  # see TaskDefinition's import of pyarrow

        return arrays.numbers(column, decimal_comma=decimal_comma)

    @override
    def labels(self, classes: tuple[str, ...], targets: Floats) -> pa.Array:
        import pyarrow as pa  # noqa: PLC0415  # see TaskDefinition's import of pyarrow

        return pa.array(targets)

    @override
    def bad_label(self, classes: tuple[str, ...]) -> str:
        return "the label is missing or no finite number"
