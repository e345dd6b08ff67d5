"""What the stack remembers between two starts, and how commands reach the one that runs."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Self

from cli.errors import UserError
from cli.stack.folders import Folders
from cli.stack.ports import choose_port, promise
from cli.stack.vault import write_private

__all__ = ["State", "connection_settings"]


@dataclass(slots=True)
class State:
    """Options of the last `up`, its ports, and where its servers are if they are not ours."""

    workers: int = 1
    without: list[str] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)
    database_url: str | None = None
    broker_url: str | None = None
    broker_management_url: str | None = None
    mlflow_url: str | None = None
    usecases: str | None = None

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
        """Give the same port as last time if it is still free (or our own running service has it)."""
        remembered = self.ports.get(name)
        if remembered is None or not (running or promise(remembered)):
            others = {port for other, port in self.ports.items() if other != name}
            self.ports[name] = choose_port(wanted, others)
        return self.ports[name]


def connection_settings() -> dict[str, str]:
    """Give the environment that reaches the running stack as its owner, for commands whose own environment lacks it.

    Raises
    ------
    UserError
        If no stack is running.
    """
    # Here, because the supervisor's client costs a tenth of a second and most callers have their own settings.
    from cli.stack.stack import Stack  # noqa: PLC0415
    from cli.stack.supervision import Supervisor  # noqa: PLC0415

    folders = Folders.current()
    if not Supervisor(folders).is_running():
        raise UserError("No stack is running. Start one: smartpredict up")
    return Stack.remembered(folders).owner_settings()
