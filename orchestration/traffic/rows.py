"""Made-up rows of any use case: realistic ones, and ones that are surely bad."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from pydantic import ValidationError

from training.data import load_training_data
from training.datasets import BUNDLED
from training.errors import TrainingDataError
from usecases.checking.row_model import row_model
from usecases.checking.table_check import to_frame
from usecases.columns.features import (
    BooleanFeature,
    CategoryFeature,
    Feature,
    FloatFeature,
    IntegerFeature,
    TimestampFeature,
)
from usecases.contract.arriving import brought_contract
from usecases.contract.spec import UseCase

_POOL_ROWS = 2_000
"""Rows made at once where no data set comes along; sending draws from them."""

_MOST_BYTES = 256 * 1024 * 1024
"""Of a larger file the ranges of the columns have to do: all of it is read to draw from it."""

_UNBOUNDED = (0.0, 100.0)
"""Range of a number that has none."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A column whose values move away from what the model was trained on."""

    column: str
    deviations: float
    """How far, in standard deviations of the column."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it as people write it.

        >>> Drift.parse("torque_nm=1.5")
        Drift(column='torque_nm', deviations=1.5)
        """
        column, _, deviations = text.partition("=")
        try:
            return cls(column.strip(), float(deviations))
        except ValueError:
            raise ValueError(f"{text!r} is no drift; write a column and standard deviations: torque_nm=1.5") from None


class UnknownColumnError(ValueError):
    """The column that shall drift is no number of the use case."""


class RowSource:
    """Makes rows of a use case; the same seed gives the same rows.

    Parameters
    ----------
    use_case
        What the rows are.
    seed
        Of every random choice.
    drift
        A column that drifts; where the shifted value would be bad, the row stays as it was.
    folder
        Folder of the use case, where the data is that it learned from. Rows are drawn from that, so that they look like
        it; where there is none, they are drawn from the ranges of the columns.

    Raises
    ------
    UnknownColumnError
        If there is no such number.
    """

    def __init__(self, use_case: UseCase, seed: int, drift: Drift | None = None, folder: Path | None = None) -> None:
        learned = None if folder is None else _learned(use_case, folder)
        use_case = brought_contract(use_case)
        self._use_case = use_case
        self._random = np.random.default_rng(seed)
        self._drift = drift
        self._numbers = count(1)
        pool = _pool(use_case, self._random, learned)
        self._shift = 0.0 if drift is None else _shift(use_case, pool, drift)
        records: list[dict[str, Any]] = json.loads(pool.to_json(orient="records", date_format="iso"))
        self._good = [row for row in records if self._is_good(row)]

    def good(self) -> dict[str, Any]:
        """Return a row that keeps the contract."""
        row = {**self._good[int(self._random.integers(len(self._good)))]}
        if self._use_case.key:
            row[self._use_case.key] = f"SIM-{next(self._numbers)}"
        if self._drift is None:
            return row
        value = row[self._drift.column]
        shifted = {**row, self._drift.column: None if value is None else type(value)(value + self._shift)}
        return shifted if self._is_good(shifted) else row

    def bad(self) -> dict[str, Any]:
        """Return a row that is bad for one reason: of the wrong type, missing, out of range, or an unknown value."""
        features = self._use_case.features
        feature = features[int(self._random.integers(len(features)))]
        wrong = list(_wrong_values(feature))
        return {**self.good(), feature.name: wrong[int(self._random.integers(len(wrong)))]}

    def rows(self, number: int, bad: int) -> list[dict[str, Any]]:
        """Return rows of which so many are bad, in any order."""
        rows = [self.bad() for _ in range(bad)] + [self.good() for _ in range(number - bad)]
        return [rows[place] for place in self._random.permutation(number)]

    def _is_good(self, row: dict[str, Any]) -> bool:
        try:
            row_model(self._use_case).model_validate(row)
        except ValidationError:
            return False
        return True


def _learned(use_case: UseCase, folder: Path) -> pd.DataFrame | None:
    """Return the good rows of the file that a use case learned from; None where it is not there, or cannot be read alone."""
    is_alone = use_case.forecast is None and not use_case.feature_tables
    path = folder / (use_case.training.data or "none")
    if not is_alone or not path.is_file() or path.stat().st_size > _MOST_BYTES:
        return None
    try:
        frame: pd.DataFrame = to_frame(load_training_data(use_case, folder).rows)
    except TrainingDataError:
        return None
    return frame


def _pool(use_case: UseCase, random: np.random.Generator, learned: pd.DataFrame | None) -> pd.DataFrame:
    if learned is not None:
        frame = learned.sample(min(len(learned), _POOL_ROWS), random_state=random)
        return frame[[column for column in use_case.columns if column in frame]]
    kind, _, name = (use_case.training.data or "").partition(":")
    # The data of a forecast are readings, of which its rows are made.
    if kind == "bundled" and name in BUNDLED and use_case.forecast is None:
        frame = BUNDLED[name]()
        frame = frame.sample(min(len(frame), _POOL_ROWS), random_state=random)
        return frame[[column for column in use_case.columns if column in frame]]
    return pd.DataFrame({feature.name: _values(feature, random) for feature in use_case.features})


def _values(feature: Feature, random: np.random.Generator) -> Any:
    match feature:
        case FloatFeature(minimum=least, maximum=most):
            return random.uniform(*_range(least, most), _POOL_ROWS).round(3)
        case IntegerFeature(minimum=least, maximum=most):
            low, high = _range(least, most)
            return random.integers(int(low), int(high), _POOL_ROWS, endpoint=True)
        case CategoryFeature(values=values):
            return random.choice(values, _POOL_ROWS)
        case BooleanFeature():
            return random.random(_POOL_ROWS) < 0.5  # noqa: PLR2004  # one as often as the other
        case TimestampFeature(minimum=earliest, maximum=latest):
            hours = timedelta(hours=_POOL_ROWS)
            start = earliest or (latest - hours if latest else datetime(2026, 1, 1, tzinfo=UTC))
            return pd.date_range(start, latest or start + hours, periods=_POOL_ROWS)


def _range(least: float | None, most: float | None) -> tuple[float, float]:
    width = _UNBOUNDED[1] - _UNBOUNDED[0]
    low = least if least is not None else (most - width if most is not None else _UNBOUNDED[0])
    return low, most if most is not None else low + width


def _shift(use_case: UseCase, pool: pd.DataFrame, drift: Drift) -> float:
    numbers = [feature.name for feature in use_case.features if isinstance(feature, FloatFeature | IntegerFeature)]
    if drift.column not in numbers:
        raise UnknownColumnError(
            f"{drift.column!r} is no number of {use_case.name}; choose one of {', '.join(numbers)}"
        )
    return float(pool[drift.column].std()) * drift.deviations


def _wrong_values(feature: Feature) -> Iterator[Any]:
    yield "no such value"
    if not feature.nullable:
        yield None
    if isinstance(feature, FloatFeature | IntegerFeature) and feature.maximum is not None:
        yield feature.maximum + 1_000
