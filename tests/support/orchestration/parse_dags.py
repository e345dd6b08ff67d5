"""Read every schedule, in Airflow's environment: how long each takes, and what it touches meanwhile."""

from __future__ import annotations

import json
import runpy
import sys
import time
from pathlib import Path
from typing import Any

import airflow.sdk
import airflow.sdk.exceptions

import orchestration.assets
import orchestration.defaults

touched: list[str] = []


def hear(event: str, arguments: tuple[Any, ...]) -> None:
    """Note connections, processes and files that are written."""
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wxa+")
    if event in {"socket.connect", "subprocess.Popen"} or writes:
        touched.append(f"{event} {arguments[0]}")


def _patience(task: Any) -> list[bool]:
    return [task.retries > 0, task.retry_exponential_backoff > 1, bool(task.on_failure_callback)]


@airflow.sdk.dag(schedule=None, params={"any": airflow.sdk.Param(1, type="integer")})  # type: ignore[untyped-decorator]
def warm_up() -> None:
    """Import what Airflow imports late, which is none of a schedule's doing."""
    airflow.sdk.task(hear).override(task_id="hear")("", ())


warm_up()
sys.addaudithook(hear)
seconds, dags = {}, []
for path in sorted((Path(orchestration.defaults.__file__).parent / "dags").glob("[a-z]*.py")):
    touched.clear()
    began = time.perf_counter()
    module = runpy.run_path(str(path), run_name=path.stem)
    seconds[path.stem] = time.perf_counter() - began
    dag = module[path.stem]()
    dags.append(
        {
            "name": dag.dag_id,
            "touched": list(touched),
            "doc": bool(dag.doc_md),
            "tags": sorted(dag.tags),
            "parameters": {name: bool(dag.params.get_param(name).description) for name in dag.params},
            "tasks": {task.task_id: _patience(task) for task in dag.tasks},
        }
    )
print(json.dumps({"seconds": seconds, "dags": dags}))  # noqa: T201
