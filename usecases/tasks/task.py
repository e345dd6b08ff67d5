"""The tasks there are, by their names in `usecase.yaml`."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from usecases.tasks.binary import Binary
from usecases.tasks.definition import TaskDefinition
from usecases.tasks.forecast import Forecast
from usecases.tasks.multiclass import Multiclass
from usecases.tasks.regression import Regression


class NamedTask(StrEnum):
    """The name of a task, which knows what the task is."""

    definition: TaskDefinition

    def __new__(cls, definition: TaskDefinition) -> Self:
        """Make a member that is written as the name of its task."""
        member = str.__new__(cls, definition.name)
        member._value_ = definition.name
        member.definition = definition
        return member


class Task(NamedTask):
    """What kind of answer the model gives."""

    BINARY = Binary()
    MULTICLASS = Multiclass()
    REGRESSION = Regression()
    FORECAST = Forecast()
