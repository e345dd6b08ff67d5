"""What alerts and the documentation tell people to run can be run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click import Command
from typer.main import get_command

from cli.main import build_app

ROOT = Path(__file__).parents[3]
TEXTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "monitoring" / "prometheus" / "rules" / "alerts.yml"]
ADVISED = re.compile(r"\bsmartpredict ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?([^`\n|]*)")
"""A command, the one within its group, and the rest of the line or of the code."""


def commands() -> dict[str, Command]:
    """Return every command, and its group by itself."""
    found: dict[str, Command] = {}
    for name, command in getattr(get_command(build_app()), "commands", {}).items():
        found[name] = command
        found |= {f"{name} {inner}": one for inner, one in getattr(command, "commands", {}).items()}
    return found


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_command_that_is_advised_exists(path: Path) -> None:
    known = commands()
    groups = {name.split()[0] for name in known if " " in name}
    for first, second, rest in ADVISED.findall(path.read_text(encoding="utf-8")):
        name = f"{first} {second}" if first in groups and second else first
        assert name in known
        options = {
            option for parameter in known[name].params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        assert {*re.findall(r"(?<= )--[a-z-]+", f" {rest}")} <= options, f"{name} {rest}"
