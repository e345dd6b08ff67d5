"""Regression: a number."""

from __future__ import annotations

from typing import ClassVar

from usecases.tasks.definition import NumberTask


class Regression(NumberTask):
    """A number that depends on nothing but its row."""

    name: ClassVar[str] = "regression"
