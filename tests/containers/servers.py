"""Tests that take their servers from containers, by testcontainers, where podman answers as Docker does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_stack.machine.folders import CHECKOUT
from tests.support.session.figures import show
from tests.support.waiting import eventually

#: Database and broker, both with databases and virtual hosts of their own for each module.
TESTS = ("tests/integration/sql", "tests/integration/deploy/test_migrate.py")


@pytest.fixture
def docker_host(tmp_path: Path) -> Iterator[str]:
    """Podman's service, which answers as Docker does."""
    socket = tmp_path / "podman.sock"
    service = subprocess.Popen(["podman", "system", "service", "--time=0", f"unix://{socket}"])
    try:
        eventually(socket.exists)
        yield f"unix://{socket}"
    finally:
        service.terminate()
        service.wait(30)


@pytest.mark.timeout(900)
def test_servers_come_from_containers(docker_host: str) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            *TESTS,
            "--servers=containers",
            "-q",
            "-x",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
        ],
        cwd=CHECKOUT,
        env=os.environ
        | {
            "DOCKER_HOST": docker_host,
            # What removes what is left comes from an image that cannot be had, and all ends with the namespace.
            "TESTCONTAINERS_RYUK_DISABLED": "true",
            # Podman before 5 does not tell what the library would otherwise look for.
            "TESTCONTAINERS_CONNECTION_MODE": "docker_host",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    show(f"--servers=containers {' '.join(TESTS)}: {done.stdout.strip().splitlines()[-1]}")
