"""From a use case to a registered version: the one function that the command line and the schedules call.

Whether the version is served is decided afterwards, by the gates of :class:`registry.lifecycle.Lifecycle`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Engine

from monitoring.profiles.building import reference_profile
from monitoring.profiles.row_order import row_order
from registry.golden import golden_batch
from training.baseline import Baseline, champion_on, is_better
from training.data import TrainingData, load_training_data
from training.evaluate import Evaluation, evaluate
from training.forecasts.measures import HorizonSums
from training.holdout import Holdout, describe_holdout
from training.registering import Registration, register
from training.report import REPORT_FOLDER, Findings, log_report, write_report
from training.search import Trial, search
from training.splits import split, time_order
from usecases.analysis.analysis import Answer, analyze
from usecases.analysis.page import analysis_page
from usecases.contract.forecast import HORIZON
from usecases.contract.spec import UseCase
from usecases.forecasts.baselines import baselines
from usecases.metrics.errors import RELATIVE_MAE
from usecases.metrics.inputs import Floats
from usecases.models.runtime import Examples, Fitted, Model, Runtime
from usecases.models.runtimes import DEFAULT_RUNTIME
from usecases.models.scoring import raw_scores, score

DATA_PAGE = "data.html"
"""Page about the data that was learned from, beside the report of the run."""


class Step(StrEnum):
    """What a training is at."""

    READING = "reading the data"
    FITTING = "fitting"
    EVALUATING = "evaluating"
    REGISTERING = "registering"


Progress = Callable[[Step, float], None]
"""Hears the step and the share of it that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What came out of a training.

    Attributes
    ----------
    use_case
        Name of the use case.
    version
        The new version; it is served once it is promoted.
    digest
        SHA-256 of its model file.
    rows, bad_rows
        Good rows that were learned from or evaluated on, and rows left out.
    left_out
        Which rows were left out and why, in words.
    rounds
        Boosting rounds of the model.
    evaluation
        Metrics and calibration on the holdout.
    holdout
        Which rows that is, and what random ones would have said.
    run_url, report_url
        Pages of the run and of its report in MLflow; empty where MLflow is no server.
    seconds
        Time it all took.
    baseline
        How the champion fares on the same holdout; none where there is none that fits.
    trials
        What a search tried; empty without one.
    """

    use_case: str
    version: int
    digest: str
    rows: int
    bad_rows: int
    rounds: int
    evaluation: Evaluation
    holdout: Holdout
    run_url: str
    seconds: float
    baseline: Baseline | None = None
    trials: tuple[Trial, ...] = ()
    left_out: tuple[str, ...] = ()
    is_better: bool = True
    """Whether it did not fall behind the champion on the same rows."""

    @property
    def report_url(self) -> str:
        """Page of the report in MLflow."""
        return f"{self.run_url}/artifacts/{REPORT_FOLDER}/report.html" if self.run_url else ""


def train(
    use_case: UseCase,
    folder: Path,
    tracking_uri: str,
    progress: Progress = lambda *_: None,
    *,
    engine: Engine | None = None,
    data: TrainingData | None = None,
    origin: str = "of the training data",
    trials: int = 0,
    runtime: Runtime = DEFAULT_RUNTIME,
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
        Rows to learn from instead of the training data of the use case, and where they came from, in words.
    trials
        Configurations to try; the best on the validation rows is kept. Below 2, that of the use case is taken.
    runtime
        Model library to fit with.

    Raises
    ------
    training.errors.TrainingError
        If the data is not good enough or MLflow does not take the model.
    """
    began = time.monotonic()
    progress(Step.READING, 0.0)
    data = data or load_training_data(use_case, folder, engine)
    parts = split(use_case, data)
    # One configuration alone is a search that has ended.
    searched = search(use_case, data, parts, max(1, trials), lambda share: progress(Step.FITTING, share), runtime)
    fitted, tried = searched.best, searched.trials if trials > 1 else ()
    progress(Step.EVALUATING, 0.0)
    model = _as_served(use_case, fitted, runtime)
    rows, targets = data.rows.take(pa.array(parts.holdout)), data.targets[parts.holdout]
    scores = raw_scores(use_case, model, rows)
    evaluation = evaluate(use_case, targets, scores, rows)
    unseen_by = None if data.is_received else parts.kind
    by_horizon = _by_horizon(use_case, rows, targets, scores)
    if use_case.forecast is not None and evaluation.metrics[RELATIVE_MAE.name] < 1:
        # The newest readings teach most; what judges the version was measured before it saw them.
        fitted = runtime.refit(searched.use_case, fitted, Examples(data.rows, data.targets))
        model = _as_served(use_case, fitted, runtime)
    baseline = champion_on(use_case, rows, targets, tracking_uri, unseen_by=unseen_by)
    holdout = describe_holdout(searched.use_case, data, parts, runtime)
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
    progress(Step.REGISTERING, 0.0)
    with tempfile.TemporaryDirectory() as report:
        write_report(findings, Path(report))
        (Path(report) / DATA_PAGE).write_text(_data_page(use_case, data), encoding="utf-8")
        # With the configuration that was found, so that the next training begins from what is served.
        stored = Registration(
            fitted=fitted,
            runtime=runtime,
            evaluation=evaluation,
            holdout=holdout,
            profile=reference_profile(
                use_case,
                data.rows,
                score(use_case, model, data.rows),
                row_order(use_case, data.rows, data.targets, time_order(use_case, data, parts)),
            ),
            golden=golden_batch(use_case, model, data.rows),
            rows=data.rows.num_rows,
        )
        registered = register(searched.use_case, stored, tracking_uri)
        log_report(Path(report), registered.run_id, tracking_uri)
    progress(Step.REGISTERING, 1.0)
    return TrainingResult(
        use_case=use_case.name,
        version=registered.version,
        digest=registered.digest,
        rows=data.rows.num_rows,
        bad_rows=data.bad_rows,
        rounds=model.rounds,
        evaluation=evaluation,
        holdout=holdout,
        run_url=registered.run_url,
        seconds=time.monotonic() - began,
        baseline=baseline,
        trials=tried,
        left_out=data.left_out,
        is_better=baseline is None or is_better(use_case, evaluation, baseline.evaluation),
    )


def _by_horizon(use_case: UseCase, rows: pa.RecordBatch, targets: Floats, scores: Floats) -> Mapping[str, list[float]]:
    """Measure a forecast and its baselines horizon by horizon; nothing of another task."""
    if use_case.forecast is None:
        return {}
    sums = HorizonSums(use_case.forecast)
    sums.add(rows.column(HORIZON).to_numpy(), targets, {"this model": scores}, baselines(use_case, rows))
    return sums.by_horizon()


def _data_page(use_case: UseCase, data: TrainingData) -> str:
    """Write what was learned from as a page, as `smartpredict profile` shows a file."""
    labels = use_case.task.definition.labels(use_case.classes, data.targets)
    table = pa.RecordBatch.from_arrays([*data.rows.columns, labels], names=[*data.rows.schema.names, use_case.target])
    answer = Answer.of(use_case, use_case.target, data.targets)
    return analysis_page(analyze(table, f"{use_case.title}, training data", answer))


def _as_served(use_case: UseCase, fitted: Fitted, runtime: Runtime) -> Model:
    """Save and load the model as a worker does, so that what is evaluated is what will be served."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / runtime.model_file
        fitted.model.save(path)
        model = runtime.load(path)
    model.require_fit(use_case)
    return model
