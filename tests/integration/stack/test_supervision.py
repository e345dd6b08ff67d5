"""What the supervisor does for any process, shown with small ones."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from local_stack.errors import StackError
from local_stack.machine.folders import Folders
from local_stack.processes.program import Program
from local_stack.processes.supervisor import ProcessInfo, Supervisor
from local_stack.processes.supervisor_config import log_file
from local_stack.readiness import Wait
from tests.support.waiting import eventually

#: Starts a child that would sleep for ever, as a server's worker process does, and waits with it.
WITH_CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(999)'])"

MakeProgram = Callable[..., Program]


@pytest.fixture(scope="module")
def supervisor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    folders = Folders(tmp_path_factory.mktemp("supervised"))
    folders.make()
    supervisor = Supervisor(folders)
    yield supervisor
    if supervisor.is_running():
        supervisor.shut_down()


@pytest.fixture
def program(tmp_path: Path) -> MakeProgram:
    def make(name: str, code: str, **environment: str) -> Program:
        return Program(
            name=name,
            command=(sys.executable, "-c", code),
            environment=environment,
            folder=tmp_path,
            marker=f"{tmp_path}:{name}",
            kills_leftovers=True,
        )

    return make


def info(supervisor: Supervisor, name: str) -> ProcessInfo:
    return next(process for process in supervisor.processes() if process.name == name)


def started(supervisor: Supervisor, program: Program) -> psutil.Process:
    supervisor.apply([program])
    supervisor.start([program.name])
    return running(supervisor, program)


def running(supervisor: Supervisor, program: Program) -> psutil.Process:
    process = psutil.Process(eventually(lambda: info(supervisor, program.name).pid))
    eventually(lambda: program.command[-1] in process.cmdline())  # the launcher has become the program
    return process


def test_a_killed_process_comes_back_and_its_children_do_not_stay(supervisor: Supervisor, program: MakeProgram) -> None:
    service = program("service", WITH_CHILD)
    first = started(supervisor, service)
    [child] = eventually(first.children)
    first.kill()
    eventually(lambda: info(supervisor, "service").pid not in {0, first.pid}, seconds=3)
    assert running(supervisor, service).children() != [child]
    eventually(lambda: not child.is_running(), seconds=3)


def test_each_process_gets_its_own_secrets_only(
    supervisor: Supervisor, program: MakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTPREDICT_API_KEYS", "of the caller")
    sleeping = "import time; time.sleep(999)"
    programs = [program("one", sleeping, PASSWORD="hush-one"), program("two", sleeping, PASSWORD="hush-two")]  # noqa: S106 - shown to be kept
    supervisor.apply(programs)
    supervisor.start(["one", "two"])
    one, two = (running(supervisor, each) for each in programs)
    assert (one.environ()["PASSWORD"], two.environ()["PASSWORD"]) == ("hush-one", "hush-two")
    assert "SMARTPREDICT_API_KEYS" not in one.environ()
    assert "hush" not in " ".join(psutil.Process(supervisor.pid()).environ().values())


def test_new_settings_reach_a_running_process(supervisor: Supervisor, program: MakeProgram) -> None:
    sleeping = "import time; time.sleep(999)"
    before = started(supervisor, program("service", sleeping, LEVEL="1"))
    supervisor.apply([program("service", sleeping, LEVEL="1"), program("other", sleeping)])
    assert before.is_running()
    after = started(supervisor, program("service", sleeping, LEVEL="2"))
    assert (before.is_running(), after.environ()["LEVEL"]) == (False, "2")
    assert [process.name for process in supervisor.processes()] == ["service"]


def test_a_process_that_never_starts_is_noticed_with_the_end_of_its_log(
    supervisor: Supervisor, program: MakeProgram
) -> None:
    supervisor.apply([program("broken", "raise SystemExit('no model, no start')")])
    watch = Wait(supervisor, lambda _: None)
    supervisor.start(["broken"])
    with pytest.raises(StackError, match=r"(?s)broken does not start.*no model, no start"):
        watch._until({"broken": lambda: False}, seconds=20)


def test_of_a_log_only_what_was_written_since_the_start_is_told(supervisor: Supervisor, program: MakeProgram) -> None:
    log = log_file(supervisor.folders, "silent")
    log.write_text("shutting down\n")
    supervisor.apply([program("silent", "import time; time.sleep(999)")])
    watch = Wait(supervisor, lambda _: None)
    supervisor.start(["silent"])
    with pytest.raises(StackError) as told:
        watch._until({"silent": lambda: False}, seconds=1)
    assert str(told.value) == (
        f"silent did not answer within 1 s.\nThe end of {log}:\nnothing since the start: it hangs, or the machine is busy"
    )


def test_what_is_waited_for_does_without_a_process_that_never_starts(
    supervisor: Supervisor, program: MakeProgram, tmp_path: Path
) -> None:
    broken = program("broken", "raise SystemExit('no database, no schedules')")
    slow = program("slow", f"import time; time.sleep(4); open('{tmp_path}/there', 'w').close(); time.sleep(999)")
    supervisor.apply([broken, slow])
    supervisor.start([broken.name, slow.name])
    Wait(supervisor, lambda _: None, without=["broken"])._until({"slow": (tmp_path / "there").exists}, seconds=20)
    assert info(supervisor, "broken").state in {"BACKOFF", "FATAL", "STARTING"}


def test_nothing_survives_the_supervisor(supervisor: Supervisor, program: MakeProgram) -> None:
    process = started(supervisor, program("service", "import time; time.sleep(999)"))
    os.kill(supervisor.pid(), signal.SIGKILL)
    eventually(lambda: not process.is_running(), seconds=5)
    assert not supervisor.is_running()
