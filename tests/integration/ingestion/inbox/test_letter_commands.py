"""Dead letters on the command line: the whole body of one in a file, and one given up for a reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import typer
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from broker.topology import INBOX
from cli.models.versions import actor
from cli.rows import dead_letters
from ingestion.settings import IngestionSettings
from sql.dead_letters.storage import NewLetter, store_letter

LETTER_USE_CASE = "iris"


@pytest.fixture(autouse=True)
def _environment(settings: IngestionSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTPREDICT_DATABASE_URL", settings.database_url.get_secret_value())


def attempt(*arguments: str) -> Result:
    app = typer.Typer()
    dead_letters.add_commands(app)
    return CliRunner().invoke(app, ["dead-letters", *arguments], env={"COLUMNS": "200"})


def run(*arguments: str) -> str:
    """Return what a command prints that is to succeed."""
    done = attempt(*arguments)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_letter_is_written_to_a_file_and_given_up_for_a_reason(engine: Engine, tmp_path: Path) -> None:
    store_letter(engine, refused_message(body=b'[{"torque_nm": 4}]' * 1_000))
    (listed,) = json.loads(run("list", "--use-case", LETTER_USE_CASE, "--json"))
    number, body = str(listed["id"]), tmp_path / "body of it.json"
    assert f"replay {number} --body '{body}'" in run("show", number, "--output", str(body))
    assert body.read_bytes() == b'[{"torque_nm": 4}]' * 1_000
    for wrong in ((), ("--reason", " ")):
        assert attempt("purge", number, "--yes", *wrong).exit_code
    assert "1 letters given up" in run("purge", number, "--yes", "--reason", "Sent twice.")
    shown = run("show", number)
    assert f"discarded: by {actor()}, " in shown
    assert "UTC: Sent twice." in shown
    assert "0 letters given up" in run("purge", number, "--yes", "--reason", "Once more.")


def refused_message(body: bytes) -> NewLetter:
    """Build the letter of a foreign message that was refused."""
    return NewLetter(
        letter_id=uuid4(),
        queue=INBOX,
        exchange=INBOX,
        routing_key=LETTER_USE_CASE,
        message_id=None,
        part_id=None,
        batch_id=None,
        use_case=LETTER_USE_CASE,
        rows=0,
        cause="the body is not JSON",
        content_type="application/json",
        headers={},
        body=body,
        died_at=datetime.now(UTC),
    )
