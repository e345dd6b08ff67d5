"""Take in the files that have arrived since the last run.

Every file is claimed, each of its rows checked against the contract of its use case; good rows go to the workers, bad
ones to quarantine with their reasons, and what was wrong is told once. The watcher may run beside it: a file is taken
by one of them. A file that a killed run left half done is finished by the next.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from orchestration.assets import VALIDATED_DATA
from orchestration.defaults import TASKS, cadence


@dag(
    schedule=cadence("ingest_files", "* * * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=dict(TASKS),
    doc_md=__doc__,
    tags=["data"],
    params={
        "files_per_run": Param(
            1_000, type="integer", minimum=1, description="Most files that a run begins; the next run takes the others."
        )
    },
)
def ingest_files() -> None:
    """Two tasks, so that an alert that cannot be sent takes no file in again."""

    @task(outlets=[VALIDATED_DATA], multiple_outputs=False)
    def take_in(params: dict[str, Any]) -> dict[str, Any]:
        from ingestion import schedules
        from ingestion.settings import IngestionSettings

        report = schedules.ingest_files(IngestionSettings(files_per_run=params["files_per_run"]))
        if not report["files"]:
            raise AirflowSkipException("No new file.")
        return report

    @task
    def alert(report: dict[str, Any]) -> None:
        from monitoring.notifications import notify_quality_problems

        if not report["quality_problems"]:
            raise AirflowSkipException("Every row was good.")
        notify_quality_problems(report["quality_problems"])

    alert(take_in())


ingest_files()
