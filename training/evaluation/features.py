"""How much each feature counts: by the gain of its splits, and by what it adds to the answers (SHAP)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from registry.report import FeatureGroup, ReportedFeature
from training.evaluation.judged import grouped
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.explaining import explain
from usecases.models.runtime import Model, ModelError, ScoringError

_MOST_ROWS, _FEWEST_ROWS = 500, 50
_MOST_TREES = 100_000
"""Rows times trees that are explained: a second or two, however large the model."""

_MOST_GROUPED = 12
_MOST_FEATURES = 200


def reported_features(
    use_case: UseCase, model: Model, rows: pa.RecordBatch, gains: Sequence[tuple[str, float]]
) -> list[ReportedFeature]:
    """Return the features, those that add most to the answers first.

    Parameters
    ----------
    use_case, model
        The model as it is served.
    rows
        Rows that it has not seen; some of them are explained.
    gains
        Share of each feature in the gain of all splits, and of what is read off its times.
    """
    outputs = max(1, len(use_case.task.definition.class_outputs(use_case.classes)))
    most = int(np.clip(_MOST_TREES // (max(1, model.rounds) * outputs), _FEWEST_ROWS, _MOST_ROWS))
    places = np.unique(np.linspace(0, rows.num_rows - 1, most).astype(np.int64))
    sample = rows.take(pa.array(places))
    try:
        shares = explain(use_case, model, sample)
    except (ModelError, ScoringError):
        return [_feature(name, gain, {}) for name, gain in gains[:_MOST_FEATURES]]
    names = [feature.name for feature in use_case.features]
    sizes = dict(zip(names, np.abs(shares[:, :, :-1]).mean(axis=0).sum(axis=0).tolist(), strict=True))
    ordered = sorted(gains, key=lambda one: (-sizes.get(one[0], 0.0), -one[1]))
    shown = [name for name, _ in ordered if name in sizes][:_MOST_GROUPED] if outputs == 1 else []
    groups = {name: _groups(use_case, sample, name, shares[:, 0, names.index(name)]) for name in shown}
    return [_feature(name, gain, sizes, groups.get(name, ())) for name, gain in ordered[:_MOST_FEATURES]]


def _feature(
    name: str, gain: float, sizes: Mapping[str, float], groups: Sequence[FeatureGroup] = ()
) -> ReportedFeature:
    return ReportedFeature(feature=name, gain=gain, contribution=sizes.get(name), groups=list(groups))


def _groups(use_case: UseCase, rows: pa.RecordBatch, name: str, shares: Floats) -> list[FeatureGroup]:
    return [
        FeatureGroup(label=label, rows=len(places), contribution=float(shares[places].mean()))
        for label, places in grouped(use_case, rows, name).places()
    ]
