"""One process to run: its command, environment, user and how it is asked to stop."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local_stack.machine.secret_store import write_private

__all__ = ["Program"]

_LAUNCHER: Final = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """What to run, as whom, with which environment."""

    name: str
    """Unique within a stack; also the name of its log and of its launch file."""

    command: tuple[str, ...]
    """A foreground command without any secret: everybody on the machine can read it in `ps`."""

    environment: Mapping[str, str]
    """What it gets on top of what it inherits; secrets go here."""

    folder: Path
    """Working folder."""

    user: str | None = None
    """Who it runs as; None means as ourselves."""

    inherits: bool = True
    """Whether the caller's environment (without SMARTPREDICT_*) is passed on; servers get a clean one."""

    stop_signal: signal.Signals = signal.SIGTERM
    """How it is asked to end in good order."""

    stop_seconds: int = 20
    """How long it may take to end before it is killed."""

    stop_whole_group: bool = True
    """Whether its children get the stop signal too; not where the parent ends them in order."""

    priority: int = 20
    """Low ones stop last when the machine shuts the supervisor down; servers have 10."""

    marker: str = ""
    """Set in the environment of the process and its children, to find those that outlived their parent."""

    kills_leftovers: bool = False
    """Whether children that outlived a killed run are killed before it starts again; servers end theirs themselves."""

    def write_launch_file(self, path: Path) -> bool:
        """Write what the launcher needs, readable by us alone; say whether it differs from what was there."""
        text = json.dumps(
            {
                "command": self.command,
                "environment": dict(self.environment),
                "folder": str(self.folder),
                "user": self.user,
                "inherits": self.inherits,
                "die_signal": int(self.stop_signal),
                "marker": self.marker,
                "kills_leftovers": self.kills_leftovers,
            },
            indent=2,
        )
        if path.exists() and path.read_text() == text:
            return False
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, text)
        return True

    @staticmethod
    def launch_command(path: Path) -> list[str]:
        """Return the command that becomes the program described in the launch file."""
        # -I -S: no site-packages and no search path, so the launcher costs 15 ms and cannot be shadowed.
        return [sys.executable, "-I", "-S", str(_LAUNCHER), str(path)]
