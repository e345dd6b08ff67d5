"""Pull the observations of every forecast that says where they are.

Each run asks for the days that were not pulled yet, and again for those of which corrections may still come; what was told
before is recognised. One interface that does not answer keeps no other from being asked; the run then fails and is tried
again, and the next one goes on from there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task

from orchestration.defaults import TASKS, cadence


@dag(
    # A few minutes after the hour, when interfaces have its readings.
    schedule=cadence("pull_observations", "20 * * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=dict(TASKS),
    doc_md=__doc__,
    tags=["data", "forecasts"],
)
def pull_observations() -> None:
    """One task: a pull that finds nothing new is done in a moment."""

    # A first pull may ask for years; the next run takes up what this one does not get done.
    @task(multiple_outputs=False, execution_timeout=timedelta(hours=2))
    def pull() -> dict[str, Any]:
        from ingestion.sources.pull import pull_all

        return pull_all()

    pull()


pull_observations()
