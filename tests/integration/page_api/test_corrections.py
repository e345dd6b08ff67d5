"""One correction for all bad rows that need it, over HTTP: counted first, then sent, page by page."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, func, select

from gateway_api.quarantine import corrections
from gateway_api.quarantine.requests import CorrectRows
from sql.predictions.tables import prediction_table
from tests.integration.gateway.conftest import ROW
from tests.integration.page_api.bad_rows.test_quarantine import bad_rows, settled, upload
from tests.integration.page_api.conftest import RunningGateway
from tests.support.pipeline import EQUIPMENT

pytestmark = pytest.mark.usefixtures("ingestion", "worker")

TABLE = prediction_table(EQUIPMENT)


def lines(*rows: dict[str, Any]) -> bytes:
    head = ",".join(ROW)
    return "\n".join([head, *(",".join(str(value) for value in (ROW | row).values()) for row in rows)]).encode()


def correct(client: httpx.Client, **command: Any) -> httpx.Response:
    body = {"use_case": EQUIPMENT.name, "column": "product_quality", "value": "Z", "replacement": "L", **command}
    return client.post("/quarantine/corrections", json=body)


def test_every_row_with_a_value_is_corrected_in_one_step(client: httpx.Client, engine: Engine) -> None:
    bad = [{"machine_id": f"z-{number}", "product_quality": "Z"} for number in range(300)]
    worse = [{"machine_id": f"w-{number}", "product_quality": "Z", "torque_nm": 455} for number in range(3)]
    good = [{"machine_id": f"g-{number}"} for number in range(400)]
    batch = upload(client, "letters.csv", lines(*bad, *worse, *good))
    seen = correct(client, batch_id=batch, dry_run=True)
    assert seen.status_code == 200, seen.text
    found = seen.json()
    assert (found["matched"], found["corrected"], found["batch_id"]) == (303, 300, None)
    [still] = found["still_wrong"]
    assert (still["column"], still["rows"]) == ("torque_nm", 3)
    assert len(bad_rows(client, batch_id=batch)) == 303
    done = correct(client, batch_id=batch).json()
    assert (done["corrected"], done["next_cursor"]) == (300, None)
    settled(client, done["batch_id"])
    query = select(func.count()).where(TABLE.c.batch_id == done["batch_id"], TABLE.c.product_quality == "L")
    with engine.connect() as connection:
        assert connection.scalar(query) == 300
    assert {row["raw"] for row in bad_rows(client, batch_id=batch)} == {
        row["raw"] for row in bad_rows(client, batch_id=batch, column="torque_nm")
    }
    again = correct(client, batch_id=batch).json()
    assert (again["matched"], again["corrected"], again["batch_id"]) == (3, 0, None)


def test_what_is_missing_is_filled_in(client: httpx.Client) -> None:
    empty = [{"machine_id": f"e-{number}", "product_quality": ""} for number in range(3)]
    other = [{"machine_id": "o-1", "product_quality": "Z"}, {"machine_id": "o-2", "torque_nm": ""}]
    batch = upload(client, "empty.csv", lines(*empty, *other, *({"machine_id": f"k-{n}"} for n in range(9))))
    done = correct(client, batch_id=batch, value=None).json()
    assert (done["matched"], done["corrected"]) == (3, 3)
    done = correct(client, batch_id=batch, column="torque_nm", value=None, replacement="41.5").json()
    assert (done["matched"], done["corrected"]) == (1, 1)
    assert settled(client, done["batch_id"])["rows"]["predicted"] == 1
    [left] = bad_rows(client, batch_id=batch)
    assert '"Z"' in left["raw"]


def test_what_is_more_than_a_page_is_gone_through_by_cursor(client: httpx.Client, engine: Engine) -> None:
    rows = [{"machine_id": f"p-{number}", "product_quality": "Q"} for number in range(7)]
    batch = upload(client, "pages.csv", lines(*rows, *({"machine_id": f"h-{number}"} for number in range(9))))
    command = CorrectRows(use_case=EQUIPMENT.name, column="product_quality", value="Q", replacement="H", batch_id=batch)
    pages: list[corrections.Corrected] = []
    cursor = None
    while not pages or cursor is not None:
        at = command.model_copy(update={"cursor": cursor})
        shown, cursor = corrections.page_of(engine, at, 3)
        pages.append(corrections.corrected_rows(EQUIPMENT, shown, "product_quality", "H"))
    assert [len(one.good) for one in pages] == [3, 3, 1]


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ({"column": "nothing"}, 422, "has no column"),
        ({"use_case": "nothing"}, 404, "There is no use case"),
        ({"replacement": "a\u0000"}, 422, "replacement"),
        ({"cursor": "x"}, 422, "cursor"),
    ],
)
def test_what_cannot_be_corrected_is_refused(
    client: httpx.Client, command: dict[str, Any], status: int, said: str
) -> None:
    answer = correct(client, **command)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


def test_a_program_may_not(gateway: RunningGateway) -> None:
    with gateway.client("api") as program:
        assert correct(program).status_code == 403
