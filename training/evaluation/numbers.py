"""The errors of a model of numbers on its holdout."""

from __future__ import annotations

import numpy as np

from registry.report import ErrorBin, ErrorGroup, PredictedAndTrue, Residuals
from usecases.metrics.inputs import Floats

_BINS, _GROUPS, _PAIRS = 30, 10, 400
_ENDS = (0.005, 0.995)
"""Quantiles of the errors where the first and the last bin begin, so that one outlier does not make all others one bin."""


def residuals(predicted: Floats, targets: Floats) -> Residuals:
    """Describe errors: how they are spread, and how they go with what was predicted.

    >>> found = residuals(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.5, 2.0]))
    >>> sum(one.rows for one in found.bins), found.pairs[0].observed
    (3, 1.0)
    """
    errors = predicted - targets
    low, high = np.quantile(errors, _ENDS).tolist()
    edges = np.linspace(low, high if high > low else low + max(abs(low), 1.0) * 1e-6, _BINS + 1)
    counts, _ = np.histogram(np.clip(errors, edges[0], edges[-1]), edges)
    order = np.argsort(predicted, kind="stable")
    chosen = np.unique(np.linspace(0, len(order) - 1, _PAIRS).astype(np.int64))
    return Residuals(
        bins=[
            ErrorBin(lower=lower, upper=upper, rows=rows)
            for lower, upper, rows in zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)
        ],
        groups=[_group(predicted, targets, places) for places in np.array_split(order, _GROUPS) if places.size],
        pairs=[
            PredictedAndTrue(predicted=one, observed=other)
            for one, other in zip(predicted[order[chosen]].tolist(), targets[order[chosen]].tolist(), strict=True)
        ],
    )


def _group(predicted: Floats, targets: Floats, places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> ErrorGroup:
    low, high = np.quantile(predicted[places] - targets[places], (0.1, 0.9)).tolist()
    return ErrorGroup(
        predicted=float(predicted[places].mean()),
        observed=float(targets[places].mean()),
        low=low,
        high=high,
        rows=len(places),
    )
