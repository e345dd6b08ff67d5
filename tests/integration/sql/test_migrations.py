"""The schema: up, down, up again, and equal to what the code expects."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

from broker.ids import first_id_at
from sql.base.engine import connect_engine
from sql.base.migrate import DatabaseOutOfDateError, DatabaseTooNewError, migrate, migrate_down, require_current
from sql.base.roles import ROLES, role_name
from sql.base.tables import PREDICTIONS_SCHEMA, SCHEMA, metadata
from sql.ledger import batch_hours  # noqa: F401  # declares a table of its own
from sql.observations.reading import newest_observations
from sql.predictions.tables import prediction_table
from sql.provision import prepare_database
from sql.registry.registration import register
from tests.support import servers
from tests.support.usecases.forecast import forecast_use_case, versions
from tests.support.usecases.stored import store
from usecases.contract.catalog import load_catalog

CATALOG = load_catalog()


@pytest.fixture
def engine(postgres_server: servers.Database) -> Iterator[Engine]:
    with servers.fresh_database(postgres_server) as url:
        engine = connect_engine(url, "test")
        yield engine
        engine.dispose()


def tables(engine: Engine, schema: str) -> set[str]:
    return set(inspect(engine).get_table_names(schema))


def test_up_down_and_up_again(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(connection)
    assert {table.name for table in metadata.sorted_tables} <= tables(engine, SCHEMA)
    with engine.begin() as connection:
        migrate_down(connection, "base")
    assert tables(engine, SCHEMA) == {"alembic_version"}
    with engine.begin() as connection:
        migrate(connection)
    require_current(engine)


def test_the_migrations_make_what_the_code_declares(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(connection)
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
                "version_table_schema": SCHEMA,
                "compare_server_default": True,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_a_service_refuses_a_database_that_was_not_migrated(engine: Engine) -> None:
    with pytest.raises(DatabaseOutOfDateError, match="smartpredict migrate"):
        require_current(engine)


def test_a_database_that_a_newer_version_has_migrated_is_left_as_it_is(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(connection)
        connection.exec_driver_sql("update smartpredict.alembic_version set version_num = '9999'")
    url = engine.url.render_as_string(hide_password=False)
    with pytest.raises(DatabaseTooNewError, match="revision 9999, to which a newer version"):
        prepare_database(url, CATALOG.values())
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select version_num from smartpredict.alembic_version").scalar() == "9999"


def test_preparing_twice_changes_nothing(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    passwords = {role: f"secret-of-{role}" for role in ROLES}
    prepare_database(url, CATALOG.values(), passwords)
    before = tables(engine, PREDICTIONS_SCHEMA)
    prepare_database(url, CATALOG.values(), passwords)
    assert tables(engine, PREDICTIONS_SCHEMA) == before >= set(CATALOG)


def test_rows_that_came_before_their_partition_stay_where_they_are(engine: Engine) -> None:
    use_case = CATALOG["iris"]
    with engine.begin() as connection:
        migrate(connection)
        register(connection, use_case)
        month = f"{datetime.now(UTC):%Y_%m}"
        connection.exec_driver_sql(f"drop table predictions.iris_{month}")
        names = [feature.name for feature in use_case.features]
        row = {
            "id": first_id_at(datetime.now(UTC)), "batch_id": uuid4(), "row_number": 1, "source": "file", "model_version": 1,
            "received_at": datetime.now(UTC), "prediction": "setosa", **dict.fromkeys(names, 1.0),
        }  # fmt: skip
        connection.execute(prediction_table(use_case).insert().values(**row))
        register(connection, use_case)
        assert connection.exec_driver_sql("select count(*) from predictions.iris_default").scalar() == 1


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("reader", "insert into smartpredict.workers values ('x', now(), now(), '{}')"),
        ("reader", "select body from smartpredict.dead_letters"),
        ("reader", "select * from smartpredict.request_keys"),
        ("gateway", "delete from predictions.iris"),
        ("gateway", "update smartpredict.parts set rows = 0"),
        ("gateway", "update smartpredict.quarantine set raw = '{}'"),
        ("gateway", "update smartpredict.dead_letters set body = ''"),
        ("gateway", "delete from smartpredict.dead_letters"),
        ("worker", "delete from predictions.iris"),
        ("worker", "update smartpredict.batches set rows_in = 0"),
        ("worker", "delete from smartpredict.parts"),
        ("ingestion", "insert into predictions.iris select * from predictions.iris"),
        ("ingestion", "drop table smartpredict.batches"),
        ("trainer", "delete from smartpredict.promotions"),
        ("trainer", "update smartpredict.trainings set use_case = ''"),
        ("trainer", "select * from smartpredict.request_keys"),
        ("gateway", "update smartpredict.trainings set result = '{}'"),
        ("orchestration", "select * from smartpredict.request_keys"),
        ("orchestration", "delete from smartpredict.batches"),
        ("orchestration", "insert into predictions.iris select * from predictions.iris"),
    ],
)
def test_a_service_may_do_no_more_than_its_work(engine: Engine, role: str, statement: str) -> None:
    url = engine.url.render_as_string(hide_password=False)
    prepare_database(url, CATALOG.values(), {service: f"secret-of-{service}" for service in ROLES})
    limited = connect_engine(
        engine.url.set(username=role_name(role), password=f"secret-of-{role}").render_as_string(hide_password=False),
        role,
    )
    with pytest.raises(Exception, match=r"permission denied|must be owner"), limited.begin() as connection:
        connection.exec_driver_sql(statement)
    limited.dispose()


@pytest.mark.parametrize(("role", "may_write"), [("ingestion", True), ("orchestration", True), ("gateway", False)])
@pytest.mark.parametrize("maker", [None, "registrar"])
def test_who_ingests_stores_observations_whoever_registered_the_forecast(
    engine: Engine, role: str, maker: str | None, *, may_write: bool
) -> None:
    url = engine.url.render_as_string(hide_password=False)
    prepare_database(url, CATALOG.values(), {service: f"secret-of-{service}" for service in ROLES})
    use_case = forecast_use_case()
    with _as(engine, maker) as owner, owner.begin() as connection:
        register(connection, use_case)
    with _as(engine, role) as limited:
        if may_write:
            assert store(limited, use_case, versions(30)).stored > 0
        else:
            with pytest.raises(Exception, match="permission denied"):
                store(limited, use_case, versions(30))
        assert newest_observations(limited, use_case).rows == (2 if may_write else 0)


@contextlib.contextmanager
def _as(engine: Engine, role: str | None) -> Iterator[Engine]:
    """Open the database as a service, or as its owner."""
    url = engine.url if role is None else engine.url.set(username=role_name(role), password=f"secret-of-{role}")
    other = connect_engine(url.render_as_string(hide_password=False), "test")
    yield other
    other.dispose()
