"""Forecast: a number of the future, with the intervals that it is expected in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from typing_extensions import override

from usecases.metrics.definition import Metric
from usecases.metrics.errors import MAE, RELATIVE_MAE
from usecases.metrics.inputs import Floats, HoldoutRows
from usecases.metrics.limits import MetricLimit
from usecases.tasks.definition import SCORE, NumberTask, Output, PredictionColumn, Scores


class Forecast(NumberTask):
    """A number that depends on what came before its row; the names are those of the quantiles, the median in the middle."""

    name: ClassVar[str] = "forecast"
    output: ClassVar[Output] = Output.QUANTILES
    always_limited: ClassVar[tuple[MetricLimit, ...]] = (MetricLimit(name=RELATIVE_MAE.name, max_loss=1e9, worst=1.0),)

    @override
    def columns(self, classes: tuple[str, ...]) -> tuple[PredictionColumn, ...]:
        quantiles = PredictionColumn("scores", "numbers", comment=f"Quantiles {', '.join(classes)}.")
        return PredictionColumn("prediction", "number", is_nullable=False), SCORE, quantiles

    @override
    def shape(self, rows: int, classes: tuple[str, ...]) -> tuple[int, ...]:
        return rows, len(classes)

    @override
    def scores(self, classes: tuple[str, ...], raw: Floats) -> Scores:
        import pyarrow as pa  # noqa: PLC0415  # see TaskDefinition's import of pyarrow

        offsets = np.arange(0, raw.size + 1, raw.shape[1], dtype=np.int32)
        every = pa.ListArray.from_arrays(pa.array(offsets), pa.array(raw.ravel()))
        return Scores(pa.array(self.points(raw)), pa.nulls(len(raw), pa.float64()), every)

    @property
    @override
    def metrics(self) -> Mapping[str, Metric]:
        # The median is the best answer for absolute errors, so these judge it.
        return {MAE.name: MAE, RELATIVE_MAE.name: RELATIVE_MAE, **super().metrics}

    @override
    def holdout(self, targets: Floats, raw: Floats) -> HoldoutRows:
        points = self.points(raw)
        return HoldoutRows(targets, points, points)

    @override
    def points(self, raw: Floats) -> Floats:
        return np.ascontiguousarray(raw[:, raw.shape[1] // 2])
