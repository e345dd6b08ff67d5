"""Which services a stack runs: command, environment and address of each."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from local_stack.machine.folders import CHECKOUT
from local_stack.machine.ports import LOOPBACK
from local_stack.processes.program import Program
from local_stack.services import prometheus
from local_stack.services.airflow import airflow_services
from local_stack.services.service import Service, common_settings, settings_without_broker
from local_stack.stack import Stack

__all__ = ["OPTIONAL", "list_services"]

#: What `smartpredict up --without` may leave out.
OPTIONAL: Final = ("mlflow", "gateway", "ingestion", "trainer", "ui", "airflow", "prometheus")


def list_services(stack: Stack) -> tuple[Service, ...]:
    """Return the services of a stack, in the order to start them; their ports are chosen by that."""
    return tuple(_services(stack))


def _services(stack: Stack) -> Iterator[Service]:
    if stack.runs("mlflow"):
        yield _mlflow(stack)
    for number in range(1, stack.state.workers + 1):
        # One thread each: workers are multiplied instead, and two pools of threads on the same cores only disturb.
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1"}
        yield _with_metrics(
            stack,
            name=f"worker-{number}",
            job="worker",
            module="inference_worker",
            port=9100 + number,
            settings=common_settings(stack, "worker") | threads,
        )
    if stack.runs("ingestion"):
        settings = common_settings(stack, "ingestion")
        yield _with_metrics(stack, name="ingestion", job="ingestion", module="ingestion", port=9100, settings=settings)
    if stack.runs("trainer"):
        settings = settings_without_broker(stack, "trainer")
        yield _with_metrics(
            stack, name="trainer", job="trainer", module="training.service", port=9200, settings=settings
        )
    if stack.runs("gateway"):
        yield _gateway(stack)
    if stack.runs("ui"):
        yield _ui(stack)
    if stack.runs("airflow"):
        yield from airflow_services(stack)
    if stack.runs("prometheus"):
        yield _prometheus(stack)


def _prometheus(stack: Stack) -> Service:
    port = stack.port("prometheus", 9090)
    address = f"http://{LOOPBACK}:{port}"
    program = prometheus.program(stack, port)
    return Service(program=program, health_url=f"{address}/-/ready", url=address, metrics_job="prometheus")


def _ui(stack: Stack) -> Service:
    port = stack.port("ui", 8501)
    # It speaks only to the gateway, so it gets no other address and no other secret.
    environment = {
        "SMARTPREDICT_UI_HOST": LOOPBACK,
        "SMARTPREDICT_UI_PORT": str(port),
        "SMARTPREDICT_GATEWAY_URL": f"http://{LOOPBACK}:{stack.port('gateway', 8000)}",
        "SMARTPREDICT_API_KEY": stack.api_key("webapp"),
        **_sign_in(),
    }
    address = f"http://{LOOPBACK}:{port}"
    program = _python(stack, "ui", ("-m", "ui"), environment)
    return Service(program=program, health_url=f"{address}/_stcore/health", url=address, metrics_job="ui")


def _sign_in() -> dict[str, str]:
    """Hand on how people sign in, who may, and how large their files may be; the path of the file is the caller's, the page runs elsewhere."""
    secrets = os.environ.get("SMARTPREDICT_UI_SECRETS")
    others = (
        *("SMARTPREDICT_UI_ALLOWED", "SMARTPREDICT_UI_SESSION_HOURS"),
        *("SMARTPREDICT_MAX_INFER_BYTES", "SMARTPREDICT_MAX_TRAINING_BYTES"),
    )
    given = {name: os.environ[name] for name in others if name in os.environ}
    return given | ({"SMARTPREDICT_UI_SECRETS": str(Path(secrets).absolute())} if secrets else {})


def _gateway(stack: Stack) -> Service:
    port = stack.port("gateway", 8000)
    environment = common_settings(stack, "gateway") | {
        "SMARTPREDICT_GATEWAY_HOST": LOOPBACK,
        "SMARTPREDICT_GATEWAY_PORT": str(port),
        "SMARTPREDICT_GATEWAY_GRPC_HOST": LOOPBACK,
        "SMARTPREDICT_GATEWAY_GRPC_PORT": str(stack.port("gateway-grpc", 8001)),
        "SMARTPREDICT_SETUP_DATABASE_URL": stack.database_url("registrar"),
        "SMARTPREDICT_API_KEYS": ",".join(
            f"{role}:{role}:{stack.api_key(role)}" for role in ("admin", "api", "webapp")
        ),
    }
    if stack.runs("prometheus"):
        environment["SMARTPREDICT_PROMETHEUS_URL"] = f"http://{LOOPBACK}:{stack.port('prometheus', 9090)}"
    address = f"http://{LOOPBACK}:{port}"
    program = _python(stack, "gateway", ("-m", "gateway_api"), environment)
    return Service(program=program, health_url=f"{address}/health/ready", url=address, metrics_job="gateway")


def _with_metrics(stack: Stack, *, name: str, job: str, module: str, port: int, settings: Mapping[str, str]) -> Service:
    chosen = stack.port(name, port)
    environment = {**settings, "SMARTPREDICT_METRICS_PORT": str(chosen)}
    program = _python(stack, name, ("-m", module), environment)
    return Service(program=program, health_url=f"http://{LOOPBACK}:{chosen}/health/ready", metrics_job=job)


def _mlflow(stack: Stack) -> Service:
    port = stack.port("mlflow", 5000)
    environment = {
        # By environment, because a command line is open to everybody and this URL holds a password.
        "MLFLOW_BACKEND_STORE_URI": stack.mlflow_backend_url(),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        # Jobs (evaluation by language models) would add four processes that nothing here uses.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        # Otherwise every answer starts with a search for git.
        "GIT_PYTHON_REFRESH": "quiet",
    }
    arguments = ("-m", "mlflow", "server", "--host", LOOPBACK, "--port", str(port), "--workers", "1")
    program = _python(
        stack, "mlflow", (*arguments, "--artifacts-destination", str(stack.folders.artifacts)), environment
    )
    address = f"http://{LOOPBACK}:{port}"
    return Service(program=program, health_url=f"{address}/health", url=address)


def _python(stack: Stack, name: str, arguments: tuple[str, ...], environment: Mapping[str, str]) -> Program:
    return Program(
        name=name,
        command=(sys.executable, *arguments),
        environment={"PYTHONUNBUFFERED": "1", **environment},
        # The checkout, so that `python -m` finds our packages whether they are installed or not.
        folder=CHECKOUT,
        marker=stack.marker(name),
        kills_leftovers=True,
    )
