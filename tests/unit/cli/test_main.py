"""The command line as a whole: quick, and with messages instead of tracebacks."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli import main as command
from cli.errors import UserError
from cli.stack.display import progress
from local_stack.machine.folders import CHECKOUT

HEAVY = {"pandas", "numpy", "mlflow", "sqlalchemy", "psycopg2", "aio_pika", "pyarrow", "supervisor", "xgboost"}


@dataclass(frozen=True)
class Result:
    status: int
    stdout: str
    stderr: str


Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command with a home that does not exist yet."""
    monkeypatch.setenv("SMARTPREDICT_HOME", str(tmp_path / "home"))

    def call(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["smartpredict", *arguments])
        with pytest.raises(SystemExit) as ending:
            command.main()
        printed = capsys.readouterr()
        return Result(int(ending.value.code or 0), printed.out, printed.err)

    return call


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from cli.main import build_app; build_app(); print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert HEAVY.isdisjoint(result.stdout.split())


@pytest.mark.parametrize("name", ["up", "down", "status", "env"])
def test_help_names_each_command(name: str, run: Run) -> None:
    result = run(name, "--help")
    assert result.status == 0
    assert "Usage" in result.stdout


@pytest.mark.parametrize("name", ["status", "env"])
def test_without_a_stack_the_message_says_what_to_do(name: str, run: Run) -> None:
    result = run(name)
    assert (result.status, result.stdout) == (1, "")
    assert result.stderr == "No stack is running. Start one: smartpredict up\n"


def test_down_without_a_stack_is_harmless(tmp_path: Path, run: Run) -> None:
    result = run("down")
    assert (result.status, result.stdout) == (0, "No stack was running.\n")
    assert not (tmp_path / "home").exists()


def test_wrong_usage_exits_with_2(run: Run) -> None:
    assert run("up", "--without", "postgres").status == 2
    assert run("sideways").status == 2


def test_a_fault_is_a_message_and_not_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise UserError("The cable is unplugged: plug it in.")

    monkeypatch.setattr(command, "build_app", lambda: fail)
    with pytest.raises(SystemExit) as ending:
        command.main()
    assert ending.value.code == 1
    assert capsys.readouterr().err.strip() == "The cable is unplugged: plug it in."


def test_what_is_waited_for_is_said_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    line = "The end of [/tmp/airflow.log]: torque [nm] [/] is red"
    with progress() as report:
        report(line)
    assert line in capsys.readouterr().err


def test_texts_of_others_are_printed_with_their_brackets() -> None:
    tables = [path for path in (CHECKOUT / "cli").rglob("*.py") if "Table" in path.read_text()]
    consoles = [
        line
        for path in tables
        for line in path.read_text().splitlines()
        if re.search(r"Console\(.*\)(\.print|$)", line)
    ]
    assert consoles
    assert [line for line in consoles if "markup=False" not in line and "stderr=True" not in line] == []
