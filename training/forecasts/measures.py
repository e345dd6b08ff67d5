"""Errors of forecasts and hits of their intervals, added up by horizon, block after block."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from usecases.contract.forecast import ForecastOptions
from usecases.metrics.inputs import Floats


class HorizonSums:
    """Sums by horizon; what is held does not grow with the rows.

    Rows that a baseline has no answer to are left out for all, so that all are measured on the same ones.

    Parameters
    ----------
    options
        Gives the horizon and the intervals.
    """

    def __init__(self, options: ForecastOptions) -> None:
        self._size = options.horizon + 1
        self._intervals = sorted(options.intervals, reverse=True)
        self._rows = np.zeros(self._size)
        self._errors: dict[str, Floats] = defaultdict(lambda: np.zeros(self._size))
        self._hits: dict[str, Floats] = defaultdict(lambda: np.zeros(self._size))

    def add(
        self,
        horizons: np.ndarray[Any, np.dtype[np.int64]],
        targets: Floats,
        answers: Mapping[str, Floats],
        simple: Mapping[str, Floats],
    ) -> None:
        """Add rows.

        Parameters
        ----------
        horizons, targets
            Of each row.
        answers
            Quantiles of models, by their names.
        simple
            Answers of the baselines, by their names; NaN where one has none.
        """
        compared = np.all([np.isfinite(found) for found in simple.values()], axis=0)
        horizons, targets = horizons[compared], targets[compared]

        def summed(values: Floats) -> Floats:
            return np.asarray(np.bincount(horizons, weights=values, minlength=self._size), dtype=np.float64)

        self._rows += summed(np.ones(len(targets)))
        for name, found in simple.items():
            self._errors[name] += summed(np.abs(found[compared] - targets))
        for name, every in answers.items():
            quantiles = every[compared]
            self._errors[name] += summed(np.abs(quantiles[:, quantiles.shape[1] // 2] - targets))
            for place, share in enumerate(self._intervals):
                hit = (quantiles[:, place] <= targets) & (targets <= quantiles[:, -1 - place])
                self._hits[f"{name}, {share} % interval"] += summed(hit.astype(np.float64))

    @property
    def rows(self) -> int:
        """Rows that were added and compared."""
        return int(self._rows.sum())

    def errors(self) -> dict[str, float]:
        """Return the mean absolute error of each, over all horizons."""
        return {name: float(sums.sum() / self._rows.sum()) for name, sums in self._errors.items()}

    def coverage(self) -> dict[str, float]:
        """Return the share of what came true that each interval held, over all horizons."""
        return {name: float(sums.sum() / self._rows.sum()) for name, sums in self._hits.items()}

    def by_horizon(self) -> dict[str, list[float]]:
        """Return the mean absolute errors, then the shares that intervals held, each a list from horizon 1 on."""
        rows = np.maximum(self._rows[1:], 1)
        return {name: (sums[1:] / rows).tolist() for name, sums in (*self._errors.items(), *self._hits.items())}
