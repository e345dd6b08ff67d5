"""Files over HTTP: whole, once, under a harmless name, or not at all."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine, insert, update

from broker.ids import batch_id_of_file
from sql.base.tables import batches, quarantine
from tests.integration.gateway.conftest import RunningGateway, problem
from tests.support.waiting import eventually

CSV = b"torque_nm\n1\n"


def waiting(gateway: RunningGateway, use_case: str = "equipment_failure") -> dict[str, bytes]:
    folder = gateway.data / "incoming" / use_case
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


@pytest.fixture(autouse=True)
def _nothing_half_is_left(gateway: RunningGateway) -> object:
    yield
    uploads = gateway.data / "uploads"
    eventually(lambda: not (uploads.exists() and list(uploads.iterdir())), 5)


def test_a_body_becomes_a_file(gateway: RunningGateway, client: httpx.Client) -> None:
    content = os.urandom(2_500_000)
    answer = client.post("/batches?name=big.parquet&use_case=iris", content=content)
    assert answer.status_code == 202
    uploaded = answer.json()
    assert waiting(gateway, "iris")["big.parquet"] == content
    assert uploaded["sha256"] == hashlib.sha256(content).hexdigest()
    assert uploaded["size"] == len(content)
    assert uploaded["batch_id"] == str(batch_id_of_file("iris", uploaded["sha256"], "big.parquet"))
    batch = client.get(answer.headers["location"]).json()
    assert (batch["state"], batch["source"], batch["done"], batch["name"]) == ("received", "api", False, "big.parquet")


def test_a_form_becomes_a_file(gateway: RunningGateway) -> None:
    content = b"--x\r\n" * 300_000
    with gateway.client("webapp") as client:
        answer = client.post(
            "/batches",
            files={"file": ("from form.csv", content)},
            data={"remark": "r" * 100_000, "use_case": "ignored"},
        )
        assert answer.status_code == 202, answer.text
        batch = client.get(answer.headers["location"]).json()
    assert waiting(gateway)["from form.csv"] == content
    assert batch["source"] == "webapp"


def test_the_name_may_come_in_a_header(gateway: RunningGateway, client: httpx.Client) -> None:
    headers = {"Content-Disposition": "attachment; filename*=UTF-8''m%C3%BChle.csv"}
    assert client.post("/batches", content=CSV, headers=headers).json()["name"] == "mühle.csv"
    assert waiting(gateway)["mühle.csv"] == CSV


def test_the_same_file_again_is_the_same_batch_and_no_second_file(
    gateway: RunningGateway, client: httpx.Client, engine: Engine
) -> None:
    content = uuid4().bytes
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: client.post("/batches?name=same.csv", content=content), range(5)))
    assert {answer.status_code for answer in answers} == {202}
    (batch_id,) = {answer.json()["batch_id"] for answer in answers}
    path = gateway.data / "incoming" / "equipment_failure" / "same.csv"
    assert path.read_bytes() == content
    path.unlink()
    with engine.begin() as connection:
        connection.execute(update(batches).where(batches.c.id == batch_id).values(state="ingested"))
    again = client.post("/batches?name=same.csv", content=content).json()
    assert (again["batch_id"], again["state"]) == (batch_id, "ingested")
    assert not path.exists()


def test_a_file_whose_gateway_died_after_announcing_it_is_placed_by_the_retry(
    gateway: RunningGateway, client: httpx.Client
) -> None:
    content = uuid4().bytes
    client.post("/batches?name=retry.csv", content=content)
    path = gateway.data / "incoming" / "equipment_failure" / "retry.csv"
    path.unlink()
    assert client.post("/batches?name=retry.csv", content=content).status_code == 202
    assert path.read_bytes() == content


def test_another_file_of_a_waiting_name_replaces_nothing(gateway: RunningGateway, client: httpx.Client) -> None:
    client.post("/batches?name=taken.csv", content=b"first")
    answer = client.post("/batches?name=taken.csv", content=b"second")
    assert answer.headers["retry-after"]
    problem(answer, 409, "file-name-taken")
    assert waiting(gateway)["taken.csv"] == b"first"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/cron.d/x.csv", "x.csv"),
        ("..\\..\\windows\\x.csv", "x.csv"),
        ("/tmp/x.csv", "x.csv"),  # noqa: S108  # the name of a file that is never opened
        (".hidden.csv", "hidden.csv"),
        ("a;rm -rf ~;.csv", "a_rm -rf __.csv"),
        ("x\0y.csv", "x_y.csv"),
        ("x\ny.csv", "x_y.csv"),
        ("'; drop table batches --.CSV", "__ drop table batches --.CSV"),
        ("\u202egnp.csv", "_gnp.csv"),
        ("\ufffd.csv", "_.csv"),
    ],
)
def test_names_are_made_harmless(gateway: RunningGateway, client: httpx.Client, given: str, kept: str) -> None:
    answer = client.post("/batches", params={"name": given}, content=uuid4().bytes)
    assert answer.status_code == 202, answer.text
    assert answer.json()["name"] == kept
    root = gateway.data.resolve()
    assert (gateway.data / "incoming" / "equipment_failure" / kept).resolve().is_relative_to(root)
    (gateway.data / "incoming" / "equipment_failure" / kept).unlink()


@pytest.mark.parametrize(
    ("query", "content", "status", "code"),
    [
        ("?name=x.csv", b"", 422, "empty-upload"),
        ("", CSV, 422, "invalid-parameters"),
        ("?name=.csv", CSV, 415, "unsupported-media-type"),
        ("?name=%ff%fe", CSV, 415, "unsupported-media-type"),
        ("?name=..", CSV, 415, "unsupported-media-type"),
        ("?name=x.xls", CSV, 415, "unsupported-media-type"),
        ("?name=x.csv.part", CSV, 415, "unsupported-media-type"),
        ("?name=x.csv/", CSV, 415, "unsupported-media-type"),
        (f"?name={'x' * 300}.csv", CSV, 422, "invalid-parameters"),
        (f"?name={'x' * 600}.csv", CSV, 422, "invalid-parameters"),
        ("?name=x.csv&use_case=nope", CSV, 404, "unknown-use-case"),
        ("?name=x.csv&use_case=../iris", CSV, 404, "unknown-use-case"),
        ("?name=x.csv&usecase=iris", CSV, 422, "invalid-parameters"),
        ("?name=x.csv", b"x" * 3_000_001, 413, "too-large"),
    ],
)
def test_a_bad_upload_leaves_nothing(
    gateway: RunningGateway, client: httpx.Client, query: str, content: bytes, status: int, code: str
) -> None:
    before = waiting(gateway)
    problem(client.post(f"/batches{query}", content=content), status, code)
    assert waiting(gateway) == before


def test_an_unannounced_upload_is_cut_off_at_the_limit(gateway: RunningGateway, client: httpx.Client) -> None:
    def endless() -> object:
        for _ in range(400):
            yield b"x" * 10_000

    problem(client.post("/batches?name=x.csv", content=endless()), 413, "too-large")  # type: ignore[arg-type]


FORMS = {
    "no boundary": ("multipart/form-data", b"x", 400, "malformed-body"),
    "no form": ("multipart/form-data; boundary=b", b"nothing of the kind", 400, "malformed-body"),
    "no file": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
        422,
        "invalid-parameters",
    ),
    "broken off": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.csv"\r\n\r\n1,2',
        400,
        "malformed-body",
    ),
    "two files": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.csv"\r\n\r\n1\r\n' * 2 + b"--b--\r\n",
        422,
        "invalid-parameters",
    ),
    "an empty file": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.csv"\r\n\r\n\r\n--b--\r\n',
        422,
        "empty-upload",
    ),
    "an endless header": ("multipart/form-data; boundary=b", b"--b\r\n" + b"X" * 100_000, 400, "malformed-body"),
}


@pytest.mark.parametrize(("kind", "content", "status", "code"), FORMS.values(), ids=FORMS)
def test_a_bad_form_leaves_nothing(
    gateway: RunningGateway, client: httpx.Client, kind: str, content: bytes, status: int, code: str
) -> None:
    before = waiting(gateway)
    problem(client.post("/batches", content=content, headers={"Content-Type": kind}), status, code)
    assert waiting(gateway) == before


def test_an_upload_that_breaks_off_leaves_nothing(gateway: RunningGateway, client: httpx.Client) -> None:
    def breaks_off() -> object:
        yield b"x" * 2_000_000
        raise RuntimeError("the line is cut")

    with pytest.raises(RuntimeError, match="cut"):
        client.post("/batches?name=half.csv", content=breaks_off())  # type: ignore[arg-type]
    assert client.get("/health/live").status_code == 200
    assert "half.csv" not in waiting(gateway)


def test_batches_are_listed_page_by_page(gateway: RunningGateway, client: httpx.Client) -> None:
    for number in range(7):
        client.post(f"/batches?name=page-{number}.csv&use_case=iris", content=uuid4().bytes)
    everything = client.get("/batches?limit=1000").json()["batches"]
    found, cursor = [], None
    while True:
        page = client.get("/batches", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        found += page["batches"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == everything
    names = [one["name"] for one in client.get("/batches?use_case=iris&source=api&state=received").json()["batches"]]
    assert names[:7] == [f"page-{number}.csv" for number in reversed(range(7))]
    assert client.get("/batches?source=file").json()["batches"] == []


def test_quarantined_rows_are_listed_page_by_page(client: httpx.Client, engine: Engine) -> None:
    batch_id = client.post("/batches?name=bad.csv", content=uuid4().bytes).json()["batch_id"]
    reasons = [{"column": "torque_nm", "rule": "maximum", "value": "455", "message": "too much"}]
    rows = [
        {"batch_id": batch_id, "row_number": n, "use_case": "equipment_failure", "raw": f"row {n}", "reasons": reasons}
        for n in range(1, 26)
    ]
    with engine.begin() as connection:
        connection.execute(insert(quarantine), rows)
    numbers: list[int] = []
    query: dict[str, str] | None = {}
    while query is not None:
        page = client.get(f"/batches/{batch_id}/quarantine", params={"limit": "10", **query}).json()
        numbers += [row["row_number"] for row in page["rows"]]
        assert page["rows"][0]["reasons"] == reasons
        query = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert numbers == list(range(1, 26))


@pytest.mark.parametrize("path", ["", "/predictions", "/quarantine"])
def test_an_unknown_batch_is_told(client: httpx.Client, path: str) -> None:
    problem(client.get(f"/batches/{uuid4()}{path}"), 404, "unknown-batch")
    problem(client.get(f"/batches/1'or'1'='1{path}"), 422, "invalid-parameters")


def test_the_incoming_folder_is_the_watched_one(gateway: RunningGateway) -> None:
    assert {path.name for path in Path(gateway.data).iterdir()} == {"incoming", "uploads"}
