"""What all schedules have in common: when they run, how often a task tries again, and whom a failure is told."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

__all__ = ["TASKS", "cadence", "tell_of_failure"]

_OFF: Final = "off"
_STORED_ROWS: Final = "stored-rows"


def cadence(dag: str, standard: str | None) -> Any:
    """Return when a schedule runs: the cron expression of SMARTPREDICT_SCHEDULE_<NAME>, or the standard one.

    >>> cadence("ingest_files", "* * * * *")
    '* * * * *'

    `off` leaves a schedule to be started by hand, `stored-rows` starts it when rows were stored.
    """
    chosen = os.environ.get(f"SMARTPREDICT_SCHEDULE_{dag.upper()}") or standard
    if chosen == _STORED_ROWS:
        from orchestration.events import STORED_ROWS  # noqa: PLC0415 - only Airflow's environment can

        return [STORED_ROWS]
    return None if chosen == _OFF else chosen


def tell_of_failure(context: Mapping[str, Any]) -> None:
    """Notify people that a task has failed for good, after its last try."""
    from monitoring.notifications import notify  # noqa: PLC0415 - a schedule is parsed every half minute

    task = context["task_instance"]
    notify(
        f"{task.dag_id} failed",
        f"Its task {task.task_id} gave up after {task.try_number} tries: {context.get('exception') or 'it was killed'}\n"
        f"What it had begun is kept, and the next run goes on from there. Its log: {task.log_url}",
        "error",
    )


def _since() -> Mapping[str, Any]:
    """Return when schedules began: of the times before, Airflow would run each for the last one as soon as it sees it."""
    began = os.environ.get("SMARTPREDICT_SCHEDULES_SINCE")
    return {"start_date": datetime.fromisoformat(began)} if began else {}


#: Arguments of every task. Servers come back within minutes: five tries at 5, 10, 20 and 40 seconds bridge that.
TASKS: Final[Mapping[str, Any]] = {
    "retries": 4,
    "retry_delay": timedelta(seconds=5),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=5),
    # One that hangs would hold its schedule up for ever, for no schedule runs beside itself.
    "execution_timeout": timedelta(minutes=30),
    "on_failure_callback": tell_of_failure,
    **_since(),
}
