"""Charts as SVG that stands in a page: lines and bars, readable in light and dark, with their words for screen readers."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 460, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 12, 12, 44
_TICKS = 5

STYLE = (
    "svg{max-width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:var(--text)}"
    ".axis{stroke:var(--line);stroke-width:1}.line{fill:none;stroke-width:2}.hint{stroke-dasharray:3 4}"
    ".s0{stroke:#0072b2}.s1{stroke:#d55e00}.s2{stroke:#009e73}.s3{stroke:#aa4499}"
    ".f0{fill:#0072b2}.f1{fill:#d55e00}.f2{fill:#009e73}.f3{fill:#aa4499}"
    "@media(prefers-color-scheme:dark){.s0{stroke:#56b4e9}.s1{stroke:#f08a4b}.s2{stroke:#2fc79a}.s3{stroke:#d98ac9}"
    ".f0{fill:#56b4e9}.f1{fill:#f08a4b}.f2{fill:#2fc79a}.f3{fill:#d98ac9}}"
)
"""What a page with such charts has in its style, beside the variables `--text` and `--line`."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a chart."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axes:
    """What a chart is about: its title, and what stands at its axes."""

    title: str
    across: str
    up: str
    square: bool = False
    """Whether both axes go from 0 to 1, with the diagonal as a hint."""


def line_chart(axes: Axes, lines: Sequence[Line]) -> str:
    """Draw lines over each other; nothing where none has a point."""
    every = [point for line in lines for point in line.points]
    if not every:
        return ""
    across = (0.0, 1.0) if axes.square else _ends([x for x, _ in every])
    up = (0.0, 1.0) if axes.square else _ends([y for _, y in every])
    drawn = [*_grid(across, up), _words(axes)]
    if axes.square:
        drawn.append(f'<path class="line axis hint" d="{_path([(0, 0), (1, 1)], across, up)}"/>')
    for number, line in enumerate(lines):
        if line.points:
            drawn.append(f'<path class="line s{number % 4}" d="{_path(line.points, across, up)}"/>')
    return _figure(axes, "".join(drawn), _legend([line.name for line in lines]))


def bar_chart(axes: Axes, bars: Sequence[tuple[str, float]]) -> str:
    """Draw bars across, one below the other, from zero to either side."""
    if not bars:
        return ""
    ends = (min(0.0, *(value for _, value in bars)), max(0.0, *(value for _, value in bars)) or 1.0)
    step, left = 22, 170
    height = step * len(bars) + _BOTTOM

    def place(value: float) -> float:
        return left + (value - ends[0]) / (ends[1] - ends[0]) * (WIDTH - left - 60)

    drawn = []
    for number, (name, value) in enumerate(bars):
        top, begin = number * step + 4, min(place(0.0), place(value))
        drawn.append(
            f'<text x="{left - 6}" y="{top + 12}" text-anchor="end">{html.escape(_short(name))}</text>'
            f'<rect class="f0" x="{begin:.1f}" y="{top}" width="{abs(place(value) - place(0.0)):.1f}" height="15"/>'
            f'<text x="{max(place(value), place(0.0)) + 4:.1f}" y="{top + 12}">{value:.3g}</text>'
        )
    drawn.append(f'<text x="{left}" y="{height - 14}">{html.escape(axes.across)}</text>')
    return _figure(axes, "".join(drawn), "", height)


def _figure(axes: Axes, drawn: str, legend: str, height: int = HEIGHT) -> str:
    title = html.escape(axes.title)
    return (
        f"<figure><figcaption>{title}</figcaption>"
        f'<svg role="img" aria-label="{html.escape(axes.title, quote=True)}" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}">{drawn}</svg>{legend}</figure>'
    )


def _legend(names: Sequence[str]) -> str:
    if len(names) < 2:  # noqa: PLR2004  # one line needs no legend
        return ""
    marks = (
        f'<svg width="14" height="10" aria-hidden="true"><rect class="f{number % 4}" width="14" height="10"/></svg> '
        f"{html.escape(name)}"
        for number, name in enumerate(names)
    )
    return f"<p>{' &nbsp; '.join(marks)}</p>"


def _words(axes: Axes) -> str:
    middle = (_TOP + HEIGHT - _BOTTOM) / 2
    return (
        f'<text x="{(_LEFT + WIDTH - _RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{html.escape(axes.across)}</text>'
        f'<text x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">{html.escape(axes.up)}</text>'
    )


def _grid(across: tuple[float, float], up: tuple[float, float]) -> Iterator[str]:
    for number in range(_TICKS):
        share = number / (_TICKS - 1)
        x, y = across[0] + share * (across[1] - across[0]), up[0] + share * (up[1] - up[0])
        [(left, _), (_, top)] = [_place((x, up[0]), across, up), _place((across[0], y), across, up)]
        bottom = HEIGHT - _BOTTOM
        yield f'<line class="axis" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{top:.1f}" y2="{top:.1f}"/>'
        yield f'<text x="{_LEFT - 5}" y="{top + 4:.1f}" text-anchor="end">{y:.3g}</text>'
        yield f'<text x="{left:.1f}" y="{bottom + 16}" text-anchor="middle">{x:.3g}</text>'


def _path(points: Sequence[tuple[float, float]], across: tuple[float, float], up: tuple[float, float]) -> str:
    places = (_place(point, across, up) for point in points)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def _place(point: tuple[float, float], across: tuple[float, float], up: tuple[float, float]) -> tuple[float, float]:
    x, y = ((value - low) / (high - low) for value, (low, high) in zip(point, (across, up), strict=True))
    return _LEFT + x * (WIDTH - _LEFT - _RIGHT), HEIGHT - _BOTTOM - y * (HEIGHT - _TOP - _BOTTOM)


def _ends(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _short(name: str) -> str:
    most = 26
    return name if len(name) <= most else f"{name[: most - 1]}…"
