"""Feast's answer to the same question: run with the Python of an environment made of requirements/peers/feast.txt.

Reads `spine.parquet` (`event_timestamp`, `series`, `place`) and `options.json` of a folder, joins the observations with
`get_historical_features` of Feast's own offline store of PostgreSQL, and writes `joined.parquet`.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from pathlib import Path

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, RepoConfig
from feast.infra.offline_stores.contrib.postgres_offline_store.postgres import PostgreSQLOfflineStoreConfig
from feast.infra.offline_stores.contrib.postgres_offline_store.postgres_source import PostgreSQLSource
from feast.types import Float64
from feast.value_type import ValueType


def main(folder: Path) -> None:
    """Join and write what was found."""
    options = json.loads((folder / "options.json").read_text(encoding="utf-8"))
    store = FeatureStore(
        config=RepoConfig(
            project="joins",
            provider="local",
            registry=str(folder / "registry.db"),
            offline_store=PostgreSQLOfflineStoreConfig(**options["database"]),
            online_store=None,
            entity_key_serialization_version=3,
        )
    )
    series = Entity(name="series", join_keys=["series"], value_type=ValueType.STRING)
    view = FeatureView(
        name="readings",
        entities=[series],
        ttl=timedelta(seconds=options["max_age_seconds"]),
        schema=[Field(name=options["column"], dtype=Float64)],
        # The table as it stands: its own names of the time of a reading and of when it was known.
        source=PostgreSQLSource(
            name="observations",
            table=options["table"],
            timestamp_field="event_time",
            created_timestamp_column="known_at",
        ),
    )
    store.apply([series, view])
    spine = pd.read_parquet(folder / "spine.parquet")
    began = time.monotonic()
    job = store.get_historical_features(
        spine, features=[f"readings:{options['column']}"], filter_by_created_timestamp=True
    )
    found = job.to_df()
    seconds = time.monotonic() - began
    found.to_parquet(folder / "joined.parquet")
    print(seconds)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
