"""What schedules make, by which one may wait for another: `@dag(schedule=[PREDICTIONS])`."""

from __future__ import annotations

from typing import Final

from airflow.sdk import Asset

__all__ = ["MODELS", "PREDICTIONS", "VALIDATED_DATA"]

VALIDATED_DATA: Final = Asset(name="validated data", uri="smartpredict://validated-data")
PREDICTIONS: Final = Asset(name="predictions", uri="smartpredict://predictions")
MODELS: Final = Asset(name="models", uri="smartpredict://models")
