"""Metrics of versions side by side, with which way each improves and which version has the better one."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ui.gateway.answers import ConfusionMatrix
from ui.parts.texts import escape_markdown, format_count, metric_better, metric_title

Metrics = Mapping[str, float | None]


def metrics_table(versions: Mapping[str, Metrics], others: Mapping[str, Metrics]) -> pd.DataFrame:
    """Put metrics side by side.

    Parameters
    ----------
    versions
        Metrics of each version, by what it is called.
    others
        What stands beside them and is no version to choose: what a random split would have said.
    """
    sides = {**versions, **others}
    names = dict.fromkeys(name for metrics in versions.values() for name in metrics)
    names |= dict.fromkeys(name for metrics in others.values() for name in metrics)
    return pd.DataFrame(
        [
            {
                "Metric": metric_title(name),
                **{side: _written(metrics.get(name)) for side, metrics in sides.items()},
                "Better is": _better(name, versions),
            }
            for name in names
        ]
    )


def _written(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _better(name: str, versions: Mapping[str, Metrics]) -> str:
    """Write which way a metric improves, and, of several versions that have it, which one is ahead as it is written.

    >>> _better("roc_auc", {"Version 4": {"roc_auc": 0.96}, "Version 5": {"roc_auc": 0.97}})
    'higher: Version 5'
    >>> _better("log_loss", {"Version 4": {"log_loss": 0.1}, "Version 5": {"log_loss": 0.10001}})
    'lower: alike'
    """
    way = metric_better(name)
    found = {version: metrics.get(name) for version, metrics in versions.items()}
    known = {version: round(value, 4) for version, value in found.items() if value is not None}
    if way is None or len(known) < 2:  # noqa: PLR2004  # one has nothing beside it
        return way or ""
    losses = {version: {"higher": -value, "lower": value}.get(way, abs(value)) for version, value in known.items()}
    ahead = [version for version, loss in losses.items() if loss == min(losses.values())]
    return f"{way}: alike" if len(ahead) == len(known) else f"{way}: {', '.join(ahead)}"


def most_frequent_class(confusion: ConfusionMatrix) -> str:
    """Write what always answering the most frequent class gets on the rows that judged a version; nothing without a row.

    >>> most_frequent_class(ConfusionMatrix(classes=["ok", "failure"], rows=[[90, 2], [3, 5]]))
    'Whoever answers *ok* for every row is right for 92 of 100 rows: an accuracy of 0.9200.'
    """
    counts = {name: sum(row) for name, row in zip(confusion.classes, confusion.rows, strict=True)}
    rows = sum(counts.values())
    if not rows:
        return ""
    name = max(counts, key=counts.__getitem__)
    return (
        f"Whoever answers *{escape_markdown(name)}* for every row is right for {counts[name]:,} of {format_count(rows, 'row')}: "
        f"an accuracy of {counts[name] / rows:.4f}."
    )
