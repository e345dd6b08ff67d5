"""A task in one file: one of two classes, where the second is named only by a model that is sure of it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from typing_extensions import override

from usecases.metrics.inputs import Floats
from usecases.tasks.binary import Binary
from usecases.tasks.definition import Codes
from usecases.tasks.task import NamedTask

SURE = 0.8


class Cautious(Binary):
    """One of two classes."""

    name: ClassVar[str] = "cautious"
    plots: ClassVar[tuple[str, ...]] = ("confusion",)

    @override
    def predicted_codes(self, raw: Floats) -> Codes:
        return (raw >= SURE).astype(np.int32)


class MoreTasks(NamedTask):
    """The line that names it."""

    CAUTIOUS = Cautious()
