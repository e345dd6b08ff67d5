"""Judge every few minutes whether the data is still what the models were trained on.

Profiles of the parts are rolled up, drift, quality and freshness of every use case are judged, the verdicts are kept,
and people are told when one changes. It reads profiles, never the predictions themselves.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task

from orchestration.assets import PREDICTIONS
from orchestration.defaults import TASKS, cadence


@dag(
    schedule=cadence("monitor", "*/5 * * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=dict(TASKS),
    doc_md=__doc__,
    tags=["predictions"],
)
def monitor() -> None:
    """One task: the verdicts of a run belong together."""

    @task(inlets=[PREDICTIONS], multiple_outputs=False)
    def judge() -> dict[str, Any]:
        from monitoring.monitor import run_monitor

        return run_monitor()

    judge()


monitor()
