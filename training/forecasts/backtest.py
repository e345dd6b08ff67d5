"""Rolling origins: forecast a stretch of the past as it would have been, fold by fold, and measure what came true."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from training.data import TrainingData, forecast_data
from training.errors import TrainingDataError
from training.fit import fit
from training.forecasts.measures import HorizonSums
from training.splits import Split, split_before
from usecases.contract.forecast import HORIZON
from usecases.contract.spec import UseCase
from usecases.forecasts.baselines import baselines
from usecases.forecasts.grid import build_grid
from usecases.forecasts.observations import Integers, Observations, options_of
from usecases.forecasts.rows import build_all_rows
from usecases.metrics.inputs import Floats
from usecases.models.runtime import Examples, Fitted, Model, Runtime
from usecases.models.runtimes import DEFAULT_RUNTIME
from usecases.models.scoring import raw_scores

MODEL, ONE_PER_HORIZON = "model", "one model per horizon"
"""Names of what is measured beside the baselines."""

Beside = Callable[[UseCase, pa.RecordBatch], Mapping[str, Floats]]
"""Answers to rows of a forecast by their names, which a model is measured beside; NaN where there is none."""

OnFold = Callable[[int, int], None]
"""Hears the folds done and how many there are."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a stretch of the past says about forecasts.

    Attributes
    ----------
    since, until
        Origins from the first moment up to the second, in microseconds since 1970.
    cutoffs
        When a model was fitted anew, on what was known then.
    sums
        Errors and hits of intervals, by horizon.
    """

    since: int
    until: int
    cutoffs: tuple[int, ...]
    sums: HorizonSums = field(repr=False)


def backtest(
    use_case: UseCase,
    found: Observations,
    *,
    since: int | None = None,
    until: int | None = None,
    folds: int = 1,
    one_per_horizon: bool = False,
    beside: Beside = baselines,
    on_fold: OnFold = lambda *_: None,
    runtime: Runtime = DEFAULT_RUNTIME,
) -> Backtest:
    """Forecast from every origin of a stretch of time with models that were fitted before it.

    Each fold begins with a model that is fitted on what was known then: readings that came or were corrected later are not
    there, neither in its rows nor in what it learns to answer.

    Parameters
    ----------
    use_case, found
        The forecast and its observations.
    since, until
        First origin, and end of the origins, in microseconds; the last part of the readings, as `training.holdout_share`
        says, if not given.
    folds
        How often a model is fitted anew, at even distances.
    one_per_horizon
        Whether models that each know one horizon are measured as well, fitted on the same rows.
    beside
        What the model is measured beside, the baselines if not given.
    on_fold, runtime
        Hears how far it is, and the model library.

    Raises
    ------
    TrainingDataError
        If there are too few observations before or in the stretch.
    """
    options = options_of(use_case)
    grid = build_grid(use_case, found)
    start = grid.step_of(since) if since is not None else round(grid.steps * (1 - use_case.training.holdout_share))
    end = min(grid.steps, grid.step_of(until)) if until is not None else grid.steps
    if not 0 < start < end:
        raise TrainingDataError("there are no observations in that stretch of time, or none before it to learn from")
    borders = np.linspace(start, end, folds + 1).astype(int)
    sums = HorizonSums(options)
    cutoffs: Integers = grid.moments(borders[:-1])
    for number, cutoff in enumerate(cutoffs):
        data, parts = _known(use_case, found, int(cutoff))
        models = {MODEL: _fit_whole(use_case, data, parts, runtime).model}
        several = _one_per_horizon(use_case, data, parts, runtime) if one_per_horizon else []
        for block in build_all_rows(use_case, grid, int(borders[number]), int(borders[number + 1])):
            known = np.flatnonzero(~np.isnan(block.targets))
            rows, targets = block.rows.take(pa.array(known)), block.targets[known]
            answers = {name: raw_scores(use_case, model, rows) for name, model in models.items()}
            if several:
                answers[ONE_PER_HORIZON] = _answers(use_case, several, rows)
            sums.add(rows.column(HORIZON).to_numpy(), targets, answers, beside(use_case, rows))
        on_fold(number + 1, folds)
    first, last = grid.moments([start, end])
    return Backtest(int(first), int(last), tuple(map(int, cutoffs)), sums)


def fit_known(use_case: UseCase, found: Observations, moment: int, runtime: Runtime = DEFAULT_RUNTIME) -> Fitted:
    """Fit a model on what was known at a moment: stopped early and its intervals set by the last part, then fitted on all."""
    return _fit_whole(use_case, *_known(use_case, found, moment), runtime)


def _known(use_case: UseCase, found: Observations, moment: int) -> tuple[TrainingData, Split]:
    """Return the rows of what was known at a moment, and how they are parted."""
    data = forecast_data(use_case, found.known_by(moment))
    return data, split_before(use_case, data, moment)


def _fit_whole(use_case: UseCase, data: TrainingData, parts: Split, runtime: Runtime) -> Fitted:
    fitted = fit(use_case, data, parts, runtime=runtime)
    return runtime.refit(use_case, fitted, Examples(data.rows, data.targets))


def _one_per_horizon(use_case: UseCase, data: TrainingData, parts: Split, runtime: Runtime) -> list[Model]:
    horizons: Integers = data.rows.column(HORIZON).to_numpy()
    every = Examples(data.rows, data.targets)
    models = []
    for horizon in range(1, options_of(use_case).horizon + 1):
        training, validation = (part[horizons[part] == horizon] for part in (parts.training, parts.validation))
        fitted = runtime.fit(use_case, every.take(training), every.take(validation))
        own = every.take(np.flatnonzero(horizons == horizon))
        models.append(runtime.refit(use_case, fitted, own).model)
    return models


def _answers(use_case: UseCase, models: list[Model], rows: pa.RecordBatch) -> Floats:
    horizons: Integers = rows.column(HORIZON).to_numpy()
    found = np.empty((rows.num_rows, len(use_case.outputs)))
    for horizon, model in enumerate(models, start=1):
        here = np.flatnonzero(horizons == horizon)
        found[here] = raw_scores(use_case, model, rows.take(pa.array(here)))
    return found
