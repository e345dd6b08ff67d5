"""From files that do not fit into memory to a registered version, by one process or by several ranks."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from registry.artefact import file_digest
from registry.report import ModelReport
from training.data import TrainingData
from training.errors import TrainingError
from training.evaluate import evaluate
from training.evaluation.baseline import Baseline, champion_model
from training.evaluation.judged import MOST_ROWS, Judged
from training.evaluation.page import Findings
from training.evaluation.report import model_report
from training.fit import as_served
from training.holdout import Holdout
from training.out_of_core.checking import StoredRows, check_and_store
from training.out_of_core.distributed.ranks import ALONE, Ranks, RankSettings, joined
from training.out_of_core.memory import RowsPastMemory, rows_of_ranks
from training.out_of_core.store import StoredExamples
from training.result import Progress, Step, TrainingResult, store_version
from training.search import search
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.runtime import Model, Runtime
from usecases.models.scoring import raw_scores


@dataclass(frozen=True, slots=True)
class Learned:
    """A model that was fitted and judged, before it is registered.

    Attributes
    ----------
    use_case
        With the configuration that was found.
    findings, report
        All that the report tells.
    sample
        Some of the rows, for profile and golden batch.
    model, runtime
        The model as it is served, and its library.
    """

    use_case: UseCase
    findings: Findings
    report: ModelReport
    sample: TrainingData
    model: Model
    runtime: Runtime

    def store(self, tracking_uri: str, progress: Progress, began: float) -> TrainingResult:
        """Register it; see :func:`training.result.store_version`."""
        progress(Step.REGISTERING, 0.0)
        return store_version(
            self.use_case,
            self.findings,
            self.report,
            self.sample,
            self.model,
            self.runtime,
            tracking_uri,
            progress,
            began,
        )


def train_past_memory(
    use_case: UseCase,
    found: RowsPastMemory,
    tracking_uri: str,
    progress: Progress,
    *,
    trials: int,
    runtime: Runtime,
    origin: str,
) -> TrainingResult:
    """Check, fit and evaluate block by block, and register the model as a new version; see :func:`training.train.train`.

    Profile and golden batch of the version are of a sample of the rows.
    """
    began = time.monotonic()
    learned = _learn(use_case, found, tracking_uri, progress, trials=trials, runtime=runtime, origin=origin)
    return learned.store(tracking_uri, progress, began)


def train_as_rank(
    use_case: UseCase,
    folder: Path,
    tracking_uri: str,
    progress: Progress,
    *,
    trials: int,
    runtime: Runtime,
    told: Callable[[str], None],
) -> TrainingResult | None:
    """Do the same together with other processes, each of which runs this with its own settings.

    Returns
    -------
    TrainingResult or None
        Of the first rank, which alone registers the version.

    Raises
    ------
    training.errors.TrainingError
        If the data is not good enough, or another rank is lost.
    """
    began = time.monotonic()
    progress(Step.READING, 0.0)
    with joined(RankSettings()) as ranks:
        found = rows_of_ranks(use_case, folder, ranks)
        told(f"{ranks.size} processes; of each, {found.forecast.words}")
        origin = "of the training data"
        learned = _learn(
            use_case, found, tracking_uri, progress, trials=trials, runtime=runtime, origin=origin, ranks=ranks
        )
        told(f"All {ranks.size} processes have the model {_require_one_model(learned, ranks)[:12]}.")
    return learned.store(tracking_uri, progress, began) if ranks.rank == 0 else None


def _learn(
    use_case: UseCase,
    found: RowsPastMemory,
    tracking_uri: str,
    progress: Progress,
    *,
    trials: int,
    runtime: Runtime,
    origin: str,
    ranks: Ranks = ALONE,
) -> Learned:
    with tempfile.TemporaryDirectory(prefix="smartpredict-training-") as folder:
        rows = check_and_store(use_case, found.rows, Path(folder), lambda share: progress(Step.READING, share), ranks)
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
        judged = _judged(rows.holdout, scores, ranks)
        targets, scores = ranks.concatenated(targets), ranks.concatenated(scores)
        evaluation = evaluate(use_case, targets, scores)
        baseline = _baseline(use_case, rows, tracking_uri, ranks)
    findings = Findings(
        use_case,
        fitted,
        evaluation,
        Holdout(rows.split, rows.duplicates, None),
        targets,
        scores,
        baseline,
        tried,
        origin=origin,
        rows=rows.rows,
        left_out=rows.sample.left_out,
    )
    report = model_report(findings, model, judged)
    return Learned(searched.use_case, findings, report, rows.sample, model, runtime)


def _baseline(use_case: UseCase, rows: StoredRows, tracking_uri: str, ranks: Ranks) -> Baseline | None:
    """Score the champion on the same holdout, where there is one that has not learned from it."""
    champion = champion_model(use_case, tracking_uri, unseen_by=rows.split.kind)
    version = 0 if champion is None else champion.version
    # One rank may have looked while it changed.
    is_everywhere = len(set(ranks.gathered(str(version).encode()))) == 1
    if champion is None or not is_everywhere:
        return None
    targets, scores = map(ranks.concatenated, _scored(use_case, champion.model, rows.holdout))
    return Baseline(champion.version, evaluate(use_case, targets, scores), scores)


def _scored(use_case: UseCase, model: Model, examples: StoredExamples) -> tuple[Floats, Floats]:
    """Return what came true of all rows, and the raw scores of a model."""
    targets: list[Floats] = [np.empty(0)]
    scores: list[Floats] = [np.empty(use_case.task.definition.shape(0, use_case.outputs))]
    for block in examples.blocks():
        targets.append(block.targets)
        scores.append(raw_scores(use_case, model, block.rows))
    return np.concatenate(targets), np.concatenate(scores)


def _judged(examples: StoredExamples, scores: Floats, ranks: Ranks) -> Judged:
    """Return some rows of the holdout, evenly chosen, with their scores; each rank chooses among its own."""
    places = np.unique(np.linspace(0, len(scores) - 1, MOST_ROWS // ranks.size).astype(np.int64))
    rows, targets, before = [], [], 0
    for block in examples.blocks():
        here = places[(places >= before) & (places < before + block.rows.num_rows)] - before
        rows.append(block.rows.take(pa.array(here)))
        targets.append(block.targets[here])
        before += block.rows.num_rows
    chosen, of_all = ranks.batches(pa.concat_batches(rows)), int(ranks.summed(np.array([len(scores)]))[0])
    return Judged(chosen, ranks.concatenated(np.concatenate(targets)), ranks.concatenated(scores[places]), of_all)


def _require_one_model(learned: Learned, ranks: Ranks) -> str:
    """Return the digest of the model, which has to be the same in all ranks."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / learned.runtime.model_file
        learned.findings.fitted.model.save(path)
        digest = file_digest(path)
    found = {one.decode() for one in ranks.gathered(digest.encode())}
    if len(found) > 1:
        raise TrainingError(
            f"the processes came to {len(found)} different models ({', '.join(sorted(one[:12] for one in found))}); see that "
            "all machines have the same build, then train again"
        )
    return digest
