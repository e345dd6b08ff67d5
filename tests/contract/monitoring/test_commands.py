"""What alerts and the manual tell people to run can be run."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command

from cli.main import build_app

ROOT = Path(__file__).parents[3]
TEXTS = (ROOT / "docs" / "monitoring.md", ROOT / "monitoring" / "prometheus" / "rules" / "alerts.yml")


def commands() -> set[str]:
    """Give every command, and its group by itself."""
    found: set[str] = set()
    root = get_command(build_app())
    for name, command in getattr(root, "commands", {}).items():
        found |= {name, *(f"{name} {inner}" for inner in getattr(command, "commands", {}))}
    return found


def test_every_command_that_is_advised_exists() -> None:
    groups = {command.split()[0] for command in commands() if " " in command}
    advised = {
        f"{first} {second}" if first in groups else first
        for path in TEXTS
        for first, second in re.findall(r"smartpredict ([a-z-]+)(?: ([a-z-]+))?", path.read_text(encoding="utf-8"))
    }
    assert "models rollback" in advised
    assert advised <= commands()
