"""Whether a use case is served, and if not, what it wants: a worker, a moment, or a first version."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from sql.registry.workers import Worker


class Serving(StrEnum):
    """How it stands with the model of a use case."""

    SERVED = "served"
    NO_WORKER = "no_worker"
    """No worker runs, whatever versions there are."""
    NOT_LOADED = "not_loaded"
    """Workers run and a version is champion; none has loaded it, or none can."""
    NO_MODEL = "no_model"
    """Workers run, and no version has ever been champion."""


def serving_of(use_case: str, workers: Sequence[Worker], champions: Mapping[str, int]) -> Serving:
    """Return how it stands with the model of a use case.

    Parameters
    ----------
    use_case
        Its name.
    workers
        Those that are alive.
    champions
        The version that became champion last, by use case.
    """
    if any(use_case in worker.models for worker in workers):
        return Serving.SERVED
    if not workers:
        return Serving.NO_WORKER
    return Serving.NOT_LOADED if use_case in champions else Serving.NO_MODEL


def unserved_in_words(unserved: Collection[str], workers: Sequence[Worker], champions: Mapping[str, int]) -> str:
    """Return why no use case at all is served, and what has to be done."""
    if not workers:
        return "no worker has reported within 15 seconds; none runs, or it cannot reach the database"
    promoted = sorted(name for name in unserved if name in champions)
    if not promoted:
        return "no worker has loaded a model; train one: smartpredict train <use case>"
    problems = sorted(
        {f"{name}: {worker.problems[name]}" for worker in workers for name in promoted if name in worker.problems}
    )
    named = ", ".join(f"{name} version {champions[name]}" for name in promoted)
    return f"no worker has loaded a model yet; champion: {named}" + "".join(f"; {problem}" for problem in problems)
