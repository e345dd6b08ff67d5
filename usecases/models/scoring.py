"""From checked rows to answers: score a batch of rows with a model, whatever its library."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.runtime import Model, ModelError, ScoringError
from usecases.tasks.definition import Scores


def score(use_case: UseCase, model: Model, rows: pa.RecordBatch) -> Scores:
    """Score checked rows; a row's answer does not depend on the rows beside it.

    Parameters
    ----------
    use_case
        Gives the encoding and the names of the classes.
    model
        A model whose :meth:`~usecases.models.runtime.Model.require_fit` let the use case pass.
    rows
        Checked rows in the layout of :func:`usecases.checking.rows.row_schema`; further columns are ignored.

    Raises
    ------
    usecases.models.matrix.UnknownCategoryError
        If a category is none of the allowed values.
    ModelError
        If the model has another number of features or classes.
    ScoringError
        If an answer is not finite.
    """
    return use_case.task.definition.scores(use_case.classes, raw_scores(use_case, model, rows))


def raw_scores(use_case: UseCase, model: Model, rows: pa.RecordBatch) -> Floats:
    """Return the numbers of the model: shape ``(rows,)``, or ``(rows, classes)`` where each class has an output."""
    shape = use_case.task.definition.shape(rows.num_rows, use_case.classes)
    if not rows.num_rows:
        return np.empty(shape, dtype=np.float64)
    answers = model.predict(use_case, rows)
    if answers.shape != shape:
        raise ModelError(f"the model answers with shape {answers.shape} where {shape} is needed")
    if not np.isfinite(answers).all():
        raise ScoringError(f"the model gave {int((~np.isfinite(answers)).sum())} answers that are no finite number")
    return answers
