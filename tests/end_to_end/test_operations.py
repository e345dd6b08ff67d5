"""What the pages on operations and drift tell people to type works; made-up traffic is found in the ledger to the row."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from monitoring.drift.wording import ANSWERS
from tests.support.documents import code_of, commands_of, run, stand_in
from tests.support.monitoring.webhook import webhook
from tests.support.pipeline import EQUIPMENT
from tests.support.running_stack import RunningStack, audit

PAGE = "docs/operations.md"
MAINTENANCE, LETTERS, HOLDS, SIMULATE, MIGRATE = commands_of(PAGE)
UPKEEP, NOTIFY, SCHEDULES = code_of(PAGE, "python")
SECONDS, ROWS = 5, 1_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stand where a reader stands."""
    return stand_in(tmp_path_factory.mktemp("checkout"))


def test_the_topology_is_declared_again_on_a_broker_that_has_all_of_its_nodes(
    stack: RunningStack, folder: Path
) -> None:
    told = run(stack, folder, "bash", "-c", MIGRATE)
    assert "missing" not in told
    stack.wait_whole(60)


def test_traffic_is_found_in_the_ledger_to_the_row(stack: RunningStack, folder: Path) -> None:
    online = audit(stack)["totals"]["equipment_failure"]["online"]
    sent: dict[str, Any] = json.loads(run(stack, folder, "bash", "-c", f"{SIMULATE} --json"))
    assert sum(door["rows"] for door in sent.values()) == ROWS
    assert all(door["bad"] > 0 for door in sent.values())
    for name in ("file", "message", "upload"):
        ledgers = [stack.wait_done(UUID(batch)) for batch in sent[name]["batches"]]
        assert len(ledgers) == SECONDS
        assert sum(ledger.rows_in for ledger in ledgers) == sent[name]["rows"]
        assert sum(ledger.predicted for ledger in ledgers) == sent[name]["good"]
        assert sum(ledger.quarantined for ledger in ledgers) == sent[name]["bad"]
    assert audit(stack)["totals"]["equipment_failure"]["online"] - online == sent["http"]["good"]


def test_maintenance_leaves_the_ledger_in_balance(stack: RunningStack, folder: Path) -> None:
    run(stack, folder, "bash", "-c", MAINTENANCE)  # other tests may have left rows of a month that had no partition
    printed = run(stack, folder, "bash", "-c", MAINTENANCE)
    assert "Every partition is there." in printed
    assert printed.endswith("In balance.\n")


@pytest.mark.parametrize("commands", [HOLDS, LETTERS], ids=["holds", "letters"])
def test_what_waits_for_a_person_is_listed_and_can_be_decided_about(
    stack: RunningStack, folder: Path, commands: str
) -> None:
    listed, *others = commands.splitlines()
    assert run(stack, folder, "bash", "-c", listed)
    for command in others:  # of a number that the page only makes up
        assert "Usage:" in run(stack, folder, "bash", "-c", f"{command} --help")


@pytest.mark.parametrize("code", [UPKEEP, SCHEDULES], ids=["upkeep", "schedules"])
def test_every_function_of_the_page_is_there(stack: RunningStack, folder: Path, code: str) -> None:
    run(stack, folder, sys.executable, "-c", code)


def test_a_program_tells_people(stack: RunningStack, folder: Path) -> None:
    with webhook() as people:
        run(stack, folder, sys.executable, "-c", NOTIFY, settings={"SMARTPREDICT_NOTIFY_URLS": people.address})
    assert [one["title"] for one in people.told] == ["The line stands still"]


def test_the_query_of_the_page_on_drift_tells_of_every_feature(stack: RunningStack) -> None:
    (query,) = code_of("docs/drift.md", "sql")
    stack.command("simulate", "--seconds", "1", "--rows-per-second", "20", "--door", "http")
    with stack.engine.connect() as connection:
        found = connection.execute(text(query)).mappings().all()
    assert {row["feature"] for row in found} >= {*EQUIPMENT.features_by_name, *ANSWERS}
    assert all(row["rows"] > 0 for row in found)


def test_every_use_case_is_judged(stack: RunningStack) -> None:
    found = json.loads(stack.command("monitor", "--json"))["use_cases"]
    assert set(found[EQUIPMENT.name]) == {"drift", "quality", "freshness"}
    assert EQUIPMENT.name in stack.command("monitor")
