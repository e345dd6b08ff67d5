"""What a page of the documentation tells people to type, run as they would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local_stack.machine.folders import CHECKOUT
from tests.support.running_stack import RunningStack

_COMMAND = re.compile(r"""(?:[A-Z_]+="[^"]*" )?(?:curl|\.venv/bin/smartpredict)\b""")
"""Begins with a program of ours, or with a setting for it."""


def commands_of(page: str) -> list[str]:
    """Find the indented commands of a page, in order; lines that belong together stand in one block."""
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    return [
        command.rstrip("\n")
        for block in re.findall(r"(?:^ {4}.*\n)+", text, re.MULTILINE)
        for command in re.sub(r"^ {4}", "", block, flags=re.MULTILINE).split("\n\n")
        if _COMMAND.match(command)
    ]


def code_of(page: str, language: str) -> list[str]:
    """Find the blocks of code in a language, in order."""
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def stand_in(folder: Path) -> Path:
    """Make a folder one where a reader stands: with an environment."""
    (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    return folder


def run(stack: RunningStack, folder: Path, *command: str, settings: Mapping[str, str] | None = None) -> str:
    """Run a command that has to succeed, with the settings of the stack and more, and give what it printed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMARTPREDICT_")}
    own = {"SMARTPREDICT_HOME": str(stack.home)}
    done = subprocess.run(
        command,
        cwd=folder,
        env={**inherited, **stack.settings, **own, **(settings or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
