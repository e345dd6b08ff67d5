"""Hourly readings of fine dust in the regions of a city in the tropics: generated, with what makes real ones hard.

They have a course of the day and the week, seasons, slow weather that all regions share, episodes of haze that come over
days and reach the regions one after the other, gaps of an hour or of days, and readings that are corrected late. The
numbers are of the size of the readings that the National Environment Agency of Singapore publishes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

DEFAULT_SEED = 11
DEFAULT_HOURS = 2 * 365 * 24

REGIONS = ("north", "south", "east", "west", "central")

_START = "2023-12-31T16:00:00"
"""Midnight of the new year in Singapore, in UTC as all times of these readings."""

_ZONE_HOURS = 8
_MEAN = 14.0
_HAZE_EPISODES_A_YEAR = 6
_HAZE_AT_ANY_TIME = 0.3
"""Share of the episodes that may come at any time; the others come in autumn."""
_SHORT_GAP_SHARE, _LONG_GAPS_A_YEAR = 0.01, 4
_LATE_SHARE, _CORRECTED_SHARE = 0.003, 0.005

Floats = np.ndarray[Any, np.dtype[np.float64]]


def generate(hours: int = DEFAULT_HOURS, seed: int = DEFAULT_SEED) -> pd.DataFrame:
    """Make versions of readings, ordered by hour and region; the same arguments make the same ones.

    Parameters
    ----------
    hours
        How many hours each region has.
    seed
        Seed of every random choice.
    """
    rng = np.random.default_rng(seed)
    times = pd.date_range(_START, periods=hours, freq="h")
    shared = _course(hours) + _slow(rng, hours, hours_to_forget=30, spread=0.22) + _haze(rng, hours)
    columns = []
    for number, region in enumerate(REGIONS):
        own = _slow(rng, hours, hours_to_forget=5, spread=0.12) + rng.normal(0, 0.12, hours)
        reached = np.roll(shared, number % 3)  # weather needs hours from coast to coast
        amounts = np.round(_MEAN * np.exp(reached + own - 0.05))
        amounts[_gaps(rng, hours)] = np.nan
        columns.append(pd.DataFrame({"hour": times, "region": region, "pm25": amounts}))
    readings = pd.concat(columns, ignore_index=True).dropna()
    minutes = rng.exponential(2, len(readings)) + 8
    is_late = rng.random(len(readings)) < _LATE_SHARE
    minutes[is_late] += rng.exponential(12 * 60, int(is_late.sum()))
    readings["published"] = readings["hour"] + pd.to_timedelta(minutes.round(), unit="min")
    corrected = readings.sample(frac=_CORRECTED_SHARE, random_state=seed).copy()
    corrected["pm25"] = (corrected["pm25"] * rng.uniform(0.7, 1.3, len(corrected))).round()
    corrected["published"] += pd.to_timedelta(rng.exponential(30, len(corrected)).round() + 1, unit="h")
    return pd.concat([readings, corrected]).sort_values(["hour", "region", "published"], ignore_index=True)


def _course(hours: int) -> Floats:
    """Return the course of the day, the week and the year, on the scale of logarithms."""
    local = np.arange(hours)
    day, week, year = (2 * np.pi * (local % period) / period for period in (24, 168, 8_760))
    weekend = (local // 24) % 7 >= 5  # noqa: PLR2004  # Saturday and Sunday of a week that begins on Monday
    return np.asarray(
        0.16 * np.sin(day - 1.2) + 0.07 * np.sin(2 * day) - 0.08 * weekend + 0.02 * np.sin(week) - 0.12 * np.cos(year)
    )


def _slow(rng: np.random.Generator, hours: int, *, hours_to_forget: float, spread: float) -> Floats:
    """Return a course that wanders about zero and forgets where it was."""
    from scipy.signal import lfilter  # noqa: PLC0415  # half a second of import

    keep = np.exp(-1 / hours_to_forget)
    steps = rng.normal(0, spread * np.sqrt(1 - keep**2), hours)
    return np.asarray(lfilter([1.0], [1.0, -keep], steps))


def _haze(rng: np.random.Generator, hours: int) -> Floats:
    """Return episodes that rise within hours and fade over days, most of them in autumn."""
    found = np.zeros(hours)
    here = np.arange(hours)
    for _ in range(round(_HAZE_EPISODES_A_YEAR * hours / 8_760)):
        start = (
            rng.integers(hours)
            if rng.random() < _HAZE_AT_ANY_TIME
            else (rng.normal(6_500, 600) + 8_760 * rng.integers(2)) % hours
        )
        after = np.maximum(here - start, 0)
        found += rng.uniform(0.4, 1.3) * np.minimum(after / 8, 1) * np.exp(-after / rng.uniform(20, 60))
    return found


def _gaps(rng: np.random.Generator, hours: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return the hours without a reading: single ones, and a day or two at a time."""
    found = rng.random(hours) < _SHORT_GAP_SHARE
    for _ in range(round(_LONG_GAPS_A_YEAR * hours / 8_760)):
        start = int(rng.integers(hours))
        found[start : start + int(rng.integers(6, 48))] = True
    return np.asarray(found)
