"""Data sets that come along, by the name that `bundled:NAME` gives in a usecase.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pandas as pd

from training.datasets import equipment_failure, iris

BUNDLED: Mapping[str, Callable[[], pd.DataFrame]] = MappingProxyType(
    {"equipment_failure": equipment_failure.generate, "iris": iris.load}
)
"""Each gives its rows with the target; the same rows every time."""
