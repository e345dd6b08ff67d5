"""Predict the files of use cases in mode `scheduled` that have arrived since the last run.

`check_for_new_data` looks at the folders; without a new good file the run is skipped. `make_predictions` checks and
publishes every file and waits until its rows are stored, with source `scheduled`. One bad file keeps no other from
being predicted, and a retry repeats nothing: what is stored is recognised and left alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from orchestration.assets import PREDICTIONS, VALIDATED_DATA
from orchestration.defaults import TASKS, cadence


@dag(
    schedule=cadence("scheduled_predictions", "*/2 * * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=dict(TASKS),
    doc_md=__doc__,
    tags=["data", "predictions"],
    params={
        "wait_seconds": Param(
            300, type="integer", minimum=1, description="How long a run waits until workers have stored all rows."
        )
    },
)
def scheduled_predictions() -> None:
    """Check first, so that a run without data is seen as skipped, not as done."""

    @task(multiple_outputs=False)
    def check_for_new_data() -> dict[str, int]:
        from ingestion.schedules import find_new_data

        found = find_new_data()
        if not found:
            raise AirflowSkipException("No new good file of a use case in mode scheduled.")
        return found

    @task(inlets=[VALIDATED_DATA], outlets=[PREDICTIONS], multiple_outputs=False)
    def make_predictions(params: dict[str, Any]) -> dict[str, Any]:
        from ingestion.schedules import predict_new_data
        from ingestion.settings import IngestionSettings
        from monitoring.notifications import notify_quality_problems

        report = predict_new_data(IngestionSettings(commit_seconds=timedelta(seconds=params["wait_seconds"])))
        notify_quality_problems(report["quality_problems"])
        return report

    check_for_new_data() >> make_predictions()


scheduled_predictions()
