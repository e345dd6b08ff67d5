"""Figures of quality are the same whether hours are added up or not, and cost hours in place of batches."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, func, select, text, update
from sqlalchemy.engine import make_url

from broker.messages import Source
from sql.base.engine import connect_engine
from sql.base.hourly import HOUR
from sql.base.reading import reading
from sql.base.roles import role_name
from sql.base.tables import batches
from sql.ledger.batch_hours import batch_hours, batch_hours_until, reopen_hours, roll_up_batches
from sql.ledger.batches import announce_batch, finish_batch
from sql.quality.arrivals import ArrivedSpan, read_arrivals
from sql.quality.broken import RowTotals, read_broken
from sql.quality.rates import Quality, QualityWindow, read_quality, received

START = datetime(2026, 3, 2, tzinfo=UTC)
NOW = START + timedelta(days=20, hours=5, minutes=20)
DAY = timedelta(days=1)

# A batch each two minutes for twenty days by four doors, some refused, some with bad rows, of which one was sent again;
# each has a part of its own, or shares one with others, and some parts are not recorded.
_BATCHES = text("""
    with numbered as (
        select n, md5(:use_case || n)::uuid as id, cast(:start as timestamptz) + n * interval '2 minutes' as at,
            case when n % 4 = 1 then md5(:use_case || 'shared' || n / 40)::uuid end as shared,
            (n % 11 = 0)::int * 2 as bad
        from generate_series(0, 14399) as n
    ), stored as (
        insert into smartpredict.batches (id, use_case, source, name, state, schema_hash, received_at, first_id, last_id,
            part_rows, rows_in, rows_quarantined, rows_not_kept, part_id, problem, finished_at)
        select id, :use_case, (array['file', 'message', 'api', 'job'])[1 + n % 4], 'b' || n,
            case when n % 97 = 0 then 'refused' else 'ingested' end, 'hash', at, id, id,
            10000, 10 + n % 3, bad, (n % 97 = 0 and bad > 0)::int, shared, case when n % 97 = 0 then 'unreadable' end, at
        from numbered
    ), planned as (
        insert into smartpredict.parts (part_id, batch_id, part_number, use_case, lane, rows, recorded_at)
        select md5(id::text || 'part')::uuid, id, 0, :use_case, 'bulk', 10 + n % 3 - bad, case when n % 50 <> 0 then at end
        from numbered where shared is null
        union all
        select shared, null, 0, :use_case, 'bulk', 1, case when min(n) % 7 <> 0 then min(at) end
        from numbered where shared is not null group by shared
    )
    insert into smartpredict.quarantine (batch_id, row_number, use_case, raw, reasons, replayed_at)
    select id, 1, :use_case, '{}', '[{"column": "a", "rule": "missing", "value": null, "message": "a: is missing"}]',
        case when n % 33 = 0 then at end
    from numbered where bad > 0
""")


@pytest.fixture
def use_case(engine: Engine) -> str:
    """A name of its own with batches of twenty days."""
    name = f"received_{uuid4().hex[:8]}"
    with engine.begin() as connection:
        connection.execute(_BATCHES, {"use_case": name, "start": START})
    return name


def windows(use_case: str) -> list[tuple[QualityWindow, timedelta]]:
    whole = QualityWindow(use_case=use_case, start=START, end=NOW)
    return [
        (whole, HOUR),
        (whole, DAY),
        (replace(whole, start=START + 3 * DAY + HOUR, end=START + 5 * DAY + timedelta(minutes=90)), 2 * HOUR),
        (replace(whole, start=START - 2 * DAY, end=START + 30 * DAY), DAY),
        # Totals are of hours and what lies around them, spans of batches.
        (replace(whole, start=START + timedelta(minutes=30), end=START + DAY + timedelta(minutes=17)), HOUR),
        (replace(whole, end=START + DAY), timedelta(minutes=10)),
        (replace(whole, start=START + timedelta(minutes=10), end=START + timedelta(minutes=50)), HOUR),
    ]


Found = tuple[Quality, list[ArrivedSpan], RowTotals]


def look(engine: Engine, use_case: str) -> list[Found]:
    return [
        (read_quality(engine, one, width), read_arrivals(engine, one, width), read_broken(engine, one).totals)
        for one, width in windows(use_case)
    ]


def stored(engine: Engine, use_case: str) -> int:
    with engine.connect() as connection:
        query = select(func.sum(batch_hours.c.batches)).where(batch_hours.c.use_case == use_case)
        return int(connection.scalar(query) or 0)


def test_figures_are_the_same_as_those_of_batches(engine: Engine, use_case: str) -> None:
    before = look(engine, use_case)
    assert roll_up_batches(engine, use_case, START + 10 * DAY) == 10 * 24 - 2
    assert look(engine, use_case) == before
    assert roll_up_batches(engine, use_case, NOW) == 10 * 24 + 2 + 3
    assert roll_up_batches(engine, use_case, NOW) == 0
    assert look(engine, use_case) == before
    assert stored(engine, use_case) == 14_400 * 3 // 4  # jobs change for days


def test_what_is_predicted_is_what_parts_say(engine: Engine, use_case: str) -> None:
    window, width = windows(use_case)[0]
    roll_up_batches(engine, use_case, NOW)
    with engine.connect() as connection:
        by_ledger = connection.scalar(
            text("select sum(predicted) from smartpredict.batch_ledger where use_case = :use_case"),
            {"use_case": use_case},
        )
    totals = read_quality(engine, window, width).totals
    assert (totals.predicted, totals.rows_in, totals.refused_batches) == (by_ledger, 14_400 * 11, 149)


def test_an_hour_with_a_batch_that_is_read_waits_for_it(engine: Engine, use_case: str) -> None:
    reading_still = START + 4 * DAY + timedelta(minutes=25)
    batch = announce(engine, use_case, reading_still)
    assert roll_up_batches(engine, use_case, NOW) == 4 * 24
    finish_batch(engine, batch)
    before = look(engine, use_case)
    assert roll_up_batches(engine, use_case, NOW) == 16 * 24 + 3
    assert look(engine, use_case) == before


def test_a_job_that_changes_after_days_is_counted_as_it_is(engine: Engine, use_case: str) -> None:
    roll_up_batches(engine, use_case, NOW)
    [before, *_] = look(engine, use_case)
    with engine.begin() as connection:
        a_job = select(batches.c.id).where(batches.c.use_case == use_case, batches.c.source == Source.JOB).limit(1)
        connection.execute(
            update(batches).where(batches.c.id == a_job.scalar_subquery()).values(rows_in=batches.c.rows_in + 1000)
        )
    [after, *_] = look(engine, use_case)
    assert after[0].totals.rows_in == before[0].totals.rows_in + 1000
    assert sum(span.rows_in for span in after[1]) == after[0].totals.rows_in


def test_a_batch_of_an_hour_that_is_added_up_has_it_added_up_anew(engine: Engine, use_case: str) -> None:
    roll_up_batches(engine, use_case, NOW)
    late = START + 4 * DAY + timedelta(minutes=25)
    batch = announce(engine, use_case, late)
    with engine.begin() as connection:
        reopen_hours(connection, use_case, late)
    finish_batch(engine, batch)
    before = look(engine, use_case)
    assert sum(span.batches for span in before[0][1]) == 14_401
    assert roll_up_batches(engine, use_case, NOW) == 16 * 24 + 3
    assert look(engine, use_case) == before


def announce(engine: Engine, use_case: str, received_at: datetime) -> UUID:
    return announce_batch(
        engine,
        batch_id=uuid4(),
        use_case=use_case,
        source=Source.FILE,
        name="long.csv",
        schema_hash="hash",
        received_at=received_at,
    ).id


def test_nothing_is_added_up_of_a_use_case_without_batches(engine: Engine) -> None:
    assert roll_up_batches(engine, "nobody", NOW) == 0


def test_accounts_have_the_rights_they_need(engine: Engine, prepared: str, use_case: str) -> None:
    def reopens(one: Engine) -> bool:
        with one.begin() as connection:
            reopen_hours(connection, use_case, START + DAY)
        return stored(one, use_case) == 24 * 30 * 3 // 4

    window, width = windows(use_case)[0]
    for role, work in (
        ("orchestration", lambda one: roll_up_batches(one, use_case, NOW)),
        ("orchestration", lambda one: read_quality(one, window, width)),
        ("gateway", lambda one: read_quality(one, window, width)),
        ("ingestion", reopens),
    ):
        url = make_url(prepared).update_query_dict({"options": f"-c role={role_name(role)}"})
        account = connect_engine(url.render_as_string(hide_password=False), "test")
        assert work(account)
        account.dispose()


def test_a_long_range_costs_hours_and_not_batches(engine: Engine, use_case: str) -> None:
    """Ten times as many batches, as messages make them, read no more once they are added up."""

    def blocks(connection: Connection) -> int:
        window = replace(windows(use_case)[1][0], end=START + 20 * DAY)
        query = select(func.sum(received(window, DAY).c.rows_in)).compile(
            connection, compile_kwargs={"literal_binds": True}
        )
        plan: Any = connection.exec_driver_sql(f"explain (analyze, buffers, format json) {query}").scalar()
        found = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
        return int(found["Shared Hit Blocks"] + found["Shared Read Blocks"])

    def settle() -> None:
        with engine.begin() as connection:
            # As many jobs as there are: their batches are read one by one.
            connection.execute(batches.delete().where(batches.c.use_case == use_case, batches.c.source == Source.JOB))
            connection.execute(batch_hours_until.delete().where(batch_hours_until.c.use_case == use_case))
            connection.execute(batch_hours.delete().where(batch_hours.c.use_case == use_case))
        roll_up_batches(engine, use_case, NOW)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("vacuum analyze smartpredict.batches, smartpredict.batch_hours")

    settle()
    with reading(engine) as connection:
        few = blocks(connection)
    with engine.begin() as connection:
        connection.execute(
            text("""
                insert into smartpredict.batches (id, use_case, source, name, state, schema_hash, received_at, first_id,
                    last_id, part_rows, rows_in)
                select gen_random_uuid(), use_case, source, name, state, schema_hash, received_at, first_id, last_id,
                    part_rows, rows_in
                from smartpredict.batches cross join generate_series(1, 9) where use_case = :use_case
            """),
            {"use_case": use_case},
        )
    settle()
    with reading(engine) as connection:
        assert blocks(connection) <= few + 20
    assert stored(engine, use_case) == 14_400 * 3 // 4 * 10
