"""A training in several processes, as the command line starts it, and as each of them takes part in it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from cli.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from training.result import Progress, TrainingResult
    from usecases.contract.spec import UseCase
    from usecases.models.runtime import Runtime

__all__ = ["fit_as_rank", "is_first_rank", "is_rank", "start_ranks"]


def is_rank() -> bool:
    """Return whether this process is one of several that train together."""
    from training.out_of_core.distributed.ranks import RankSettings  # noqa: PLC0415 - see COMMAND_MODULES

    return RankSettings().is_rank


def is_first_rank() -> bool:
    """Return whether this process is the one of them that registers the version."""
    from training.out_of_core.distributed.ranks import RankSettings  # noqa: PLC0415 - see COMMAND_MODULES

    return RankSettings().task_id == 0


def start_ranks(hosts: str, this_host: str | None, port: int, options: list[str]) -> None:
    """Run `smartpredict train` with these options as the ranks of this machine, to their end.

    Raises
    ------
    UserError
        If one of them is lost.
    """
    from training.out_of_core.distributed.hosts import Hosts, HostsError  # noqa: PLC0415 - see COMMAND_MODULES
    from training.out_of_core.distributed.launch import run_ranks  # noqa: PLC0415 - same
    from training.out_of_core.distributed.ranks import LostRankError  # noqa: PLC0415 - same
    from training.out_of_core.memory import TrainingMemory  # noqa: PLC0415 - same

    try:
        found = Hosts.parse(hosts, this_host)
        settings = {"SMARTPREDICT_TRAINING_MEMORY": str(max(1, TrainingMemory().limit // len(found.here)))}
        if 0 not in found.here:
            typer.echo(f"Rank {found.here[0]} of {len(found.names)} is at work; {found.first} tells how it goes.")
        run_ranks(found, [sys.executable, "-m", "cli.main", "train", *options], settings, port)
    except (HostsError, LostRankError) as error:
        raise UserError(str(error)) from error


def fit_as_rank(
    use_case: UseCase,
    folder: Path,
    tracking_uri: str,
    progress: Progress,
    *,
    trials: int,
    runtime: Runtime,
    told: Callable[[str], None],
) -> TrainingResult | None:
    """Take part in a training; returns what came out in the first rank alone."""
    from training.out_of_core.distributed.ranks import end_with_the_starter  # noqa: PLC0415 - see COMMAND_MODULES
    from training.out_of_core.train import train_as_rank  # noqa: PLC0415 - same

    end_with_the_starter()
    return train_as_rank(use_case, folder, tracking_uri, progress, trials=trials, runtime=runtime, told=told)
