"""Send made-up rows through every door: for demonstrations and for load. Started by hand.

The rows look like the training data, a share of them is bad, and one column may drift away from it. The result counts
what went through each door. The same seed sends the same rows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, task

from orchestration.defaults import TASKS, cadence


@dag(
    schedule=cadence("simulate_traffic", None),
    catchup=False,
    max_active_runs=1,
    # A try again would send everything again.
    default_args={**TASKS, "retries": 0},
    doc_md=__doc__,
    tags=["demo"],
    params={
        "use_case": Param("equipment_failure", type="string", description="Whose rows to send."),
        "rows_per_second": Param(100, type="integer", minimum=1, maximum=50_000, description="Rows of all doors."),
        "seconds": Param(60, type="integer", minimum=1, maximum=1_500, description="For how long."),
        "bad_share": Param(0.02, type="number", minimum=0, maximum=0.5, description="Share of bad rows."),
        "drift": Param("", type="string", description="Column and standard deviations, torque_nm=1.5; or nothing."),
        "doors": Param(["file", "message", "http", "upload"], type="array", description="Doors to send through."),
        "seed": Param(7, type="integer", description="Another seed sends other rows."),
    },
)
def simulate_traffic() -> None:
    """One task, as long as the traffic lasts."""

    @task(multiple_outputs=False)
    def send(params: dict[str, Any]) -> dict[str, Any]:
        from orchestration.traffic.rows import Drift
        from orchestration.traffic.simulate import Traffic, TrafficKind, simulate

        drift, seconds = params.pop("drift"), timedelta(seconds=params.pop("seconds"))
        doors = tuple(map(TrafficKind, params.pop("doors")))
        moved = Drift.parse(drift) if drift else None
        return simulate(Traffic(**params, duration=seconds, doors=doors, drift=moved))

    send()


simulate_traffic()
