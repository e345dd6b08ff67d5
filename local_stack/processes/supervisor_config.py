"""What the supervisor reads: which programs there are, how to start and stop them, where their output goes."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from local_stack.machine.folders import Folders
from local_stack.processes.program import Program

__all__ = ["configuration", "launch_file", "log_file"]

#: A process that lived this long started well; one that ends sooner is tried again after a growing pause.
_STARTED_AFTER_SECONDS: Final = 3

#: Effectively for ever, with pauses that grow by a second: a service must come back after hours of a server's absence.
_RETRIES: Final = 10_000

_SECTIONS: Final = """\
; Written by `smartpredict up`; changes are lost. Secrets stand in the launch files, never here.
[unix_http_server]
file = {socket}
chmod = 0700

[supervisord]
identifier = smartpredict
pidfile = {pid}
logfile = {log}
logfile_maxbytes = 5MB
logfile_backups = 1
loglevel = info
directory = {home}
umask = 022
{user}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

_PROGRAM: Final = """
[program:{name}]
command = {command}
priority = {priority}
autostart = false
autorestart = true
startsecs = {start_seconds}
startretries = {retries}
stopsignal = {signal}
stopwaitsecs = {stop_seconds}
stopasgroup = {whole_group}
killasgroup = true
redirect_stderr = true
stdout_logfile = {log}
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 3
"""


def launch_file(folders: Folders, program: str) -> Path:
    """Return where a program's command and environment stand."""
    return folders.launch / f"{program}.json"


def log_file(folders: Folders, program: str) -> Path:
    """Return where a program's output goes."""
    return folders.logs / f"{program}.log"


def configuration(folders: Folders, programs: Sequence[Program]) -> str:
    """Write the supervisor's configuration."""
    text = _SECTIONS.format(
        socket=_escaped(folders.socket),
        pid=_escaped(folders.supervisor_pid),
        log=_escaped(log_file(folders, "supervisord")),
        home=_escaped(folders.home),
        # Said aloud, or it warns on every start that it runs as root.
        user="user = root\n" if os.geteuid() == 0 else "",
    )
    return text + "".join(_section(folders, program) for program in programs)


def _section(folders: Folders, program: Program) -> str:
    return _PROGRAM.format(
        name=program.name,
        command=_escaped(shlex.join(Program.launch_command(launch_file(folders, program.name)))),
        priority=program.priority,
        start_seconds=_STARTED_AFTER_SECONDS,
        retries=_RETRIES,
        signal=program.stop_signal.name.removeprefix("SIG"),
        stop_seconds=program.stop_seconds,
        whole_group=str(program.stop_whole_group).lower(),
        log=_escaped(log_file(folders, program.name)),
    )


def _escaped(text: str | Path) -> str:
    # The configuration expands %(name)s.
    return str(text).replace("%", "%%")
