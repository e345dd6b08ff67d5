"""Why a model cannot be trained, in words that say what to change."""

from __future__ import annotations

OUT_OF_MEMORY = (
    "there was not enough memory for it; learn from fewer rows, or ask the operator for a machine with more memory or a "
    "higher SMARTPREDICT_TRAINER_MEMORY"
)
"""What is said of a training that a trainer could not give enough memory."""


class TrainingError(Exception):
    """Base of what stops a training; a retry without a change cannot help."""


class TrainingDataError(TrainingError):
    """The training data is not there, or not good enough to learn from."""


class RegistryUnavailableError(TrainingError):
    """MLflow did not take the model; nothing was registered."""
