"""Binary: one of two classes, with the probability of the second."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from typing_extensions import override

from usecases.metrics.inputs import Floats
from usecases.tasks.definition import PREDICTED_CLASS, SCORE, ClassTask, Codes, Output, PredictionColumn, Scores
from usecases.tasks.spelling import TargetSpelling

THRESHOLD = 0.5
"""Probability of the second class from which on a prediction names it."""


class Binary(ClassTask):
    """One of two classes; the negative one comes first."""

    name: ClassVar[str] = "binary"
    output: ClassVar[Output] = Output.PROBABILITY
    most_classes: ClassVar[int | None] = 2

    @override
    def columns(self, classes: tuple[str, ...]) -> tuple[PredictionColumn, ...]:
        return PREDICTED_CLASS, SCORE

    @override
    def score_in_words(self, spelling: TargetSpelling) -> str:
        written = f" ({spelling.source_names[1]} in the data)" if spelling.source_names else ""
        return f"The score is the probability of {spelling.classes[1]!r}{written}, the second class; turn them round for the other"

    @override
    def class_outputs(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        return ()

    @override
    def predicted_codes(self, raw: Floats) -> Codes:
        return (raw >= THRESHOLD).astype(np.int32)

    @override
    def scores(self, classes: tuple[str, ...], raw: Floats) -> Scores:
        import pyarrow as pa  # noqa: PLC0415  # see TaskDefinition's import of pyarrow

        return Scores(self.names(classes, self.predicted_codes(raw)), pa.array(raw), None)

    @override
    def calibration_pairs(self, targets: Floats, raw: Floats) -> tuple[Floats, Floats]:
        return raw, targets
