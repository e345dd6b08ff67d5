"""Predictions are exported once, whatever happens meanwhile, to a folder and to an object store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from typer.testing import CliRunner, Result

from cli.errors import UserError
from cli.main import build_app
from orchestration.exports import days as exported_days
from orchestration.exports.run import ExportSettings, export
from sql.base.engine import connect_engine
from sql.base.roles import ROLES, role_name
from sql.base.tables import batches
from sql.exports import pages
from sql.predictions.tables import prediction_table
from sql.provision import prepare_database
from tests.support.documents import code_of
from tests.support.orchestration.exported import (
    IN_BOTH,
    exported,
    in_the_table,
    manifest,
    plan,
    predict,
    put_in_force,
    record_part,
)
from tests.support.pipeline import EQUIPMENT, IRIS
from usecases.contract.spec import UseCase
from usecases.stores.target import StoreError, Target

FIRST = date(2026, 5, 1)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    prepare_database(database_url, [EQUIPMENT, IRIS], {role: f"secret-of-{role}" for role in ROLES})
    engine = connect_engine(database_url, "test")
    yield engine
    engine.dispose()


@pytest.fixture
def settings(database_url: str, engine: Engine, target: str) -> ExportSettings:
    """Settings with the rights of the account of readers."""
    url = make_url(database_url).update_query_dict({"options": f"-c role={role_name('reader')}"})
    return ExportSettings(database_url=url.render_as_string(hide_password=False), export_url=target)


@pytest.fixture
def use_case(engine: Engine) -> UseCase:
    return put_in_force(engine, EQUIPMENT)


@IN_BOTH
def test_each_day_becomes_a_file_with_all_there_is_and_late_rows_a_further_one(
    engine: Engine, settings: ExportSettings, target: str, use_case: UseCase
) -> None:
    predict(engine, use_case, NOON, 25, machine_id='sly "name", with\nall of it\\N')
    predict(engine, use_case, NOON + 2 * DAY, 3, machine_id="")
    report = export(settings, use_case.name)[use_case.name]
    assert (report["rows"], report["waiting"]) == (28, [])
    assert report["days"] == {"2026-05-01": 1, "2026-05-03": 1}
    assert exported(target, use_case).to_pylist() == in_the_table(engine, use_case)
    found = manifest(target, use_case, FIRST)
    assert (found["use_case"], found["day"], found["version"], found["rows"]) == (use_case.name, "2026-05-01", 1, 25)
    (file,) = found["files"]
    content = Target.at(target).read(f"{use_case.name}/day=2026-05-01/{file['name']}")
    assert content is not None
    assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())

    again = export(settings, use_case.name)[use_case.name]
    assert (again["rows"], again["days"]) == (0, {})

    predict(engine, use_case, NOON - timedelta(hours=3), 4)
    late = export(settings, use_case.name)[use_case.name]
    assert (late["rows"], late["days"]) == (4, {"2026-05-01": 2})
    assert exported(target, use_case).to_pylist() == in_the_table(engine, use_case)
    found = manifest(target, use_case, FIRST)
    assert [(one["name"], one["rows"]) for one in found["files"]] == [("part-1.parquet", 25), ("part-2.parquet", 4)]
    assert Target.at(target).read(f"{use_case.name}/day=2026-05-01/part-1.parquet") == content, "written once"


def test_the_scores_of_many_classes_are_a_column_each(engine: Engine, settings: ExportSettings, target: str) -> None:
    iris = put_in_force(engine, IRIS)
    predict(engine, iris, NOON, 2)
    export(settings, iris.name)
    found = exported(target, iris)
    assert [name for name in found.schema.names if name.startswith("score")] == [
        "score",
        *(f"score_{name}" for name in iris.classes),
    ]
    assert found.column(f"score_{iris.classes[1]}").to_pylist() == [0.25, 0.25]


def test_what_is_exported_reads_back_as_the_documentation_says(
    engine: Engine, settings: ExportSettings, target: str, use_case: UseCase
) -> None:
    predict(engine, use_case, NOON, 25)
    predict(engine, use_case, NOON + DAY, 3)
    predict(engine, use_case, NOON + 40 * DAY)
    export(settings, use_case.name)
    query = code_of("docs/exports.md", "sql")[0]
    found = duckdb.execute(query.replace("/srv/exports", target).replace(EQUIPMENT.name, use_case.name)).fetchall()
    assert found == [(FIRST, 1, 25, 0.5), (FIRST + DAY, 1, 3, 0.5)]


@pytest.mark.parametrize("step", range(5))
def test_an_export_that_ends_at_any_step_loses_nothing_and_exports_nothing_twice(
    engine: Engine, settings: ExportSettings, target: str, use_case: UseCase, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict(engine, use_case, NOON)
    predict(engine, use_case, NOON + DAY)
    write, begun = Target.writing, 0

    def end_in_time(self: Target, path: str) -> Any:
        nonlocal begun
        begun += 1
        if begun > step:
            raise KeyboardInterrupt
        return write(self, path)

    with monkeypatch.context() as patched:
        patched.setattr(Target, "writing", end_in_time)
        with pytest.raises(KeyboardInterrupt):
            export(settings, use_case.name)
    # More came meanwhile, for a day whose file no manifest may name yet.
    predict(engine, use_case, NOON)
    export(settings, use_case.name)
    assert exported(target, use_case).to_pylist() == in_the_table(engine, use_case)
    found = [manifest(target, use_case, day) for day in (FIRST, FIRST + DAY)]
    assert [one["rows"] for one in found] == [10, 5]
    assert export(settings, use_case.name)[use_case.name]["rows"] == 0


def test_rows_of_a_page_boundary_are_neither_lost_nor_repeated(
    engine: Engine, settings: ExportSettings, target: str, use_case: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_CELLS", 1)
    monkeypatch.setattr(pages, "LEAST_ROWS", 10)
    for minute in range(0, 60, 2):
        predict(engine, use_case, NOON + timedelta(minutes=minute), 1)
    export(settings, use_case.name)
    for minute in range(-7, 80, 7):
        predict(engine, use_case, NOON + timedelta(minutes=minute), 3)
    assert export(settings, use_case.name)[use_case.name]["rows"] == 39
    assert exported(target, use_case).to_pylist() == in_the_table(engine, use_case)
    assert export(settings, use_case.name)[use_case.name]["rows"] == 0


def test_a_day_waits_for_rows_that_are_on_their_way(
    engine: Engine, settings: ExportSettings, target: str, use_case: UseCase
) -> None:
    predict(engine, use_case, NOON)
    batch, part = plan(engine, use_case, NOON, 2, "ingesting")
    first = export(settings, use_case.name)[use_case.name]
    assert (first["rows"], first["waiting"]) == (0, ["2026-05-01"])
    with engine.begin() as connection:
        connection.execute(batches.update().where(batches.c.id == batch).values(state="ingested"))
    assert export(settings, use_case.name)[use_case.name]["waiting"] == ["2026-05-01"]
    # Asked for by name, the day is exported as far as it is there.
    assert export(settings, use_case.name, FIRST, FIRST)[use_case.name]["days"] == {"2026-05-01": 1}
    record_part(engine, use_case, batch, part, NOON, 2)
    last = export(settings, use_case.name)[use_case.name]
    assert (last["rows"], last["days"], last["waiting"]) == (2, {"2026-05-01": 2}, [])
    assert exported(target, use_case).to_pylist() == in_the_table(engine, use_case)


def test_today_is_exported_when_it_is_over_or_asked_for(
    engine: Engine, settings: ExportSettings, use_case: UseCase
) -> None:
    today = datetime.now(UTC)
    predict(engine, use_case, today)
    report = export(settings, use_case.name)[use_case.name]
    assert (report["rows"], report["waiting"]) == (0, [])
    assert export(settings, use_case.name, today.date(), today.date())[use_case.name]["rows"] == 5


def test_two_exports_at_once_take_turns(
    engine: Engine, settings: ExportSettings, target: str, use_case: UseCase
) -> None:
    predict(engine, use_case, NOON, 50)
    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(lambda _: export(settings, use_case.name)[use_case.name]["rows"], range(2)))
    assert sorted(done) == [0, 50]
    assert exported(target, use_case).num_rows == 50


@IN_BOTH
def test_the_target_of_another_installation_is_refused_and_nothing_of_it_touched(
    engine: Engine, settings: ExportSettings, target: str, use_case: UseCase
) -> None:
    predict(engine, use_case, NOON)
    export(settings, use_case.name)
    before = exported(target, use_case)
    table = prediction_table(use_case)
    with engine.begin() as connection:
        connection.execute(table.delete())
    predict(engine, use_case, NOON, 7)
    with pytest.raises(StoreError, match="has predictions that this database has not: 5 rows are there, 7 here"):
        export(settings, use_case.name, FIRST, FIRST)
    assert exported(target, use_case).equals(before)


def test_a_use_case_with_a_column_day_keeps_it(engine: Engine, settings: ExportSettings, target: str) -> None:
    declared = EQUIPMENT.model_dump_json(by_alias=True).replace("tool_wear_min", "day")
    use_case = put_in_force(engine, UseCase.model_validate_json(declared))
    assert pages.free_name(use_case, "day") == "day_"
    assert pages.export_schema(use_case).field("day").type == pa.int64()


def test_one_use_case_that_fails_keeps_no_other_from_being_exported(
    engine: Engine, settings: ExportSettings, use_case: UseCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict(engine, use_case, NOON)
    later = put_in_force(engine, EQUIPMENT)
    predict(engine, later, NOON)
    write = exported_days.export_day

    def fail_once(engine: Engine, target: Target, found: UseCase, day: Any) -> Any:
        if found.name == use_case.name:
            raise StoreError("the disk is on fire")
        return write(engine, target, found, day)

    monkeypatch.setattr("orchestration.exports.run.export_day", fail_once)
    with pytest.raises(StoreError, match=f"^{use_case.name}: the disk is on fire$"):
        export(settings)
    monkeypatch.undo()
    assert export(settings, later.name)[later.name]["rows"] == 0, "it was exported all the same"


@pytest.fixture
def command(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `smartpredict export` with the settings of its environment."""
    monkeypatch.setenv("SMARTPREDICT_DATABASE_URL", database_url)
    monkeypatch.setenv("SMARTPREDICT_EXPORT_URL", str(tmp_path / "exports"))
    return lambda *arguments: CliRunner().invoke(build_app(), ["export", *arguments])


def test_the_command_exports_days_and_says_so(
    engine: Engine, use_case: UseCase, tmp_path: Path, command: Callable[..., Result]
) -> None:
    predict(engine, use_case, NOON)
    assert command(use_case.name).output == f"{use_case.name}: 5 rows of 1 days exported\n"
    days = ("--from", "2026-05-01", "--to", "2026-05-01", "--target", str(tmp_path / "others"), "--json")
    other = json.loads(command(use_case.name, *days).output)
    assert other[use_case.name]["days"] == {"2026-05-01": 1}
    one, another = (exported(str(tmp_path / name), use_case) for name in ("exports", "others"))
    assert one.equals(another)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("iris", "--from", "yesterday"), "'yesterday' is no day; write it like 2026-03-01."),
        (("iris", "--to", "2026-05-01"), "say from which day on"),
        (("nothing_of_ours",), "nothing_of_ours"),
        (("iris", "--target", "here"), "a whole path"),
    ],
)
def test_the_command_says_what_is_wrong(
    engine: Engine, command: Callable[..., Result], arguments: tuple[str, ...], told: str
) -> None:
    failed = command(*arguments).exception
    assert isinstance(failed, UserError)
    assert told in str(failed)
