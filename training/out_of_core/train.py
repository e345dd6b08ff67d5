"""From files that do not fit into memory to a registered version."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from training.evaluate import evaluate
from training.evaluation.baseline import Baseline, champion_model
from training.evaluation.judged import MOST_ROWS, Judged
from training.evaluation.page import Findings
from training.evaluation.report import model_report
from training.fit import as_served
from training.holdout import Holdout
from training.out_of_core.checking import StoredRows, check_and_store
from training.out_of_core.memory import RowsPastMemory
from training.out_of_core.store import StoredExamples
from training.result import Progress, Step, TrainingResult, store_version
from training.search import search
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.runtime import Model, Runtime
from usecases.models.scoring import raw_scores


def train_past_memory(
    use_case: UseCase,
    found: RowsPastMemory,
    tracking_uri: str,
    progress: Progress,
    *,
    trials: int,
    runtime: Runtime,
) -> TrainingResult:
    """Check, fit and evaluate block by block, and register the model as a new version; see :func:`training.train.train`.

    Profile and golden batch of the version are of a sample of the rows.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="smartpredict-training-") as folder:
        rows = check_and_store(use_case, found.rows, Path(folder), lambda share: progress(Step.READING, share))
        cache = Path(folder) if found.forecast.uses_disk else None
        searched = search(
            use_case,
            lambda configured, on_round: runtime.fit_blocks(
                configured, rows.training, rows.validation, cache, on_round
            ),
            max(1, trials),
            lambda share: progress(Step.FITTING, share),
            runtime,
        )
        fitted, tried = searched.best, searched.trials if trials > 1 else ()
        progress(Step.EVALUATING, 0.0)
        model = as_served(use_case, fitted, runtime)
        targets, scores = _scored(use_case, model, rows.holdout)
        judged = _judged(rows.holdout, scores)
        evaluation = evaluate(use_case, targets, scores)
        baseline = _baseline(use_case, rows, tracking_uri)
    holdout = Holdout(rows.split, rows.duplicates, None)
    findings = Findings(
        use_case,
        fitted,
        evaluation,
        holdout,
        targets,
        scores,
        baseline,
        tried,
        origin="of the training data",
        rows=rows.rows,
        left_out=rows.sample.left_out,
    )
    report = model_report(findings, model, judged)
    progress(Step.REGISTERING, 0.0)
    return store_version(
        searched.use_case, findings, report, rows.sample, model, runtime, tracking_uri, progress, began
    )


def _baseline(use_case: UseCase, rows: StoredRows, tracking_uri: str) -> Baseline | None:
    """Score the champion on the same holdout, where there is one that has not learned from it."""
    champion = champion_model(use_case, tracking_uri, unseen_by=rows.split.kind)
    if champion is None:
        return None
    targets, scores = _scored(use_case, champion.model, rows.holdout)
    return Baseline(champion.version, evaluate(use_case, targets, scores), scores)


def _scored(use_case: UseCase, model: Model, examples: StoredExamples) -> tuple[Floats, Floats]:
    """Return what came true of all rows, and the raw scores of a model."""
    targets, scores = [], []
    for block in examples.blocks():
        targets.append(block.targets)
        scores.append(raw_scores(use_case, model, block.rows))
    return np.concatenate(targets), np.concatenate(scores)


def _judged(examples: StoredExamples, scores: Floats) -> Judged:
    """Return some rows of the holdout, evenly chosen, with their scores."""
    places = np.unique(np.linspace(0, len(scores) - 1, MOST_ROWS).astype(np.int64))
    rows, targets, before = [], [], 0
    for block in examples.blocks():
        here = places[(places >= before) & (places < before + block.rows.num_rows)] - before
        rows.append(block.rows.take(pa.array(here)))
        targets.append(block.targets[here])
        before += block.rows.num_rows
    return Judged(pa.concat_batches(rows), np.concatenate(targets), scores[places], len(scores))
