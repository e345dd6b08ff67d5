"""What the page on operations tells people to type works, and made-up traffic is found in the ledger to the row."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from tests.support.running_stack import RunningStack, audit

SIMULATE = [
    "simulate",
    "--json",
    "--seconds",
    "3",
    "--rows-per-second",
    "150",
    "--bad-share",
    "0.1",
    "--drift",
    "torque_nm=1.5",
]


def test_traffic_is_found_in_the_ledger_to_the_row(stack: RunningStack) -> None:
    online = audit(stack)["totals"]["equipment_failure"]["online"]
    sent: dict[str, Any] = json.loads(stack.command(*SIMULATE))
    assert sum(door["rows"] for door in sent.values()) == 450
    assert all(door["bad"] > 0 for door in sent.values())
    for name in ("file", "message", "upload"):
        ledgers = [stack.wait_done(UUID(batch)) for batch in sent[name]["batches"]]
        assert len(ledgers) == 3
        assert sum(ledger.rows_in for ledger in ledgers) == sent[name]["rows"]
        assert sum(ledger.predicted for ledger in ledgers) == sent[name]["good"]
        assert sum(ledger.quarantined for ledger in ledgers) == sent[name]["bad"]
    assert audit(stack)["totals"]["equipment_failure"]["online"] - online == sent["http"]["good"]


def test_maintenance_leaves_the_ledger_in_balance(stack: RunningStack) -> None:
    stack.command("maintenance")  # other tests may have left rows of a month that had no partition
    printed = stack.command("maintenance")
    assert "Every partition is there." in printed
    assert printed.endswith("In balance.\n")
