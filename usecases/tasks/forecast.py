"""Forecast: a number of the future; it can be declared, but not trained yet."""

from __future__ import annotations

from typing import ClassVar

from usecases.tasks.definition import NumberTask


class Forecast(NumberTask):
    """A number that depends on what came before its row, which this version makes no features of yet."""

    name: ClassVar[str] = "forecast"
    why_not_trained: ClassVar[str] = "is a forecast, which cannot be trained yet"
