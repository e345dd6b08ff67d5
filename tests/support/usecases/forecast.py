"""A small forecast with all that a forecast may declare, and observations of it that come late and are corrected."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from usecases.contract.spec import UseCase
from usecases.forecasts.observation_check import read_observations
from usecases.forecasts.observations import Observations

START = pd.Timestamp("2026-01-01T00:00:00Z")

TIDE: dict[str, Any] = {
    "name": "tide",
    "title": "Level of the tide",
    "task": "forecast",
    "target": "level",
    "forecast": {
        "time": "hour", "known_at": "published", "series": "harbour", "frequency": "1h", "horizon": 6,
        "lags": [1, 2, 3, 8], "seasons": [4, 12], "rolling_mean": [3, 8], "rolling_std": [4], "rolling_min": [5],
        "rolling_max": [5], "calendar": ["hour", "weekday", "day", "day_of_year", "month"], "intervals": [90, 50],
    },
    "features": [{"name": "harbour", "type": "category", "values": ["inner", "outer"]}],
    "training": {"data": "tide.csv", "rounds": 30, "max_depth": 3, "early_stopping_rounds": 5},
}  # fmt: skip


def forecast_use_case(**options: Any) -> UseCase:
    """Return the use case with other options of its forecast; without the feature of its series where it has none."""
    has_series = options.get("series", "harbour") is not None
    features = TIDE["features"] if has_series else []
    return UseCase.model_validate(TIDE | {"forecast": TIDE["forecast"] | options, "features": features})


def versions(hours: int, seed: int = 0, *, noise: float = 0.3) -> pd.DataFrame:
    """Return readings with gaps, some of them late and some corrected once or twice, in no order."""
    rng = np.random.default_rng(seed)
    frames = []
    for number, harbour in enumerate(("inner", "outer")):
        steps = np.flatnonzero(rng.random(hours) > 0.1)
        level = 5 + 2 * np.sin(2 * np.pi * (steps + number) / 12) + rng.normal(0, noise, len(steps))
        frames.append(pd.DataFrame({"step": steps, "harbour": harbour, "level": level.round(2)}))
    first = pd.concat(frames, ignore_index=True)
    first["late"] = np.where(rng.random(len(first)) < 0.2, rng.integers(1, 30, len(first)), 0.2)
    again = first.sample(frac=0.2, random_state=seed)
    again = again.assign(level=again["level"] + 1, late=again["late"] + rng.integers(1, 20, len(again)))
    third = again.sample(frac=0.3, random_state=seed).assign(level=lambda found: found["level"] + 1)
    third["late"] += 2
    found = pd.concat([first, again, third]).sample(frac=1, random_state=seed)
    hour = START + pd.to_timedelta(found["step"], unit="h")
    published = hour + pd.to_timedelta((found["late"] * 60).round(), unit="min")
    return pd.DataFrame(
        {"hour": hour, "published": published, "harbour": found["harbour"], "level": found["level"]}
    ).reset_index(drop=True)


def observed(use_case: UseCase, frame: pd.DataFrame) -> Observations:
    """Read a frame as the observations of a use case."""
    times = frame.select_dtypes("datetimetz").columns
    as_texts = frame.astype(dict.fromkeys(times, "str"))  # as a CSV file has them
    table = pa.Table.from_pandas(as_texts, preserve_index=False).combine_chunks()
    return read_observations(use_case, table.to_batches()[0])
