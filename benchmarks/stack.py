"""A stack of its own for a benchmark: the product as users start it, in a folder that goes away again."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.demonstration.doors import wait_until_ready
from local_stack.machine.folders import Folders
from local_stack.stack import Stack


@dataclass(frozen=True, slots=True)
class RunningStack:
    """A started stack with a trained default model."""

    home: Path
    settings: Mapping[str, str]
    """Environment of its owner."""

    def run(self, *arguments: str) -> str:
        """Run a `smartpredict` command against it."""
        return smartpredict(self.home, *arguments)


@contextlib.contextmanager
def own_stack(workers: int = 1) -> Iterator[RunningStack]:
    """Start a stack, train the default use case, give it, and stop it with all its data."""
    with tempfile.TemporaryDirectory(prefix="smartpredict-bench-") as folder:
        home = Path(folder)
        home.chmod(0o711)  # the database's own user has to pass
        try:
            # Its schedules would take turns with what is measured.
            smartpredict(home, "up", "--without", "airflow", "--workers", str(workers))
            smartpredict(home, "train", "equipment_failure")
            os.environ["SMARTPREDICT_HOME"] = str(home)
            running = RunningStack(home, Stack.remembered(Folders.current()).owner_settings())
            wait_until_ready(running.settings["SMARTPREDICT_GATEWAY_URL"])
            yield running
        finally:
            os.environ.pop("SMARTPREDICT_HOME", None)
            smartpredict(home, "down", "--delete-data")


def smartpredict(home: Path, *arguments: str) -> str:
    """Run the command line of the product and give what it printed."""
    program = Path(sys.executable).with_name("smartpredict")
    done = subprocess.run(
        [str(program), *arguments],
        env={**os.environ, "SMARTPREDICT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"smartpredict {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout
