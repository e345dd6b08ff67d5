"""Multiclass: one of several classes, with the probability of each."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from typing_extensions import override

from usecases.metrics.inputs import Floats
from usecases.tasks.definition import PREDICTED_CLASS, SCORE, ClassTask, Codes, Output, PredictionColumn, Scores
from usecases.tasks.spelling import TargetSpelling


class Multiclass(ClassTask):
    """One of several classes; the most probable one is predicted."""

    name: ClassVar[str] = "multiclass"
    output: ClassVar[Output] = Output.PROBABILITIES

    @override
    def columns(self, classes: tuple[str, ...]) -> tuple[PredictionColumn, ...]:
        return PREDICTED_CLASS, SCORE, PredictionColumn("scores", "numbers", comment=f"Of {', '.join(classes)}.")

    @override
    def score_in_words(self, spelling: TargetSpelling) -> str:
        return "The score is the probability of the class that is predicted; there is one for each class besides"

    @override
    def class_outputs(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        return classes

    @override
    def predicted_codes(self, raw: Floats) -> Codes:
        return np.asarray(raw.argmax(axis=1), dtype=np.int32)

    @override
    def scores(self, classes: tuple[str, ...], raw: Floats) -> Scores:
        import pyarrow as pa  # noqa: PLC0415  # see TaskDefinition's import of pyarrow

        best = self.predicted_codes(raw)
        offsets = np.arange(0, raw.size + 1, raw.shape[1], dtype=np.int32)
        every = pa.ListArray.from_arrays(pa.array(offsets), pa.array(raw.ravel()))
        return Scores(self.names(classes, best), pa.array(raw[np.arange(len(best)), best]), every)

    @override
    def calibration_pairs(self, targets: Floats, raw: Floats) -> tuple[Floats, Floats]:
        # As usual for several classes: is the winner as often right as it says?
        return raw.max(axis=1), (self.predicted_codes(raw) == targets).astype(np.float64)
