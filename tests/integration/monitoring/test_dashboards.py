"""Every query of every dashboard, as Grafana's account, on what the real pipeline wrote: rows, and the right figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from monitoring.grafana.data_sources import DATABASE
from tests.integration.monitoring.conftest import ASKED, BAD, GOOD, HOT, MOVED, History
from tests.support.monitoring.grafana import Screen, dashboards, expand, fill_in, panels
from tests.support.pipeline import EQUIPMENT

VALUES = {
    "use_case": EQUIPMENT.name,
    "forecast": "pm25",
    "source": "all",
    "model_version": "all",
    "feature": "air_temperature_k",
}
PREDICTED = GOOD + HOT + ASKED
READ = GOOD + HOT + BAD

Row = dict[str, Any]


FORECASTS = "Forecasts"
"""The dashboard of which there is nothing to see here; what it shows is looked at where forecasts are made."""


def questions(*, of_forecasts: bool = False) -> list[tuple[str, str, str, str]]:
    """Return dashboard, panel, format and text of every query that goes to the database."""
    return [
        (title, panel["title"], target["format"], target["rawSql"])
        for title, panel in panels()
        for target in panel["targets"]
        if target["datasource"] == DATABASE and (title == FORECASTS) is of_forecasts
    ]


def ask(history: History, sql: str, values: dict[str, str]) -> list[Row]:
    now = datetime.now(UTC)
    # One span for all: the rows were recorded within seconds, between which a minute may begin.
    screen = Screen(now - timedelta(hours=1), now + timedelta(minutes=1), interval=timedelta(hours=2))
    with history.reader.connect() as connection:
        rows = connection.exec_driver_sql(expand(fill_in(sql, values, screen), screen).replace("%", "%%")).mappings()
        return [dict(row) for row in rows]


def total(name: str) -> Callable[[Sequence[Row]], float]:
    return lambda rows: sum(float(row[name]) for row in rows)


#: What a panel shows, by what of its rows; panels that are not named just have rows.
EXPECTED: dict[tuple[str, str], tuple[Callable[[Sequence[Row]], Any], Any]] = {
    ("Pipeline", "Batches"): (
        lambda rows: {(row["name"], row["rows_in"], row["predicted"], row["quarantined"], row["balanced"]) for row in rows},
        {("good.jsonl", GOOD, GOOD, 0, True), ("hot.jsonl", HOT, HOT, 0, True), ("bad.jsonl", BAD, 0, BAD, True)},
    ),
    ("Pipeline", "Dead letters"): (lambda rows: [(row["queue"], row["state"]) for row in rows], [("inbox", "open")]),
    ("Data quality", "Rows in"): (total("rows_in"), READ),
    ("Data quality", "Bad rows"): (total("bad_rows"), BAD),
    ("Data quality", "Share of bad rows"): (total("share"), pytest.approx(BAD / READ)),
    ("Data quality", "Refused batches"): (total("refused"), 1),
    ("Data quality", "Rows in and bad rows"): (lambda rows: (total("rows")(rows), total("bad rows")(rows)), (READ, BAD)),
    ("Data quality", "Broken rules"): (total("rows"), BAD),
    ("Data quality", "Rules by rows"): (lambda rows: [(row["column"], row["rows"]) for row in rows], [("torque_nm", BAD)]),
    ("Data quality", "Batches by bad rows"): (
        lambda rows: [(row["name"], row["share"]) for row in rows], [("bad.jsonl", 1.0)],
    ),
    ("Predictions", "Predictions by class"): (total("rows"), PREDICTED),
    ("Predictions", "Predictions by door"): (
        lambda rows: {door: sum(row["rows"] for row in rows if row["metric"] == door) for door in ("file", "api")},
        {"file": GOOD + HOT, "api": ASKED},
    ),
    ("Predictions", "Share of each class"): (total("share"), pytest.approx(1)),
    ("Predictions", "Predictions by version"): (
        lambda rows: (total("rows")(rows), {row["metric"] for row in rows}), (PREDICTED, {"version 1"}),
    ),
    ("Predictions", "Latest predictions"): (
        lambda rows: (len(rows), EQUIPMENT.features_by_name.keys() <= rows[0].keys()), (100, True),
    ),
    ("Model performance", "Predictions"): (total("rows"), PREDICTED),
    ("Model performance", "Labelled"): (total("share"), pytest.approx(ASKED / PREDICTED)),
    ("Model performance", "Accuracy"): (total("accuracy"), pytest.approx(0.75)),
    ("Model performance", "Accuracy by version"): (
        lambda rows: {(row["metric"], row["accuracy"]) for row in rows}, {("version 1", 0.75)},
    ),
    ("Model performance", "Classes by version"): (total("support"), ASKED),
    ("Model performance", "Predicted and true"): (total("rows"), ASKED),
    ("Drift", "Features, the furthest from training first"): (
        lambda rows: {
            row["feature"]: row["verdict"] for row in rows if row["feature"] in {"air_temperature_k", "rotational_speed_rpm"}
        },
        {"air_temperature_k": "drifted", "rotational_speed_rpm": "stable"},
    ),
    ("Drift", "Distribution of $feature"): (
        lambda rows: (total("training")(rows), total("serving")(rows)), (pytest.approx(1), pytest.approx(1)),
    ),
    ("Drift", "Mean of $feature"): (
        lambda rows: rows[0]["training"] < rows[0]["serving"] < 309, True,
    ),
    ("Drift", "Missing values of $feature"): (total("serving"), 0),
    ("Drift", "Machines or regions that moved, the worst hundred"): (
        lambda rows: {row["key"] for row in rows if row["verdict"] == "drifted"}, {MOVED},
    ),
    ("Drift", "Rows served"): (total("rows"), PREDICTED),
}  # fmt: skip

OF_NUMBERS = {"Mean of predicted numbers", "Mean absolute error", "Errors of numbers by version"}
"""Panels of use cases that predict numbers; this one predicts classes."""


@pytest.mark.parametrize(
    ("title", "panel", "layout", "sql"), questions(), ids=lambda value: value if len(value) < 50 else ""
)
def test_a_panel_shows_what_happened(history: History, title: str, panel: str, layout: str, sql: str) -> None:
    rows = ask(history, sql, VALUES)
    if panel in OF_NUMBERS:
        assert [value for row in rows for value in row.values() if value is not None] == []
        return
    assert rows
    if layout == "time_series":
        assert {"time"} < rows[0].keys()
        assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    if (title, panel) in EXPECTED:
        look, expected = EXPECTED[title, panel]
        assert look(rows) == expected


@pytest.mark.parametrize(
    ("title", "panel", "layout", "sql"), questions(), ids=lambda value: value if len(value) < 50 else ""
)
def test_what_is_chosen_is_what_is_shown(history: History, title: str, panel: str, layout: str, sql: str) -> None:
    """A door and a version that do not exist have no rows; those that do, have."""
    nobody = VALUES | {"source": "scheduled", "model_version": "77"}
    if "${source" not in sql and "${model_version" not in sql:
        return
    assert [value for row in ask(history, sql, nobody) for value in row.values() if value] == []
    somebody = VALUES | {"source": "file" if "quarantine" in sql or "batches" in sql else "api", "model_version": "1"}
    assert panel in OF_NUMBERS or ask(history, sql, somebody)


def test_grafana_may_ask_about_forecasts(history: History) -> None:
    shown = {panel: ask(history, sql, VALUES) for _, panel, _, sql in questions(of_forecasts=True)}
    assert {row["series"] for row in shown["Readings by series"]} == {"north", "south", "east", "west", "central"}
    assert shown["Forecasts made"] == []
    for _, _, _, sql in questions(of_forecasts=True):
        ask(history, sql, VALUES | {"forecast": "iris"})


def test_every_figure_above_belongs_to_a_panel() -> None:
    assert EXPECTED.keys() <= {(title, panel) for title, panel, _, _ in questions()}


def test_the_choices_are_those_there_are(history: History) -> None:
    found: dict[str, list[str]] = {}
    for dashboard in dashboards().values():
        for variable in dashboard["templating"]["list"]:
            found[variable["name"]] = [next(iter(row.values())) for row in ask(history, variable["query"], VALUES)]
    assert found["use_case"] == ["equipment_failure", "iris", "pm25"]
    assert found["forecast"] == ["pm25"]
    assert found["source"] == ["all", "api", "file"]
    assert found["model_version"] == ["all", "1"]
    assert {"air_temperature_k", "score", "prediction"} <= set(found["feature"])


def test_grafana_may_not_write(history: History) -> None:
    for statement in ("delete from smartpredict.parts", "update predictions.equipment_failure set score = 1"):
        with pytest.raises(DBAPIError, match="permission denied"), history.reader.begin() as connection:
            connection.exec_driver_sql(statement)
