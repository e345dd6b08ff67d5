"""Keys in the database: kept with the part, rolled up within bounds, judged in SQL as in Python."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import Engine, text

from broker.ids import part_id, to_milliseconds
from broker.messages import Lane, PartHeader, Segment, Source
from monitoring.drift.key_report import KeyReport, read_key_drift
from monitoring.drift.key_verdicts import judge_keys
from monitoring.profiles.part_counts import PartCounter, number_columns
from monitoring.profiles.publishing import published
from sql.base.engine import connect_engine
from sql.base.migrate import migrate
from sql.drift.keys import read_keys, widened
from sql.drift.windows import DriftWindow
from sql.ledger.recording import record, table_rows
from sql.profiles.keys import MOST_UNKNOWN, keep_keys, roll_up_keys
from sql.profiles.reference import publish_reference
from sql.profiles.windows import forget_old_profiles, roll_up_profiles
from sql.provision import prepare_database
from tests.support import servers
from tests.support.monitoring.fleet import FLEET, MACHINES, fleet_reference, fleet_rows, with_columns
from tests.support.monitoring.profile_history import History, made_up_scores
from tests.support.pipeline import equipment_rows
from tests.support.session.figures import show

NOON = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=20)
WINDOW = DriftWindow(use_case=FLEET.name, since=NOON, until=NOON + timedelta(hours=6))


@pytest.fixture
def engine(postgres_server: servers.Database) -> Iterator[Engine]:
    with servers.fresh_database(postgres_server) as url:
        prepare_database(url, [FLEET])
        engine = connect_engine(url, "test")
        yield engine
        engine.dispose()


def rows_of(engine: Engine, query: str, **parameters: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query), parameters).mappings())


def in_sql(engine: Engine, window: DriftWindow) -> dict[tuple[str, str], Any]:
    found = rows_of(
        engine,
        "select * from smartpredict.drift_keys(:use_case, :since, :until, null, null, 100000)",
        use_case=window.use_case,
        since=window.since,
        until=window.until,
    )
    return {(row["key"], row["feature"]): row for row in found}


def report(engine: Engine, window: DriftWindow = WINDOW) -> KeyReport:
    return read_key_drift(engine, FLEET, window)


def record_part(engine: Engine, rows: pa.RecordBatch) -> None:
    """Record rows as a worker does."""
    batch = uuid4()
    header = PartHeader(
        part_id=part_id(batch, 0),
        use_case=FLEET.name,
        schema_hash=FLEET.schema_hash,
        lane=Lane.BULK,
        segments=(
            Segment(
                batch_id=batch, received_at=to_milliseconds(datetime.now(UTC)), source=Source.FILE, rows=rows.num_rows
            ),
        ),
    )
    numbers, scores = np.arange(1, rows.num_rows + 1, dtype=np.int32), made_up_scores(rows)
    profiles = PartCounter(FLEET, fleet_reference()).count_doors([("file", rows.num_rows)], rows, scores)
    for _ in range(2):
        # The second delivery of a part counts nothing.
        record(engine, FLEET, header, table_rows(header, numbers, rows, scores, 1), 1, profiles)


def test_a_part_is_counted_by_key_in_its_transaction_and_rolled_up_once(engine: Engine) -> None:
    publish_reference(engine, published(FLEET, fleet_reference()))
    now = datetime.now(UTC)
    window = DriftWindow(use_case=FLEET.name, since=now - timedelta(hours=1), until=now + timedelta(hours=1))
    for _ in range(2):
        record_part(engine, fleet_rows(30, seed=3, moved={"M-7": 30.0}))
        before = in_sql(engine, window)
        roll_up_profiles(engine)
        assert rows_of(engine, "select * from smartpredict.part_keys") == []
        after = in_sql(engine, window)
        assert after.keys() == before.keys()
        for place, row in after.items():
            assert row["rows"] == before[place]["rows"]
            assert row["mean_served"] == pytest.approx(before[place]["mean_served"])
    found = report(engine, window)
    assert (found.keys, found.rows, found.rows_not_kept, found.moved_keys) == (MACHINES, 3_000, 0, 1)
    assert [one.key for one in found.apart] == ["M-7"]


def test_doors_of_a_part_are_kept_apart_with_what_is_missing_in_each(engine: Engine) -> None:
    publish_reference(engine, published(FLEET, fleet_reference()))
    rows = fleet_rows(4, seed=8)
    gaps = pa.array([None if number % 3 == 0 else 40.0 for number in range(rows.num_rows)], pa.float64())
    some = {"api": rows.slice(0, 60), "file": with_columns(rows, torque_nm=gaps), "message": rows.slice(60)}
    counter = PartCounter(FLEET, fleet_reference())
    profiles = {door: counter.count(of, made_up_scores(of)) for door, of in some.items()}
    with engine.begin() as connection:
        keep_keys(connection, FLEET.name, 1, profiles)
    places = {name: place for place, (name, _) in enumerate(number_columns(fleet_reference()))}
    now = datetime.now(UTC)
    for door, profile in profiles.items():
        assert profile.keys is not None
        counted = {row["key"]: row for row in profile.keys.to_pylist()}
        window = DriftWindow(
            use_case=FLEET.name, since=now - timedelta(hours=1), until=now + timedelta(hours=1), source=door
        )
        found = read_keys(engine, window, fleet_reference().digest)
        assert found is not None
        assert len(found.sums) == len(counted) * len(places)
        for one in found.sums:
            row, place = counted[one.key], places[one.feature]
            assert (one.rows, one.present, one.total) == (row["rows"], row["present"][place], row["totals"][place])


def test_keys_that_an_earlier_version_left_behind_are_kept(postgres_server: servers.Database) -> None:
    with servers.fresh_database(postgres_server) as url:
        before = connect_engine(url, "test")
        with before.begin() as connection:
            migrate(connection, "0036")
            connection.execute(
                text(
                    "insert into smartpredict.part_keys (use_case, model_version, reference, source, key, rows, present, totals,"
                    " squares) values (:use_case, 1, :reference, 'file', 'M-1', 3, array[3, 3, 3, 3, 3, 2],"
                    " array[1, 2, 3, 4, 5, 6], array[1, 4, 9, 16, 25, 36])"
                ),
                {"use_case": FLEET.name, "reference": fleet_reference().digest},
            )
        before.dispose()
        prepare_database(url, [FLEET])
        engine = connect_engine(url, "test")
        publish_reference(engine, published(FLEET, fleet_reference()))
        now = datetime.now(UTC)
        window = DriftWindow(use_case=FLEET.name, since=now - timedelta(hours=1), until=now + timedelta(hours=1))
        for _ in range(2):
            found = read_keys(engine, window, fleet_reference().digest)
            assert found is not None
            sums = [(one.key, one.rows, one.present, one.total) for one in found.sums]
            assert sorted(sums) == [("M-1", 3, 2 if total == 6 else 3, float(total)) for total in (6, 1, 2, 3, 4, 5)]
            roll_up_keys(engine)
        engine.dispose()


def test_sql_and_python_give_the_same_verdicts(engine: Engine) -> None:
    history = History(engine, fleet_reference())
    rows = fleet_rows(40, seed=4, moved={"M-7": 24.0, "M-9": -6.0})
    names = np.array(rows.column("machine_id").to_pylist(), dtype=object)
    names[names == "M-1"] = "new"
    names[:5] = None
    torque = pa.array(np.where(names == "M-5", np.nan, rows.column("torque_nm").to_numpy()), from_pandas=True)
    history.part(with_columns(rows, machine_id=pa.array(names), torque_nm=torque), NOON)
    history.part(fleet_rows(10, seed=5), NOON + timedelta(hours=2), source="file")
    for _ in range(2):
        window = read_keys(engine, WINDOW, fleet_reference().digest)
        assert window is not None
        found = judge_keys(window.layout, window.sums, FLEET.drift.max_psi)
        stored = in_sql(engine, WINDOW)
        assert stored.keys() == {(one.key, one.feature) for one in found}
        for one in found:
            row = stored[one.key, one.feature]
            assert (row["verdict"], row["rows"], row["is_new"]) == (one.verdict.value, one.rows, one.is_new), one
            for name, value in (("shift", one.shift), ("limit_shift", one.limit), ("beyond_all", one.beyond_all)):
                assert row[name] == (None if value is None else pytest.approx(value, rel=1e-9, abs=1e-9)), name
            assert row["missing_served"] == pytest.approx(one.missing_served)
        assert [one.key for one in found[:2]] != []
        roll_up_profiles(engine)
    assert {one.key for one in found if one.verdict == "drifted"} >= {"M-7", "M-5"}


def test_a_door_can_be_judged_alone(engine: Engine) -> None:
    history = History(engine, fleet_reference())
    history.part(fleet_rows(40, seed=6), NOON)
    history.part(fleet_rows(40, seed=7, moved={"M-7": 40.0}), NOON + timedelta(hours=1), source="file")
    by_door = {
        door: report(engine, DriftWindow(use_case=FLEET.name, since=WINDOW.since, until=WINDOW.until, source=door))
        for door in ("api", "file")
    }
    assert {door: found.moved_keys for door, found in by_door.items()} == {"api": 0, "file": 1}


def test_an_hour_keeps_a_hundred_new_keys_and_the_sum_of_all_rows(engine: Engine) -> None:
    history = History(engine, fleet_reference())
    for part in range(4):
        names = [f"new-{part}-{number}" for number in range(90)] * 5 + ["M-1"] * 50
        history.part(
            with_columns(equipment_rows(500, seed=part), machine_id=pa.array(names)), NOON + timedelta(minutes=part)
        )
        if part % 2:
            roll_up_profiles(engine)
    found = rows_of(
        engine,
        "select span, count(*) filter (where key like 'new%') as unknown, sum(rows) as rows,"
        " sum(rows) filter (where key = '') as others from smartpredict.key_profiles group by 1 order by 1",
    )
    assert [dict(row) for row in found] == [
        {"span": span, "unknown": MOST_UNKNOWN, "rows": 2_000, "others": 1_800 - 5 * MOST_UNKNOWN}
        for span in ("day", "hour")
    ]
    assert report(engine).rows_not_kept == 1_800 - 5 * MOST_UNKNOWN


def test_long_windows_are_made_of_days_and_what_nobody_looks_at_is_forgotten(engine: Engine) -> None:
    history = History(engine, fleet_reference())
    for days in (0, 8, 20):
        history.part(fleet_rows(30, seed=days), NOON - timedelta(days=days))
    long = DriftWindow(use_case=FLEET.name, since=NOON - timedelta(days=30), until=NOON + timedelta(hours=1))
    before = report(engine, long)
    roll_up_profiles(engine)
    forget_old_profiles(engine)
    assert (report(engine, long).rows, before.rows) == (4_500, 4_500)
    assert {row["span"]: row["count"] for row in rows_of(
        engine, "select span, count(distinct start) from smartpredict.key_profiles group by 1"
    )} == {"hour": 2, "day": 3}  # fmt: skip
    assert (before.since, before.until) == widened(long.since, long.until, datetime.now(UTC))
    assert before.since.hour == before.until.hour == 0


def test_a_verdict_costs_the_same_for_a_hundred_times_as_many_rows(engine: Engine) -> None:
    costs = []
    for times in (1, 100):
        with engine.begin() as connection:
            connection.execute(text("truncate smartpredict.key_profiles, smartpredict.part_keys"))
        History(engine, fleet_reference()).part(fleet_rows(20, seed=1), NOON)
        _multiply(engine, times)
        assert report(engine, _MONTH).rows == 1_000 * times * 30
        plan = rows_of(
            engine,
            "explain (analyze, buffers, format json, timing off) select * from smartpredict.drift_keys(:use_case, :since, :until)",
            use_case=FLEET.name,
            since=_MONTH.since,
            until=_MONTH.until,
        )[0]["QUERY PLAN"][0]["Plan"]
        assert "predictions" not in str(plan)
        costs.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
    show(f"30 days of {MACHINES} machines: {costs[0]} buffers, then {costs[1]} of a hundred times as many rows")
    assert costs[1] <= costs[0] * 1.2


_MONTH = DriftWindow(use_case=FLEET.name, since=NOON - timedelta(days=30), until=NOON)


def _multiply(engine: Engine, times: int) -> None:
    """Make every day of a month like the one part, of so many times as many rows."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into smartpredict.key_profiles select use_case, 'day', day, source, model_version, reference, key,"
                " max(c.rows) * :times, array_agg(n * :times order by place), array_agg(total * :times order by place)"
                " from smartpredict.part_keys p, smartpredict.key_cells(keys, p.rows, totals, present) c, generate_series(1, 30) ago,"
                " lateral (select date_trunc('day', recorded_at, 'UTC') - ago * interval '1 day' as day) d group by 3, 1, 4, 5, 6, 7"
            ),
            {"times": times},
        )
        connection.execute(text("delete from smartpredict.part_keys"))
        # The version that is judged is told by what was served.
        connection.execute(text("update smartpredict.part_profiles set recorded_at = recorded_at - interval '5 days'"))
        connection.execute(text("analyze smartpredict.key_profiles"))
