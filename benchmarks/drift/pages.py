"""Tables and plots of docs/drift.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import matplotlib as mpl

DOCS = Path(__file__).parents[2] / "docs"


def write_between(name: str, text: str) -> None:
    """Replace what stands in docs/drift.md between the marks of a name."""
    path = DOCS / "drift.md"
    marked = re.compile(rf"(<!-- {name} -->\n).*(<!-- end of {name} -->)", re.DOTALL)
    path.write_text(marked.sub(lambda match: f"{match[1]}\n{text}\n\n{match[2]}", path.read_text("utf-8")), "utf-8")
    print(text)


def two_plots(height: float) -> tuple[Any, tuple[Any, Any]]:
    """Return a figure and its two axes side by side."""
    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "drift", "svg.fonttype": "none"}
    from matplotlib import pyplot as plt  # noqa: PLC0415  # after its backend is chosen

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, height), layout="constrained")
    return figure, (left, right)


def save_plots(figure: Any, name: str) -> None:
    """Write a figure into the images of the docs, the same bytes for the same figures."""
    (DOCS / "images").mkdir(exist_ok=True)
    figure.savefig(DOCS / "images" / f"{name}.svg", metadata={"Date": None})
