"""Run one DAG to its end, in Airflow's environment: `run_dag.py NAME CONF`; the last line tells what became of it."""

from __future__ import annotations

import importlib
import json
import sys


def main(name: str, conf: str) -> None:
    module = importlib.import_module(f"orchestration.dags.{name}")
    dag = getattr(module, name)()
    for task in dag.tasks:
        task.retries = 0  # dag.test() would wait for ever for a scheduler to start the next try
    run = dag.test(run_conf=json.loads(conf))
    found = run.get_task_instances()
    print(  # noqa: T201
        json.dumps(
            {
                "state": str(run.state),
                "tasks": {task.task_id: str(task.state) for task in found},
                "results": {task.task_id: task.xcom_pull(task_ids=task.task_id) for task in found},
            },
            default=str,
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
