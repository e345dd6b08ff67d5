"""From a use case to a registered version: the one function that the command line and the schedules call.

Whether the version is served is decided afterwards, by the gates of :class:`registry.lifecycle.Lifecycle`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Engine

from monitoring.profiles.row_order import row_order
from training.data import TrainingData, load_training_data
from training.evaluate import evaluate
from training.evaluation.baseline import champion_on
from training.evaluation.judged import Judged, holdout_moments
from training.evaluation.learning_curve import learning_curve
from training.evaluation.page import Findings
from training.evaluation.report import model_report
from training.fit import as_served, fit
from training.forecasts.measures import HorizonSums
from training.holdout import describe_holdout
from training.out_of_core.memory import RowsPastMemory, rows_past_memory
from training.out_of_core.train import train_past_memory
from training.result import Progress, Step, TrainingResult, store_version
from training.search import search
from training.splits import split, time_order
from usecases.contract.forecast import HORIZON
from usecases.contract.spec import UseCase
from usecases.forecasts.baselines import baselines
from usecases.metrics.errors import RELATIVE_MAE
from usecases.metrics.inputs import Floats
from usecases.models.runtime import Examples, Runtime
from usecases.models.runtimes import DEFAULT_RUNTIME
from usecases.models.scoring import raw_scores

__all__ = ["Progress", "Step", "TrainingResult", "train"]


def train(
    use_case: UseCase,
    folder: Path,
    tracking_uri: str,
    progress: Progress = lambda *_: None,
    *,
    engine: Engine | None = None,
    data: TrainingData | RowsPastMemory | None = None,
    origin: str = "of the training data",
    trials: int = 0,
    runtime: Runtime = DEFAULT_RUNTIME,
    told: Callable[[str], None] = lambda _: None,
) -> TrainingResult:
    """Read the data, fit, evaluate, and register the model as a new version.

    Parameters
    ----------
    use_case
        What to train for.
    folder
        Folder of its usecase.yaml, where its data is looked for.
    tracking_uri
        Address of MLflow.
    progress
        Hears how far it is.
    engine
        The database, for a forecast that learns from stored observations.
    data, origin
        Rows to learn from instead of the training data of the use case, in memory or not, and where they came from, in
        words.
    trials
        Configurations to try; the best on the validation rows is kept. Below 2, that of the use case is taken.
    runtime
        Model library to fit with.
    told
        Hears, before it begins, how much memory it needs where the rows do not fit.

    Raises
    ------
    training.errors.TrainingError
        If the data is not good enough or MLflow does not take the model.
    """
    began = time.monotonic()
    progress(Step.READING, 0.0)
    data = data or rows_past_memory(use_case, folder)
    if isinstance(data, RowsPastMemory):
        told(data.forecast.words)
        return train_past_memory(use_case, data, tracking_uri, progress, trials=trials, runtime=runtime, origin=origin)
    data = data or load_training_data(use_case, folder, engine)
    parts = split(use_case, data)
    # One configuration alone is a search that has ended.
    searched = search(
        use_case,
        lambda configured, on_round: fit(configured, data, parts, on_round, runtime),
        max(1, trials),
        lambda share: progress(Step.FITTING, share),
        runtime,
    )
    fitted, tried = searched.best, searched.trials if trials > 1 else ()
    progress(Step.EVALUATING, 0.0)
    model = as_served(use_case, fitted, runtime)
    rows, targets = data.rows.take(pa.array(parts.holdout)), data.targets[parts.holdout]
    scores = raw_scores(use_case, model, rows)
    evaluation = evaluate(use_case, targets, scores, rows)
    unseen_by = None if data.is_received else parts.kind
    by_horizon = _by_horizon(use_case, rows, targets, scores)
    if use_case.forecast is not None and evaluation.metrics[RELATIVE_MAE.name] < 1:
        # The newest readings teach most; what judges the version was measured before it saw them.
        fitted = runtime.refit(searched.use_case, fitted, Examples(data.rows, data.targets))
        model = as_served(use_case, fitted, runtime)
    baseline = champion_on(use_case, rows, targets, tracking_uri, unseen_by=unseen_by)
    holdout = describe_holdout(searched.use_case, data, parts, runtime)
    curve = (
        []
        if use_case.forecast is not None
        else learning_curve(
            searched.use_case, data, parts, runtime, model, lambda share: progress(Step.EVALUATING, share)
        )
    )
    findings = Findings(
        use_case,
        fitted,
        evaluation,
        holdout,
        targets,
        scores,
        baseline,
        tried,
        origin=origin,
        rows=data.rows.num_rows,
        left_out=data.left_out,
        by_horizon=by_horizon,
    )
    judged = Judged(rows, targets, scores, len(targets), *holdout_moments(use_case, data, parts))
    report = model_report(findings, model, judged, curve)
    progress(Step.REGISTERING, 0.0)
    order = row_order(use_case, data.rows, data.targets, time_order(use_case, data, parts))
    return store_version(
        searched.use_case, findings, report, data, model, runtime, tracking_uri, progress, began, order
    )


def _by_horizon(use_case: UseCase, rows: pa.RecordBatch, targets: Floats, scores: Floats) -> Mapping[str, list[float]]:
    """Measure a forecast and its baselines horizon by horizon; nothing of another task."""
    if use_case.forecast is None:
        return {}
    sums = HorizonSums(use_case.forecast)
    sums.add(rows.column(HORIZON).to_numpy(), targets, {"this model": scores}, baselines(use_case, rows))
    return sums.by_horizon()
