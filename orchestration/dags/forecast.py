"""Forecast every hour from the newest complete time, and compare earlier forecasts with what came true since.

The service of ingestion forecasts as soon as readings arrive, so a run mostly finds it done. Where no such service runs, or
it was down when an hour became complete, this makes the forecast; the same readings are never forecast twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, task

from orchestration.assets import PREDICTIONS
from orchestration.defaults import TASKS, cadence


@dag(
    schedule=cadence("forecast", "25 * * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=dict(TASKS),
    doc_md=__doc__,
    tags=["predictions"],
    params={
        "wait_seconds": Param(
            300, type="integer", minimum=1, description="How long a run waits until workers have stored all rows."
        )
    },
)
def forecast() -> None:
    """Make what is due; nothing due is no failure."""

    @task(outlets=[PREDICTIONS], multiple_outputs=False)
    def make_forecasts(params: dict[str, Any]) -> dict[str, Any]:
        from ingestion.schedules import forecast_what_is_due
        from ingestion.settings import IngestionSettings

        return forecast_what_is_due(IngestionSettings(commit_seconds=timedelta(seconds=params["wait_seconds"])))

    make_forecasts()


forecast()
