"""A PostgreSQL loses its standby, then its primary, while rows flow and callers ask: a 200 means committed on both."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
import pytest
from sqlalchemy import event, func, select

from broker.administration.provisioning import declare_topology
from local_stack.machine.ports import LOOPBACK
from monitoring.monitor import Limits, judge_use_cases, tell_nobody
from sql.base.engine import connect_engine
from sql.base.standbys import has_all_of
from sql.provision import prepare_database
from tests.faults.cluster.flow import Flow, flow_through, pipeline
from tests.faults.cluster.standby import Pair, pair
from tests.faults.services import TABLE, gateway_client, predict
from tests.support.pipeline import EQUIPMENT
from tests.support.servers import server_folder
from tests.support.waiting import eventually
from usecases.contract.catalog import load_catalog

LIMITS: Final = Limits(bad_share=0.05, silence=timedelta(hours=1))


@pytest.fixture(scope="module")
def servers(_nothing_survives: None) -> Iterator[Pair]:
    with server_folder() as folder, pair(folder) as both:
        yield both


@pytest.fixture(scope="module")
def flow(servers: Pair, broker_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    """A worker, ingestion and a gateway that know both servers."""
    prepare_database(servers.url(), load_catalog().values())
    asyncio.run(declare_topology(broker_url))
    more = {"SMARTPREDICT_READ_DATABASE_URL": servers.url(), "SMARTPREDICT_PREDICT_DEADLINE": "PT5S"}
    with pipeline(tmp_path_factory.mktemp("standby"), servers.url(), broker_url, **more) as flow:
        yield flow


def test_nobody_is_told_200_while_the_standby_that_counts_is_away(servers: Pair, flow: Flow) -> None:
    key = str(uuid.uuid4())
    with gateway_client(LOOPBACK, flow.port) as client:
        before = _count(flow)
        servers.standby.stop()
        assert predict(client, key).status_code in {503, 504}
        servers.standby.start()
        servers.wait_until_followed()
        assert eventually(lambda: predict(client, key).status_code == 200, 60)
    assert _count(flow) == before + 1


def test_past_predictions_are_read_from_the_standby(servers: Pair, flow: Flow) -> None:
    with gateway_client(LOOPBACK, flow.port) as client:
        stored = predict(client, str(uuid.uuid4())).json()["predictions"][0]["id"]
        found = eventually(lambda: _newest(client) == stored, 10)
    assert found
    asked = "select count(*) from pg_stat_activity where application_name = 'smartpredict gateway reads'"
    assert (servers.standby.ask(asked), servers.primary.ask(asked)) == (1, 0)


def test_monitoring_counts_at_a_standby_that_has_all_rows_and_else_at_the_primary(servers: Pair, flow: Flow) -> None:
    primary, standby = (connect_engine(one.url(), "test") for one in (servers.primary, servers.standby))
    asked: list[str] = []
    event.listen(standby, "before_cursor_execute", lambda *told: asked.append(told[2]))
    try:
        for paused in (False, True, False):
            asked.clear()
            if paused:
                servers.standby.ask("select pg_wal_replay_pause()")
            with gateway_client(LOOPBACK, flow.port) as client:
                assert predict(client, str(uuid.uuid4())).status_code == 200
            assert has_all_of(primary, standby, 0.5 if paused else 5) is not paused
            found = judge_use_cases(primary, [EQUIPMENT], LIMITS, datetime.now(UTC), tell_nobody, standby)
            assert found["use_cases"][EQUIPMENT.name]["freshness"]["verdict"] == "fresh"
            assert any("batches" in statement for statement in asked) is not paused
            servers.standby.ask("select pg_wal_replay_resume()")
        away = connect_engine("postgresql://nobody@127.0.0.1:9/nowhere", "test")
        assert not has_all_of(primary, away)
    finally:
        servers.standby.ask("select pg_wal_replay_resume()")
        primary.dispose()
        standby.dispose()


def test_the_primary_is_killed_and_the_standby_takes_its_place(servers: Pair, flow: Flow) -> None:
    def kill_and_promote() -> None:
        servers.primary.kill()
        servers.standby.promote()

    flow_through(flow, "the primary of PostgreSQL was killed and the standby promoted", kill_and_promote)
    with gateway_client(LOOPBACK, flow.port) as client:
        assert _newest(client)


def _newest(client: httpx.Client) -> str:
    answer = client.get("/past-predictions", params={"use_case": EQUIPMENT.name, "limit": 1})
    found: str = answer.raise_for_status().json()["predictions"][0]["id"]
    return found


def _count(flow: Flow) -> int:
    with flow.services.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(TABLE)) or 0
