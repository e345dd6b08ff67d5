"""Export the predictions and forecasts of every day that is complete, as Parquet files.

Where to is said by SMARTPREDICT_EXPORT_URL; without it a run is skipped. A day is exported once all of its rows are recorded,
and once more with those that come later. What is there already is left alone, so a run may be repeated at any time.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from orchestration.defaults import TASKS, cadence


@dag(
    # Hourly, so that a day which had to wait for its last rows does not wait for another one.
    schedule=cadence("export", "40 * * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=dict(TASKS),
    doc_md=__doc__,
    tags=["predictions", "forecasts"],
    params={
        "first_day": Param(
            None,
            type=["null", "string"],
            format="date",
            description="Export from this day on, in UTC, not what is new.",
        ),
        "last_day": Param(
            None, type=["null", "string"], format="date", description="Until this day; today if not given."
        ),
    },
)
def export() -> None:
    """One task: an export that finds nothing new is done in a moment."""

    # The first one exports all there is; the next run takes up what this one does not get done.
    @task(multiple_outputs=False, execution_timeout=timedelta(hours=2))
    def export_days(params: dict[str, Any]) -> dict[str, Any]:
        from orchestration.exports import run

        settings = run.ExportSettings()
        if not settings.export_url:
            raise AirflowSkipException("SMARTPREDICT_EXPORT_URL is not set: nothing is exported.")
        first = params["first_day"] and date.fromisoformat(params["first_day"])
        last = params["last_day"] and date.fromisoformat(params["last_day"])
        return run.export(settings, first=first, last=last)

    export_days()


export()
