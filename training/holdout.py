"""What a person has to know about a holdout to believe its metrics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from training.data import TrainingData
from training.evaluate import Evaluation, evaluate
from training.fit import fit
from training.splits import ChosenSplit, Split, random_split
from usecases.contract.spec import UseCase
from usecases.contract.training import SplitKind
from usecases.models.runtime import Runtime
from usecases.models.scoring import matrix, raw_scores

RANDOM_PREFIX = "random_split_"
"""Before the name of a metric in MLflow that rows drawn at random would have said."""


@dataclass(frozen=True, slots=True)
class Holdout:
    """The rows a model is judged by, beside its metrics.

    Attributes
    ----------
    split
        How they were chosen.
    duplicates
        Rows of it whose features the model has seen in another row, value for value.
    at_random
        What a holdout drawn at random would have said of the same configuration; none where this one is drawn at random.
    """

    split: ChosenSplit
    duplicates: int
    at_random: Evaluation | None

    @property
    def metrics_at_random(self) -> dict[str, float]:
        """Metrics of the random holdout; none where there is none."""
        return {} if self.at_random is None else self.at_random.metrics


def describe_holdout(use_case: UseCase, data: TrainingData, parts: Split, runtime: Runtime) -> Holdout:
    """Look at a holdout: count what is in it twice, and measure what a random one would have said."""
    at_random = None
    # Rows of a forecast share their readings, so random ones would say nothing.
    if parts.kind is not SplitKind.RANDOM and use_case.forecast is None:
        others = random_split(use_case, data)
        model = fit(use_case, data, others, runtime=runtime).model
        rows = data.rows.take(pa.array(others.holdout))
        at_random = evaluate(use_case, data.targets[others.holdout], raw_scores(use_case, model, rows))
    return Holdout(parts.chosen, count_duplicates(use_case, data, parts), at_random)


def count_duplicates(use_case: UseCase, data: TrainingData, parts: Split) -> int:
    """Count the rows of the holdout whose features stand in a row to learn from or to stop by as well."""
    encoded = np.ascontiguousarray(matrix(use_case, data.rows) + np.float32(0))  # -0 is 0
    rows = encoded.view(np.dtype((np.void, encoded.strides[0]))).ravel()
    _, codes = np.unique(rows, return_inverse=True)
    seen = np.zeros(int(codes.max()) + 1, dtype=np.bool_)
    seen[codes[parts.training]] = seen[codes[parts.validation]] = True
    return int(seen[codes[parts.holdout]].sum())
