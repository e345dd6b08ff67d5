"""Runs DAGs to their ends, in Airflow's environment: each line of standard input says which, and with what.

Every run has a process of its own, forked from one that has imported Airflow already: that takes longer than most runs.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow import settings

NEEDED = (
    "airflow.api_fastapi.execution_api.app",
    "airflow.dag_processing.dagbag",
    "airflow.models.dagrun",
    "airflow.sdk.execution_time.task_runner",
    "ingestion.schedules",
)
"""What a run imports in any case."""


def main() -> None:
    """Start what every line asks for, until there are no more lines."""
    for name in NEEDED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        wanted = json.loads(line)
        if os.fork() == 0:
            _see_to(wanted)


def _see_to(wanted: Mapping[str, Any]) -> None:
    """Run a DAG in one more process, and note how that ended, even if it was killed."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    folder = Path(wanted["folder"])
    runner = os.fork()
    if runner == 0:
        with (folder / "output").open("wb") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
        os._exit(_run(wanted))
    _, status = os.waitpid(runner, 0)
    (folder / "ended.part").write_text(str(os.waitstatus_to_exitcode(status)))
    (folder / "ended.part").rename(folder / "ended")
    os._exit(0)


def _run(wanted: Mapping[str, Any]) -> int:
    try:
        os.environ.clear()
        os.environ.update(wanted["environment"])
        # What Airflow has read of its settings was those of the process before.
        settings.dispose_orm(do_log=False)
        settings.configure_vars()
        settings.configure_orm()
        told = _told(wanted["dag"], wanted["conf"])
        (Path(wanted["folder"]) / "told").write_text(json.dumps(told, default=str))
    except BaseException:  # noqa: BLE001 # whatever it is, the process ends here
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _told(name: str, conf: Mapping[str, Any]) -> dict[str, Any]:
    module = importlib.import_module(f"orchestration.dags.{name}")
    dag = getattr(module, name)()
    for task in dag.tasks:
        task.retries = 0  # dag.test() would wait for ever for a scheduler to start the next try
    run = dag.test(run_conf=conf)
    found = run.get_task_instances()
    return {
        "state": str(run.state),
        "tasks": {task.task_id: str(task.state) for task in found},
        "results": {task.task_id: task.xcom_pull(task_ids=task.task_id) for task in found},
    }


if __name__ == "__main__":
    main()
