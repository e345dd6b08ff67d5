"""Readings of fine dust up to this hour, for the demonstration to forecast from."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from cli.rows.drop import wait_until_done
from cli.rows.incoming_folder import drop_file
from sql.forecasts.origins import due_origin
from usecases.contract.catalog import load_catalog

USE_CASE = load_catalog()["pm25"]
SHOWN = "central"
HORIZONS = (1, 2, 3, 6, 12, 24)
"""Steps ahead that are shown; the forecast has all."""

EARLIER = (24, 18, 12, 6)
"""Hours before the newest reading that are forecast from as well: much of these forecasts has come true meanwhile."""

DAYS = 10
"""So far back at most: longer than a forecast looks back."""

PATIENCE_SECONDS = 60.0


def send_newest(engine: Engine, data: Path) -> int:
    """Drop a file with the readings since the newest that are stored, and wait until it is read; returns how many rows it had.

    The numbers are those of the generated data set, moved to the hours up to now.
    """
    from training.datasets.pm25 import generate  # noqa: PLC0415 - pandas takes a while

    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    oldest = now - timedelta(days=DAYS)
    first = max(due_origin(engine, USE_CASE, now) or oldest, oldest)
    frame = generate()
    frame["hour"] = (frame["hour"] + (now.replace(tzinfo=None) - frame["hour"].max())).dt.tz_localize("UTC")
    frame = frame[frame["hour"] > first]
    if frame.empty:
        return 0
    # They are published now: a reading that was sent before under this hour is corrected by them.
    frame = frame.drop_duplicates(["hour", "region"]).assign(published=datetime.now(UTC))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"demo-{int(time.time())}.csv"
        frame.to_csv(file, index=False)
        batch_id = drop_file(file, data, USE_CASE.name)
        wait_until_done(engine, batch_id, time.time() + PATIENCE_SECONDS, lambda _: None)
    return len(frame)
