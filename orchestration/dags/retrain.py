"""Train a new version every week and serve it if it is good enough.

The data is checked, a model fitted, evaluated on rows it has not seen and registered in MLflow; `report` among the
results of `train` is its page there. The gates decide whether it is promoted; a refused version is told, and what is
served stays as it is.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task

from orchestration.assets import MODELS
from orchestration.defaults import TASKS, cadence


@dag(
    schedule=cadence("retrain", "0 3 * * 0"),
    catchup=False,
    max_active_runs=1,
    default_args=dict(TASKS),
    doc_md=__doc__,
    tags=["models"],
    params={"use_case": Param("equipment_failure", type="string", description="Use case to train a new version for.")},
)
def retrain() -> None:
    """One task a step, so that one that fails is tried again without those before it."""

    @task(multiple_outputs=False)
    def check_data(params: dict[str, Any]) -> dict[str, Any]:
        from training import schedules

        return schedules.check_data(params["use_case"])

    @task(multiple_outputs=True)
    def train(checked: dict[str, Any]) -> dict[str, Any]:
        from training import schedules

        return schedules.fit_and_register(checked["use_case"])

    @task(outlets=[MODELS], multiple_outputs=False)
    def promote(trained: dict[str, Any]) -> dict[str, Any]:
        from monitoring.notifications import notify
        from training import schedules

        found = schedules.promote_if_good(trained["use_case"], trained["version"])
        if found["problem"]:
            notify(
                f"A version of {found['use_case']} was refused", f"{found['problem']} {trained['report']}", "warning"
            )
        return found

    promote(train(check_data()))


retrain()
