"""Handing readings to the other forecaster, which runs in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

OTHER = Path(__file__).with_name("other_forecaster.py")
READINGS, OPTIONS = "readings.parquet", "options.json"


def ask_other(python: str, what: str, readings: pd.DataFrame, options: Mapping[str, Any]) -> Path:
    """Have another interpreter do something with readings; returns the folder that holds what it wrote.

    Parameters
    ----------
    python
        That of an environment made of requirements/forecast.txt.
    what
        `forecast` or `features`, see :mod:`benchmarks.forecasts.other_forecaster`.
    readings
        Columns `unique_id`, `ds` (local time) and `y`, in this order of rows, without gaps.
    options
        Lags, windows, horizon and so on.
    """
    folder = Path(tempfile.mkdtemp(prefix="forecaster-"))
    readings.to_parquet(folder / READINGS)
    (folder / OPTIONS).write_text(json.dumps(options), encoding="utf-8")
    # Run as a file: of this project it needs nothing, and its environment has nothing of it.
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "OMP_NUM_THREADS") if name in os.environ}
    done = subprocess.run(  # the interpreter is named by whoever runs this
        [python, str(OTHER), what, str(folder)], check=True, stdout=subprocess.PIPE, text=True, env=environment
    )
    (folder / "told.json").write_text(done.stdout or "{}", encoding="utf-8")
    return folder
