"""Why a model cannot be trained, in words that say what to change."""

from __future__ import annotations


class TrainingError(Exception):
    """Base of what stops a training; a retry without a change cannot help."""


class TrainingDataError(TrainingError):
    """The training data is not there, or not good enough to learn from."""


class RegistryUnavailableError(TrainingError):
    """MLflow did not take the model; nothing was registered."""
