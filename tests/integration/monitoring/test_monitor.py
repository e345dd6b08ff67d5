"""A story: normal traffic, a shifted sensor, a broken column, silence; what is found, who is named, who is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from sqlalchemy import Engine, insert

from monitoring.monitor import Limits, judge_use_cases
from monitoring.notifications import Severity
from sql.base.engine import connect_engine
from sql.base.roles import ROLES, role_name
from sql.base.tables import batches, parts, quarantine
from sql.drift.alerts import alert_of, bad_verdicts
from sql.drift.silences import NewSilence, silence
from sql.drift.verdicts import Watch
from sql.provision import prepare_database
from tests.support import servers
from tests.support.monitoring.profile_history import History, equipment_reference, ordered_reference, ordered_rows
from tests.support.pipeline import EQUIPMENT, equipment_rows
from usecases.contract.catalog import load_catalog

LIMITS = Limits(bad_share=0.05, silence=timedelta(minutes=30))
START = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=1)


@dataclass
class Story:
    """A day at the plant, told minute by minute."""

    owner: Engine
    engine: Engine
    """As the schedule's account sees it."""
    now: datetime = START
    told: list[tuple[str, str, Severity]] = field(default_factory=list)
    line_is_up: bool = True
    count: int = 0
    in_order: bool = False
    """Whether rows come as those of the training data do, one after the other, instead of drawn at random."""

    def __post_init__(self) -> None:
        self.history = History(self.owner, ordered_reference() if self.in_order else equipment_reference())

    def file(self, name: str, rows: int, *, bad: int = 0, problem: str | None = None, **overrides: Any) -> None:
        """Drop a file and have it checked and scored."""
        self.count += 1
        batch, good = uuid4(), 0 if problem else rows - bad
        with self.owner.begin() as connection:
            connection.execute(insert(batches).values(
                id=batch, use_case=EQUIPMENT.name, source="file", name=name, state="refused" if problem else "ingested",
                schema_hash=EQUIPMENT.schema_hash, received_at=self.now, first_id=batch, last_id=batch, part_rows=10_000,
                rows_in=rows, rows_quarantined=rows - good, problem=problem,
            ))  # fmt: skip
            reason = {"column": "torque_nm", "rule": "type", "value": "n/a", "message": "torque_nm: 'n/a' is no number"}
            for number in range(bad):
                connection.execute(insert(quarantine).values(
                    batch_id=batch, row_number=number + 1, use_case=EQUIPMENT.name, raw="{}", reasons=[reason]
                ))  # fmt: skip
            connection.execute(insert(parts).values(
                part_id=uuid4(), batch_id=batch, part_number=0, use_case=EQUIPMENT.name, lane="bulk", rows=good,
                model_version=1, recorded_at=self.now,
            ))  # fmt: skip
        if good:
            self.history.part(self._rows(good, **overrides), self.now, source="file", batch_id=batch)

    def _rows(self, count: int, **overrides: Any) -> pa.RecordBatch:
        if not self.in_order:
            return equipment_rows(count, seed=self.count, **overrides)
        rows = ordered_rows().slice(1_000 * self.count % 8_000, count)
        for name, value in overrides.items():
            place = rows.schema.get_field_index(name)
            kind = rows.schema.field(place)
            rows = rows.set_column(place, kind, pa.array([value] * count, kind.type))
        return rows

    def evaluate(self, *, after: timedelta = timedelta(minutes=5)) -> dict[str, Any]:
        """Wait, then look."""
        self.now += after
        found: dict[str, Any] = judge_use_cases(self.engine, [EQUIPMENT], LIMITS, self.now, self._tell)["use_cases"][
            EQUIPMENT.name
        ]
        return found

    def news(self) -> list[str]:
        """Take what people were told since the last look."""
        news, self.told = [f"{title}: {body}" for title, body, _ in self.told], []
        return news

    def _tell(self, title: str, body: str, severity: Severity, about: str) -> bool:
        assert EQUIPMENT.name in about
        if self.line_is_up:
            self.told.append((title, body, severity))
        return self.line_is_up


@pytest.fixture(params=[False, True], ids=["at random", "in order"])
def story(postgres_server: servers.Database, request: pytest.FixtureRequest) -> Iterator[Story]:
    with servers.fresh_database(postgres_server) as url:
        prepare_database(url, load_catalog().values(), {role: f"secret-of-{role}" for role in ROLES})
        owner = connect_engine(url, "test")
        account = owner.url.set(username=role_name("orchestration"), password="secret-of-orchestration")  # noqa: S106
        schedule = connect_engine(account.render_as_string(hide_password=False), "test")
        yield Story(owner, schedule, in_order=request.param)
        schedule.dispose()
        owner.dispose()


def verdicts(found: dict[str, Any]) -> tuple[str, ...]:
    return tuple(found[name]["verdict"] for name in ("drift", "quality", "freshness"))


def test_a_day_at_the_plant(story: Story) -> None:
    assert verdicts(story.evaluate()) == ("not_enough_rows", "nothing_arrived", "unused")
    story.file("normal.csv", 1_500)
    assert verdicts(story.evaluate()) == ("stable", "good", "fresh")
    assert story.news() == []

    # A torque sensor is off: one evaluation later people know which, and from which file.
    story.file("line-3.csv", 1_500, torque_nm=90.0)
    found = story.evaluate()
    assert verdicts(found) == ("drifted", "good", "fresh")
    torque = next(one for one in found["drift"]["features"] if one["feature"] == "torque_nm")
    assert max(torque["batches"], key=torque["batches"].get) == "line-3.csv"
    assert max(torque["sources"], key=torque["sources"].get) == "file"
    (news,) = story.news()
    assert "no longer look like the training data" in news
    assert "torque_nm" in news
    assert "line-3.csv (file)" in news
    assert verdicts(story.evaluate())[0] == "drifted"
    assert story.news() == []

    # A column breaks upstream: bad rows, then a file with other columns.
    story.file("line-4.csv", 500, bad=200)
    assert verdicts(story.evaluate())[1] == "bad"
    (news,) = story.news()
    assert "200 of 3,500 rows are bad; most often torque_nm type (200), in line-4.csv" in news
    story.file("line-5.csv", 0, problem="missing column 'torque_nm'")
    found = story.evaluate()
    assert found["quality"]["schema_changes"] == ["line-5.csv"]
    (news,) = story.news()
    assert "line-5.csv was refused: missing column 'torque_nm'" in news

    # Silence.
    assert verdicts(story.evaluate(after=timedelta(minutes=35)))[2] == "silent"
    assert ["nothing arrives" in one for one in story.news()] == [True]
    assert verdicts(story.evaluate())[2] == "silent"
    assert story.news() == []

    # Two hours later all is well again, and people are told so; of a drift once a second look finds the same.
    story.now += timedelta(hours=2)
    story.file("repaired.csv", 1_500)
    assert verdicts(story.evaluate()) == ("stable", "good", "fresh")
    assert ["again" in one for one in story.news()] == [True, True]
    story.evaluate()
    (news,) = story.news()
    assert "look like the training data again" in news
    story.evaluate()
    assert story.news() == []


def test_what_is_silenced_is_told_once_the_silence_has_ended(story: Story) -> None:
    drift = NewSilence(alert=alert_of(EQUIPMENT.name, Watch.DRIFT), person="Ada", account="webapp", reason="known")
    silence(story.owner, drift, timedelta(hours=24))
    story.file("line-3.csv", 1_500, torque_nm=90.0)
    story.file("line-4.csv", 0, problem="missing column 'torque_nm'")
    assert verdicts(story.evaluate())[:2] == ("drifted", "bad")
    assert ["line-4.csv was refused" in one for one in story.news()] == [True], "nothing else is silenced"
    assert verdicts(story.evaluate())[0] == "drifted"
    assert story.news() == []
    silence(story.owner, drift, timedelta(0))
    story.evaluate()
    (news,) = story.news()
    assert "torque_nm moved" in news
    story.evaluate()
    assert story.news() == []


def test_verdicts_are_dated_as_of_the_moment_that_is_judged(story: Story) -> None:
    story.file("line-3.csv", 1_500, torque_nm=90.0)
    story.evaluate()
    [found] = bad_verdicts(story.owner, [EQUIPMENT.name])
    assert (found.since, found.judged_at) == (story.now, story.now)


def test_a_drift_that_comes_and_goes_is_told_once(story: Story) -> None:
    for _ in range(3):
        story.file("line-3.csv", 1_500, torque_nm=90.0)
        assert verdicts(story.evaluate())[0] == "drifted"
        story.now += timedelta(minutes=50)
        story.file("normal.csv", 1_500)
        assert verdicts(story.evaluate(after=timedelta(minutes=20)))[0] == "stable"
    assert [news.count("torque_nm moved") for news in story.news()] == [1]
    story.evaluate()
    (news,) = story.news()
    assert "again" in news


def test_what_cannot_be_judged_makes_nothing_good(story: Story) -> None:
    story.file("line-3.csv", 1_500, bad=700, torque_nm=90.0)
    assert verdicts(story.evaluate()) == ("drifted", "bad", "fresh")
    assert len(story.news()) == 2
    found = story.evaluate(after=timedelta(days=8))  # no window reaches so far back
    assert verdicts(found) == ("not_enough_rows", "nothing_arrived", "silent")
    assert ["nothing arrives" in one for one in story.news()] == [True]
    story.file("line-4.csv", 1_500)
    for _ in range(2):
        assert verdicts(story.evaluate()) == ("stable", "good", "fresh")
    assert ["again" in one for one in story.news()] == [True, True, True]


def test_a_file_that_has_next_to_no_part_in_a_drift_is_not_named(story: Story) -> None:
    story.file("line-3.csv", 900, torque_nm=90.0)
    story.file("one-row-off.csv", 1, torque_nm=90.0)
    story.evaluate()
    (news,) = story.news()
    assert "it comes from line-3.csv (file)" in news


def test_who_could_not_be_told_is_told_at_the_next_look(story: Story) -> None:
    story.file("line-3.csv", 1_500, torque_nm=90.0)
    story.line_is_up = False
    story.evaluate()
    assert story.news() == []
    story.line_is_up = True
    story.evaluate()
    assert len(story.news()) == 1
    story.evaluate()
    assert story.news() == []


def test_one_cause_is_told_once(story: Story) -> None:
    story.file("line-3.csv", 900, torque_nm=90.0)
    story.file("line-4.csv", 900)
    story.evaluate()
    (news,) = story.news()
    assert "torque_nm moved" in news
    # The same file moves its answers, and would another column; an evaluation later that is the same drift.
    story.file("line-3.csv", 900, torque_nm=90.0)
    found = story.evaluate()
    assert {one["feature"] for one in found["drift"]["features"]} >= {"torque_nm", "score"}
    assert story.news() == []


def test_another_column_that_drifts_is_news(story: Story) -> None:
    story.file("line-3.csv", 1_500, torque_nm=90.0)
    story.evaluate()
    story.news()
    story.file("line-6.csv", 3_000, torque_nm=90.0, tool_wear_min=299)
    story.evaluate()
    (news,) = story.news()
    assert "tool_wear_min" in news


def test_where_little_is_scored_a_longer_window_is_judged(story: Story) -> None:
    for _ in range(4):
        story.file("small.csv", 150)
        story.now += timedelta(hours=4)
    found = story.evaluate()
    assert (found["drift"]["verdict"], found["drift"]["rows"]) == ("stable", 600)
