"""Learning from what was served: stored rows with the labels that arrived for them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Engine

from sql.labels.training_history import labelled_rows
from training.data import TrainingData, check_training_data
from training.errors import TrainingDataError
from usecases.contract.spec import UseCase


def load_history(engine: Engine, use_case: UseCase, since: datetime, until: datetime) -> TrainingData:
    """Read the labelled rows of a stretch of time and check them as any training data.

    Parameters
    ----------
    engine, use_case
        The database, and whose rows.
    since, until
        Rows received then or later, and before.

    Raises
    ------
    TrainingDataError
        If there are too few, or too few of a class; says how labels are delivered.
    """
    table = labelled_rows(engine, use_case, since, until).combine_chunks()
    span = f"between {since:%Y-%m-%d %H:%M} and {until:%Y-%m-%d %H:%M} UTC"
    if not table.num_rows:
        raise TrainingDataError(
            f"{use_case.name} has no labelled rows {span}; say what came true: "
            f"smartpredict labels FILE --use-case {use_case.name}"
        )
    try:
        return replace(check_training_data(_as_stored(use_case), table.to_batches()[0]), is_received=True)
    except TrainingDataError as error:
        raise TrainingDataError(f"of {table.num_rows:,} labelled rows {span}: {error}") from error


def _as_stored(use_case: UseCase) -> UseCase:
    """Return the use case for rows as the database writes them: with a point for decimals, whatever files have."""
    content = use_case.model_dump(mode="json") | {"target_decimal_comma": False}
    content["training"].pop("notations", None)
    for feature in content["features"]:
        feature.pop("decimal_comma", None)
    return UseCase.model_validate_json(json.dumps(content))
