"""Running `smartpredict` as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local_stack.machine.folders import CHECKOUT

__all__ = ["smartpredict"]


def smartpredict(
    *arguments: str,
    home: Path,
    settings: Mapping[str, str] | None = None,
    python: str = sys.executable,
    user: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command with its own home and none of the caller's settings, and give what it printed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMARTPREDICT_")}
    return subprocess.run(
        [python, "-m", "cli.main", *arguments],
        env=inherited | {"SMARTPREDICT_HOME": str(home)} | dict(settings or {}),
        cwd=CHECKOUT,
        user=user,
        group=user,
        extra_groups=[] if user is not None else None,
        capture_output=True,
        text=True,
        check=False,
    )
