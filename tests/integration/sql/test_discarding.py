"""Rows that two people decide about at once: a lock of the database makes one of them wait, and then it finds them decided."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
import typer
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from cli.models.versions import actor
from cli.rows.quarantine import add_commands
from sql.base.decided import Decided
from sql.ledger.batch_ledger import find_batch
from sql.ledger.batches import record_chunk
from sql.quarantine import discarding
from sql.quarantine.discarding import discard_all, discard_locked, discard_rows
from sql.quarantine.pages import RowKey
from sql.quarantine.replay import find_rows, lock_rows, mark_all_replayed
from sql.quarantine.rows import QuarantineFilter, batches_not_replayed, count_quarantined, list_quarantined
from tests.integration.sql.test_batches import announce, chunk
from tests.support.waiting import eventually

ADA = Decided(person="Ada", account="webapp", reason="a line of sums")


@pytest.fixture
def keys(engine: Engine) -> list[RowKey]:
    """Five bad rows of a batch that has five good ones."""
    batch = announce(engine)
    record_chunk(engine, batch, chunk(batch, 0, 5, 5))
    return [RowKey(batch.id, number) for number in range(1, 6)]


def somebody_waits(engine: Engine) -> bool:
    query = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    with engine.connect() as connection:
        return bool(connection.scalar(text(query)))


def of_batch(batch_id: UUID, **which: Any) -> QuarantineFilter:
    return QuarantineFilter(batch_id=batch_id, **which)


def test_whoever_discards_rows_that_somebody_sends_again_meanwhile_leaves_those(
    engine: Engine, keys: list[RowKey]
) -> None:
    sent_as = uuid4()
    with ThreadPoolExecutor(1) as pool, engine.connect() as connection:
        with connection.begin():
            assert [row.decision for row in lock_rows(connection, keys[:2]).values()] == [None, None]
            discarding_them = pool.submit(discard_rows, engine, reversed(keys), ADA)
            eventually(lambda: somebody_waits(engine))
            mark_all_replayed(connection, keys[:2], sent_as)
        assert discarding_them.result(30) == keys[2:]
    found = find_rows(engine, keys)
    assert [found[key].replayed_as for key in keys] == [sent_as, sent_as, None, None, None]
    assert [found[key].discarded_by for key in keys] == [None, None, "Ada", "Ada", "Ada"]


def test_whoever_sends_rows_again_that_somebody_discards_meanwhile_finds_them_discarded(
    engine: Engine, keys: list[RowKey]
) -> None:
    def decisions() -> list[str | None]:
        with engine.begin() as connection:
            return [row.decision for row in lock_rows(connection, keys).values()]

    with ThreadPoolExecutor(1) as pool, engine.connect() as connection:
        with connection.begin():
            assert discard_locked(connection, lock_rows(connection, keys[3:]), ADA) == keys[3:]
            sending_them = pool.submit(decisions)
            eventually(lambda: somebody_waits(engine))
        assert sending_them.result(30) == [None, None, None, *["was discarded by Ada: a line of sums"] * 2]


def test_all_rows_are_discarded_page_after_page(
    engine: Engine, keys: list[RowKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discarding, "MOST_AT_ONCE", 2)
    batch = keys[0].batch_id
    with engine.begin() as connection:
        mark_all_replayed(connection, keys[1:2], uuid4())
    assert count_quarantined(engine, of_batch(batch, waiting=True)) == 4
    assert discard_all(engine, of_batch(batch, waiting=True), ADA) == 4
    assert discard_all(engine, of_batch(batch, waiting=True), ADA) == 0
    assert [
        len(list_quarantined(engine, of_batch(batch, **{name: True}))) for name in ("waiting", "replayed", "discarded")
    ] == [0, 1, 4]
    ledger = find_batch(engine, batch)
    assert ledger is not None
    assert (ledger.quarantined, ledger.pending, ledger.is_balanced) == (5, 5, True)


def test_a_discarded_row_leaves_its_name_to_a_good_one(engine: Engine, keys: list[RowKey]) -> None:
    discard_rows(engine, keys, ADA)
    assert batches_not_replayed(engine, [keys[0].batch_id]) == {keys[0].batch_id}


def test_the_command_discards_rows_for_a_reason(
    engine: Engine, prepared: str, keys: list[RowKey], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTPREDICT_DATABASE_URL", prepared)
    app, batch = typer.Typer(), str(keys[0].batch_id)
    add_commands(app)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["quarantine", *arguments, "--batch", batch], env={"COLUMNS": "240"})
        return done.output

    why = ("--reason", "a line of sums", "--yes")
    assert "Discard 5 rows for good?" in run("discard", *why[:2])
    assert count_quarantined(engine, of_batch(keys[0].batch_id, waiting=True)) == 5
    assert "1 rows discarded" in run("discard", "--row", "2", *why)
    assert [entry["row_number"] for entry in json.loads(run("list", "--json"))] == [1, 3, 4, 5]
    assert "4 rows discarded" in run("discard", *why)
    assert "0 rows discarded" in run("discard", *why)
    assert "No bad rows" in run("list")
    assert f"by {actor()}, " in run("list", "--all")
