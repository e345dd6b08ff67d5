#!/usr/bin/env bash
# Feast 0.67.0: the online store hands out a value that is older than the feature view's ttl and calls it present.
#
# Expected: the ttl means the same in training and serving: a value that is too old for a training row is not served
# either; the protocol has the status OUTSIDE_MAX_AGE for that.
# Seen: with a ttl of one day and a reading 30 hours old, get_online_features() answers the value with status PRESENT;
# for the same machine and moment get_historical_features() answers no value.
# Why it matters: the model never saw values of that age in training; in operation a dead sensor's last value is used
# for ever, and neither the answer nor its status tells. Remedy: read the timestamps of the answer and compare them
# with the ttl.
# Source: Feast documentation, feature views, ttl; ServingService protocol, FieldStatus.
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

from feast.protos.feast.serving.ServingService_pb2 import FieldStatus

store.materialize(datetime.now(timezone.utc) - timedelta(days=5), datetime.now(timezone.utc))
online = store.get_online_features(features=["readings:temperature"], entity_rows=[{"machine": 1}, {"machine": 2}])
values = online.to_dict()["temperature"]
place = list(online.proto.metadata.feature_names.val).index("temperature")
statuses = [FieldStatus.Name(status) for status in online.proto.results[place].statuses]
asked = pd.DataFrame({"machine": [1, 2], "event_timestamp": [now] * 2})
history = store.get_historical_features(entity_df=asked, features=["readings:temperature"]).to_df()
known = history.dropna(subset="temperature").set_index("machine")["temperature"].to_dict()
print("ttl", view.ttl, "- readings 3 and 30 hours old")
print("online: ", values, statuses)
print("history:", known)
if known != {1: 21.0}:
    sys.exit(f"The history knows {known} now.")
if values != [21.0, 22.0] or statuses != ["PRESENT", "PRESENT"]:
    sys.exit(f"The online store answers {values} with {statuses} now.")
PY
echo "Seen: an expired value is served as present, and is unknown to the history."
