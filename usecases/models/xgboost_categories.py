"""Holding the categories that an XGBoost model remembers against those of a use case."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import pyarrow as pa

from usecases.columns.features import CategoryFeature
from usecases.contract.spec import UseCase
from usecases.models.runtime import ModelError

if TYPE_CHECKING:  # XGBoost takes half a second to import, which Airflow and the doors need not spend
    from xgboost import Booster


def require_categories(use_case: UseCase, booster: Booster) -> None:
    """Compare the model's categories, where it remembers any, with the codes of the use case."""
    kinds = booster.feature_types or []
    remembered = dict(booster.get_categories(export_to_arrow=True).to_arrow() or ())
    for index, feature in enumerate(use_case.features):
        if kinds and (kinds[index] == "c") is not isinstance(feature, CategoryFeature):
            raise ModelError(f"{feature.name} is a {feature.type}, but of XGBoost's type {kinds[index]!r} in the model")
        found = remembered.get(feature.name)
        if isinstance(feature, CategoryFeature) and found is not None and not _codes_alike(feature.values, found):
            texts = found.cast(pa.string()).cast(pa.binary()).to_pylist()[:10]
            raise ModelError(
                f"{feature.name}: the model codes {', '.join(text.decode(errors='replace') for text in texts)} "
                f"in this order, the use case {', '.join(feature.values[:10])}"
            )


def _codes_alike(values: tuple[str, ...], remembered: pa.Array) -> bool:
    """Compare a model's list of categories with that of the use case.

    XGBoost 3.2 cuts the texts apart by their lengths in characters, not in bytes, and so shifts and loses what lies
    beyond ASCII. A list that was cut up like that is as good as the right one: it is only compared here.
    """
    found = remembered.cast(pa.string()).cast(pa.binary()).to_pylist()
    whole, ends = "".join(values).encode(), [0, *accumulate(map(len, values))]
    return found in ([value.encode() for value in values], [whole[start:end] for start, end in pairwise(ends)])
