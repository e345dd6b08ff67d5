"""What has to be done every day: partitions ahead, predictions counted by hour, contents past their time emptied, the ledger proved.

Predictions are never deleted. `audit` fails, and tells people, when a row is in no place or in two.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task

from orchestration.defaults import TASKS, cadence


@dag(
    schedule=cadence("maintenance", "30 2 * * *"),
    catchup=False,
    max_active_runs=1,
    default_args=dict(TASKS),
    doc_md=__doc__,
    tags=["upkeep"],
)
def maintenance() -> None:
    """One task for each duty: none depends on another, so that one that fails keeps no other from being done."""

    @task(multiple_outputs=False)
    def make_partitions() -> dict[str, list[str]]:
        from orchestration import upkeep

        return upkeep.make_partitions()

    @task(multiple_outputs=False)
    def add_up_hours() -> dict[str, int]:
        from orchestration import upkeep

        return upkeep.add_up_hours()

    @task(multiple_outputs=False)
    def forget_old() -> dict[str, int]:
        from orchestration import upkeep

        return upkeep.forget_old()

    @task(multiple_outputs=False)
    def audit() -> dict[str, Any]:
        from orchestration import upkeep

        return upkeep.audit_ledger()

    make_partitions()
    add_up_hours()
    forget_old()
    audit()


maintenance()
