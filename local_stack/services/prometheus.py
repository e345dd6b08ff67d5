"""Prometheus of our own, from the program of the system's package: scrapes every service of the stack."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from local_stack.errors import StackError
from local_stack.machine.folders import CHECKOUT
from local_stack.machine.ports import LOOPBACK
from local_stack.processes.program import Program
from local_stack.services.service import Service
from local_stack.stack import Stack

__all__ = ["program", "targets", "write_configuration"]

_PROGRAM: Final = "prometheus"
_SOURCE: Final = CHECKOUT / "monitoring" / "prometheus"
_RETENTION: Final = ("--storage.tsdb.retention.time=15d", "--storage.tsdb.retention.size=512MB")


def program(stack: Stack, port: int) -> Program:
    """Build the program to run."""
    folder = stack.folders.prometheus
    return Program(
        name="prometheus",
        command=(
            _PROGRAM,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{port}",
            "--log.level=warn",
            *_RETENTION,
        ),
        # It reads its rules when it starts: with others it has to be another process.
        environment={"SMARTPREDICT_RULES": _digest()},
        folder=stack.folders.home,
        marker=stack.marker("prometheus"),
        kills_leftovers=True,
    )


def targets(stack: Stack, services: Iterable[Service]) -> Mapping[str, Sequence[str]]:
    """Return the addresses to scrape, by job."""
    found: dict[str, list[str]] = {}
    for service in services:
        if service.metrics_job:
            found.setdefault(service.metrics_job, []).append(service.health_url.split("/")[2])
    if stack.rabbitmq is not None:
        found["rabbitmq"] = [f"{LOOPBACK}:{stack.rabbitmq.ports.prometheus}"]
    return found


def write_configuration(stack: Stack, services: Iterable[Service]) -> None:
    """Write configuration, rules and the addresses of this stack where its Prometheus reads them.

    Raises
    ------
    StackError
        If Prometheus is not installed.
    """
    if shutil.which(_PROGRAM) is None:
        raise StackError(
            "Prometheus is not installed. Install the system package prometheus, which `make setup` does, "
            "or leave it out: smartpredict up --without prometheus"
        )
    folder = stack.folders.prometheus
    shutil.rmtree(folder / "rules", ignore_errors=True)
    shutil.copytree(_SOURCE / "rules", folder / "rules")
    shutil.copyfile(_SOURCE / "prometheus.yml", folder / "prometheus.yml")
    (folder / "targets").mkdir(exist_ok=True)
    known = targets(stack, services)
    for path in sorted(_SOURCE.glob("targets/*.json")):
        text = json.dumps([{"targets": known.get(path.stem, [])}])
        # It reads them whenever they change, so they change all at once.
        beside = folder / "targets" / f"{path.name}.new"
        beside.write_text(text)
        beside.replace(folder / "targets" / path.name)


def _digest() -> str:
    files: list[Path] = [_SOURCE / "prometheus.yml", *sorted(_SOURCE.glob("rules/*.yml"))]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]
