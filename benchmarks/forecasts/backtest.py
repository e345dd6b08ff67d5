"""What forecasts are worth on hourly readings of fine dust: a year, every hour an origin, beside the baselines.

python -m benchmarks.forecasts.backtest FILE prints the table of docs/forecasts.md. FILE is a Parquet file with the columns
`timestamp`, `update_timestamp` and `reading_REGION` of five regions, as the National Environment Agency of Singapore publishes
them by way of data.gov.sg; it does not come along. One fit on all that was known at the end of 2022, then 2023: two minutes of
a core, five with --one-per-horizon. With --other PYTHON, that of an environment made of requirements/forecast.txt, mlforecast
forecasts from the same origins with XGBoost on the same lags, and is measured on the same rows.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.forecasts.asking import ask_other
from training.forecasts.backtest import ONE_PER_HORIZON, Beside, backtest
from usecases.contract.forecast import FORECAST_KEY, HORIZON, ROLLING
from usecases.contract.spec import UseCase
from usecases.forecasts.baselines import baselines
from usecases.forecasts.grid import build_grid
from usecases.forecasts.observation_check import read_observations
from usecases.forecasts.observations import Observations, options_of
from usecases.metrics.inputs import Floats

REGIONS = ("north", "south", "east", "west", "central")
HOUR = 3_600_000_000
DAY = 24 * HOUR
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


def beside_baselines(use_case: UseCase, given: Observations, python: str) -> Beside:
    """Ask mlforecast for all of 2023, and return what finds its answers and those of the baselines to rows."""
    answers = mlforecast_answers(use_case, given, python)

    def beside(use_case: UseCase, rows: pa.RecordBatch) -> Mapping[str, Floats]:
        texts = pc.list_element(pc.split_pattern(rows.column(FORECAST_KEY), "@"), 1)
        targets = texts.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()
        horizons = rows.column(HORIZON).to_numpy()
        origins = (targets - YEAR_2023) // HOUR - horizons
        series = rows.column("region").indices.to_numpy()
        return {**baselines(use_case, rows), "mlforecast": answers[series, origins, horizons - 1]}

    return beside


def mlforecast_answers(use_case: UseCase, given: Observations, python: str) -> Floats:
    """Return the answers of mlforecast in the shape (series, origins of 2023, horizons).

    It knows no versions of readings, so it gets the newest of each, which is more than was known at the origins; and it takes
    no gaps, so the reading before is carried into them.
    """
    grid, options = build_grid(use_case, given), options_of(use_case)
    hours = pd.to_datetime(grid.moments(np.arange(grid.steps)), unit="us", utc=True)
    wide = pd.DataFrame(grid.readings.T, columns=list(REGIONS)).ffill()
    wide["ds"] = hours.tz_convert(options.time_zone).tz_localize(None)
    readings = wide.melt("ds", var_name="unique_id", value_name="y").dropna()
    since, until = (
        pd.Timestamp(moment, unit="us", tz="UTC").tz_convert(options.time_zone).tz_localize(None)
        for moment in (YEAR_2023, YEAR_2024)
    )
    chosen = use_case.training
    asked = {
        "lags": options.lags, "rolling": {name: getattr(options, f"rolling_{name}") for name in ROLLING},
        "calendar": ["hour", "dayofweek", "month"], "horizon": options.horizon, "threads": 1,
        "since": str(since), "until": str(until),
        "parameters": {
            "n_estimators": chosen.rounds, "max_depth": chosen.max_depth, "learning_rate": chosen.learning_rate,
            "min_child_weight": chosen.min_child_weight, "n_jobs": 1,
        },
    }  # fmt: skip
    told = pd.read_parquet(ask_other(python, "forecast", readings, asked) / "answers.parquet")
    places = (
        told["series"].map(REGIONS.index).to_numpy(np.int64),
        ((told["origin"] - since) // pd.Timedelta(hours=1)).to_numpy(),
        told["horizon"].to_numpy() - 1,
    )
    found = np.full((len(REGIONS), (YEAR_2024 - YEAR_2023) // HOUR, options.horizon), np.nan)
    found[places] = told["mlforecast"]
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="Parquet file with the readings")
    parser.add_argument("--one-per-horizon", action="store_true", help="also measure a model for each horizon")
    parser.add_argument("--other", metavar="PYTHON", help="also measure mlforecast, which this interpreter has")
    arguments = parser.parse_args()
    use_case = UseCase.model_validate(USE_CASE)
    given = read_observations(use_case, observations(arguments.file))
    found = backtest(
        use_case,
        given,
        since=YEAR_2023,
        until=YEAR_2024,
        one_per_horizon=arguments.one_per_horizon,
        beside=beside_baselines(use_case, given, arguments.other) if arguments.other else baselines,
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
    assert errors["model"] == min(value for name, value in errors.items() if name != ONE_PER_HORIZON)
    assert np.isfinite(list(errors.values())).all()


if __name__ == "__main__":
    main()
