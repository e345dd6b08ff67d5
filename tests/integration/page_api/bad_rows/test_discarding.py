"""Bad rows that nobody will repair, discarded over HTTP: by whom and why is kept, and nobody is reminded of them any more."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine, delete, func, insert, literal, select

from sql.base.tables import quarantine
from sql.ledger.batch_ledger import find_batch
from tests.integration.gateway.conftest import problem
from tests.integration.page_api.bad_rows.test_quarantine import bad_rows, csv_file, repaired, replay, settled, upload
from tests.integration.page_api.bad_rows.test_repaired_files import download
from tests.integration.page_api.conftest import RunningGateway
from tests.support.pipeline import EQUIPMENT

pytestmark = pytest.mark.usefixtures("ingestion", "worker")

WHO = {"person": "Ada", "reason": "a line of sums"}
MOST_AT_ONCE = 5_000


def discard(client: httpx.Client, **which: Any) -> httpx.Response:
    return client.post("/quarantine/discard", json={**WHO, "use_case": EQUIPMENT.name, **which})


def rows(batch: str, *numbers: int) -> list[dict[str, Any]]:
    return [{"batch_id": batch, "row_number": number} for number in numbers]


def discarded(answer: httpx.Response) -> tuple[int, list[int]]:
    """Return how many rows were discarded, and the numbers of those that were skipped."""
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found["discarded"], [one["row_number"] for one in found["skipped"]]


def counts(client: httpx.Client, batch: str) -> tuple[int, int, int]:
    """Return how many rows of a batch are bad, were sent again, and were discarded, as every summary has it."""
    found = client.get("/quarantine/summary", params={"batch_id": batch}).json()
    report = client.get(f"/batches/{batch}/report").json()
    [of_batch] = found["by_batch"]
    names = ("quarantined", "replayed", "discarded")
    told = {tuple(one[name] for name in names) for one in (found, of_batch, report, *report["bad_batches"])}
    [(bad, replayed, gone)] = told
    return bad, replayed, gone


def test_a_row_is_discarded_for_a_reason_and_nobody_waits_for_it(client: httpx.Client, engine: Engine) -> None:
    batch = upload(client, "sums.csv", csv_file(3))
    assert discarded(discard(client, rows=rows(batch, 23, 23))) == (1, [])
    assert [row["row_number"] for row in bad_rows(client, batch_id=batch)] == [21, 22]
    [gone] = bad_rows(client, batch_id=batch, state="discarded")
    assert (gone["row_number"], gone["discarded_by"], gone["discarded_reason"]) == (23, "Ada", "a line of sums")
    assert gone["discarded_at"] > gone["created_at"]
    assert gone["replayed_at"] is None
    of_batch = client.get(f"/batches/{batch}/quarantine").json()["rows"]
    assert [row["discarded_by"] for row in of_batch] == [None, None, "Ada"]
    assert len(bad_rows(client, batch_id=batch, state="all")) == 3
    assert bad_rows(client, batch_id=batch, state="replayed") == []
    assert counts(client, batch) == (3, 0, 1)
    ledger = find_batch(engine, UUID(batch))
    assert ledger is not None
    assert (ledger.quarantined, ledger.is_balanced) == (3, True)
    with engine.connect() as connection:
        account = connection.scalar(
            select(quarantine.c.discarded_account).where(quarantine.c.discarded_at.is_not(None))
        )
    assert account == "webapp"


def test_a_discarded_row_is_neither_discarded_again_nor_repaired(client: httpx.Client) -> None:
    batch = upload(client, "decided.csv", csv_file(3))
    sent = replay(client, repaired(batch, 21)).json()["batch_id"]
    settled(client, sent)
    first = discard(client, rows=rows(batch, 21, 22))
    assert discarded(first) == (1, [21])
    assert f"row 21 of decided.csv was sent again as batch {sent}" in first.json()["skipped"][0]["message"]
    again = discard(client, rows=rows(batch, 22), person="Bob", reason="another one")
    assert discarded(again) == (0, [22])
    assert again.json()["skipped"][0]["message"] == "row 22 of decided.csv was discarded by Ada: a line of sums"
    content = problem(replay(client, repaired(batch, 22, 23)), 409, "rows-discarded")
    assert [(error["row"], error["rule"]) for error in content["errors"]] == [(1, "discarded")]
    problem(replay(client, repaired(batch, 21, 22)), 409, "already-replayed")
    assert [row["row_number"] for row in bad_rows(client, batch_id=batch)] == [23], "all or nothing"
    assert counts(client, batch) == (3, 1, 1)


def test_a_workbook_holds_no_discarded_row_and_a_repaired_file_says_why(client: httpx.Client) -> None:
    batch = upload(client, "workbook.csv", csv_file(3))
    exported = client.get(f"/batches/{batch}/quarantine", params={"format": "csv"}).text
    discard(client, rows=rows(batch, 22))
    header, *left = download(client, batch)
    assert [row[header.index("row_number")] for row in left] == [21, 23]
    lines = [{**row, "torque_nm": "50", "product_quality": "M"} for row in csv.DictReader(io.StringIO(exported))]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]))
    writer.writeheader()
    writer.writerows(lines)
    answer = client.post(
        "/quarantine/replay/file", params={"name": "all.csv", "batch_id": batch}, content=text.getvalue().encode(),
        headers={"Content-Type": "text/csv"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert (done["rows_in"], done["valid"], done["still_wrong"]) == (3, 2, 1)
    [error] = done["errors"]
    assert (error["row_number"], error["rule"]) == (22, "discarded")
    assert "was discarded by Ada: a line of sums" in error["message"]


def test_all_rows_of_a_file_that_wait_are_discarded(client: httpx.Client) -> None:
    batch = upload(client, "all.csv", csv_file(4))
    other = upload(client, "other.csv", csv_file(2))
    assert discarded(discard(client, batch_id=batch, rule="missing", column="product_quality")) == (2, [])
    assert [row["row_number"] for row in bad_rows(client, batch_id=batch)] == [21, 23]
    settled(client, replay(client, repaired(batch, 21)).json()["batch_id"])
    answer = discard(client, batch_id=batch)
    assert (discarded(answer), answer.json()["next_cursor"]) == ((1, []), None)
    assert discarded(discard(client, batch_id=batch)) == (0, [])
    assert counts(client, batch) == (4, 1, 3)
    assert len(bad_rows(client, batch_id=other)) == 2


def test_rows_of_a_flood_are_discarded_page_after_page(client: httpx.Client, engine: Engine) -> None:
    batch = upload(client, "flood.csv", csv_file(1))
    row = select(
        literal(UUID(batch)), func.generate_series(1_001, 1_000 + MOST_AT_ONCE), literal(EQUIPMENT.name), literal("{}"),
        quarantine.c.reasons,
    ).where(quarantine.c.batch_id == UUID(batch))  # fmt: skip
    added = quarantine.c.batch_id == UUID(batch), quarantine.c.row_number > 1_000
    with engine.begin() as connection:
        connection.execute(
            insert(quarantine).from_select(["batch_id", "row_number", "use_case", "raw", "reasons"], row)
        )
    first = discard(client, batch_id=batch)
    assert discarded(first) == (MOST_AT_ONCE, [])
    second = discard(client, batch_id=batch, cursor=first.json()["next_cursor"])
    assert (discarded(second), second.json()["next_cursor"]) == ((1, []), None)
    assert bad_rows(client, batch_id=batch) == []
    with engine.begin() as connection:
        connection.execute(delete(quarantine).where(*added))


def test_of_those_who_repair_and_discard_a_row_at_once_one_wins(client: httpx.Client) -> None:
    batch = upload(client, "contested.csv", csv_file(4))
    for number in range(21, 25):
        tries: list[Callable[[], httpx.Response]] = [
            partial(replay, client, repaired(batch, number)),
            partial(discard, client, rows=rows(batch, number)),
        ]
        if number == 24:  # the last one that waits
            tries.append(partial(discard, client, batch_id=batch))
        with ThreadPoolExecutor(len(tries)) as pool:
            answers = [task.result() for task in [pool.submit(one) for one in tries]]
        won = [answer.status_code == 202 or answer.json().get("discarded") == 1 for answer in answers]
        assert sorted(won) == [*[False] * (len(tries) - 1), True], [answer.text for answer in answers]
    assert bad_rows(client, batch_id=batch) == []
    found = bad_rows(client, batch_id=batch, state="all")
    assert all((row["replayed_at"] is None) != (row["discarded_at"] is None) for row in found)


def test_what_makes_no_sense_is_told(client: httpx.Client, gateway: RunningGateway) -> None:
    batch = upload(client, "sense.csv", csv_file(1))
    some = rows(batch, 21)
    wrong: dict[str, Any]
    for wrong in (
        {"person": ""},
        {"reason": "  "},
        {"reason": None},
        {"rows": []},
        {"rows": None},
        {"batch_id": batch},
    ):
        problem(discard(client, **{"rows": some, **wrong}), 422, "invalid-parameters")
    problem(discard(client, rows=rows(batch, 1, 21)), 404, "unknown-rows")
    problem(discard(client, rows=some, use_case="nope"), 404, "unknown-use-case")
    problem(discard(client, rows=some, use_case="iris"), 404, "unknown-rows")
    problem(discard(client, batch_id=str(uuid4())), 404, "unknown-batch")
    problem(discard(client, batch_id=batch, use_case="iris"), 404, "unknown-batch")
    problem(discard(client, batch_id=batch, cursor="nonsense"), 422, "invalid-parameters")
    with gateway.client("api") as program:
        problem(discard(program, rows=some), 403, "forbidden")
    assert len(bad_rows(client, batch_id=batch)) == 1
