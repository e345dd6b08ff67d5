"""The ranks of a training: what each of its processes knows of the others, and how they add up what they found."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import numpy as np
import pyarrow as pa
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from training.errors import TrainingError
from usecases.models.runtime import first_line
from usecases.models.xgboost_matrices import imported_xgboost

HAS_LOST_ANOTHER = 3
"""Exit status of a rank that stopped for another one was lost; one that is at fault itself has 1."""

Numbers = TypeVar("Numbers", bound=np.ndarray[Any, Any])


class LostRankError(TrainingError):
    """The training cannot go on, for another of its processes has stopped or cannot be reached."""


class RankSettings(BaseSettings):
    """Where a process finds the others, by the names that XGBoost's own launchers set."""

    model_config = SettingsConfigDict(env_prefix="DMLC_", frozen=True)

    tracker_uri: str | None = Field(
        default=None, description="Host where the ranks meet; none of a training in one process."
    )
    tracker_port: int = Field(default=0, ge=0, le=65535, description="Its port.")
    task_id: int = Field(default=0, ge=0, description="Number of this rank, from 0.")
    num_worker: int = Field(default=1, ge=1, description="How many ranks there are.")
    timeout: int = Field(
        default=600, ge=1, description="Seconds that a rank waits for another; then it counts as lost."
    )

    @property
    def is_rank(self) -> bool:
        """Whether this process is one of several."""
        return self.tracker_uri is not None


@dataclass(frozen=True, slots=True)
class Ranks:
    """The processes of a training, seen from one of them.

    Attributes
    ----------
    rank
        Number of this one, from 0; the first registers the version.
    size
        How many there are.
    """

    rank: int = 0
    size: int = 1

    def summed(self, numbers: Numbers) -> Numbers:
        """Add up the numbers of all ranks, place by place; each calls this with as many, and gets the sums.

        Raises
        ------
        xgboost.core.XGBoostError
            If a rank is lost.
        """
        if self.size == 1:
            return numbers
        from xgboost import collective  # noqa: PLC0415  # half a second that other trainings need not spend

        found: Any = collective.allreduce(numbers, collective.Op.SUM).reshape(numbers.shape)
        return found  # type: ignore[no-any-return]

    def gathered(self, content: bytes) -> list[bytes]:
        """Return what each rank has, in their order; XGBoost itself would send pickles.

        Raises
        ------
        xgboost.core.XGBoostError
            If a rank is lost.
        """
        if self.size == 1:
            return [content]
        sizes = np.zeros(self.size, dtype=np.int64)
        sizes[self.rank] = len(content)
        ends = np.cumsum(self.summed(sizes))
        starts = np.concatenate([[0], ends[:-1]])
        whole = np.zeros(int(ends[-1]), dtype=np.uint8)
        # Where one rank has bytes the others have zeros, so that the sum is all of them.
        whole[starts[self.rank] : ends[self.rank]] = np.frombuffer(content, dtype=np.uint8)
        found = self.summed(whole)
        return [found[start:end].tobytes() for start, end in zip(starts, ends, strict=True)]

    def concatenated(self, numbers: Numbers) -> Numbers:
        """Put the rows of all ranks' numbers one after the other, in the order of the ranks."""
        parts = [np.frombuffer(one, dtype=numbers.dtype) for one in self.gathered(numbers.tobytes())]
        found: Any = np.concatenate([part.reshape(-1, *numbers.shape[1:]) for part in parts])
        return found  # type: ignore[no-any-return]

    def batches(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        """Put the rows of all ranks one after the other, in the order of the ranks."""
        if self.size == 1:
            return rows
        written = pa.BufferOutputStream()
        with pa.ipc.new_stream(written, rows.schema) as stream:
            stream.write_batch(rows)
        found = [pa.ipc.open_stream(one).read_all() for one in self.gathered(written.getvalue().to_pybytes())]
        return pa.concat_tables(found).combine_chunks().to_batches()[0]


ALONE = Ranks()
"""A training in one process."""


@contextmanager
def joined(settings: RankSettings) -> Iterator[Ranks]:
    """Meet the other ranks, and part from them at the end. XGBoost learns together with them meanwhile.

    Raises
    ------
    LostRankError
        If one of them is lost, or does not come.
    """
    error_of_xgboost = imported_xgboost().core.XGBoostError
    from xgboost import collective  # noqa: PLC0415  # see Ranks.summed

    try:
        collective.init(
            dmlc_communicator="rabit",
            dmlc_tracker_uri=settings.tracker_uri,
            dmlc_tracker_port=settings.tracker_port,
            # Ranks are numbered in the order of these as texts.
            dmlc_task_id=f"{settings.task_id:06}",
            dmlc_timeout=settings.timeout,
            dmlc_retry=max(3, int(settings.timeout**0.5)),  # each pause is two seconds longer than the one before
        )
        yield Ranks(collective.get_rank(), collective.get_world_size())
        collective.finalize()
    except error_of_xgboost as error:
        raise LostRankError(f"XGBoost stopped, as it does where another rank is lost: {first_line(error)}") from error


def leave(error: Exception) -> NoReturn:
    """Print why a rank stops and end it at once: XGBoost's threads crash where Python ends in its own time."""
    print(error, file=sys.stderr, flush=True)  # noqa: T201  # read by whoever started this
    os._exit(HAS_LOST_ANOTHER if isinstance(error, LostRankError) else 1)


def end_with_the_starter() -> None:
    """End this process as soon as the other end of its standard input is closed, however its starter ended."""

    def wait() -> None:
        os.read(sys.stdin.fileno(), 1)
        os._exit(1)

    threading.Thread(target=wait, name="starter", daemon=True).start()
