"""Callers beside a file: what each costs the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.bulk import drop_file, follow_file, write_file
from benchmarks.online.wrk import Posts, put_load
from benchmarks.report import median
from benchmarks.stack import RunningStack

CALLERS = 16
LOAD_SECONDS = 2
"""Length of a run of load beside the file, which takes several of them."""


@dataclass(frozen=True, slots=True)
class BesideBulk:
    """What was measured of a file and of callers, each alone and both together.

    Attributes
    ----------
    idle_p99_ms, p99_ms
        Of the callers, alone and beside the file.
    alone_per_second, beside_per_second
        Rows of the file, alone and beside the callers.
    """

    idle_p99_ms: float
    p99_ms: float
    alone_per_second: float
    beside_per_second: float

    @property
    def p99_ratio(self) -> float:
        """How many times longer the slowest hundredth of the callers waits."""
        return self.p99_ms / self.idle_p99_ms

    @property
    def bulk_share(self) -> float:
        """Share of its speed that the file keeps."""
        return self.beside_per_second / self.alone_per_second


def measure_beside_bulk(stack: RunningStack, posts: Posts, rows: int) -> BesideBulk:
    """Measure callers and a file of so many rows, alone and then together."""
    idle = put_load(posts, connections=CALLERS, seconds=3 * LOAD_SECONDS).p99_ms
    alone = rows / drop_file(stack, rows, 1_001)[0]
    written = write_file(stack, rows, 1_002)
    found = []
    with ThreadPoolExecutor(1) as pool:
        followed = pool.submit(follow_file, stack, written, rows)
        while not followed.done():
            found.append(put_load(posts, connections=CALLERS, seconds=LOAD_SECONDS).p99_ms)
    # The last run goes on without the file.
    return BesideBulk(idle, median(found[:-1] or found), alone, rows / followed.result()[0])
