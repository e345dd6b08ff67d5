"""Figures that tests measure for people: shown at the end of a run, never judged, for the clock is the machine's."""

from __future__ import annotations

from typing import Any

_shown: list[str] = []
_KEY = "figures"


def show(figure: str) -> None:
    """Show a figure at the end of the run."""
    _shown.append(figure)


def shown() -> list[str]:
    """Return the figures so far, in the order they came."""
    return list(_shown)


def hand_over(output: dict[str, Any]) -> None:
    """Put the figures of this process into what it reports to the process that collects all reports."""
    output[_KEY] = shown()


def take_over(output: dict[str, Any]) -> None:
    """Add the figures that a process reported."""
    _shown.extend(output.get(_KEY, []))
