"""What a training tells while it runs, and what comes out of it: a version with its report."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pyarrow as pa

from monitoring.profiles.building import reference_profile
from monitoring.profiles.row_order import RowOrder
from registry.golden import golden_batch
from registry.report import ModelReport
from training.data import TrainingData
from training.evaluate import Evaluation
from training.evaluation.baseline import Baseline, is_better
from training.evaluation.page import REPORT_FOLDER, Findings, log_report, write_report
from training.holdout import Holdout
from training.registering import Registration, register
from training.search import Trial
from usecases.analysis.analysis import Answer, analyze
from usecases.analysis.page import analysis_page
from usecases.contract.spec import UseCase
from usecases.models.runtime import Model, Runtime
from usecases.models.scoring import score

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


def store_version(
    use_case: UseCase,
    findings: Findings,
    report: ModelReport,
    data: TrainingData,
    model: Model,
    runtime: Runtime,
    tracking_uri: str,
    progress: Progress,
    began: float,
    order: RowOrder | None = None,
) -> TrainingResult:
    """Register a model with its report as a new version, and return what came out.

    Parameters
    ----------
    use_case
        With the configuration that was found, so that the next training begins from what is served.
    findings
        All that the page about the training tells.
    report
        What was found out about the model, in figures.
    data, order
        Rows that were learned from, or a sample of them, for its profile and its golden batch; and the order they came in.
    model, runtime
        The model as it is served, and its library.
    tracking_uri
        Address of MLflow.
    progress, began
        Hears how far it is; and the reading of :func:`time.monotonic` when the training began.

    Raises
    ------
    training.errors.RegistryUnavailableError
        If MLflow does not take it.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_report(findings, Path(folder))
        (Path(folder) / DATA_PAGE).write_text(_data_page(findings.use_case, data), encoding="utf-8")
        stored = Registration(
            fitted=findings.fitted,
            runtime=runtime,
            evaluation=findings.evaluation,
            holdout=findings.holdout,
            profile=reference_profile(findings.use_case, data.rows, score(findings.use_case, model, data.rows), order),
            golden=golden_batch(findings.use_case, model, data.rows),
            report=report,
            rows=findings.rows,
        )
        registered = register(use_case, stored, tracking_uri)
        log_report(Path(folder), registered.run_id, tracking_uri)
    progress(Step.REGISTERING, 1.0)
    evaluation, baseline = findings.evaluation, findings.baseline
    return TrainingResult(
        use_case=use_case.name,
        version=registered.version,
        digest=registered.digest,
        rows=findings.rows,
        bad_rows=data.bad_rows,
        rounds=model.rounds,
        evaluation=evaluation,
        holdout=findings.holdout,
        run_url=registered.run_url,
        seconds=time.monotonic() - began,
        baseline=baseline,
        trials=tuple(findings.trials),
        left_out=data.left_out,
        is_better=baseline is None or is_better(findings.use_case, evaluation, baseline.evaluation),
    )


def _data_page(use_case: UseCase, data: TrainingData) -> str:
    """Write what was learned from as a page, as `smartpredict profile` shows a file."""
    labels = use_case.task.definition.labels(use_case.classes, data.targets)
    table = pa.RecordBatch.from_arrays([*data.rows.columns, labels], names=[*data.rows.schema.names, use_case.target])
    answer = Answer.of(use_case, use_case.target, data.targets)
    return analysis_page(analyze(table, f"{use_case.title}, training data", answer))
