"""What forecasts are worth on hourly readings of fine dust: a year, every hour an origin, beside the baselines.

python -m benchmarks.forecast_backtest FILE prints the table of docs/forecasts.md. FILE is a Parquet file with the columns
`timestamp`, `update_timestamp` and `reading_REGION` of five regions, as the National Environment Agency of Singapore publishes
them by way of data.gov.sg; it does not come along. One fit on all that was known at the end of 2022, then 2023: two minutes of
a core, five with --one-per-horizon.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.forecasts.backtest import backtest
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import read_observations

REGIONS = ("north", "south", "east", "west", "central")
DAY = 24 * 3_600_000_000
YEAR_2023, YEAR_2024 = 19_358 * DAY, 19_723 * DAY

USE_CASE: dict[str, Any] = {
    "name": "pm25",
    "title": "Fine dust, the next 24 hours",
    "task": "forecast",
    "target": "pm25",
    "forecast": {
        "time": "hour", "known_at": "published", "series": "region", "frequency": "1h", "horizon": 24,
        "time_zone": "Asia/Singapore", "lags": [*range(1, 25), 48, 72, 96, 120, 144, 168], "seasons": [24, 168],
        "rolling_mean": [6, 24, 168], "rolling_std": [24], "rolling_min": [24], "rolling_max": [24],
        "calendar": ["hour", "weekday", "month"], "intervals": [90], "minimum": 0, "maximum": 1000, "unit": "µg/m³",
    },
    "features": [{"name": "region", "type": "category", "values": list(REGIONS)}],
    "training": {"data": "pm25.parquet", "rounds": 120, "max_depth": 6, "learning_rate": 0.1, "min_child_weight": 20},
}  # fmt: skip


def observations(path: Path) -> pa.RecordBatch:
    """Read the file as a row for each reading of each region."""
    wide = pq.read_table(path)
    each = [
        pa.table(
            {
                "hour": wide["timestamp"],
                "published": wide["update_timestamp"],
                "region": pa.repeat(region, wide.num_rows),
                "pm25": pc.cast(wide[f"reading_{region}"], pa.float64()),
            }
        )
        for region in REGIONS
    ]
    return pa.concat_tables(each).combine_chunks().to_batches()[0]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="Parquet file with the readings")
    parser.add_argument("--one-per-horizon", action="store_true", help="also measure a model for each horizon")
    arguments = parser.parse_args()
    use_case = UseCase.model_validate(USE_CASE)
    found = backtest(
        use_case,
        read_observations(use_case, observations(arguments.file)),
        since=YEAR_2023,
        until=YEAR_2024,
        one_per_horizon=arguments.one_per_horizon,
    )
    columns = found.sums.by_horizon()
    errors, coverage = found.sums.errors(), found.sums.coverage()
    print(f"{found.sums.rows:,} forecasts; MAE {errors['model'] / errors['season_24']:.3f} of that of season_24\n")
    print(f"| horizon | {' | '.join([*errors, *coverage])} |\n|---{'|---' * len(columns)}|")
    for number in range(24):
        cells = [f"{columns[name][number]:.2f}" for name in errors] + [
            f"{columns[name][number]:.1%}" for name in coverage
        ]
        print(f"| {number + 1} | {' | '.join(cells)} |")
    cells = [f"{value:.2f}" for value in errors.values()] + [f"{value:.1%}" for value in coverage.values()]
    print(f"| all | {' | '.join(cells)} |")
    assert errors["model"] < min(
        value for name, value in errors.items() if name not in {"model", "one model per horizon"}
    )
    assert np.isfinite(list(errors.values())).all()


if __name__ == "__main__":
    main()
