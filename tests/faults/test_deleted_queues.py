"""Somebody deletes every queue amid rows: the broker cancels who consumes them, and once they are back all goes on."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

import pika

from broker.topology import BULK, DEAD_LETTERS, INBOX, ONLINE
from tests.support.pipeline import EQUIPMENT
from tests.support.running_stack import RunningStack, audit
from tests.support.session.figures import show
from tests.support.waiting import eventually
from training.datasets.sample_files import write_inference_csv
from usecases.checking.row_model import example_row

QUEUES = (INBOX, BULK, ONLINE, DEAD_LETTERS)
ROWS = 300_000
WHOLE_WITHIN_SECONDS = 30


def test_deleted_queues_are_told_and_consumed_again_and_lost_parts_come_back_with_their_file(
    stack: RunningStack, tmp_path: Path
) -> None:
    name, key = f"{uuid4()}.csv", {"Idempotency-Key": str(uuid4())}
    write_inference_csv(tmp_path / name, ROWS, seed=17, bad_share=0.01)
    content = (tmp_path / name).read_bytes()
    batch = stack.drop(content, name)
    eventually(lambda: stack.predicted(batch) > 0, 60)
    owner = pika.URLParameters(stack.settings["SMARTPREDICT_BROKER_URL"])
    with stack.api() as api:
        with pika.BlockingConnection(owner) as connection:
            for queue in QUEUES:
                connection.channel().queue_delete(queue)
        began = time.monotonic()
        refused = api.post("/predict", json=example_row(EQUIPMENT), headers=key)
        told = time.monotonic() - began
        assert refused.status_code == 503, refused.text
        eventually(lambda: "does not exist" in api.get("/health/ready").text, 20)
        stack.command("up")
        ended = time.monotonic()
        stack.wait_whole(WHOLE_WITHIN_SECONDS)
        whole = time.monotonic() - ended
        assert api.post("/predict", json=example_row(EQUIPMENT), headers=key).status_code == 200
    # What lay in the queue went with it. The file is the same batch when it is dropped again, and only what is missing is sent.
    again = stack.drop(content, name)
    assert again == batch
    ledger = stack.wait_done(batch, 120)
    assert stack.stored_rows(batch) == (ledger.predicted, ledger.predicted)
    assert ledger.predicted + ledger.quarantined == ledger.rows_in == ROWS
    assert audit(stack)["balanced"] is True
    show(
        f"every queue deleted by hand: a caller was told after {told:.1f} s, whole {whole:.1f} s after `smartpredict up`"
    )
