"""A model library in one file: a straight line through one feature, stored as JSON. Run as a module, a worker that knows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from typing_extensions import override

from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.runtime import Examples, Fitted, Model, ModelError, OnRound, Runtime
from usecases.models.runtimes import RUNTIMES
from usecases.tasks.definition import Output


@dataclass(frozen=True)
class LineModel(Model):
    """Log odds, or a number, that grow with one feature."""

    feature: str
    base: float
    slope: float
    output: str
    rounds: int = 1

    @property
    @override
    def summary(self) -> str:
        return f"a line through {self.feature}"

    @override
    def require_fit(self, use_case: UseCase) -> None:
        if self.feature not in use_case.features_by_name:
            raise ModelError(f"{use_case.name} has no feature {self.feature}")
        if self.output != use_case.task.definition.output:
            raise ModelError(f"the line gives a {self.output}")

    @override
    def predict(self, use_case: UseCase, rows: pa.RecordBatch) -> Floats:
        margin = self.base + self.slope * _values(rows, self.feature)
        return margin if self.output == Output.NUMBER else np.asarray(1 / (1 + np.exp(-margin)))

    @override
    def contributions(self, use_case: UseCase, rows: pa.RecordBatch) -> Floats:
        shares = np.zeros((rows.num_rows, len(use_case.features) + 1))
        shares[:, [feature.name for feature in use_case.features].index(self.feature)] = self.slope * _values(
            rows, self.feature
        )
        shares[:, -1] = self.base
        return shares

    @override
    def importance(self) -> Mapping[str, float]:
        return {self.feature: abs(self.slope)}

    @override
    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.__dict__))


class Line(Runtime):
    """Lines."""

    name: ClassVar[str] = "line"
    ending: ClassVar[str] = ".line"
    how_to_register: ClassVar[str] = "smartpredict train"

    @override
    def fit(
        self, use_case: UseCase, training: Examples, validation: Examples, on_round: OnRound | None = None
    ) -> Fitted:
        feature = next(feature.name for feature in use_case.features if feature.type == "float")
        values = _values(training.rows, feature)
        slope = float(np.cov(values, training.targets)[0, 1] / values.var())
        base = float(training.targets.mean() - slope * values.mean())
        model = LineModel(feature, base, slope, use_case.task.definition.output.value)
        loss = float(np.mean((model.predict(use_case, validation.rows) - validation.targets) ** 2))
        if on_round is not None:
            on_round(1, 1)
        return Fitted(model, {"feature": feature}, loss)

    @override
    def options(self, use_case: UseCase) -> dict[str, float | int]:
        return {}

    @override
    def draw(self, rng: np.random.Generator) -> dict[str, float | int]:
        return {}

    @override
    def load(self, path: Path, *, threads: int = 1) -> LineModel:
        try:
            return LineModel(**json.loads(path.read_bytes()))
        except (ValueError, TypeError) as error:
            raise ModelError(f"{path.name} is no line: {error}") from error

    @override
    def log(self, model: Model, **stored: Any) -> Any:
        from mlflow.models import Model as Described  # noqa: PLC0415  # two seconds that a worker need not spend

        def save_model(path: str, mlflow_model: Any, extra_files: list[str], **_: Any) -> None:
            folder = Path(path)
            (folder / "extra_files").mkdir(parents=True)
            for file in map(Path, extra_files):
                (folder / "extra_files" / file.name).write_bytes(file.read_bytes())
            model.save(folder / self.model_file)
            mlflow_model.add_flavor(self.name, data=self.model_file)
            mlflow_model.save(str(folder / "MLmodel"))

        return Described.log(
            artifact_path=None, flavor=SimpleNamespace(save_model=save_model, __name__=self.name), **stored
        )


LINE = Line()


def _values(rows: pa.RecordBatch, feature: str) -> Floats:
    return np.asarray(np.nan_to_num(rows.column(feature).to_numpy(zero_copy_only=False)), dtype=np.float64)


if __name__ == "__main__":
    import runpy

    RUNTIMES.append(LINE)
    runpy.run_module("inference_worker", run_name="__main__")
