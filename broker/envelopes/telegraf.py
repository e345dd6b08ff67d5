"""Metrics of Telegraf in JSON, one or a batch of them: tags and fields together are a row.

They say nowhere that they are ones, and are told by their exact names, where no column of the use case is called so. Their
time is a number whose unit only their sender knows, so it stays one.
"""

from __future__ import annotations

from typing import Any

from usecases.contract.spec import UseCase

METRICS = "metrics"
FIELDS, TAGS, NAME, TIMESTAMP = "fields", "tags", "name", "timestamp"


def open_metrics(use_case: UseCase, content: dict[str, Any]) -> Any:
    """Return the row of a metric, or the rows of a batch; anything else stays what it is.

    Its name and its time are part of the row where columns are called so.

    Examples
    --------
    >>> from usecases.contract.catalog import load_catalog
    >>> iris = load_catalog()["iris"]
    >>> metric = {"fields": {"petal_width_cm": 0.2}, "tags": {"line": "A"}, "name": "iris", "timestamp": 1772366400}
    >>> open_metrics(iris, metric), open_metrics(iris, {"metrics": [metric]})
    ({'line': 'A', 'petal_width_cm': 0.2}, [{'line': 'A', 'petal_width_cm': 0.2}])
    """
    known = use_case.known_names
    if not known.isdisjoint({METRICS, FIELDS, TAGS}):
        return content
    metrics = content.get(METRICS)
    if content.keys() == {METRICS} and isinstance(metrics, list) and all(isinstance(one, dict) for one in metrics):
        return [_row(known, one) for one in metrics]
    return _row(known, content)


def _row(known: frozenset[str], metric: dict[str, Any]) -> dict[str, Any]:
    if metric.keys() != {FIELDS, TAGS, NAME, TIMESTAMP}:
        return metric
    fields, tags = metric[FIELDS], metric[TAGS]
    if not (isinstance(fields, dict) and isinstance(tags, dict) and fields.keys().isdisjoint(tags)):
        return metric
    return {name: metric[name] for name in (NAME, TIMESTAMP) if name in known} | tags | fields
