"""Stopping the stack without a trace."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator

import psutil

from local_stack.errors import StackError
from local_stack.machine.folders import Folders
from local_stack.machine.lock import stack_lock
from local_stack.processes.launch import MARKER
from local_stack.processes.supervisor import Supervisor
from local_stack.stack import Stack
from local_stack.state import State

__all__ = ["down", "end_everything"]

Report = Callable[[str], None]


def down(report: Report, *, delete_data: bool = False) -> bool:
    """Stop every process of the stack; say whether there was one."""
    folders = Folders.current()
    if not folders.home.exists():
        return False
    with stack_lock(folders):
        ran = end_everything(folders, report)
        if delete_data:
            _delete_data(folders, report)
    if delete_data:
        shutil.rmtree(folders.home, ignore_errors=True)
    return ran


def end_everything(folders: Folders, report: Report) -> bool:
    """Stop services, then servers, then the supervisor; kill what is left; say whether there was anything."""
    supervisor = Supervisor(folders)
    running = supervisor.is_running()
    family: list[psutil.Process] = []
    if running:
        daemon = psutil.Process(supervisor.pid())
        family = [daemon, *daemon.children(recursive=True)]
        names = [info.name for info in supervisor.processes()]
        servers = [name for name in names if name in {"postgres", "rabbitmq"}]
        # Services first, so that they can still finish and record what they hold; the port mapper last.
        for group in ([name for name in names if name not in {*servers, "epmd"}], servers, ["epmd"]):
            present = [name for name in group if name in names]
            if present:
                report(f"Stopping {', '.join(present)}")
                supervisor.stop(present)
        supervisor.shut_down()
    psutil.wait_procs(family, timeout=5)
    left = {process for process in (*family, *_marked(folders)) if process.is_running()}
    for process in left:
        report(f"Killing {process.pid}, which did not end by itself")
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _, stubborn = psutil.wait_procs(left, timeout=10)
    if stubborn:
        raise StackError(f"These processes cannot be ended: {', '.join(str(process.pid) for process in stubborn)}")
    return running or bool(left)


def _marked(folders: Folders) -> Iterator[psutil.Process]:
    mark = f"{folders.home}:"
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARKER, "").startswith(mark):
                yield process


def _delete_data(folders: Folders, report: Report) -> None:
    report(f"Deleting all data below {folders.home}")
    stack = Stack(folders, State.load(folders), running=True)
    for server in stack.servers:
        server.delete()
