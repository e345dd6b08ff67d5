#!/usr/bin/env bash
# MLflow 3.17.2: two data sets with other dates, other truth values and other texts have the same digest.
#
# Expected: mlflow.data.from_pandas(frame).digest, which a run stores to say what it was trained on, changes when any
# value changes; at worst only the first rows of a large frame count.
# Seen: columns of dates and of truth values never count, nor does a text column as soon as one of its values is
# missing. Rows after the first 10,000 do not count. The index does count, which is no data: the same rows with
# another index are "other data".
# Why it matters: the digest is the proof that a model was trained on a certain table. A corrected date column, a re-
# labelled boolean target or a repaired text column leaves it as it was; a reset index changes it.
# Source: MLflow documentation, dataset tracking, digest.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "mlflow-skinny==3.17.2" "pandas==2.3.3" "numpy==2.4.6"

venv/bin/python - <<'PY'
import sys
import warnings
from importlib.metadata import version

import mlflow.data
import numpy as np
import pandas as pd

warnings.simplefilter("ignore")


def digest(frame: pd.DataFrame) -> str:
    return mlflow.data.from_pandas(frame, source="readings").digest


days = pd.date_range("2026-01-01", periods=200)
frame = pd.DataFrame(
    {"value": np.arange(200.0), "day": days, "failed": [True, False] * 100, "note": ["a", "b"] * 100, "why": "a"},
)
frame.loc[0, "why"] = None
large = pd.DataFrame({"value": np.arange(20000.0)})
CHANGES = {
    "a number": (frame, frame.assign(value=frame["value"] + 1), True),
    "a text column": (frame, frame.assign(note="c"), True),
    "all dates": (frame, frame.assign(day=frame["day"] + pd.Timedelta("365D")), False),
    "all truth values": (frame, frame.assign(failed=~frame["failed"]), False),
    "a text column with a missing value": (frame, frame.assign(why=frame["why"].where(frame["why"].isna(), "z")), False),
    "row 15,000": (large, large.assign(value=large["value"].where(large.index != 15000, -1.0)), False),
    "the index only": (frame, frame.set_axis(range(5, 205)), True),
}
print("MLflow", version("mlflow-skinny"))
for name, (before, after, wanted) in CHANGES.items():
    changed = digest(before) != digest(after)
    print(f"{name} changed: digest {'changed' if changed else 'is the same'}")
    if changed != wanted:
        sys.exit(f"The digest counts {name} in another way now.")
PY
echo "Seen: dates, truth values and texts beside a missing one do not count in the digest of a data set."
