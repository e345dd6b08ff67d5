"""What was found about the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from usecases.proposal.findings import Finding
from usecases.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Target:
    """The target, read.

    Attributes
    ----------
    task, classes, class_source_names, left_out_classes, missing_values, decimal_comma
        For the use case.
    reason
        Why the task is what it is.
    known
        Rows whose target is known.
    numbers
        Codes of the classes or numbers, of those rows.
    """

    task: Task
    reason: str
    known: np.ndarray[Any, np.dtype[np.bool_]]
    numbers: np.ndarray[Any, np.dtype[np.float64]]
    findings: tuple[Finding, ...]
    classes: tuple[str, ...] = ()
    class_source_names: tuple[str, ...] = ()
    left_out_classes: tuple[str, ...] = ()
    missing_values: tuple[str, ...] = ()
    decimal_comma: bool = False
