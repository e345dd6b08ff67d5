"""The schedule tells which machine moved, once, with the rights that it has; and when it is as it was again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from monitoring.monitor import Limits, judge_use_cases
from monitoring.notifications import Severity
from sql.base.engine import connect_engine
from sql.base.roles import ROLES, role_name
from sql.provision import prepare_database
from tests.support import servers
from tests.support.monitoring.fleet import FLEET, MACHINES, fleet_reference, fleet_rows
from tests.support.monitoring.profile_history import History

START = datetime.now(UTC).replace(minute=10, second=0, microsecond=0) - timedelta(days=4)


class Watched:
    """A fleet that is looked at now and then."""

    def __init__(self, owner: Engine, schedule: Engine) -> None:
        self.history = History(owner, fleet_reference())
        self._schedule = schedule
        self.told: list[str] = []

    def look(self, now: datetime) -> dict[str, Any]:
        limits = Limits(bad_share=0.05, silence=timedelta(days=2))
        found: dict[str, Any] = judge_use_cases(self._schedule, [FLEET], limits, now, self._tell)["use_cases"]
        drift: dict[str, Any] = found[FLEET.name]["drift"]
        return drift

    def news(self) -> list[str]:
        news, self.told = self.told, []
        return news

    def _tell(self, title: str, body: str, severity: Severity, about: str) -> bool:  # noqa: ARG002  # as the monitor calls it
        self.told.append(f"{title}: {body}")
        return True


@pytest.fixture
def watched(postgres_server: servers.Database) -> Iterator[Watched]:
    with servers.fresh_database(postgres_server) as url:
        prepare_database(url, [FLEET], {role: f"secret-of-{role}" for role in ROLES})
        owner = connect_engine(url, "test")
        account = owner.url.set(username=role_name("orchestration"), password="secret-of-orchestration")  # noqa: S106
        schedule = connect_engine(account.render_as_string(hide_password=False), "test")
        yield Watched(owner, schedule)
        schedule.dispose()
        owner.dispose()


def test_a_machine_that_moved_is_told_once_and_so_is_its_recovery(watched: Watched) -> None:
    watched.history.part(fleet_rows(40, seed=3), START)
    assert watched.look(START + timedelta(minutes=5))["verdict"] == "stable"
    assert watched.news() == []
    day = START + timedelta(days=1, hours=2)
    watched.history.part(fleet_rows(40, seed=4, moved={"M-7": 24.0}), day)
    found = watched.look(day + timedelta(minutes=5))
    assert found["verdict"] == "drifted"
    assert [one["feature"] for one in found["features"]] == ["machine_id M-7"]
    (news,) = watched.news()
    assert "Of 50 by machine_id 1 moved: machine_id M-7 (torque_nm by +" in news
    watched.look(day + timedelta(minutes=20))
    assert watched.news() == []
    later = day + timedelta(days=1, hours=3)
    watched.history.part(fleet_rows(40, seed=5), later)
    for minutes in (5, 10):
        assert watched.look(later + timedelta(minutes=minutes))["verdict"] == "stable"
    (news,) = watched.news()
    assert "again" in news


def test_a_fleet_that_moved_alike_is_one_cause(watched: Watched) -> None:
    moved = {f"M-{number}": 12.0 for number in range(MACHINES)}
    watched.history.part(fleet_rows(40, seed=6, moved=moved), START)
    found = watched.look(START + timedelta(minutes=5))
    assert found["verdict"] == "drifted"
    named = [one["feature"] for one in found["features"] if "machine_id" in one["feature"]]
    assert named == ["most of machine_id"]
    (news,) = watched.news()
    assert "50 moved: most of machine_id" in news
