"""Summaries say the same whether hours are added up or not, and cost hours in place of parts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.engine import make_url

from broker.messages import Source
from sql.base.engine import connect_engine
from sql.base.hourly import HOUR
from sql.base.roles import role_name
from sql.base.tables import parts
from sql.predictions.counts import Counted, CountFilter, count_query
from sql.predictions.hours import (
    count_predictions,
    last_recorded,
    prediction_hours,
    roll_up_hours,
    summary_query,
)

START = datetime(2026, 3, 2, tzinfo=UTC)
NOW = START + timedelta(days=20, hours=5, minutes=20)
DAY = timedelta(days=1)

# A part each two minutes for twenty days: three doors, two versions, two classes, and sums as a regression has them.
_PARTS = text("""
    insert into smartpredict.parts (part_id, part_number, use_case, lane, rows, model_version, recorded_at, counts, sums)
    select gen_random_uuid(), 0, :use_case, 'online', 5 + n % 3, 1 + (n > 7000)::integer,
        cast(:start as timestamptz) + n * interval '2 minutes',
        json_build_object((array['api', 'file', 'webapp'])[1 + n % 3], json_build_object('ok', 4, 'failure', 1 + n % 3)),
        json_build_object((array['api', 'file', 'webapp'])[1 + n % 3], n % 7)
    from generate_series(0, 14399) as n
""")


@pytest.fixture
def use_case(engine: Engine) -> str:
    """A name of its own with parts of twenty days."""
    name = f"counted_{uuid4().hex[:8]}"
    with engine.begin() as connection:
        connection.execute(_PARTS, {"use_case": name, "start": START})
    return name


def filters(use_case: str) -> list[CountFilter]:
    whole = CountFilter(use_case=use_case, start=START, end=NOW, width=HOUR)
    return [
        whole,
        replace(whole, width=DAY),
        replace(whole, width=7 * DAY, source=Source.API),
        replace(whole, width=6 * HOUR, model_version=2, classes=("failure",)),
        replace(whole, start=START + 3 * DAY + HOUR, end=START + 5 * DAY + 90 * timedelta(minutes=1), width=2 * HOUR),
        replace(whole, start=START - 2 * DAY, end=START + 30 * DAY, width=DAY),
        # No whole hours: parts answer.
        replace(whole, start=START + timedelta(minutes=30), width=HOUR),
        replace(whole, end=START + DAY, width=timedelta(minutes=10)),
    ]


def by_parts(engine: Engine, which: CountFilter) -> list[Counted]:
    with engine.connect() as connection:
        return [Counted(*row) for row in connection.execute(count_query(which))]


def test_counts_are_the_same_as_those_of_parts(engine: Engine, use_case: str) -> None:
    assert roll_up_hours(engine, use_case, NOW) == 20 * 24 + 3
    for which in filters(use_case):
        found = by_parts(engine, which)
        assert found
        assert count_predictions(engine, which) == found


def test_adding_up_again_adds_what_came_since(engine: Engine, use_case: str) -> None:
    assert roll_up_hours(engine, use_case, START + 10 * DAY) == 10 * 24 - 2
    for which in filters(use_case):
        assert count_predictions(engine, which) == by_parts(engine, which)
    assert roll_up_hours(engine, use_case, NOW) == 10 * 24 + 2 + 3
    assert roll_up_hours(engine, use_case, NOW) == 0
    with engine.connect() as connection:
        rows = connection.scalar(
            select(func.sum(prediction_hours.c.rows)).where(prediction_hours.c.use_case == use_case)
        )
        kept = connection.scalar(
            select(func.sum(text("4 + 1 + n % 3"))).select_from(text("generate_series(0, 14399) as n"))
        )
    assert rows == kept


@pytest.mark.parametrize("until", [None, START + 10 * DAY, NOW], ids=["by parts", "by parts and hours", "by hours"])
@pytest.mark.parametrize(
    ("wanted", "last"),
    [
        ({"model_version": 1}, 7_000),
        ({"source": Source.FILE}, 14_398),
        ({"source": Source.API, "model_version": 1}, 6_999),
        ({"classes": ("failure",)}, 14_399),
        ({"classes": ("failure", "ok"), "source": Source.WEBAPP, "model_version": 1}, 6_998),
        ({"model_version": 9}, None),
        ({"source": Source.SCHEDULED}, None),
        ({"classes": ("unknown",)}, None),
    ],
    ids=str,
)
def test_the_last_part_with_such_predictions_is_found(
    engine: Engine, use_case: str, wanted: dict[str, Any], last: int | None, until: datetime | None
) -> None:
    if until is not None:
        roll_up_hours(engine, use_case, until)
    with engine.connect() as connection:
        found = last_recorded(connection, use_case, **wanted)
    assert found == (None if last is None else START + last * timedelta(minutes=2))


def test_nothing_is_added_up_of_a_use_case_without_predictions(engine: Engine) -> None:
    assert roll_up_hours(engine, "nobody", NOW) == 0


def test_accounts_have_the_rights_they_need(engine: Engine, prepared: str, use_case: str) -> None:
    for role, work in (
        ("orchestration", lambda one: roll_up_hours(one, use_case, NOW)),
        ("gateway", lambda one: count_predictions(one, filters(use_case)[0])),
    ):
        url = make_url(prepared).update_query_dict({"options": f"-c role={role_name(role)}"})
        account = connect_engine(url.render_as_string(hide_password=False), "test")
        assert work(account)
        account.dispose()


def test_a_long_range_costs_hours_and_not_parts(engine: Engine, use_case: str) -> None:
    """Ten times as many parts, as callers one by one make them, read no more once they are added up."""

    def blocks() -> int:
        with engine.connect() as connection:
            which = replace(filters(use_case)[1], end=START + 20 * DAY)
            query = summary_query(connection, which).compile(connection, compile_kwargs={"literal_binds": True})
            plan: Any = connection.exec_driver_sql(f"explain (analyze, buffers, format json) {query}").scalar()
        found = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
        return int(found["Shared Hit Blocks"] + found["Shared Read Blocks"])

    roll_up_hours(engine, use_case, NOW)
    with engine.begin() as connection:
        connection.exec_driver_sql("analyze smartpredict.parts, smartpredict.prediction_hours")
    few = blocks()
    with engine.begin() as connection:
        for _ in range(9):
            connection.execute(_PARTS, {"use_case": use_case, "start": START})
        connection.exec_driver_sql("analyze smartpredict.parts")
    assert blocks() <= few + 20
    with engine.connect() as connection:
        stored = connection.scalar(select(func.count()).select_from(parts).where(parts.c.use_case == use_case))
    assert stored == 144_000
