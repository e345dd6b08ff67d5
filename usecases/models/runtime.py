"""What a model library has to offer: a model that scores, and a runtime that fits, loads and stores such models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from usecases.contract.spec import UseCase
from usecases.metrics.inputs import Floats

OnRound = Callable[[int, int], None]
"""Hears the rounds done and the most there can be."""


class ModelError(ValueError):
    """The model cannot be used here; the message says what does not fit. A retry cannot help."""


class NoExplanationError(ModelError):
    """The library does not tell what each feature contributed; its answers are as good without."""


class ScoringError(RuntimeError):
    """The model gave an answer that is no finite number; the rows must not be recorded as if it were one."""


def first_line(error: Exception) -> str:
    """Return what an error says, in one line; its kind where it says nothing."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows to learn from.

    Attributes
    ----------
    rows
        Checked rows in the layout of :func:`usecases.contract.row_layout.row_schema`.
    targets
        The code of the class, or the number of a regression, per row.
    """

    rows: pa.RecordBatch
    targets: Floats

    def take(self, positions: np.ndarray[Any, np.dtype[np.int64]]) -> Examples:
        """Return the rows at these positions."""
        return Examples(self.rows.take(pa.array(positions)), self.targets[positions])


class ExampleBlocks(ABC):
    """Rows to learn from that are not all in memory at once."""

    @abstractmethod
    def blocks(self) -> Iterator[Examples]:
        """Yield the rows block by block, always the same and in the same order."""


@dataclass(frozen=True, slots=True)
class NotTold:
    """What a model file does not say of the rows it was fitted on, so that nothing but scores can prove it.

    Attributes
    ----------
    names
        Whether it has no names of features, so that columns in another order would look the same.
    codes
        Category features whose numbers it saw, but not which value has which.
    """

    names: bool = False
    codes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What is missing, as the end of a sentence; empty where nothing is."""
        missing = ["the names of its features"] if self.names else []
        return " and ".join([*missing, *([f"the codes of {', '.join(self.codes)}"] if self.codes else [])])


class Model(ABC):
    """A model, fitted just now or loaded.

    Attributes
    ----------
    rounds
        Rounds of boosting, or whatever the library repeats; 1 where it repeats nothing.
    """

    rounds: int

    @property
    @abstractmethod
    def summary(self) -> str:
        """Format and size in a few words, for people who promote it."""

    @abstractmethod
    def require_fit(self, use_case: UseCase) -> None:
        """Refuse to misread the rows of a use case. Call this once where a model is loaded; scoring trusts it.

        Raises
        ------
        ModelError
            Naming the first thing that differs: features, their order, their kind, the codes of a category, the task.
        """

    def not_told(self, use_case: UseCase) -> NotTold:  # noqa: ARG002  # of libraries whose files leave something open
        """Return what :meth:`require_fit` could not compare, for the file does not say it."""
        return NotTold()

    @abstractmethod
    def predict(self, use_case: UseCase, rows: pa.RecordBatch) -> Floats:
        """Return the numbers that :class:`usecases.tasks.definition.Output` says of the task, for one row or more.

        Raises
        ------
        ModelError
            If the model has another number of features.
        """

    @abstractmethod
    def contributions(self, use_case: UseCase, rows: pa.RecordBatch) -> Floats:
        """Return what each feature added to each output; see :func:`usecases.models.explaining.explain`.

        Raises
        ------
        NoExplanationError
            If the library does not tell.
        """

    @abstractmethod
    def importance(self) -> Mapping[str, float]:
        """Return how much each feature contributes on the whole, in any unit; features that do not may be left out."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the model file."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model.

    Attributes
    ----------
    model
        The model.
    parameters
        What it was fitted with, for the record.
    validation
        Loss on the validation rows, by which a search compares.
    """

    model: Model
    parameters: dict[str, Any]
    validation: float


class Runtime(ABC):
    """A model library.

    A model file holds numbers and text, never code: loading one must not be able to run anything.

    Attributes
    ----------
    name
        Name of its flavour in MLflow, by which the runtime of a version is known.
    ending
        Ending of its model files, by which the runtime of a worker's copy is known; no other runtime has it, and it is
        not that of a file beside the model (`.json`).
    file_key
        Where MLflow's description of the flavour names the model file.
    how_to_register
        How somebody registers a model of their own, as the end of a sentence.
    """

    name: ClassVar[str]
    ending: ClassVar[str]
    file_key: ClassVar[str] = "data"
    how_to_register: ClassVar[str]

    @property
    def model_file(self) -> str:
        """Name of the model file of a version that `smartpredict train` made."""
        return f"model{self.ending}"

    def is_open(self, described: Mapping[str, Any]) -> bool:  # noqa: ARG002  # of libraries that write pickles, too
        """Return whether a version is in the open format of the library, by MLflow's description of its flavour."""
        return True

    @abstractmethod
    def fit(
        self, use_case: UseCase, training: Examples, validation: Examples, on_round: OnRound | None = None
    ) -> Fitted:
        """Fit a model on the training rows; the validation rows may tell when to stop."""

    def fit_blocks(
        self,
        use_case: UseCase,  # noqa: ARG002  # of libraries that can
        training: ExampleBlocks,  # noqa: ARG002  # same
        validation: ExampleBlocks,  # noqa: ARG002  # same
        cache: Path | None = None,  # noqa: ARG002  # same
        on_round: OnRound | None = None,  # noqa: ARG002  # same
    ) -> Fitted:
        """Fit a model on rows that are not all in memory at once.

        Parameters
        ----------
        use_case, training, validation
            As :meth:`fit` takes them.
        cache
            Folder for what does not fit into memory; without one, all but the rows themselves is kept there.
        on_round
            Hears how far it is.

        Raises
        ------
        ModelError
            If the library cannot.
        """
        raise ModelError(
            f"{self.name} learns from rows that are all in memory, and these do not fit; fit it with xgboost, take a part of "
            "the rows, or allow more memory"
        )

    def refit(self, use_case: UseCase, fitted: Fitted, examples: Examples) -> Fitted:  # noqa: ARG002  # of libraries that can
        """Fit once more, on more rows and as long as before; a library that cannot keeps what it fitted."""
        return fitted

    @abstractmethod
    def options(self, use_case: UseCase) -> dict[str, float | int]:
        """Return the training parameters that a search may change, as the use case has them."""

    @abstractmethod
    def draw(self, rng: np.random.Generator) -> dict[str, float | int]:
        """Draw other values of the same training parameters."""

    @abstractmethod
    def load(self, path: Path, *, threads: int = 1) -> Model:
        """Read a model file.

        Parameters
        ----------
        path
            The file. Its content decides, not its name.
        threads
            Threads of a prediction; one is best where every worker process scores for itself.

        Raises
        ------
        ModelError
            If the content is anything but the open format of the library, a pickle above all, or damaged.
        """

    @abstractmethod
    def log(self, model: Model, **stored: Any) -> Any:
        """Store a model in the run of MLflow that is open, in the library's flavour; returns MLflow's description of it.

        Parameters
        ----------
        model
            A model of this runtime.
        stored
            Where to and what beside it, as every flavour of MLflow takes it.
        """
