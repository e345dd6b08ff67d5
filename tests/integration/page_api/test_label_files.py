"""What came true as a file over HTTP: looked at without a trace, then stored at once, with what was not and why."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine

from tests.integration.gateway.conftest import problem
from tests.integration.page_api.conftest import RunningGateway
from tests.integration.page_api.test_labels import MORNING, predicted, stored
from tests.unit.formats.test_office_files import workbook

WHEN = MORNING.isoformat()


def send(client: httpx.Client, content: bytes, name: str = "labels.csv", **query: Any) -> httpx.Response:
    headers = {"Content-Type": "application/octet-stream"}
    return client.post("/labels/file", params={"name": name, **query}, content=content, headers=headers)


@pytest.fixture
def ids(engine: Engine) -> list[UUID]:
    return predicted(engine, [f"{uuid4().hex[:8]}-{number}" for number in range(3)])


def test_a_file_is_looked_at_without_a_trace_and_then_stored(
    client: httpx.Client, engine: Engine, ids: list[UUID]
) -> None:
    nobody = uuid4()
    lines = ["prediction_id,label", f"{ids[0]},ok", f"{ids[1]},failure", f"{nobody},ok", f"{ids[2]},broken"]
    content = "\n".join(lines).encode()
    looked = send(client, content, dry_run=True)
    assert looked.status_code == 200, looked.text
    found = looked.json()
    counts = {name: found[name] for name in ("received", "added", "replaced", "superseded", "unknown", "refused")}
    assert counts == {"received": 4, "added": 2, "replaced": 0, "superseded": 0, "unknown": 1, "refused": 1}
    assert [(one["item"], one["prediction_id"], one["label"]) for one in found["first"]] == [
        (1, str(ids[0]), "ok"), (2, str(ids[1]), "failure"), (3, str(nobody), "ok"), (4, None, None),
    ]  # fmt: skip
    assert "'broken'" in found["first"][3]["refusal"]
    assert [(one["item"], one["code"]) for one in found["errors"]] == [(3, "unknown"), (4, "refused")]
    assert stored(engine, ids) == {}
    done = send(client, content).json()
    assert (done["dry_run"], done["added"]) == (False, 2)
    assert stored(engine, ids) == {ids[0]: "ok", ids[1]: "failure"}
    again = send(client, content).json()
    assert (again["replaced"], again["unchanged"]) == (2, 2), "once more is no further label, and changes none"
    corrected = send(client, content.replace(f"{ids[0]},ok".encode(), f"{ids[0]},failure".encode())).json()
    assert (corrected["replaced"], corrected["unchanged"]) == (2, 1)


def test_a_workbook_and_a_text_of_windows_do_as_well(client: httpx.Client, engine: Engine) -> None:
    keys = ["Fräse 1", "Fräse 2"]
    ids = predicted(engine, keys)
    book = workbook([["Outcomes of May"], [], ["machine_id", "machine_failure", "labelled_at"], [keys[0], 1, WHEN]])
    assert send(client, book, "labels.xlsx").json()["added"] == 1
    text = f"machine_id;label;labelled_at\r\n{keys[1]};ok;{WHEN}\r\n".encode("cp1252")
    assert send(client, text, "labels.csv").json()["added"] == 1
    assert stored(engine, ids) == {ids[0]: "failure", ids[1]: "ok"}


def test_a_form_does_as_well(client: httpx.Client, engine: Engine, ids: list[UUID]) -> None:
    files = {"file": ("labels.jsonl", f'{{"id": "{ids[0]}", "label": "ok"}}'.encode())}
    answer = client.post("/labels/file", files=files)
    assert (answer.status_code, answer.json()["added"]) == (200, 1), answer.text
    assert stored(engine, ids) == {ids[0]: "ok"}


def test_a_file_that_holds_no_labels_is_refused(client: httpx.Client, gateway: RunningGateway) -> None:
    content = problem(send(client, b"a,b\n1,2\n"), 422, "unreadable-file")
    assert "need a column 'label'" in content["detail"]
    problem(send(client, b"no workbook", "a.xlsx"), 422, "unreadable-file")
    problem(send(client, b"a", "a.docx"), 415, "unsupported-media-type")
    problem(send(client, b""), 422, "empty-upload")
    problem(send(client, b"a", use_case="nope"), 404, "unknown-use-case")
    assert not list((gateway.data / "uploads").iterdir())
