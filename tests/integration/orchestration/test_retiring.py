"""A use case goes with its table, once all of it is exported and nothing waits for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pyarrow.parquet as pq
import pytest
from sqlalchemy import Connection, Engine, event, func, select, text, update
from typer.testing import CliRunner, Result

from cli.errors import UserError
from cli.main import build_app
from orchestration.exports import retiring
from orchestration.exports.retiring import RetirementError, retire
from orchestration.exports.run import ExportSettings
from sql.base.engine import connect_engine
from sql.base.tables import batches, dead_letters, parts, request_keys, use_cases
from sql.dead_letters.tables import held_messages, holds, letter_decisions
from sql.exports import retirement
from sql.exports.retirement import Kept
from sql.labels.tables import labels, shadow_scores
from sql.ledger.audit import read_books
from sql.observations.tables import observation_table
from sql.predictions.tables import prediction_table
from sql.profiles.tables import part_profiles
from sql.profiles.windows import roll_up_profiles
from sql.provision import prepare_database
from sql.registry.registration import register
from sql.registry.tables import promotions, trainings
from tests.support.orchestration.exported import exported, in_the_table, plan, predict, put_in_force
from tests.support.pipeline import EQUIPMENT, IRIS
from tests.support.usecases.joined import joined_use_case, tide_use_case
from usecases.contract.spec import UseCase
from usecases.stores.target import StoreError

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROWS = 25


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    prepare_database(database_url, [EQUIPMENT, IRIS])
    engine = connect_engine(database_url, "test")
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retiring, "SETTLING_SECONDS", 0)


@pytest.fixture
def settings(database_url: str, target: str) -> ExportSettings:
    return ExportSettings.model_validate({"database_url": database_url, "export_url": target})


@pytest.fixture
def use_case(engine: Engine) -> UseCase:
    """With predictions of two days, a label, a challenger's score, a request, a promotion and a hold that was decided about."""
    found = put_in_force(engine, EQUIPMENT)
    predict(engine, found, NOON, ROWS)
    predict(engine, found, NOON + timedelta(days=2), 3)
    with engine.begin() as connection:
        first = connection.scalar(select(func.min(prediction_table(found).c.id.cast(labels.c.source.type))))
        batch = connection.scalar(select(batches.c.id).where(batches.c.use_case == found.name).limit(1))
        name = {"use_case": found.name}
        connection.execute(
            labels.insert().values(prediction_id=first, label=found.classes[0], labelled_at=NOON, source="http", **name)
        )
        connection.execute(shadow_scores.insert().values(prediction_id=first, model_version=2, score=0.5, **name))
        connection.execute(
            request_keys.insert().values(
                account="ada", key=found.name, batch_id=batch, request_digest="", received_at=NOON
            )
        )
        connection.execute(promotions.insert().values(kind="found", actor="ada", to_version=1, gates=[], **name))
        hold = connection.scalar(
            holds.insert().values(account="press", cause="", decision="released", **name).returning(holds.c.id)
        )
        message = {"hold_id": hold, "key": uuid4(), "content": uuid4(), "routing_key": "", "headers": {}}
        connection.execute(held_messages.insert().values(body=b"", cause="", **message))
        letter = {"letter_id": uuid4(), "queue": "", "exchange": "", "routing_key": "", "headers": {}, "body": b""}
        connection.execute(dead_letters.insert().values(cause="", died_at=NOON, discarded_at=NOON, **letter, **name))
        decision = {"letter_id": letter["letter_id"], "decision": "discarded", "person": "ada", "account": "webapp"}
        connection.execute(letter_decisions.insert().values(reason="", rows=0, **decision))
    return found


def left_of(engine: Engine, use_case: UseCase) -> dict[str, int]:
    """Where anything of a use case is stored, and how many rows."""
    with engine.connect() as connection:
        named = list(retirement._rows_of(connection, use_case))
        counts = {
            str(table): connection.scalar(select(func.count()).select_from(table).where(condition)) or 0
            for table, condition in named
        }
        counts["table"] = connection.scalar(
            text("select count(to_regclass(:name))"), {"name": str(prediction_table(use_case))}
        )
    return {name: count for name, count in counts.items() if count}


def test_all_of_it_is_exported_and_then_gone(
    engine: Engine, settings: ExportSettings, target: str, use_case: UseCase
) -> None:
    other = put_in_force(engine, IRIS)
    predict(engine, other, NOON, 4)
    before = in_the_table(engine, use_case)
    asked: list[Kept] = []

    def agreed(kept: Kept) -> bool:
        asked.append(kept)
        return True

    done = retire(use_case.name, settings, agreed)
    assert asked == [Kept(ROWS + 3, 1, 0)]
    assert done["exported"] == {"predictions": ROWS + 3, "labels": 1, "observations": 0}
    assert done["removed"]["labels"] == done["removed"]["shadow_scores"] == done["removed"]["held_messages"] == 1
    assert done["removed"]["letter_decisions"] == 1
    assert exported(target, use_case).to_pylist() == before
    (label,) = pq.read_table(Path(target) / use_case.name / "labels.parquet").to_pylist()
    assert (label["label"], label["labelled_at"]) == (use_case.classes[0], NOON)
    contract = json.loads((Path(target) / use_case.name / "contract.json").read_text())
    assert UseCase.model_validate(contract) == use_case
    assert left_of(engine, use_case) == {}
    assert len(in_the_table(engine, other)) == 4
    assert left_of(engine, other) != {}


def test_the_audit_balances_afterwards(engine: Engine, settings: ExportSettings, use_case: UseCase) -> None:
    retire(use_case.name, settings)
    books = read_books(engine, 0)
    assert [one for one in books.online if one.use_case == use_case.name] == []
    assert [one for one in books.profiles if one.use_case == use_case.name] == []
    assert use_case.name not in books.totals


def test_the_same_name_may_be_registered_again(engine: Engine, settings: ExportSettings, use_case: UseCase) -> None:
    retire(use_case.name, settings)
    with engine.begin() as connection:
        register(connection, use_case.model_copy(update={"classes": tuple(reversed(use_case.classes))}))
    assert in_the_table(engine, use_case) == []


@pytest.mark.parametrize("waits", ["rows", "file", "letter", "hold", "training"])
def test_it_is_refused_while_something_waits(
    engine: Engine, settings: ExportSettings, use_case: UseCase, waits: str
) -> None:
    name = {"use_case": use_case.name}
    words = {"rows": "not predicted yet", "file": "not predicted yet", "letter": "dead letters", "hold": "are held"}
    if waits in {"rows", "file"}:
        plan(engine, use_case, NOON, 5, "ingested" if waits == "rows" else "ingesting")
    else:
        made = {
            "letter": dead_letters.insert().values(
                letter_id=uuid4(), queue="", routing_key="", exchange="", cause="", headers={}, body=b"", died_at=NOON, **name
            ),
            "hold": holds.insert().values(account="other", cause="", **name),
            "training": trainings.insert().values(
                id=uuid4(), learn_from="labels", trials=1, library="xgboost", state="waiting", ordered_by="ada",
                attempts=0, **name,
            ),
        }  # fmt: skip
        with engine.begin() as connection:
            connection.execute(made[waits])
    with pytest.raises(RetirementError, match=words.get(waits, "not finished")):
        retire(use_case.name, settings)
    assert len(in_the_table(engine, use_case)) == ROWS + 3


def test_rows_that_come_at_the_last_moment_keep_it(
    engine: Engine, settings: ExportSettings, use_case: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service may accept rows until it has looked; they are planned while nobody takes further ones."""
    monkeypatch.setattr("orchestration.exports.retiring.time.sleep", lambda _: plan(engine, use_case, NOON, 5))
    with pytest.raises(RetirementError, match="not predicted yet"):
        retire(use_case.name, settings)
    with engine.connect() as connection:
        assert connection.scalar(select(use_cases.c.schema_hash).where(use_cases.c.name == use_case.name))
    assert len(in_the_table(engine, use_case)) == ROWS + 3


def test_rows_that_are_recorded_at_the_last_moment_are_exported_too(
    engine: Engine, settings: ExportSettings, target: str, use_case: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.exports.retiring.time.sleep", lambda _: predict(engine, use_case, NOON, 5))
    assert retire(use_case.name, settings)["exported"]["predictions"] == ROWS + 8
    assert exported(target, use_case).num_rows == ROWS + 8


def test_profiles_that_are_rolled_up_meanwhile_wait_until_it_has_gone(
    engine: Engine, settings: ExportSettings, use_case: UseCase
) -> None:
    roll_up_profiles(engine)
    predict(engine, use_case, NOON, 5)
    batch = select(parts.c.batch_id).where(parts.c.use_case == use_case.name).limit(1).scalar_subquery()
    with engine.begin() as connection:
        # As a file of several parts: what was rolled up of its batch, and what is still to be.
        connection.execute(update(part_profiles).values(batch_id=batch))
    moved: list[Future[int]] = []
    with ThreadPoolExecutor() as thread:

        def roll_up(connection: Connection, cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("DELETE FROM smartpredict.part_profiles"):
                moved.append(thread.submit(roll_up_profiles, engine))
                wait(moved, timeout=1)

        event.listen(Engine, "before_cursor_execute", roll_up)
        try:
            retire(use_case.name, settings)
        finally:
            event.remove(Engine, "before_cursor_execute", roll_up)
    assert [one.result() for one in moved] == [0]
    assert left_of(engine, use_case) == {}


def test_a_retirement_that_was_cut_off_goes_on(engine: Engine, settings: ExportSettings, use_case: UseCase) -> None:
    retirement.take_out_of_force(engine, use_case)
    retire(use_case.name, settings)
    assert left_of(engine, use_case) == {}


def test_nothing_goes_without_a_yes_or_a_place(engine: Engine, settings: ExportSettings, use_case: UseCase) -> None:
    assert retire(use_case.name, settings, lambda _: False) == {}
    with pytest.raises(StoreError, match="SMARTPREDICT_EXPORT_URL"):
        retire(use_case.name, settings.model_copy(update={"export_url": None}))
    with pytest.raises(RetirementError, match="there is no use case nobody"):
        retire("nobody", settings)
    assert len(in_the_table(engine, use_case)) == ROWS + 3


def call(database_url: str, target: str, *arguments: str, given: str = "") -> Result:
    environment = {"SMARTPREDICT_DATABASE_URL": database_url, "SMARTPREDICT_EXPORT_URL": target}
    return CliRunner().invoke(build_app(), ["retire", *arguments], env=environment, input=given)


def test_a_person_is_asked_for_the_name_again(
    database_url: str, target: str, use_case: UseCase, engine: Engine
) -> None:
    refused = call(database_url, target, use_case.name, given="iris\n")
    assert isinstance(refused.exception, UserError)
    assert f"{ROWS + 3} predictions, 1 labels and 0 observations" in refused.output
    assert len(in_the_table(engine, use_case)) == ROWS + 3
    done = call(database_url, target, use_case.name, given=f"{use_case.name}\n")
    assert f"{use_case.name} is retired" in done.output, done.exception
    assert "1 of labels" in done.output


def test_a_program_gives_the_name_twice(database_url: str, target: str, use_case: UseCase, engine: Engine) -> None:
    assert call(database_url, target, use_case.name, "--confirm", use_case.name).exit_code == 0
    assert left_of(engine, use_case) == {}


def test_the_observations_of_a_forecast_go_along(engine: Engine, settings: ExportSettings, target: str) -> None:
    forecast = put_in_force(engine, tide_use_case())
    table = observation_table(forecast)
    reading = {"series": "north", "event_time": NOON, "known_at": NOON, "batch_id": uuid4()}
    with engine.begin() as connection:
        connection.execute(select(func.smartpredict.add_observation_partition(forecast.name, NOON.year)))
        connection.execute(table.insert().values(**reading, **{forecast.target: 42.0}))
    assert retire(forecast.name, settings)["exported"]["observations"] == 1
    (found,) = pq.read_table(Path(target) / forecast.name / "observations.parquet").to_pylist()
    assert (found["series"], found["event_time"], found[forecast.target]) == ("north", NOON, 42.0)
    with engine.connect() as connection:
        assert connection.scalar(text("select to_regclass(:name)"), {"name": str(table)}) is None


def test_what_others_join_features_from_stays(engine: Engine, settings: ExportSettings) -> None:
    tide, berth = f"tide_{uuid4().hex[:8]}", f"berth_{uuid4().hex[:8]}"
    with engine.begin() as connection:
        register(connection, tide_use_case(tide))
        register(connection, joined_use_case(tide=tide, name=berth))
    with pytest.raises(RetirementError, match=f"{berth} join features from it"):
        retire(tide, settings)
