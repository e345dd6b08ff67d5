"""Where ranks meet: `python -m training.out_of_core.distributed.tracker HOST PORT RANKS SECONDS`.

A process of its own, for XGBoost's tracker cannot be ended while it waits. It prints its port, and ends with its starter.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from training.out_of_core.distributed.ranks import LostRankError
from usecases.models.runtime import first_line
from usecases.models.xgboost_matrices import imported_xgboost


@contextmanager
def running_tracker(host: str, port: int, ranks: int, timeout: int) -> Iterator[int]:
    """Run a tracker, and return its port.

    Parameters
    ----------
    host, port
        Where it listens; 0 for any port.
    ranks, timeout
        How many it waits for, and for how many seconds.

    Raises
    ------
    LostRankError
        If it cannot listen there.
    """
    command = [sys.executable, "-m", __name__, host, str(port), str(ranks), str(timeout)]
    with subprocess.Popen(  # noqa: S603  # our own program, no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None  # noqa: S101  # for the type checker: they were asked for
        assert process.stderr is not None  # noqa: S101  # same
        try:
            found = process.stdout.readline().strip()
            if not found:
                raise LostRankError(f"no rank can meet others at {host}:{port}: {process.stderr.read().strip()[-300:]}")
            yield int(found)
        finally:
            process.kill()


def main(host: str, port: int, ranks: int, timeout: int) -> None:
    """Run a tracker until the starter is gone."""
    xgboost = imported_xgboost()
    from xgboost.tracker import RabitTracker  # noqa: PLC0415  # see imported_xgboost

    try:
        tracker = RabitTracker(n_workers=ranks, host_ip=host, port=port, sortby="task", timeout=timeout)
        tracker.start()
    except (xgboost.core.XGBoostError, OSError) as error:
        sys.exit(first_line(error))
    print(tracker.worker_args()["dmlc_tracker_port"], flush=True)  # noqa: T201  # to the starter
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
