"""A key stands for one request for a day, however often and at once it comes; a new one costs one round trip."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event, func, select

from sql.base.tables import request_keys
from sql.ledger.request_keys import KEPT_FOR, RequestKeyReusedError, keep_request

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def key() -> str:
    return str(uuid4())


@pytest.fixture
def sent(engine: Engine) -> Iterator[list[str]]:
    """What statements are sent to the server, by their first words."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement.split(maxsplit=1)[0].lower())

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_a_new_key_is_reserved_by_one_statement(engine: Engine, key: str, sent: list[str]) -> None:
    first = keep_request(engine, "api", key, "digest", NOW)
    assert sent == ["insert"]
    assert keep_request(engine, "api", key, "digest", NOW + SECOND) == first
    assert first.received_at == NOW
    with pytest.raises(RequestKeyReusedError):
        keep_request(engine, "api", key, "another", NOW + SECOND)
    assert keep_request(engine, "other", key, "another", NOW).batch_id != first.batch_id


def test_a_key_is_free_after_a_day(engine: Engine, key: str) -> None:
    first = keep_request(engine, "api", key, "digest", NOW)
    assert keep_request(engine, "api", key, "digest", NOW + KEPT_FOR) == first
    later = keep_request(engine, "api", key, "another", NOW + KEPT_FOR + SECOND)
    assert (later.batch_id != first.batch_id, later.received_at) == (True, NOW + KEPT_FOR + SECOND)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).where(request_keys.c.key == key)) == 1


@pytest.mark.parametrize("age", [timedelta(0), KEPT_FOR + SECOND], ids=["new", "over"])
def test_of_many_at_once_one_reserves_the_key_and_the_others_find_it(engine: Engine, key: str, age: timedelta) -> None:
    if age:
        keep_request(engine, "api", key, "digest", NOW - age)
    with ThreadPoolExecutor(8) as callers:
        moments = [NOW + number * timedelta(milliseconds=1) for number in range(64)]
        kept = list(callers.map(lambda now: keep_request(engine, "api", key, "digest", now), moments))
    assert len(set(kept)) == 1
    assert kept[0].received_at in moments
