"""Drift in SQL is drift in Python, to the last digits; and a window costs what its spans cost, never its rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from sqlalchemy import Engine, insert, text

from monitoring.drift.report import read_drift
from monitoring.drift.verdicts import Verdict
from monitoring.drift.window_limits import limits_at
from sql.base.engine import connect_engine
from sql.drift.windows import DriftWindow
from sql.profiles.reference import TrainedWindows, WindowUnit
from sql.profiles.tables import profile_windows
from sql.profiles.windows import roll_up_profiles
from sql.provision import prepare_database
from sql.registry.registration import register
from tests.support import servers
from tests.support.monitoring.profile_history import History, equipment_reference, ordered_reference, ordered_rows
from tests.support.pipeline import EQUIPMENT, equipment_rows
from tests.support.session.figures import show
from usecases.contract.catalog import load_catalog

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
WINDOW = DriftWindow(use_case=EQUIPMENT.name, since=NOON, until=NOON + timedelta(hours=6))


@pytest.fixture
def engine(postgres_server: servers.Database) -> Iterator[Engine]:
    with servers.fresh_database(postgres_server) as url:
        prepare_database(url, load_catalog().values())
        engine = connect_engine(url, "test")
        yield engine
        engine.dispose()


def rows_of(engine: Engine, query: str, **parameters: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query), parameters).mappings())


def test_sql_and_python_find_the_same(engine: Engine) -> None:
    history, batch = History(engine, equipment_reference()), uuid4()
    history.part(equipment_rows(900, seed=1), NOON + timedelta(minutes=5))
    history.part(equipment_rows(700, seed=2, torque_nm=80.0), NOON + timedelta(hours=2), source="file", batch_id=batch)
    for _ in range(2):
        report = read_drift(engine, EQUIPMENT, WINDOW, timedelta(hours=1))
        found = rows_of(
            engine,
            "select * from smartpredict.drift(:use_case, :since, :until)",
            use_case=EQUIPMENT.name,
            since=WINDOW.since,
            until=WINDOW.until,
        )
        by_name = {row["feature"]: row for row in found}
        assert set(by_name) == {one.feature for one in report.features}
        for one in report.features:
            row = by_name[one.feature]
            assert one.chi_square is not None
            assert one.psi is not None
            assert one.excess_psi is not None
            assert row["rows"] == 1_600
            assert row["psi"] == pytest.approx(one.psi, rel=1e-9)
            assert row["chance_psi"] == pytest.approx(one.psi - one.excess_psi, rel=1e-9)
            assert row["jensen_shannon"] == pytest.approx(one.jensen_shannon, rel=1e-9, abs=1e-12)
            assert row["chi_square"] == pytest.approx(one.chi_square.statistic, rel=1e-9)
            assert row["ks"] == (None if one.ks is None else pytest.approx(one.ks.statistic, rel=1e-9))
            for name in ("mean_trained", "mean_served", "mean_shift", "missing_trained", "missing_served"):
                expected = getattr(one, name)
                assert row[name] == (None if expected is None else pytest.approx(expected, rel=1e-6)), name
        assert roll_up_profiles(engine) in {0, 2}
    drifted = {one.feature for one in report.features if one.verdict is Verdict.DRIFTED}
    assert drifted == {"torque_nm", "score", "prediction"}
    assert [driver.name for driver in report.batches["torque_nm"]] == [str(batch)]
    assert report.sources["torque_nm"][0].name == "file"


@pytest.mark.parametrize("is_timed", [False, True])
@pytest.mark.parametrize(("length", "moved"), [(160, 0.0), (500, 0.0), (500, 10.0), (3_000, 0.0), (500, 0.2)])
def test_sql_and_python_give_the_same_verdicts_where_rows_come_in_order(
    engine: Engine, length: int, moved: float, *, is_timed: bool
) -> None:
    use_case = EQUIPMENT.model_copy(update={"drift": EQUIPMENT.drift.model_copy(update={"minimum_rows": 100})})
    with engine.begin() as connection:
        register(connection, use_case)
    history = History(engine, ordered_reference())
    if is_timed:
        _let_torque_be_the_time(engine)
    for part in range(3):
        rows = ordered_rows().slice(part * 3_000, length)
        place = rows.schema.get_field_index("air_temperature_k")
        warmer = pa.array(rows.column(place).to_numpy() + moved)
        history.part(rows.set_column(place, rows.schema.field(place), warmer), NOON + timedelta(hours=part))
    for hour in range(3):
        window = DriftWindow(
            use_case=use_case.name, since=NOON + timedelta(hours=hour), until=NOON + timedelta(hours=hour + 1)
        )
        report = read_drift(engine, use_case, window, timedelta(hours=1))
        found = {
            row["feature"]: row
            for row in rows_of(
                engine,
                "select * from smartpredict.drift_verdicts(:use_case, :since, :until)",
                use_case=use_case.name,
                since=window.since,
                until=window.until,
            )
        }
        assert {one.feature: one.verdict.value for one in report.features} == {
            name: row["verdict"] for name, row in found.items()
        }
        for one in report.features:
            row = found[one.feature]
            assert row["excess_psi"] == pytest.approx(one.excess_psi, rel=1e-9)
            assert row["outside"] == (None if one.outside is None else pytest.approx(one.outside))
            # SQL takes the distribution of the statistic by an approximation.
            if one.verdict is not Verdict.NOT_JUDGED:
                assert row["p_value"] == pytest.approx(one.p_value, rel=0.2, abs=1e-6)
            if one.limits is None:
                assert (row["limit_psi"], row["windows"]) == (None, None)
            else:
                assert row["limit_psi"] == pytest.approx(one.limits.psi, rel=1e-9)
                assert row["windows"] == one.limits.windows
    assert any(one.limits is not None for one in report.features)


def test_limits_in_sql_are_those_in_python(engine: Engine) -> None:
    published_windows = [
        TrainedWindows(
            feature="air",
            unit=unit,
            length=length,
            windows=windows,
            usual_psi=psi / 2,
            psi=psi,
            shift=psi * 2,
            outside=0.1,
        )
        for unit, length, windows, psi in (
            (WindowUnit.ROWS, 20, 500, 1.0),
            (WindowUnit.ROWS, 40, 250, 1.5),
            (WindowUnit.ROWS, 1_280, 7, 9.0),
            (WindowUnit.SECONDS, 3_600, 400, 2.0),
            (WindowUnit.SECONDS, 86_400, 30, 6.0),
        )
    ]
    with engine.begin() as connection:
        connection.execute(
            insert(profile_windows), [{"reference": "r", **asdict(window)} for window in published_windows]
        )
    for rows in (1, 20, 33, 200, 1_280, 90_000):
        for seconds in (None, 60.0, 3_500.0, 20_000.0, 10.0**7):
            (row,) = rows_of(
                engine,
                "select * from smartpredict.window_limits('r', 'air', :rows, cast(:seconds as float8))",
                rows=rows,
                seconds=seconds,
            )
            expected = limits_at(published_windows, rows, seconds)
            assert expected is not None
            assert dict(row) == pytest.approx(asdict(expected), rel=1e-9)
    assert rows_of(engine, "select * from smartpredict.window_limits('r', 'other', 500, 60)") == []


def test_the_index_over_time_is_that_of_its_spans(engine: Engine) -> None:
    history = History(engine, equipment_reference())
    for hour in range(6):
        history.part(
            equipment_rows(600, seed=hour, torque_nm=80.0 if hour == 3 else 40.0), NOON + timedelta(hours=hour)
        )
    report = read_drift(engine, EQUIPMENT, WINDOW, timedelta(hours=1))
    spans = rows_of(
        engine,
        "select start, psi, rows from smartpredict.drift(:use_case, :since, :until, interval '1 hour')"
        " where feature = 'torque_nm' order by start",
        use_case=EQUIPMENT.name,
        since=WINDOW.since,
        until=WINDOW.until,
    )
    over_time = report.over_time["torque_nm"]
    assert [(span["start"], span["rows"]) for span in spans] == [(one.start, one.rows) for one in over_time]
    assert [span["psi"] for span in spans] == pytest.approx([one.psi for one in over_time])
    assert max(over_time, key=lambda one: one.psi or 0).start == NOON + timedelta(hours=3)


def test_a_window_is_that_of_one_door_and_of_the_version_that_served_last(engine: Engine) -> None:
    history = History(engine, equipment_reference())
    history.part(equipment_rows(600), NOON, source="api", model_version=1)
    history.part(equipment_rows(600, torque_nm=80.0), NOON + timedelta(hours=1), source="file", model_version=2)
    report = read_drift(engine, EQUIPMENT, WINDOW, timedelta(hours=1))
    assert (report.model_version, report.rows, report.rows_of_others) == (2, 600, 600)
    assert report.verdict is Verdict.DRIFTED
    of_api = DriftWindow(use_case=EQUIPMENT.name, since=WINDOW.since, until=WINDOW.until, source="api")
    report = read_drift(engine, EQUIPMENT, of_api, timedelta(hours=1))
    assert (report.model_version, report.verdict) == (1, Verdict.STABLE)


def test_nothing_served_or_no_reference_is_not_enough(engine: Engine) -> None:
    report = read_drift(engine, EQUIPMENT, WINDOW, timedelta(hours=1))
    assert (report.verdict, report.model_version, report.rows) == (Verdict.NOT_ENOUGH_ROWS, None, 0)
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into smartpredict.part_profiles values (default, :at, 'equipment_failure', 4, '', 'file', null, 9,"
                " '{}', '{}', '{}', '{}')"
            ),
            {"at": NOON},
        )
    report = read_drift(engine, EQUIPMENT, WINDOW, timedelta(hours=1))
    assert (report.verdict, report.model_version, report.rows) == (Verdict.NOT_ENOUGH_ROWS, 4, 9)


def test_thirty_days_of_ten_million_rows_cost_what_those_of_a_hundred_thousand_cost(engine: Engine) -> None:
    reference = ordered_reference()
    costs, seconds = [], []
    for rows_a_day in (100_000 // 30, 10_000_000 // 30):
        with engine.begin() as connection:
            connection.execute(text("truncate smartpredict.profiles, smartpredict.part_profiles"))
        history = History(engine, reference)
        history.part(equipment_rows(500), NOON)
        _multiply(engine, rows_a_day // 24)
        began = time.perf_counter()
        report = read_drift(
            engine,
            EQUIPMENT,
            DriftWindow(use_case=EQUIPMENT.name, since=NOON - timedelta(days=30), until=NOON),
            timedelta(days=1),
        )
        seconds.append(time.perf_counter() - began)
        assert report.rows == rows_a_day // 24 * 24 * 30
        plan = rows_of(
            engine,
            "explain (analyze, buffers, format json, timing off)"
            " select * from smartpredict.drift_verdicts(:use_case, :since, :until)",
            use_case=EQUIPMENT.name,
            since=NOON - timedelta(days=30),
            until=NOON,
        )[0]["QUERY PLAN"][0]["Plan"]
        assert "predictions" not in str(plan)
        costs.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
    show(f"30 days: {costs[0]} buffers in {seconds[0]:.2f} s, then {costs[1]} in {seconds[1]:.2f} s")
    assert costs[1] <= costs[0] * 1.2


def _let_torque_be_the_time(engine: Engine) -> None:
    """Read torque as days, of which the windows have about thirty, and know windows of training of as many."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "update smartpredict.profile_numbers set is_clock = true, gives_time = true where feature = 'torque_nm'"
            )
        )
        connection.execute(
            text(
                "insert into smartpredict.profile_windows select reference, feature, 'seconds', 86400 * length / 20, windows,"
                " usual_psi, psi / 2, shift, outside from smartpredict.profile_windows where length <= 160"
            )
        )


def _multiply(engine: Engine, rows_an_hour: int) -> None:
    """Make the one part an hour of so many rows, and let every hour of thirty days be like it."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into smartpredict.profiles select use_case, 'hour', hour, source, model_version, reference, :rows,"
                " slots, (select array_agg(c * :rows / 500 order by i) from unnest(counts) with ordinality u (c, i)),"
                " (select array_agg(t * :rows / 500 order by i) from unnest(totals) with ordinality u (t, i)),"
                " (select array_agg(t * :rows / 500 order by i) from unnest(squares) with ordinality u (t, i))"
                " from smartpredict.part_profiles,"
                " generate_series(recorded_at - interval '30 days', recorded_at - interval '1 hour', '1 hour') as hour"
            ),
            {"rows": rows_an_hour},
        )
        connection.execute(text("delete from smartpredict.part_profiles"))
        connection.execute(text("analyze smartpredict.profiles"))
