"""One training in a process of its own: `python -m training.service.run ID`.

It tells the trainer how far it is and how it ended, a line of JSON each; the trainer alone writes that down. It ends with the
trainer, whatever ends that one, so a training that is begun anew never runs beside itself.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import resource
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Engine

from broker.service.logs import configure_logging
from registry.client import Registry, RegistryError
from registry.gates import GateResult, refusals
from registry.inspection import inspect
from registry.names import CHAMPION
from sql.base.engine import connect_engine
from sql.registry.live_catalog import registered_catalog
from sql.registry.trainings import LearnFrom, Training, find_training
from training.data import TrainingData, load_training_data
from training.errors import OUT_OF_MEMORY, TrainingError
from training.history import load_history
from training.out_of_core.distributed.ranks import end_with_the_starter
from training.out_of_core.memory import RowsPastMemory, rows_past_memory
from training.service.settings import TrainerSettings
from training.train import Step, TrainingResult, train
from usecases.contract.catalog import UnknownUseCaseError, use_case_folder
from usecases.contract.spec import UseCase
from usecases.models.runtime import ModelError
from usecases.models.runtimes import UnknownLibraryError, runtime_named

FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
"""Ids of predictions count from there; none is older."""

NICENESS = 10
"""Callers who wait for predictions come first where they share the machine."""

FIRST_TO_END = 1_000
"""Where memory runs out, the kernel ends this process before any other, so that no server falls with it."""

log = structlog.get_logger(__name__)

Tell = Callable[[Mapping[str, Any]], None]
"""Sends a line to the trainer."""


def main(training_id: UUID, tell: Tell) -> None:
    """Run a training, and tell how it ended."""
    settings = TrainerSettings()
    _make_way(settings.trainer_memory)
    engine = connect_engine(settings.database_url.get_secret_value(), "training", pool_size=1)
    try:
        tell({"result": carry_out(find_training(engine, training_id), settings, engine, tell)})
    except (TrainingError, ModelError, UnknownUseCaseError, UnknownLibraryError) as error:
        tell({"problem": str(error)})
    except MemoryError:
        log.exception("Training is out of memory")
        tell({"problem": OUT_OF_MEMORY})
    except Exception as error:
        log.exception("Training failed")
        said = str(error).partition("\n")[0]
        tell(
            {
                "problem": f"{type(error).__name__}: {said}; the log of the trainer tells more. Order it again, or ask the operator"
            }
        )
    finally:
        engine.dispose()


def carry_out(training: Training, settings: TrainerSettings, engine: Engine, tell: Tell) -> dict[str, Any]:
    """Train as `smartpredict train` does, by the contract that is in force; returns what is written down of it."""
    order = training.order
    use_case = registered_catalog(engine)[order.use_case]
    data, origin = _data(training, use_case, settings, engine)

    def progress(step: Step, share: float) -> None:
        tell({"step": step.value, "progress": share})

    progress(Step.READING, 0.0)
    result = train(
        use_case,
        use_case_folder(use_case.name, settings.usecases),
        settings.mlflow_url,
        progress,
        engine=engine,
        data=data,
        origin=origin,
        trials=order.trials,
        runtime=runtime_named(order.library),
        told=lambda text: log.info("Rows do not fit into memory", forecast=text),
    )
    return _told(result, _gates(use_case, result.version, settings.mlflow_url))


def _data(
    training: Training, use_case: UseCase, settings: TrainerSettings, engine: Engine
) -> tuple[TrainingData | RowsPastMemory | None, str]:
    """Find what is to be learned from, with its origin in words; no data where the use case names it."""
    order = training.order
    match order.learn_from:
        case LearnFrom.USE_CASE:
            return None, "of the training data"
        case LearnFrom.LABELS:
            start, end = order.since or FIRST_MOMENT, order.until or datetime.now(UTC)
            span = f"with labels, received from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
            return load_history(engine, use_case, start, end), span
        case LearnFrom.FILE:
            path = training.file(settings.data)
            named = use_case.training.model_copy(update={"data": path.name})
            of_file = use_case.model_copy(update={"training": named})
            past_memory = rows_past_memory(of_file, path.parent)
            return past_memory or load_training_data(of_file, path.parent, engine), f"of the file {path.name}"


def _gates(use_case: UseCase, version: int, mlflow_url: str) -> tuple[GateResult, ...]:
    """Hold the new version against the gates; nothing where the registry has just gone away, for the version is there."""
    with contextlib.closing(Registry(mlflow_url)) as registry:
        try:
            known, champion = registry.version(use_case.name, version), registry.by_alias(use_case.name, CHAMPION)
            return inspect(registry, use_case, known, champion).results
        except RegistryError as error:
            log.warning("Version could not be held against the gates", error=str(error))
            return ()


def _told(result: TrainingResult, gates: tuple[GateResult, ...]) -> dict[str, Any]:
    baseline = result.baseline
    return {
        "version": result.version,
        "digest": result.digest,
        "rows": result.rows,
        "rows_left_out": result.bad_rows,
        "left_out": list(result.left_out),
        "rounds": result.rounds,
        "trials": max(1, len(result.trials)),
        "holdout": result.holdout.split.words,
        "metrics": _finite(result.evaluation.metrics),
        "metrics_at_random": _finite(result.holdout.metrics_at_random),
        "champion": None
        if baseline is None
        else {"version": baseline.version, "metrics": _finite(baseline.evaluation.metrics)},
        "is_better": result.is_better,
        "gates": [one.as_json() for one in gates],
        "may_be_promoted": bool(gates) and not refusals(gates),
        "run_url": result.run_url,
        "report_url": result.report_url,
    }


def _finite(metrics: Mapping[str, float]) -> dict[str, float | None]:
    """Return metrics as JSON has them: one that is no number is none."""
    return {name: value if math.isfinite(value) else None for name, value in metrics.items()}


def _make_way(memory: int | None) -> None:
    """Take second place on this machine, and no more memory than allowed."""
    os.nice(NICENESS)
    with contextlib.suppress(OSError):  # not every container lets it be written
        Path("/proc/self/oom_score_adj").write_text(str(FIRST_TO_END), encoding="ascii")
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def _output() -> Tell:
    """Keep the standard output for what the trainer is told; what libraries print goes to the log."""
    lines = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return lambda told: print(json.dumps(told), file=lines)


if __name__ == "__main__":
    configure_logging("training")
    end_with_the_starter()
    main(UUID(sys.argv[1]), _output())
