"""What a new model is held against: the champion, scored on the same rows."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from registry.artefact import fetch
from registry.client import Registry, RegistryError
from registry.names import CHAMPION
from training.evaluate import Evaluation, evaluate
from usecases.contract.spec import UseCase
from usecases.contract.training import SplitKind
from usecases.metrics.inputs import Floats
from usecases.models.runtime import Model, ModelError
from usecases.models.scoring import raw_scores


@dataclass(frozen=True, slots=True)
class Baseline:
    """How the champion fares on the holdout of the new model.

    Attributes
    ----------
    version
        Its version.
    evaluation
        Metrics and calibration.
    scores
        Its raw scores.
    """

    version: int
    evaluation: Evaluation
    scores: Floats


@dataclass(frozen=True, slots=True)
class Champion:
    """The version that is served, loaded."""

    version: int
    model: Model


def champion_on(
    use_case: UseCase, rows: pa.RecordBatch, targets: Floats, tracking_uri: str, *, unseen_by: SplitKind | None = None
) -> Baseline | None:
    """Score the champion on the same rows; nothing where there is none that can be held against them.

    Parameters
    ----------
    use_case, rows, targets
        What is scored, and what came true.
    tracking_uri, unseen_by
        As :func:`champion_model` takes them.
    """
    champion = champion_model(use_case, tracking_uri, unseen_by=unseen_by)
    if champion is None:
        return None
    scores = np.asarray(raw_scores(use_case, champion.model, rows))
    return Baseline(champion.version, evaluate(use_case, targets, scores, rows), scores)


def champion_model(use_case: UseCase, tracking_uri: str, *, unseen_by: SplitKind | None = None) -> Champion | None:
    """Load the champion; nothing where there is none that fits the use case as it is now.

    Parameters
    ----------
    use_case
        Whose champion.
    tracking_uri
        Address of MLflow.
    unseen_by
        The split that keeps rows from a training: a champion of another split has learned from most of them. None where
        no champion has.
    """
    with contextlib.closing(Registry(tracking_uri)) as registry, tempfile.TemporaryDirectory() as folder:
        try:
            version = registry.by_alias(use_case.name, CHAMPION)
            # A forecast is fitted on all there is before it is registered, so it has seen whatever is held against it.
            if (
                version is None
                or use_case.forecast is not None
                or (unseen_by is not None and (version.split or SplitKind.RANDOM) != unseen_by)
            ):
                return None
            model = fetch(registry, version, Path(folder)).load()
            model.require_fit(use_case)
        except (RegistryError, ModelError):
            return None
    return Champion(version.version, model)


def is_better(use_case: UseCase, candidate: Evaluation, baseline: Evaluation) -> bool:
    """Return whether the first metric of the use case did not get worse."""
    name, metric = next(iter(use_case.metrics.items()))
    return metric.loss(candidate.metrics[name]) <= metric.loss(baseline.metrics[name])
