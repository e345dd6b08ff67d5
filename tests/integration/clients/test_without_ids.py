"""What the table of promises says of clients whose user gives a message no id."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.integration.clients.conftest import Pipeline, Program, program
from tests.support.waiting import eventually

_ID = re.compile(r'message_id="[^"]+"(?:, )?')


def without_id(client: str, folder: Path) -> Program:
    """Return the program of a client as it is without the id."""
    sent = program("python.md", client, folder)
    code, taken = _ID.subn("", sent.code)
    assert taken == 1
    return Program(sent.language, code, sent.folder, sent.machine)


@pytest.mark.parametrize("client", ["aio-pika", "FastStream"])
def test_an_id_that_is_made_anew_at_every_publish_tells_no_repetition(
    pipeline: Pipeline, tmp_path: Path, client: str
) -> None:
    sent = without_id(client, tmp_path)
    for _ in range(2):
        done = sent.run(pipeline.url(sent))
        assert done.returncode == 0, done.stderr
    pipeline.wait_predicted(sent.machine, 2)


@pytest.mark.parametrize("client", ["pika", "kombu"])
def test_a_message_without_an_id_is_a_dead_letter_that_says_so(pipeline: Pipeline, tmp_path: Path, client: str) -> None:
    sent = without_id(client, tmp_path)
    done = sent.run(pipeline.url(sent))
    assert done.returncode == 0, "a confirm says only that it is stored"
    query = text("select cause from smartpredict.dead_letters where convert_from(body, 'UTF8') like :machine")

    def cause() -> str | None:
        with pipeline.engine.connect() as connection:
            found: str | None = connection.execute(query, {"machine": f"%{sent.machine}%"}).scalar()
            return found

    assert "set message_id" in str(eventually(cause, 60))
    assert pipeline.predicted(sent.machine) == 0
