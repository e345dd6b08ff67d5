"""Airflow: four processes with an environment, a database and a generated password of their own."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from local_stack.errors import StackError
from local_stack.machine.folders import AIRFLOW_PYTHON, CHECKOUT, Folders
from local_stack.machine.ports import LOOPBACK
from local_stack.machine.secret_store import write_private
from local_stack.processes.program import Program
from local_stack.services.service import Service, common_settings
from local_stack.stack import Stack
from sql.base.roles import role_name

__all__ = ["ACCOUNT", "ADMIN", "AIRFLOW_DATABASE", "airflow_services", "migrate_airflow"]

AIRFLOW_DATABASE: Final = "airflow"

#: Account of the tasks at our database and broker, and the person who signs in at Airflow's page.
ACCOUNT: Final = "orchestration"
ADMIN: Final = "admin"

#: Tasks at once. Each has a waiting process of its own, 60 MB; with four, a long one leaves room for the short ones.
_TASKS_AT_ONCE: Final = 4

_LOCK: Final = CHECKOUT / "requirements" / "airflow.txt"
_DAGS: Final = CHECKOUT / "orchestration" / "dags"


def airflow_services(stack: Stack) -> Iterator[Service]:
    """Build Airflow's services; one address reports the health of all of them."""
    port = stack.port("airflow", 8080)
    address = f"http://{LOOPBACK}:{port}"
    own = _settings(stack, address)
    with_tasks = own | _task_settings(stack)
    listening = own | {"SMARTPREDICT_DOWNSTREAM_URL": stack.broker_url("downstream")}
    arguments: tuple[tuple[str, str, tuple[str, ...], Mapping[str, str]], ...] = (
        ("airflow", "metadatabase", ("api-server", "--host", LOOPBACK, "--port", str(port)), own),
        ("airflow-scheduler", "scheduler", ("scheduler", "--skip-serve-logs"), with_tasks),
        # It runs the failure callbacks of tasks that were killed, so it has to reach what they reach.
        ("airflow-dag-processor", "dag_processor", ("dag-processor",), with_tasks),
        ("airflow-triggerer", "triggerer", ("triggerer", "--skip-serve-logs"), listening),
    )
    for name, component, command, environment in arguments:
        program = Program(
            name=name,
            command=(str(AIRFLOW_PYTHON), "-m", "airflow", *command),
            environment=environment,
            folder=_home(stack.folders),
            marker=stack.marker(name),
            kills_leftovers=True,
        )
        url = address if name == "airflow" else ""
        yield Service(program=program, health_url=f"{address}/api/v2/monitor/health#{component}", url=url)


def migrate_airflow(stack: Stack, report: Callable[[str], None], seconds: float) -> None:
    """Bring Airflow's own database to the installed version, and write the administrator's password where it looks.

    Raises
    ------
    StackError
        If that fails, or takes longer than `seconds`.
    """
    home = _home(stack.folders)
    home.mkdir(exist_ok=True, mode=0o700)
    write_private(_passwords(home), json.dumps({ADMIN: stack.secrets.secret("airflow", ADMIN)}))
    # It takes ten seconds, most of them imports, and only another version of Airflow has other migrations.
    stamp, wanted = home / "migrated", hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    report("Preparing Airflow's database")
    try:
        done = subprocess.run(
            [str(AIRFLOW_PYTHON), "-m", "airflow", "db", "migrate"],
            env=_settings(stack, ""),
            cwd=home,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(
            f"Airflow's database was not prepared within {seconds:.0f} s. `smartpredict up` tries it again."
        ) from error
    if done.returncode != 0:
        raise StackError(f"Airflow's database cannot be prepared:\n{(done.stderr or done.stdout).strip()[-2000:]}")
    stamp.write_text(wanted)


def _settings(stack: Stack, address: str) -> dict[str, str]:
    home = _home(stack.folders)
    return {
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(CHECKOUT),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": _database_url(stack),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(_TASKS_AT_ONCE),
        "AIRFLOW__CORE__DAGS_FOLDER": str(_DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        # What lies in our folder is meant to run; a DAG that is not says so itself.
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "false",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_passwords(home)),
        "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(_derived(stack, "fernet").digest()[:32]).decode(),
        "AIRFLOW__API__SECRET_KEY": _derived(stack, "sessions").hexdigest(),
        "AIRFLOW__API_AUTH__JWT_SECRET": _derived(stack, "tokens").hexdigest(),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__INSTANCE_NAME": "SmartPredict schedules",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        # A task that was killed is noticed and tried again within a minute instead of five.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    }


def _task_settings(stack: Stack) -> dict[str, str]:
    return common_settings(stack, ACCOUNT) | {
        "SMARTPREDICT_UPSTREAM_URL": stack.broker_url("upstream"),
        "SMARTPREDICT_GATEWAY_URL": f"http://{LOOPBACK}:{stack.port('gateway', 8000)}",
        "SMARTPREDICT_API_KEY": stack.api_key("api"),
        # Only with it the audit knows what workers hold, and can prove that a part is lost.
        **stack.management_settings(),
        # Else the first start would run each schedule for the time that has just gone by, and train at once.
        "SMARTPREDICT_SCHEDULES_SINCE": stack.state.schedules_since or "",
        # Tasks share the machine with everything else.
        "OMP_NUM_THREADS": "1",
    }


def _home(folders: Folders) -> Path:
    return folders.home / "airflow"


def _passwords(home: Path) -> Path:
    return home / "passwords.json"


def _database_url(stack: Stack) -> str:
    if stack.postgres is None:
        return f"sqlite:///{_home(stack.folders) / 'airflow.db'}"
    password = stack.database_password(AIRFLOW_DATABASE)
    return stack.postgres.url(AIRFLOW_DATABASE, role_name(AIRFLOW_DATABASE), password)


def _derived(stack: Stack, purpose: str) -> hashlib._Hash:
    """Make a key of the length that Airflow wants from one of the stack's secrets."""
    return hashlib.sha512(stack.secrets.secret("airflow", purpose).encode())
