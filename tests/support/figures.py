"""Figures that tests measure for people: shown at the end of a run, never judged, for the clock is the machine's."""

from __future__ import annotations

_shown: list[str] = []


def show(figure: str) -> None:
    """Have a figure shown at the end of the run."""
    _shown.append(figure)


def shown() -> list[str]:
    """Give the figures so far, in the order they came."""
    return list(_shown)
