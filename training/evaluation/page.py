"""The report of a training: metrics side by side, and plots for people, as one page that needs nothing else."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from training.errors import RegistryUnavailableError
from training.evaluate import Evaluation
from training.evaluation.baseline import Baseline
from training.holdout import Holdout
from training.registering import quiet_mlflow
from training.search import Trial
from usecases.analysis.page import html_table, plot_png
from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats
from usecases.models.runtime import Fitted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REPORT_FOLDER = "report"
"""Folder of the run's artefacts in MLflow."""

_MOST_FEATURES = 20
_MOST_CLASSES = 12
"""Rows of the confusion matrix from which on its cells hold no numbers: nobody could read them."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a report tells.

    Attributes
    ----------
    use_case, fitted, evaluation
        What was trained, and how it fares on the holdout.
    holdout
        Which rows that is.
    targets, scores
        What came true on the holdout, and the raw scores of the model.
    baseline
        The champion on the same rows, where there is one.
    trials
        What a search tried; empty without one.
    origin
        Where the rows came from, in words.
    rows
        Good rows in all.
    left_out
        Which rows were left out and why, in words.
    by_horizon
        Errors and hits of intervals of a forecast from horizon 1 on, by what is measured; nothing of another task.
    """

    use_case: UseCase
    fitted: Fitted
    evaluation: Evaluation
    holdout: Holdout
    targets: Floats
    scores: Floats
    baseline: Baseline | None
    trials: Sequence[Trial]
    origin: str
    rows: int
    left_out: Sequence[str] = ()
    by_horizon: Mapping[str, Sequence[float]] = field(default_factory=dict)


def write_report(findings: Findings, folder: Path) -> None:
    """Write `report.html`, its plots and its figures as `report.json` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    plots = {name: _png(draw, findings) for name, draw in _plots(findings.use_case).items()}
    for name, content in plots.items():
        (folder / f"{name}.png").write_bytes(content)
    (folder / "report.json").write_text(json.dumps(_figures(findings), indent=1), encoding="utf-8")
    (folder / "report.html").write_text(_page(findings, plots), encoding="utf-8")


def log_report(folder: Path, run_id: str, tracking_uri: str) -> None:
    """Store a report beside the run that it is about.

    Raises
    ------
    RegistryUnavailableError
        If MLflow does not take it.
    """
    mlflow = quiet_mlflow()
    try:
        mlflow.MlflowClient(tracking_uri).log_artifacts(run_id, str(folder), REPORT_FOLDER)
    except (mlflow.MlflowException, OSError) as error:
        raise RegistryUnavailableError(f"MLflow did not take the report: {error}") from error


def _figures(findings: Findings) -> dict[str, Any]:
    baseline = findings.baseline
    return {
        "use_case": findings.use_case.name,
        "rows": findings.rows,
        "origin": findings.origin,
        "left_out": list(findings.left_out),
        "parameters": findings.fitted.parameters,
        "metrics": findings.evaluation.metrics,
        "split": {
            "kind": findings.holdout.split.kind,
            "column": findings.holdout.split.column,
            "reason": findings.holdout.split.reason,
            "rows": {
                "training": findings.holdout.split.training,
                "validation": findings.holdout.split.validation,
                "holdout": findings.holdout.split.holdout,
            },
        },
        "metrics_at_random": findings.holdout.metrics_at_random,
        "duplicates": findings.holdout.duplicates,
        "champion": None if baseline is None else {"version": baseline.version, "metrics": baseline.evaluation.metrics},
        "trials": [asdict(trial) for trial in findings.trials],
        "by_horizon": dict(findings.by_horizon),
        "importance": dict(importance(findings)),
    }


def _plots(use_case: UseCase) -> dict[str, Any]:
    return {name: _DRAWN[name] for name in use_case.task.definition.plots}


def _png(draw: Any, findings: Findings) -> bytes:
    return plot_png(lambda axes: draw(axes, findings), size=(6, 4.5), dpi=110)


def _draw_calibration(axes: Axes, findings: Findings) -> None:
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey", label="as often right as it says")
    sides = [("this model", findings.evaluation)]
    if findings.baseline is not None:
        sides.append((f"champion (version {findings.baseline.version})", findings.baseline.evaluation))
    for name, evaluation in sides:
        found = evaluation.calibration
        axes.plot([one.predicted for one in found], [one.observed for one in found], marker="o", label=name)
    axes.set(xlabel="probability it gave", ylabel="share that came true", title="Calibration on the holdout")
    axes.legend()


def _draw_confusion(axes: Axes, findings: Findings) -> None:
    classes = findings.use_case.classes
    counts = confusion_matrix(findings.use_case, findings.targets, findings.scores)
    axes.imshow(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    if len(classes) <= _MOST_CLASSES:
        axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
        axes.set_yticks(range(len(classes)), classes)
        for (row, column), count in np.ndenumerate(counts):
            axes.text(column, row, f"{count:,}", ha="center", va="center")
    axes.set(xlabel="predicted", ylabel="came true", title="Confusion on the holdout")


def _draw_importance(axes: Axes, findings: Findings) -> None:
    found = importance(findings)[:_MOST_FEATURES][::-1]
    axes.barh([name for name, _ in found], [share for _, share in found])
    axes.set(xlabel="share of the gain of all splits", title="Importance of the features")


def _draw_numbers(axes: Axes, findings: Findings) -> None:
    predicted = findings.use_case.task.definition.points(findings.scores)
    axes.scatter(findings.targets, predicted, s=6, alpha=0.4)
    ends = [min(findings.targets.min(), predicted.min()), max(findings.targets.max(), predicted.max())]
    axes.plot(ends, ends, linestyle=":", color="grey")
    axes.set(xlabel="came true", ylabel="predicted", title="Predicted and true on the holdout")


def confusion_matrix(use_case: UseCase, targets: Floats, scores: Floats) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Count the rows of the holdout by the class that came true, then by the predicted one."""
    size = len(use_case.classes)
    task = use_case.task.definition
    answers = task.scores(use_case.classes, scores).prediction
    predicted = task.read_targets(use_case.target_spelling, answers).numbers.astype(int)
    counts = np.bincount(targets.astype(int) * size + predicted, minlength=size * size)
    return np.asarray(counts.reshape(size, size), dtype=np.int64)


def importance(findings: Findings) -> list[tuple[str, float]]:
    """Return the share of every feature, and of what is read off its times, in the importance of all, the largest first."""
    gains = findings.fitted.model.importance()
    total = sum(gains.values()) or 1.0
    names = dict.fromkeys([*(feature.name for feature in findings.use_case.features), *gains])
    shares = [(name, gains.get(name, 0.0) / total) for name in names]
    return sorted(shares, key=lambda item: -item[1])


def _page(findings: Findings, plots: dict[str, bytes]) -> str:
    title = html.escape(f"{findings.use_case.title}: report of a training")
    pictures = "".join(
        f'<figure><img alt="{name}" src="data:image/png;base64,{base64.b64encode(content).decode()}"></figure>'
        for name, content in plots.items()
    )
    parameters = html_table(
        ["parameter", "value"], [[name, value] for name, value in findings.fitted.parameters.items()]
    )
    left_out = "".join(f"<li>{html.escape(text)}</li>" for text in findings.left_out)
    left_out = f"<p>Left out:</p><ul>{left_out}</ul>" if left_out else ""
    tried = ""
    if findings.trials:
        rows = [
            [number, f"{trial.validation:.5f}", trial.rounds, *trial.parameters.values()]
            for number, trial in sorted(enumerate(findings.trials, 1), key=lambda item: item[1].validation)
        ]
        tried = "<h2>What was tried, the best first</h2>" + html_table(
            ["trial", "loss on validation rows", "rounds", *findings.trials[0].parameters], rows
        )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>{findings.rows:,} rows {html.escape(findings.origin)}.</p>{left_out}"
        f"<p>{html.escape(_about_holdout(findings.holdout))}</p>"
        f"<h2>Metrics on the holdout</h2>{_metrics(findings)}{_by_horizon(findings)}{pictures}<h2>Parameters</h2>{parameters}{tried}</body></html>\n"
    )


def _about_holdout(holdout: Holdout) -> str:
    """Write which rows the holdout has, why these, and what would make it say too much."""
    said = f"The holdout, which the model has not seen: {holdout.split.explained}."
    if holdout.at_random is not None:
        said += " Rows drawn at random have others like them among those that are learned from: they flatter the model."
    if holdout.duplicates:
        said += f" {holdout.duplicates:,} of its rows have the same features as a row that was learned from."
    return said


def _by_horizon(findings: Findings) -> str:
    if not findings.by_horizon:
        return ""
    columns = list(zip(*findings.by_horizon.values(), strict=True))
    rows = [[horizon, *(f"{value:.3f}" for value in values)] for horizon, values in enumerate(columns, start=1)]
    return "<h2>Mean absolute error and share held by intervals, by horizon</h2>" + html_table(
        ["horizon", *findings.by_horizon], rows
    )


def _metrics(findings: Findings) -> str:
    sides = [("this model", findings.evaluation.metrics)]
    if findings.baseline is not None:
        head = f"champion (version {findings.baseline.version}), same rows"
        sides.append((head, findings.baseline.evaluation.metrics))
    if findings.holdout.at_random is not None:
        sides.append(("what a random split would have said", findings.holdout.at_random.metrics))
    rows = [[name, *(f"{metrics[name]:.4f}" for _, metrics in sides)] for name in findings.evaluation.metrics]
    return html_table(["metric", *(head for head, _ in sides)], rows)


_DRAWN = {
    "calibration": _draw_calibration,
    "confusion": _draw_confusion,
    "importance": _draw_importance,
    "predicted_and_true": _draw_numbers,
}
"""Plots a task may ask for."""

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2rem .6rem;text-align:left}"
    "figure{display:inline-block;margin:1rem 0}img{max-width:100%}"
)
