"""Data sets that come along, by the name that `bundled:NAME` gives in a usecase.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import pandas as pd

from training.datasets import equipment_failure, iris, pm25

BUNDLED: Mapping[str, Callable[[], pd.DataFrame]] = MappingProxyType(
    {"equipment_failure": equipment_failure.generate, "iris": iris.load, "pm25": pm25.generate}
)
"""Each gives its rows with the target; the same rows every time."""
