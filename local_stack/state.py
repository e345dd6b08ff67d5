"""What a stack keeps between two starts."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Self

from local_stack.machine.folders import Folders
from local_stack.machine.ports import choose_port, promise
from local_stack.machine.secret_store import write_private

__all__ = ["State"]


@dataclass(slots=True)
class State:
    """Options of the last `up`, its ports, and where its servers are if they are not ours."""

    workers: int = 1
    without: list[str] = field(default_factory=list)
    protocols: list[str] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)
    database_url: str | None = None
    broker_url: str | None = None
    broker_management_url: str | None = None
    mlflow_url: str | None = None
    usecases: str | None = None
    schedules_since: str | None = None
    """When the stack was first started: no schedule makes up for a time before."""

    @classmethod
    def load(cls, folders: Folders) -> Self:
        """Read what was remembered; nothing if there is nothing."""
        if not folders.state.exists():
            return cls()
        try:
            return cls(**json.loads(folders.state.read_text()))
        except (ValueError, TypeError):
            # A remembered port is a convenience: better to choose again than to refuse to start.
            return cls()

    def save(self, folders: Folders) -> None:
        """Remember; the file is private because URLs hold passwords."""
        write_private(folders.state, json.dumps(dataclasses.asdict(self), indent=2))

    def port(self, name: str, wanted: int, *, running: bool) -> int:
        """Return the same port as last time if it is still free (or our own running service has it)."""
        remembered = self.ports.get(name)
        if remembered is None or not (running or promise(remembered)):
            others = {port for other, port in self.ports.items() if other != name}
            self.ports[name] = choose_port(wanted, others)
        return self.ports[name]
