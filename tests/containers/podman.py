"""Podman as tests ask it: what runs, how it fares, and what it says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Container", "image_size", "podman"]


def podman(*arguments: str, seconds: float = 120) -> str:
    """Run podman and return what it printed."""
    done = subprocess.run(
        ["podman", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=seconds
    )
    assert done.returncode == 0, f"podman {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout


def image_size(image: str) -> float:
    """Return the size of an image, in GB."""
    return int(podman("image", "inspect", "--format", "{{.Size}}", image)) / 1e9


@dataclass(frozen=True, slots=True)
class Container:
    """A container, which may run, have ended, or not be there yet."""

    name: str

    def inspect(self) -> dict[str, Any]:
        """Return everything that podman knows of it."""
        found: list[dict[str, Any]] = json.loads(podman("container", "inspect", self.name))
        return found[0]

    def state(self) -> dict[str, Any]:
        """Return its state: ``Status``, ``Pid``, ``ExitCode`` and others."""
        state: dict[str, Any] = self.inspect()["State"]
        return state

    def is_running(self) -> bool:
        return bool(self.state()["Status"] == "running")

    def has_succeeded(self) -> bool:
        """Return whether it has come to a good end.

        Raises
        ------
        AssertionError
            If it has come to a bad one.
        """
        state = self.state()
        if state["Status"] != "exited":
            return False
        assert state["ExitCode"] == 0, f"{self.name} failed: {self.log()}"
        return True

    def is_healthy(self) -> bool:
        """Run the health check that it was created with, and return what it says."""
        command = ["podman", "healthcheck", "run", self.name]
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0

    def process(self) -> int:
        """Return the id of its first process."""
        process = int(self.state()["Pid"])
        assert process > 0, f"{self.name} does not run"
        return process

    @staticmethod
    def kill(process: int) -> None:
        """End a container, known by its first process, as a power cut would.

        Not by `podman kill`: whom podman kills, it does not start again.
        """
        os.kill(process, signal.SIGKILL)

    def run(self, *command: str) -> str:
        """Run a command inside, and return what it printed."""
        return podman("exec", self.name, *command)

    def log(self, lines: int = 60) -> str:
        """Return the end of what it wrote."""
        command = ["podman", "logs", "--tail", str(lines), self.name]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.stdout


def volume(name: str) -> Path:
    """Return where the files of a volume lie."""
    return Path(podman("volume", "inspect", "--format", "{{.Mountpoint}}", name).strip())
