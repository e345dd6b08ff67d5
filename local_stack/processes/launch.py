"""Become the program that a launch file describes.

Run by the supervisor as `python -I -S launch.py FILE`, so only the standard library is at hand. The secrets of a
service stand in its launch file (mode 0600): so they are neither in `ps`, nor in the supervisor's configuration, nor in
the environment of any other service.
"""

from __future__ import annotations

import ctypes
import json
import os
import pwd
import signal
import sys
from pathlib import Path
from typing import Final

#: prctl(2): have the kernel signal us when our parent ends.
PR_SET_PDEATHSIG: Final = 1

#: All that a server started with a clean environment inherits.
CLEAN: Final = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")

#: The caller's own settings never leak into a service; it gets the ones in its launch file.
RESERVED_PREFIXES: Final = ("SMARTPREDICT_", "SUPERVISOR_")

MARKER: Final = "SMARTPREDICT_PROCESS"


def environment(launch: dict[str, object], inherited: dict[str, str]) -> dict[str, str]:
    """Put together what the program inherits and what its launch file adds."""
    if launch["inherits"]:
        kept = {name: value for name, value in inherited.items() if not name.startswith(RESERVED_PREFIXES)}
    else:
        kept = {name: inherited[name] for name in CLEAN if name in inherited}
    given = launch["environment"]
    assert isinstance(given, dict)  # noqa: S101 - written by Program.write_launch_file; narrows the type
    return kept | given | {MARKER: str(launch["marker"])}


def end_leftovers(marker: str) -> None:
    """Kill what an earlier run of this program left behind when it was killed.

    Otherwise a child that survived its parent keeps the port, and the program can never start again.
    """
    wanted = f"{MARKER}={marker}\0".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if wanted in (entry / "environ").read_bytes() + b"\0":
                os.kill(int(entry.name), signal.SIGKILL)
        except OSError:
            continue  # ended meanwhile, or not ours


def drop_privileges(user: str) -> None:
    """Become the user for good, without root's groups."""
    account = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def main(file: str) -> None:
    """Read the launch file and become its program."""
    launch = json.loads(Path(file).read_text())
    if launch["kills_leftovers"]:
        end_leftovers(launch["marker"])
    parent = os.getppid()
    if launch["user"] is not None:
        drop_privileges(launch["user"])
    # After the change of user, which resets it. If the supervisor is killed, its programs end too.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, launch["die_signal"])
    if os.getppid() != parent:
        sys.exit("The supervisor ended before the program could start.")
    os.chdir(launch["folder"])
    os.umask(0o027)
    command = launch["command"]
    os.execvpe(command[0], command, environment(launch, dict(os.environ)))  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1])
