"""Features joined as of past times, beside Feast's offline store on the same table.

python -m benchmarks.forecasts.joins URL --other PYTHON fills an empty database with readings that come late and are corrected,
joins ten thousand pairs of series and time with them, and has Feast do the same: PYTHON is that of an environment made of
requirements/peers/feast.txt (deploy/setup-environment.sh peers/feast). Prints how many of the answers differ, and how long each took.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Engine

from sql.base.engine import connect_engine
from sql.base.migrate import migrate
from sql.observations.joining import features_as_of
from sql.observations.writing import store_observations
from sql.registry.registration import register
from usecases.contract.spec import UseCase

SERIES, HOURS, ASKED = 50, 2_000, 10_000
START = pd.Timestamp("2026-01-01T00:00:00Z")
MAX_AGE_HOURS = 3
OTHER = Path(__file__).with_name("other_feature_store.py")

NAMES = [f"s{number:03d}" for number in range(SERIES)]
READINGS = UseCase.model_validate(
    {
        "name": "readings", "title": "Readings", "task": "forecast", "target": "level", "training": {},
        "forecast": {
            "time": "hour", "known_at": "published", "series": "sensor", "frequency": "1h", "horizon": 1,
        },
        "features": [{"name": "sensor", "type": "category", "values": NAMES}],
    }
)  # fmt: skip
JOINED = UseCase.model_validate(
    {
        "name": "joined", "title": "Rows that are joined", "task": "regression", "target": "cost",
        "ignored_columns": ["asked_at"], "training": {"data": "rows.csv"},
        "features": [
            {"name": "sensor", "type": "category", "values": NAMES},
            {"name": "level_now", "type": "float", "nullable": True},
        ],
        "feature_tables": [
            {
                "table": "readings", "join_key": "sensor", "event_time": "asked_at", "max_age": f"{MAX_AGE_HOURS}h",
                "features": [{"name": "level_now", "column": "level"}],
            }
        ],
    }
)  # fmt: skip


def fill(engine: Engine, rng: np.random.Generator) -> None:
    """Store readings with gaps, of which one in five comes late, and as many are corrected later still."""
    steps, series = np.nonzero(rng.random((HOURS, SERIES)) > 0.1)  # noqa: PLR2004  # one in ten is missing
    late = np.where(rng.random(len(steps)) < 0.2, rng.integers(60, 1_800, len(steps)), 12)  # noqa: PLR2004
    again = np.flatnonzero(rng.random(len(steps)) < 0.2)  # noqa: PLR2004
    steps, series = np.concatenate([steps, steps[again]]), np.concatenate([series, series[again]])
    late = np.concatenate([late, late[again] + rng.integers(1, 1_200, len(again))])
    hours = (START + pd.to_timedelta(steps, unit="h")).tz_convert(None)
    published = hours + pd.to_timedelta(late, unit="min")
    rows = pa.RecordBatch.from_pydict(
        {
            "hour": pa.array(hours.to_numpy(), pa.timestamp("us", "UTC")),
            "sensor": pa.array(NAMES).take(pa.array(series)).dictionary_encode(),
            "level": rng.normal(10, 3, len(steps)),
            "published": pa.array(published.to_numpy(), pa.timestamp("us", "UTC")),
        }
    )
    with engine.begin() as connection:
        migrate(connection)
        register(connection, READINGS)
        store_observations(connection, READINGS, uuid4(), rows, np.arange(1, rows.num_rows + 1, dtype=np.int32))


def main() -> None:
    """Join both ways and compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("database", help="postgresql:// address of an empty database")
    parser.add_argument("--other", required=True, help="Python of an environment with Feast")
    options = parser.parse_args()
    engine = connect_engine(options.database, "benchmark", pool_size=1)
    rng = np.random.default_rng(1)
    fill(engine, rng)
    minutes = rng.integers(-120, (HOURS + 48) * 60, ASKED)
    spine = pd.DataFrame(
        {
            "place": range(ASKED),
            "series": rng.choice([*NAMES, "elsewhere"], ASKED),
            "event_timestamp": START + pd.to_timedelta(minutes, unit="min"),
        }
    )
    began = time.monotonic()
    moments = pa.array(spine["event_timestamp"].dt.tz_convert(None).to_numpy(), pa.timestamp("us", "UTC"))
    keys = pa.array(spine["series"].tolist())
    ours = features_as_of(engine, JOINED, JOINED.feature_tables[0], keys, moments).column("level_now").to_pandas()
    seconds = time.monotonic() - began
    with tempfile.TemporaryDirectory() as folder:
        theirs, their_seconds = _ask(options.other, Path(folder), engine, spine)
    differing = int((ours.fillna(np.inf) != theirs.fillna(np.inf)).sum())
    print(f"{ASKED:,} pairs, {int(ours.notna().sum()):,} with a reading; {differing:,} differ from Feast's")
    print(f"this project {seconds:.2f} s, Feast {their_seconds:.2f} s")


def _ask(python: str, folder: Path, engine: Engine, spine: pd.DataFrame) -> tuple[pd.Series[float], float]:
    spine.to_parquet(folder / "spine.parquet")
    url = engine.url
    database = {
        "host": url.host or url.query.get("host"), "port": url.port or int(str(url.query.get("port", 5432))),
        "database": url.database, "user": url.username, "password": url.password or "none", "db_schema": "public",
        "sslmode": "prefer",
    }  # fmt: skip
    asked = {
        "database": database,
        "table": "observations.readings",
        "column": "level",
        "max_age_seconds": MAX_AGE_HOURS * 3_600,
    }
    (folder / "options.json").write_text(json.dumps(asked), encoding="utf-8")
    done = subprocess.run([python, str(OTHER), str(folder)], check=True, stdout=subprocess.PIPE, text=True)
    found = pd.read_parquet(folder / "joined.parquet").sort_values("place").reset_index(drop=True)
    return found["level"], float(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
