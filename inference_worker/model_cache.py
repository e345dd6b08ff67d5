"""The loaded models that are served: one per use case, exchanged between two parts, never within one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from monitoring.profiles.part_counts import PartCounter
from usecases.contract.spec import UseCase
from usecases.forecasts.baselines import baseline_scores
from usecases.models.explaining import explain
from usecases.models.runtime import Model, NoExplanationError
from usecases.models.scoring import score
from usecases.tasks.definition import Scores


class NoModelError(Exception):
    """No usable model of the use case is loaded; says why."""


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A loaded version of a model."""

    version: int
    digest: str
    schema_hash: str
    model: Model
    tally: PartCounter | None = None
    """Counts rows in the bins of its training data; none where it came without a profile."""

    def score(self, use_case: UseCase, rows: pa.RecordBatch) -> Scores:
        """Return the answers to checked rows."""
        return score(use_case, self.model, rows)

    def explain(self, use_case: UseCase, rows: pa.RecordBatch) -> list[list[list[float]]] | None:
        """Return what each feature contributed to each answer; nothing where the model's library does not tell."""
        try:
            contributions: list[list[list[float]]] = explain(use_case, self.model, rows).tolist()
        except NoExplanationError:
            return None
        return contributions


@dataclass(frozen=True, slots=True)
class ServedBaseline:
    """A simple rule that answers for a forecast while no version has passed the gates; its version is 0."""

    rule: str
    version: ClassVar[int] = 0
    tally: ClassVar[None] = None

    def score(self, use_case: UseCase, rows: pa.RecordBatch) -> Scores:
        """Return the answers to checked rows."""
        return baseline_scores(use_case, self.rule, rows)

    def explain(self, use_case: UseCase, rows: pa.RecordBatch) -> None:
        """Return nothing: there is no model whose features would contribute."""


Served = ServedModel | ServedBaseline


class ModelCache:
    """Served models by use case.

    A part takes its model once and keeps it to its end, so a swap never mixes versions within a part; assignment of a
    dictionary entry is atomic, so readers need no lock.
    """

    def __init__(self) -> None:
        self._served: dict[str, ServedModel] = {}
        self._of_earlier_contract: dict[str, ServedModel] = {}
        self._rules: dict[str, str] = {}

    def put(self, use_case: str, served: ServedModel) -> None:
        """Serve this version from the next part on; one for an earlier contract stays for the rows on their way."""
        before = self._served.get(use_case)
        if before is not None and before.schema_hash != served.schema_hash:
            self._of_earlier_contract[use_case] = before
        self._served[use_case] = served

    def answer_by(self, use_case: str, rule: str) -> None:
        """Have a baseline answer for a forecast until a version is served."""
        self._rules[use_case] = rule

    def take(self, use_case: UseCase) -> Served:
        """Return the served version, or the baseline that answers for a forecast without one.

        Raises
        ------
        NoModelError
            If there is none, or it was trained on other columns than the use case has now.
        """
        served = self._served.get(use_case.name)
        if served is None and use_case.name in self._rules:
            return ServedBaseline(self._rules[use_case.name])
        if served is None:
            raise NoModelError(f"no model of {use_case.name} is loaded; train one: smartpredict train {use_case.name}")
        if served.schema_hash != use_case.schema_hash:
            earlier = self._of_earlier_contract.get(use_case.name)
            if earlier is not None and earlier.schema_hash == use_case.schema_hash:
                return earlier
            raise NoModelError(
                f"version {served.version} of {use_case.name} was trained for the row contract {served.schema_hash}, "
                f"the use case now has {use_case.schema_hash}; train again: smartpredict train {use_case.name}"
            )
        return served

    def holds(self, use_case: str, version: int, digest: str) -> bool:
        """Return whether this very version is served; its number alone may come again in a registry that was set up anew."""
        served = self._served.get(use_case)
        return served is not None and (served.version, served.digest) == (version, digest)

    def tally(self, use_case: str) -> PartCounter | None:
        """Return what counts the rows of the served version, if anything does."""
        served = self._served.get(use_case)
        return None if served is None else served.tally

    def versions(self) -> dict[str, int]:
        """Return the served version of every use case."""
        return {name: served.version for name, served in self._served.items()}
