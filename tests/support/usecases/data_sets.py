"""Data sets as people bring them: of several shapes, with all that goes wrong in files."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 1_200


def churn(folder: Path, rows: int = ROWS) -> Path:
    """Write customers: binary, missing values, dates, identifiers, high-cardinality text, a constant, names to tidy up."""
    rng = np.random.default_rng(1)
    age = rng.integers(18, 92, rows)
    charge = rng.normal(50, 10, rows).round(2)
    frame = pd.DataFrame(
        {
            "Customer ID": [f"C-{number:06}" for number in range(rows)],
            "Age (years)": age,
            "Monthly charge [€]": np.where(rng.random(rows) < 0.1, np.nan, charge),
            "Contract": rng.choice(["month", "year", "2 years"], rows),
            "Paperless?": rng.choice(["Yes", "No"], rows),
            "Signed up": pd.date_range("2020-01-01", periods=rows, freq="h").strftime("%Y-%m-%d"),
            "Größe / Haushalt": rng.integers(1, 6, rows),
            "notes": [f"called about {number * 7919 % rows}" for number in range(rows)],
            "country": "DE",
            "Churned": np.where(age + rng.normal(0, 15, rows) > 65, "yes", "no"),
        }
    )
    return _csv(frame, folder / "churn.csv")


def cultivars(folder: Path) -> Path:
    """Write wines: multiclass by numbers, headers that differ only in capitals, a leading digit, a reserved word."""
    rng = np.random.default_rng(2)
    cultivar = rng.integers(1, 4, ROWS)
    frame = pd.DataFrame(
        {
            "Alcohol": rng.normal(12, 0.5, ROWS) + cultivar,
            "alcohol": rng.normal(0, 1, ROWS).round(4),
            "2nd pressing": rng.choice(["true", "false"], ROWS),
            "order": rng.integers(0, 400, ROWS),
            "OD280/OD315 (of diluted wines)": rng.normal(2.6, 0.7, ROWS),
            "cultivar": cultivar,
        }
    )
    return _csv(frame, folder / "cultivars.csv")


def rents(folder: Path) -> Path:
    """Write flats: regression, semicolons, decimal commas, a few stray texts among numbers, missing targets."""
    rng = np.random.default_rng(3)
    size = rng.normal(75, 20, ROWS).clip(20)
    rooms = rng.integers(1, 6, ROWS)
    rent = size * 14.5 + rooms * 40 + rng.normal(0, 90, ROWS)
    frame = pd.DataFrame(
        {
            "Fläche [m²]": [_german(value) for value in size],
            "Zimmer": rooms.astype(str),
            "Baujahr": rng.integers(1880, 2024, ROWS).astype(str),
            "Balkon": rng.choice(["1", "0"], ROWS),
            "PLZ": rng.choice(["01067", "04109", "09111"], ROWS),
            "Miete (EUR)": [_german(value) for value in rent],
        }
    )
    frame.loc[::200, "Zimmer"] = "k. A."
    frame.loc[5:15, "Miete (EUR)"] = ""
    return _csv(frame, folder / "rents.csv", sep=";")


def sensors(folder: Path) -> Path:
    """Write readings as Parquet: dictionaries, decimals, times, unsigned and nullable numbers, booleans; 0 and 1 to predict."""
    rng = np.random.default_rng(4)
    heat = rng.normal(300, 8, ROWS)
    table: dict[str, Any] = {
        "ReadingId": pa.array(range(10_000, 10_000 + ROWS), pa.int64()),
        "heat_kelvin": pa.array(heat),
        "line": pa.array(rng.choice(["A", "B", "C"], ROWS)).dictionary_encode(),
        "price": pa.array([Decimal(f"{value:.2f}") for value in rng.normal(9, 1, ROWS)], pa.decimal128(9, 2)),
        "read_at": pa.array(pd.date_range("2026-01-01", periods=ROWS, freq="min").to_numpy()),
        "revolutions": pa.array(rng.integers(0, 5_000, ROWS), pa.uint16()),
        "gap": pa.array([None if value < 0.2 else value for value in rng.random(ROWS)], pa.float32()),
        "closed": pa.array((rng.random(ROWS) < 0.5).tolist(), pa.bool_()),
        "Tags": pa.array([["x"]] * ROWS),
        "failed": pa.array((heat + rng.normal(0, 6, ROWS) > 307).astype(int), pa.int8()),
    }
    path = folder / "sensors.parquet"
    pq.write_table(pa.table(table), path)
    return path


def defects(folder: Path) -> Path:
    """Write parts: a rare class of texts, one value almost everywhere, tabs between cells."""
    rng = np.random.default_rng(5)
    width = rng.normal(10, 0.4, ROWS)
    frame = pd.DataFrame(
        {
            "width_mm": width.round(3),
            "Machine #": rng.choice(["m1", "m2", "M1"], ROWS),
            "mostly empty": ["" if value < 0.7 else f"{value:.3f}" for value in rng.random(ROWS)],
            "verdict": np.where(np.abs(width - 10) > 0.95, "scrap", "ok"),
        }
    )
    return _csv(frame, folder / "defects.csv", sep="\t")


def demand(folder: Path) -> Path:
    """Write sales: regression on whole numbers, wide range, pandas' index column without a name."""
    rng = np.random.default_rng(6)
    price = rng.uniform(1, 20, ROWS).round(2)
    frame = pd.DataFrame(
        {
            "price_eur": price,
            "weekday": rng.choice(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ROWS),
            "holiday": rng.choice(["TRUE", "FALSE"], ROWS, p=[0.05, 0.95]),
            "Units Sold": (rng.poisson(200 / price) + 5).astype(int),
        }
    )
    path = folder / "demand.csv"
    frame.to_csv(path)
    return path


SERVABLE = {
    "churn": (churn, "Churned"),
    "cultivars": (cultivars, "cultivar"),
    "rents": (rents, "Miete (EUR)"),
    "sensors": (sensors, "failed"),
    "defects": (defects, "verdict"),
    "demand": (demand, "Units Sold"),
}
"""Makers of the files and their targets; each of them ends in a served model without an edit."""


def undecided(folder: Path) -> Path:
    """Write what nobody can decide but a person: leaks of the target, foreign dates, thousands or decimals, mixed cells."""
    rng = np.random.default_rng(7)
    left = rng.random(ROWS) < 0.4
    frame = pd.DataFrame(
        {
            "tenure": rng.integers(0, 60, ROWS),
            "closing code": np.where(left, "C9", "A0"),
            "left copy": left.astype(int),
            "since": pd.date_range("2020-01-01", periods=ROWS, freq="D").strftime(
                "%d/%m/%Y"
            ),  # in America the month is first
            "amount": [f"{value:,}" for value in rng.integers(1_000, 9_999, ROWS)],
            "mixed": np.where(rng.random(ROWS) < 0.2, "none of these", "12"),
            "left": left,
        }
    )
    return _csv(frame, folder / "undecided.csv")


def _csv(frame: pd.DataFrame, path: Path, sep: str = ",") -> Path:
    frame.to_csv(path, index=False, sep=sep)
    return path


def _german(value: float) -> str:
    return f"{value:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")
