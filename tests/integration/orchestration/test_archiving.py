"""Old months leave the database for files and come back; every row is counted once meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from sqlalchemy import Engine, func, select, text
from typer.testing import CliRunner, Result

from cli.errors import UserError
from cli.main import build_app
from orchestration.exports import retiring
from orchestration.exports.archiving import ArchiveError, archive, restore
from orchestration.exports.retiring import retire
from orchestration.exports.run import ExportSettings, export
from sql.base.engine import connect_engine
from sql.labels.taking import Delivery, store_labels
from sql.ledger.audit import read_books
from sql.predictions.archived import archive_at_rest, archived_rows
from sql.predictions.tables import prediction_table
from sql.provision import prepare_database
from tests.support.orchestration.exported import IN_BOTH, exported, in_the_table, predict, put_in_force
from tests.support.pipeline import EQUIPMENT, IRIS
from usecases.checking.labels import LabelColumns, check_labels
from usecases.contract.spec import UseCase
from usecases.stores.target import StoreError

MAY, JUNE, JULY = (date(2026, month, 1) for month in (5, 6, 7))
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    prepare_database(database_url, [EQUIPMENT, IRIS])
    engine = connect_engine(database_url, "test")
    yield engine
    engine.dispose()


@pytest.fixture
def settings(database_url: str, target: str) -> ExportSettings:
    return ExportSettings.model_validate({"database_url": database_url, "export_url": target})


@pytest.fixture
def use_case(engine: Engine) -> UseCase:
    """With rows of two days in May, one in June and one in July."""
    found = put_in_force(engine, EQUIPMENT)
    for days, rows in ((0, 25), (2, 3), (40, 7), (70, 4)):
        predict(engine, found, NOON + timedelta(days=days), rows)
    return found


def problems(engine: Engine, use_case: UseCase) -> list[str]:
    return [
        problem for problem in read_books(engine).problems() if use_case.name in problem and "profiles" not in problem
    ]


def months_in(engine: Engine, use_case: UseCase) -> set[str]:
    return {str(row["received_at"])[:7] for row in in_the_table(engine, use_case)}


@IN_BOTH
def test_months_leave_the_table_and_come_back_as_they_were(
    engine: Engine, settings: ExportSettings, target: str, use_case: UseCase
) -> None:
    before = in_the_table(engine, use_case)
    assert archive(use_case.name, JULY, settings) == {"2026-05": 28, "2026-06": 7}
    assert months_in(engine, use_case) == {"2026-07"}
    assert problems(engine, use_case) == []
    export(settings, use_case.name)
    assert exported(target, use_case).to_pylist() == before
    assert archive(use_case.name, JULY, settings) == {}, "nothing is left of them"
    assert restore(use_case.name, MAY, settings.model_copy(update={"export_url": None})) == 28
    assert restore(use_case.name, JUNE, settings) == 7
    assert in_the_table(engine, use_case) == before
    assert problems(engine, use_case) == []
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).where(archived_rows.c.use_case == use_case.name)) == 0


def test_a_label_of_an_archived_row_is_told_how_it_finds_it(
    engine: Engine, settings: ExportSettings, use_case: UseCase
) -> None:
    rows = in_the_table(engine, use_case)
    first = next(row for row in rows if str(row["received_at"]).startswith("2026-05"))
    months = [str(first["id"]), str(uuid4()), None]
    labels = check_labels(
        use_case,
        LabelColumns(
            labels=pa.array(["ok"] * 3),
            prediction_ids=pa.array(months),
            keys=pa.array([None, None, "nobody"]),
            moments=pa.array(["2026-05-20"] * 3),
        ),
    )
    delivery = Delivery(use_case, "file")

    def told() -> list[str]:
        _, unplaced = store_labels(engine, delivery, [labels], shown=9, patience=timedelta(seconds=10))
        return [one.message for one in unplaced]

    archive(use_case.name, JUNE, settings)
    by_id, random_id, by_key = told()
    assert by_id.endswith(
        f"; 25 rows of 2026-05 are archived: smartpredict restore {use_case.name} MONTH brings them back"
    )
    assert "archived" not in random_id
    assert "; 28 rows of 2026-04 to 2026-05 are archived: smartpredict restore" in by_key
    restore(use_case.name, MAY, settings)
    assert not any("archived" in message for message in told())


def test_scores_of_many_classes_come_back_as_one_column(engine: Engine, settings: ExportSettings) -> None:
    iris = put_in_force(engine, IRIS)
    predict(engine, iris, NOON, 3)
    before = in_the_table(engine, iris)
    archive(iris.name, JUNE, settings)
    assert in_the_table(engine, iris) == []
    restore(iris.name, MAY, settings)
    assert in_the_table(engine, iris) == before


def test_rows_that_come_after_a_month_is_archived_are_kept_exported_and_archived_too(
    engine: Engine, settings: ExportSettings, target: str, use_case: UseCase
) -> None:
    archive(use_case.name, JUNE, settings)
    predict(engine, use_case, NOON + timedelta(hours=1), 4)
    assert problems(engine, use_case) == []
    late = export(settings, use_case.name)[use_case.name]
    assert (late["rows"], late["days"]["2026-05-01"]) == (4 + 7 + 4, 2)
    assert restore(use_case.name, MAY, settings) == 28, "the four are there"
    assert archive(use_case.name, JUNE, settings) == {"2026-05": 32}
    predict(engine, use_case, NOON + timedelta(hours=2), 1)
    assert archive(use_case.name, JUNE, settings) == {"2026-05": 1}
    assert restore(use_case.name, MAY, settings) == 33
    assert problems(engine, use_case) == []
    assert exported(target, use_case).num_rows == 44


def test_rows_that_come_in_the_middle_leave_the_month_as_it_is(
    engine: Engine, settings: ExportSettings, use_case: UseCase
) -> None:
    def agreed(_: Any) -> bool:
        predict(engine, use_case, NOON, 1)
        return True

    with pytest.raises(ArchiveError, match="has 26 rows of 2026-05-01, and 25 of them are exported"):
        archive(use_case.name, JUNE, settings, agreed)
    assert months_in(engine, use_case) == {"2026-05", "2026-06", "2026-07"}
    assert problems(engine, use_case) == []


def test_a_file_that_was_changed_is_not_taken_back(
    engine: Engine, settings: ExportSettings, target: str, use_case: UseCase
) -> None:
    archive(use_case.name, JUNE, settings)
    file = Path(target) / use_case.name / "day=2026-05-03" / "part-1.parquet"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"!")
    with pytest.raises(StoreError, match=r"part-1\.parquet is not the file that was exported"):
        restore(use_case.name, MAY, settings)
    file.unlink()
    with pytest.raises(StoreError):
        restore(use_case.name, MAY, settings)
    assert months_in(engine, use_case) == {"2026-06", "2026-07"}
    file.write_bytes(content)
    assert restore(use_case.name, MAY, settings) == 28


def test_an_audit_sees_the_month_before_or_after(engine: Engine, settings: ExportSettings, use_case: UseCase) -> None:
    with ThreadPoolExecutor() as thread:
        with archive_at_rest(engine):
            archiving = thread.submit(archive, use_case.name, JUNE, settings)
            with pytest.raises(TimeoutError):
                archiving.result(1)
            assert "2026-05" in months_in(engine, use_case)
        assert archiving.result(30) == {"2026-05": 28}


def test_a_use_case_of_which_months_are_archived_is_retired(
    engine: Engine, settings: ExportSettings, use_case: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retiring, "SETTLING_SECONDS", 0)
    archive(use_case.name, JUNE, settings)
    done = retire(use_case.name, settings)
    assert done["exported"]["predictions"] == 39
    assert done["removed"]["archived_rows"] == 2


def test_rows_of_requests_are_counted_too(engine: Engine, settings: ExportSettings, use_case: UseCase) -> None:
    table = prediction_table(use_case)
    with engine.begin() as connection:
        # As if the batches of May had been requests, which are of no batch.
        connection.execute(
            text("update smartpredict.parts set batch_id = null where use_case = :name"), {"name": use_case.name}
        )
        connection.execute(text("delete from smartpredict.batches where use_case = :name"), {"name": use_case.name})
        assert connection.scalar(select(func.count()).select_from(table)) == 39
    assert not [one for one in problems(engine, use_case) if "online" in one]
    archive(use_case.name, JUNE, settings)
    assert not [one for one in problems(engine, use_case) if "online" in one]


def call(settings: ExportSettings, *arguments: str, given: str = "") -> Result:
    environment = {"SMARTPREDICT_DATABASE_URL": settings.database_url.get_secret_value()}
    return CliRunner().invoke(build_app(), arguments, env=environment, input=given)


def test_a_person_is_asked_and_told(engine: Engine, settings: ExportSettings, target: str, use_case: UseCase) -> None:
    wanted = ("archive", use_case.name, "2026-06", "--target", target)
    refused = call(settings, *wanted, given="n\n")
    assert f"{use_case.name}: 2026-05 are exported to {target}/{use_case.name}" in refused.output
    assert "Nothing was archived." in refused.output
    assert "2026-05: 28 rows are archived" in call(settings, *wanted, "--yes").output
    assert "28 rows of 2026-05 are back" in call(settings, "restore", use_case.name, "2026-05").output
    for arguments, why in (
        (("restore", use_case.name, "2026-05"), "nothing of .* is archived of 2026-05"),
        (("restore", use_case.name, "May"), "'May' is no month"),
        (("archive", use_case.name, "2026-06"), "say where to archive to"),
        (("archive", use_case.name, "2999-01", "--target", target), "this month is not over yet"),
        (("archive", f"no_{uuid4().hex[:8]}", "2026-01", "--target", target), "no_"),
    ):
        done = call(settings, *arguments)
        assert isinstance(done.exception, UserError)
        with pytest.raises(UserError, match=why):
            raise done.exception
