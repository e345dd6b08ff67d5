"""What each feature contributed to a model's answer, for a few rows at a time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.runtime import Model, ScoringError

MAX_EXPLAINED_ROWS = 100
"""Rows of one request; to explain a row takes some hundred times as long as to score it."""


def explain(use_case: UseCase, model: Model, rows: pa.RecordBatch) -> Floats:
    """Share the answer for each row out among the features (Lundberg et al., Nature Machine Intelligence 2, 2020).

    Parameters
    ----------
    use_case
        Gives the encoding and the names of the classes.
    model
        A model whose :meth:`~usecases.models.runtime.Model.require_fit` let the use case pass.
    rows
        Checked rows in the layout of :func:`usecases.contract.row_layout.row_schema`; the key takes no part.

    Returns
    -------
    numpy.ndarray
        Shape ``(rows, outputs, features + 1)``: one output, or one for each class that has its own. The last place
        is the base value, which is the answer where nothing is known. All places add up to the model's margin: log
        odds of the second class, the score of a class before softmax, or the number of a regression (its logarithm for
        objectives with a logarithmic link).

    Raises
    ------
    usecases.models.runtime.NoExplanationError
        If the model's library does not tell.
    usecases.models.runtime.ScoringError
        If a contribution is not finite.
    """
    outputs = len(use_case.task.definition.class_outputs(use_case.classes)) or 1
    shape = (rows.num_rows, outputs, len(use_case.features) + 1)
    if not rows.num_rows:
        return np.empty(shape, dtype=np.float64)
    shares = model.contributions(use_case, rows)
    if not np.isfinite(shares).all():
        raise ScoringError("the model gave contributions that are no finite number")
    return np.asarray(shares, dtype=np.float64).reshape(shape)
