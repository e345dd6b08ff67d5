"""Data whose rows have an order or come in groups: made up after well-known public sets."""

from __future__ import annotations

import numpy as np
import pandas as pd


def transformer(rows: int = 2_000, *, dated: bool = True) -> pd.DataFrame:
    """Make loads and the oil temperature of a transformer, hour by hour: each is a walk of its own, so nothing predicts it."""
    rng = np.random.default_rng(11)
    walks = {
        name: np.cumsum(rng.normal(size=rows)).round(3) for name in ("high_load", "middle_load", "low_load", "oil_c")
    }
    times = pd.date_range("2016-07-01", periods=rows, freq="h").strftime("%Y-%m-%d %H:%M:%S")
    return pd.DataFrame(({"date": times} if dated else {}) | walks)


def engines(count: int = 40, *, named: bool = True) -> pd.DataFrame:
    """Make engines that run to failure: cycles left, from sensors that wear at each engine's own rate and level."""
    rng = np.random.default_rng(12)
    frames = []
    for number in range(1, count + 1):
        life = int(rng.integers(60, 240))
        cycle = np.arange(1, life + 1)
        level = rng.normal(0, 3, 4)
        worn = (cycle / life) ** 3
        sensors = {
            f"sensor_{place}": (shift + worn + rng.normal(0, 0.05, life)).round(3) for place, shift in enumerate(level)
        }
        frames.append(
            pd.DataFrame(
                {"unit" if named else "column_1": number, "cycle": cycle, **sensors, "cycles_left": life - cycle}
            )
        )
    return pd.concat(frames, ignore_index=True)


def patients(count: int = 36, visits: int = 30, *, shuffled: bool = False) -> pd.DataFrame:
    """Make voices of patients: the severity belongs to the patient, and the voice tells who speaks, not how ill they are."""
    rng = np.random.default_rng(13)
    subject = np.repeat(np.arange(1, count + 1), visits)
    severity = rng.normal(25, 8, count)[subject - 1] + np.tile(np.linspace(0, 2, visits), count)
    voice = rng.normal(0, 1, (count, 3))[subject - 1] + rng.normal(0, 0.05, (count * visits, 3))
    frame = pd.DataFrame(
        {
            "subject#": subject,
            "age": rng.integers(40, 85, count)[subject - 1],
            "jitter": voice[:, 0].round(4),
            "shimmer": voice[:, 1].round(4),
            "noise_ratio": voice[:, 2].round(4),
            "severity": severity.round(3),
        }
    )
    return frame.sample(frac=1, random_state=3, ignore_index=True) if shuffled else frame


def penguins(rows: int = 330) -> pd.DataFrame:
    """Make birds that the file lists species by species: an order of the file that is none in time."""
    rng = np.random.default_rng(14)
    species = np.sort(rng.integers(0, 3, rows))
    flipper = 190 + 15 * species + rng.normal(0, 6, rows)
    return pd.DataFrame(
        {
            "species": np.array(["Adelie", "Gentoo", "Chinstrap"])[species],
            "flipper_mm": flipper.round(1),
            "mass_g": (3_000 + 900 * species + 20 * (flipper - 190) + rng.normal(0, 250, rows)).round(),
        }
    )
