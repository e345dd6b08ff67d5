"""The stack that runs on this machine, for commands that talk to it."""

from __future__ import annotations

from local_stack.errors import StackError
from local_stack.machine.folders import Folders
from local_stack.processes.supervisor import ProcessInfo, Supervisor
from local_stack.stack import Stack

__all__ = ["connection_settings", "running_stack"]


def running_stack() -> tuple[Stack, list[ProcessInfo]]:
    """Return the stack of this checkout and its processes.

    Raises
    ------
    StackError
        If no stack is running.
    """
    folders = Folders.current()
    supervisor = Supervisor(folders)
    if not supervisor.is_running():
        raise StackError("No stack is running. Start one: smartpredict up")
    return Stack.remembered(folders), supervisor.processes()


def connection_settings() -> dict[str, str]:
    """Return the environment that reaches the running stack as its owner, for commands whose own environment lacks it.

    Raises
    ------
    StackError
        If no stack is running.
    """
    stack, _ = running_stack()
    return stack.owner_settings()
