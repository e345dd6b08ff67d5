"""`smartpredict train --hosts`: one version of several processes, and none where one of them is lost."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import yaml

from local_stack.machine.folders import CHECKOUT
from registry.client import Registry
from tests.support.waiting import eventually
from tests.unit.training.test_out_of_core import declared, tiles, write


@pytest.fixture
def settings(tmp_path: Path, mlflow_url: str) -> dict[str, str]:
    own = tmp_path / "usecases" / "kiln"
    own.mkdir(parents=True)
    write(tiles(), own)
    described = declared({"split": "random", "rounds": 20}, name="kiln")
    (own / "usecase.yaml").write_text(yaml.safe_dump(described.model_dump(mode="json", exclude_defaults=True)))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMARTPREDICT_")}
    return inherited | {
        "SMARTPREDICT_HOME": str(tmp_path),
        "SMARTPREDICT_MLFLOW_URL": mlflow_url,
        "SMARTPREDICT_USECASES": str(tmp_path / "usecases"),
        "SMARTPREDICT_BROKER_URL": "amqp://127.0.0.1:9",
    }


def start(settings: dict[str, str], *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "cli.main", "train", "kiln", "--no-promote", "--hosts", "3", *options]
    return subprocess.Popen(
        command, env=settings, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ranks_of(command: psutil.Process) -> list[psutil.Process]:
    return [one for one in command.children() if "cli.main" in one.cmdline()]


def versions(mlflow_url: str) -> list[int]:
    with contextlib.closing(Registry(mlflow_url)) as registry:
        return [version.version for version in registry.versions("kiln")]


def test_three_processes_register_one_version_and_a_lost_one_registers_none(
    settings: dict[str, str], mlflow_url: str
) -> None:
    with start(settings, "--trials", "500") as process:
        command = psutil.Process(process.pid)
        eventually(lambda: len(ranks_of(command)) == 3, 120)
        ranks = ranks_of(command)
        eventually(lambda: all(one.cpu_times().user > 4 for one in ranks), 240)
        ranks[2].kill()
        began = time.monotonic()
        _, said = process.communicate(timeout=60)
        assert time.monotonic() - began < 30
    assert process.returncode == 1
    assert "Nothing was registered" in said
    assert "of 3 was ended by SIGKILL" in said
    assert not any(one.is_running() for one in ranks)
    assert versions(mlflow_url) == []
    with start(settings) as process:
        shown, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert "3 processes; of each, " in shown
    assert "All 3 processes have the model " in shown
    assert "Not promoted. To serve it: smartpredict models promote kiln 1" in shown
    assert versions(mlflow_url) == [1]
    with contextlib.closing(Registry(mlflow_url)) as registry:
        digest = registry.version("kiln", 1).digest
    assert digest is not None
    assert f"All 3 processes have the model {digest[:12]}." in shown


def test_what_is_learned_from_in_memory_is_refused(settings: dict[str, str]) -> None:
    with start(settings, "--since", "2026-01-01") as process:
        _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Several processes learn from files alone" in said
