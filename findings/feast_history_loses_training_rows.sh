#!/usr/bin/env bash
# Feast 0.67.0 (file source, default offline store): get_historical_features() loses rows of the entity table.
#
# Expected: the training set has one row for each row that was asked for; where a feature is older than the ttl, or
# there is none, the value is missing.
# Seen: a row whose newest feature is older than the ttl is gone, while a row without any feature at all stays with
# NaN. Of rows with the same key and time (two labels, two customers' orders in one second) one is left, and the label
# of the other is lost with it. No error, no warning.
# Why it matters: the rows that vanish are those of devices that had gone quiet, which are often the ones that failed,
# and the label is not even balanced afterwards; a join of the result with the asked rows by position mixes labels.
# Remedy: number the asked rows and join the answer back to them by number.
# Source: Feast documentation, point-in-time joins, ttl.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "feast==0.67.0" "dask==2026.8.0" "numpy==2.4.6" \
  "pandas==2.3.3" "pyarrow==26.0.1"

venv/bin/python - <<'PY'
import sys
import warnings
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path

warnings.simplefilter("ignore")

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64

now = pd.Timestamp.now(tz="UTC").floor("s")
readings = pd.DataFrame(
    {
        "machine": [1, 2],
        "event_timestamp": [now - pd.Timedelta("3h"), now - pd.Timedelta("30h")],
        "temperature": [21.0, 22.0],
    },
)
readings.to_parquet("readings.parquet")
source = FileSource(path=str(Path("readings.parquet").resolve()), timestamp_field="event_timestamp")
machine = Entity(name="machine", join_keys=["machine"], value_type=ValueType.INT64)
view = FeatureView(
    name="readings",
    entities=[machine],
    ttl=timedelta(days=1),
    schema=[Field(name="temperature", dtype=Float64)],
    source=source,
)
config = RepoConfig(
    project="plant",
    provider="local",
    registry=str(Path("registry.db").resolve()),
    online_store={"type": "sqlite", "path": str(Path("online.db").resolve())},
    entity_key_serialization_version=3,
)
store = FeatureStore(config=config)
store.apply([machine, view])
print("Feast", version("feast"), "- offline store", type(config.offline_store).__name__)

asked = pd.DataFrame({"machine": [1, 2, 9, 1], "event_timestamp": [now] * 4, "label": ["a", "b", "c", "d"]})
answer = store.get_historical_features(entity_df=asked, features=["readings:temperature"]).to_df()
answer = answer.sort_values("machine")[["machine", "label", "temperature"]]
print("asked:")
print(asked[["machine", "label"]].to_string(index=False))
print("answered:")
print(answer.to_string(index=False))
machines = answer["machine"].tolist()
if machines != [1, 9]:
    sys.exit(f"The machines of the answer are {machines} now.")
if answer["temperature"].isna().tolist() != [False, True]:
    sys.exit("The values of the answer changed.")
PY
echo "Seen: two of four training rows are gone, one with an expired feature and one with a repeated key and time."
