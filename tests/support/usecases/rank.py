"""A rank of a training, for tests: `python -m tests.support.usecases.rank FOLDER [WHAT RANK]`, which learns, or stops on the way."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from training.errors import TrainingDataError, TrainingError
from training.out_of_core.checking import check_and_store
from training.out_of_core.distributed.ranks import (
    Ranks,
    RankSettings,
    end_with_the_starter,
    joined,
    leave,
)
from training.out_of_core.memory import rows_of_ranks
from usecases.contract.catalog import load_catalog
from usecases.models.xgboost_runtime import XGBOOST

DIES, HANGS, COMPLAINS, SHARES = "dies", "hangs", "complains", "shares"


def main(folder: Path, what: str = "", which: int = -1) -> None:
    """Take part in a training of the only use case of a folder, and write down what came out."""
    with joined(RankSettings()) as ranks, tempfile.TemporaryDirectory() as store:
        mine = ranks.rank == which
        if what == SHARES:
            found = [one.decode() for one in ranks.gathered(b"rank " * ranks.rank)]
            (folder / f"{ranks.rank}.json").write_text(json.dumps(found))
            return
        if mine and what == COMPLAINS:
            raise TrainingDataError("its share is broken")
        _learn(folder, Path(store), ranks, what if mine else "")


def _learn(folder: Path, store: Path, ranks: Ranks, what: str) -> None:
    catalog = load_catalog(folder)
    use_case = catalog["kiln"]
    found = rows_of_ranks(use_case, catalog.folder("kiln"), ranks)
    rows = check_and_store(use_case, found.rows, store, ranks=ranks)

    def on_round(done: int, _: int) -> None:
        if done == 3 and what:
            (folder / "stopped").touch()
            os.kill(os.getpid(), signal.SIGKILL if what == DIES else signal.SIGSTOP)

    model = XGBOOST.fit_blocks(use_case, rows.training, rows.validation, None, on_round).model
    model.save(folder / f"{ranks.rank}.ubj")
    told = {
        "split": rows.split.words,
        "rows": rows.rows,
        "bad_rows": rows.bad_rows,
        "left_out": rows.sample.left_out,
        "sample": sorted(rows.sample.rows.column("heat_k").to_pylist()),
        "duplicates": rows.duplicates,
        "holdout": [heat for block in rows.holdout.blocks() for heat in block.rows.column("heat_k").to_pylist()],
    }
    (folder / f"{ranks.rank}.json").write_text(json.dumps(told))


if __name__ == "__main__":
    end_with_the_starter()
    try:
        main(Path(sys.argv[1]), "".join(sys.argv[2:3]), int(sys.argv[3]) if sys.argv[3:] else -1)
    except TrainingError as error:
        leave(error)
