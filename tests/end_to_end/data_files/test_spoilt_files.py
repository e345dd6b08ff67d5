"""Two thousand spoilt files: every row of each is predicted, in quarantine, or refused with its file; nothing restarts."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Final

from broker.ids import batch_id_of_file
from sql.ledger.batch_ledger import BatchLedger
from sql.ledger.batches import BatchState
from tests.support.data_files.second_reader import count_rows
from tests.support.data_files.spoiling import spoilt_file
from tests.support.pipeline import EQUIPMENT
from tests.support.running_stack import RunningStack, audit
from tests.support.session.figures import show
from tests.support.waiting import eventually

FILES: Final = 2_000
WARM_UP: Final = 200
"""Files after which everything is imported and every pool is filled."""

MOST_GROWTH: Final = 50 * 1024**2


def test_every_row_of_a_spoilt_file_is_somewhere(stack: RunningStack) -> None:
    processes = {name: stack.process(name) for name in ("ingestion", "worker-1", "gateway")}
    _all_done(stack, range(WARM_UP))
    before = processes["ingestion"].memory_info().rss
    ledgers = _all_done(stack, range(WARM_UP, FILES))
    growth = processes["ingestion"].memory_info().rss - before
    for name, process in processes.items():
        assert process.is_running(), name
        assert stack.process(name).pid == process.pid, f"{name} was started anew"
    ends = Counter(ledger.state.value for ledger in ledgers)
    rows = Counter({part: sum(getattr(ledger, part) for ledger in ledgers) for part in ("predicted", "quarantined")})
    show(f"{FILES} spoilt files: {dict(ends)}, rows {dict(rows)}; ingestion grew by {growth / 1024**2:.0f} MB")
    assert growth < MOST_GROWTH
    audit(stack)


def _all_done(stack: RunningStack, seeds: range) -> list[BatchLedger]:
    files = [spoilt_file(seed) for seed in seeds]
    ids = [stack.drop(content, name) for name, content in files]
    return [_accounted(stack, name, content, batch_id) for (name, content), batch_id in zip(files, ids, strict=True)]


def _accounted(stack: RunningStack, name: str, content: bytes, batch_id: object) -> BatchLedger:
    digest = hashlib.sha256(content).hexdigest()
    found = stack.wait_done(batch_id_of_file(EQUIPMENT.name, digest, name), 180)
    where = f"{name}: {found}"
    assert found.is_balanced, where
    assert found.dead_lettered == 0, where
    counted = count_rows(name, content)
    if found.state is BatchState.REFUSED:
        assert found.problem, where
        kept = _in_folder(stack, "bad_data", name)
        assert kept.read_bytes() == content, where
        assert (kept.parent / f"{kept.name}.why.txt").read_text(encoding="utf-8").strip() == found.problem
    else:
        assert counted is not None, where
        assert counted.least <= found.rows_in <= counted.most, f"{where}, counted {counted}"
        assert _in_folder(stack, "good_data", name).read_bytes() == content, where
    return found


def _in_folder(stack: RunningStack, folder: str, name: str) -> Path:
    path = Path(stack.settings["SMARTPREDICT_DATA"]) / folder / EQUIPMENT.name / name
    # The ledger is complete a moment before the file is put away.
    return eventually(lambda: path if path.exists() else None) or path
