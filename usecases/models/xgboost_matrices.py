"""Rows as XGBoost takes them to learn from: encoded as they are scored, at once or block by block."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from typing_extensions import override

from usecases.contract.spec import UseCase
from usecases.models.calendar_columns import calendar_columns, column_names
from usecases.models.runtime import ExampleBlocks, Examples
from usecases.models.scoring import matrix

XGBOOST_TYPES = {"float": "float", "integer": "int", "category": "c", "boolean": "i", "timestamp": "float"}
"""XGBoost's name for each kind of feature; `c` makes it split on sets of codes."""


def imported_xgboost() -> Any:
    """Import XGBoost so that its threads sleep while they wait for each other.

    Beside other busy processes, threads that wait by spinning take the time of the one that they wait for: a training
    takes six times as much of the processor. OpenMP reads the setting once, when it is loaded.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import xgboost  # noqa: PLC0415  # it takes half a second, which Airflow and the doors need not spend

    return xgboost


def column_types(use_case: UseCase, *, with_calendar: bool) -> list[str]:
    """Return XGBoost's names for the kinds of the columns of an encoded row."""
    types = [XGBOOST_TYPES[feature.type] for feature in use_case.features]
    return [*types, *("int" for _ in calendar_columns(use_case))] if with_calendar else types


def quantile_matrix(use_case: UseCase, examples: Examples, ref: Any = None) -> Any:
    """Sort rows into the bins that trees are split by; bins are those of another matrix where one is given."""
    return imported_xgboost().QuantileDMatrix(**_encoded(use_case, examples), enable_categorical=True, ref=ref)


def blocks_matrix(use_case: UseCase, blocks: ExampleBlocks, cache: Path | None = None, ref: Any = None) -> Any:
    """Sort blocks of rows into such bins, one block at a time.

    Parameters
    ----------
    use_case, blocks
        The rows; they are read several times.
    cache
        Where the bins of the rows are kept, in files that begin so; in memory where it is not given.
    ref
        Matrix whose bins are taken.
    """
    xgboost = imported_xgboost()
    from xgboost import DataIter  # noqa: PLC0415  # see imported_xgboost

    class Reader(DataIter):
        def __init__(self) -> None:
            super().__init__(cache_prefix=None if cache is None else str(cache))
            self._left = blocks.blocks()

        @override
        def next(self, input_data: Any) -> bool:
            block = next(self._left, None)
            if block is None:
                return False
            input_data(**_encoded(use_case, block))
            return True

        @override
        def reset(self) -> None:
            self._left = blocks.blocks()

    kind = xgboost.QuantileDMatrix if cache is None else xgboost.ExtMemQuantileDMatrix
    return kind(Reader(), enable_categorical=True, ref=ref)


def _encoded(use_case: UseCase, examples: Examples) -> dict[str, Any]:
    return {
        "data": matrix(use_case, examples.rows, with_calendar=True),
        "label": examples.targets,
        "feature_names": column_names(use_case, with_calendar=True),
        "feature_types": column_types(use_case, with_calendar=True),
    }
