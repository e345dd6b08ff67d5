"""The services of compose.yaml, brought up in podman, and what tests do to them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import yaml
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql.base import PGDialect

from broker.ids import batch_id_of_file
from local_stack.machine.folders import CHECKOUT
from sql.predictions.tables import prediction_table
from tests.containers.podman import Container, podman, volume
from tests.support.pipeline import EQUIPMENT
from tests.support.waiting import eventually

__all__ = ["Composed"]

FILES: Final = (CHECKOUT / "compose.yaml", CHECKOUT / "tests" / "containers" / "stand-ins.yaml")
ACCOUNT: Final = 10001
"""Of the services in their containers, as the Dockerfiles have it."""

GATEWAY: Final = "http://127.0.0.1:8000"
UI: Final = "http://127.0.0.1:8501"
MLFLOW: Final = "http://127.0.0.1:5000"
AIRFLOW: Final = "http://127.0.0.1:8080"
PROMETHEUS: Final = "http://127.0.0.1:9090"


@dataclass(frozen=True)
class Composed:
    """Everything that compose.yaml declares, at the addresses that it publishes."""

    settings_file: Path
    """What deploy/make-env.sh printed."""

    @cached_property
    def settings(self) -> Mapping[str, str]:
        return dict(line.split("=", 1) for line in self.settings_file.read_text().splitlines())

    @cached_property
    def services(self) -> Mapping[str, dict[str, Any]]:
        """The services that run or have run once everything is up, as declared."""
        base, override = (yaml.safe_load(file.read_text())["services"] for file in FILES)
        merged = {name: {**one, **override.get(name, {})} for name, one in base.items()}
        return {name: one for name, one in merged.items() if "profiles" not in one}

    @cached_property
    def lasting(self) -> tuple[str, ...]:
        """The services that are started again whenever they end."""
        return tuple(name for name, one in self.services.items() if one["restart"] == "unless-stopped")

    def compose(self, *arguments: str, seconds: float = 600) -> str:
        """Run podman-compose and return what the command printed."""
        program = CHECKOUT / ".venv-peers" / "podman" / "bin" / "podman-compose"
        files = [word for file in FILES for word in ("-f", str(file))]
        done = subprocess.run(
            [program, "--in-pod=false", *files, f"--env-file={self.settings_file}", *arguments],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
        assert done.returncode == 0, f"podman-compose {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def up(self) -> None:
        """Start every service once those that it depends on are as compose.yaml asks.

        podman-compose would leave the waiting to podman, which before 4.6 knows nothing of health.
        """
        order = TopologicalSorter({name: one.get("depends_on", {}) for name, one in self.services.items()})
        order.prepare()
        while order.is_active():
            names = order.get_ready()
            self.compose("up", "-d", "--no-deps", *names)
            for name in names:
                self.wait_up(name)
            order.done(*names)

    def wait_up(self, name: str, seconds: float = 300) -> None:
        """Wait until a service is as those that depend on it need it."""
        eventually(lambda: self.is_up(name), seconds, self.container(name).log)

    def is_up(self, name: str) -> bool:
        """Return whether a service is as those that depend on it need it: ended well, healthy, or running."""
        container, declared = self.container(name), self.services[name]
        if declared["restart"] == "no":
            return container.has_succeeded()
        return container.is_running() and ("healthcheck" not in declared or container.is_healthy())

    def down(self) -> None:
        """Stop every service and remove what it left, its data included."""
        self.compose("down", "--volumes")

    def container(self, name: str) -> Container:
        return Container(f"smartpredict_{name}_1")

    def smartpredict(self, *arguments: str, files: Path | None = None) -> str:
        """Run a command as docs/operations.md says, with a folder of this machine at /files, and return what it printed."""
        mounted = ["-v", f"{files}:/files:ro"] if files is not None else []
        return self.compose(
            "--profile", "command", "run", "--rm", "-T", "--no-deps", *mounted, "smartpredict", *arguments
        )

    def api(self, key: str = "ADMIN") -> httpx.Client:
        """Return a client of the gateway."""
        headers = {"Authorization": f"Bearer {self.settings[f'SMARTPREDICT_{key}_KEY']}"}
        return httpx.Client(base_url=GATEWAY, headers=headers, timeout=30)

    @property
    def upstream_url(self) -> str:
        """Where foreign systems publish."""
        return f"amqp://upstream:{self.settings['SMARTPREDICT_PASSWORD_UPSTREAM']}@127.0.0.1:5672/"

    def is_ready(self) -> bool:
        """Return whether the gateway says that rows are predicted."""
        try:
            return httpx.get(f"{GATEWAY}/health/ready", timeout=10).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def drop(self, name: str, content: bytes, use_case: str = "equipment_failure") -> UUID:
        """Drop a file into the volume that ingestion watches and return the id of its batch."""
        incoming = volume("smartpredict_data") / "incoming" / use_case
        incoming.mkdir(parents=True, exist_ok=True)
        for folder in (incoming.parent, incoming):
            os.chown(folder, ACCOUNT, ACCOUNT)
        partial = incoming / f"{name}.tmp"
        partial.write_bytes(content)
        os.chown(partial, ACCOUNT, ACCOUNT)
        partial.rename(incoming / name)
        return batch_id_of_file(use_case, hashlib.sha256(content).hexdigest(), name)

    def add_use_case(self, folder: Path) -> None:
        """Put a use case onto the volume of one's own."""
        place = volume("smartpredict_usecases") / folder.name
        shutil.copytree(folder, place)
        for path in (place, *place.rglob("*")):
            os.chown(path, ACCOUNT, ACCOUNT)

    def predicted(self, batch: UUID) -> int:
        """Count the rows of a batch that the ledger has as predicted; none where nobody answers."""
        try:
            with self.api() as api:
                answer = api.get(f"/batches/{batch}")
        except httpx.TransportError:
            return 0
        return int(answer.json()["rows"]["predicted"]) if answer.status_code == httpx.codes.OK else 0

    def stored(self, batch: UUID, use_case: str = "equipment_failure") -> tuple[int, int]:
        """Count rows and different rows of a batch in the table of predictions."""
        table = prediction_table(EQUIPMENT.model_copy(update={"name": use_case}))
        counts = select(func.count(), func.count(table.c.row_number.distinct())).where(table.c.batch_id == batch)
        dialect = PGDialect()  # type: ignore[no-untyped-call] # SQLAlchemy gives it no types
        statement = counts.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        rows, different = self.query(str(statement)).split("|")
        return int(rows), int(different)

    def query(self, statement: str) -> str:
        """Ask the database as its owner and return what psql prints, without headers."""
        command = ("psql", "-U", "owner", "-d", "smartpredict", "-At", "-c", statement)
        return self.container("postgres").run(*command).strip()

    def audit(self) -> dict[str, Any]:
        """Run the audit and return its report; it fails where the ledger does not balance."""
        report: dict[str, Any] = json.loads(self.smartpredict("audit", "--json"))
        return report

    @staticmethod
    def left() -> list[str]:
        """Return the names of containers, networks and volumes that are there."""
        containers = podman("ps", "-a", "--format", "{{.Names}}").split()
        networks = podman("network", "ls", "--format", "{{.Name}}").split()
        volumes = podman("volume", "ls", "--format", "{{.Name}}").split()
        return [*containers, *(name for name in networks if name != "podman"), *volumes]
