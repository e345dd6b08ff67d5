"""What comes of changing the version that is served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.client import RegistryError, Run, Version
from registry.gates import GateResult, refusals
from sql.registry.promotions import Kind, Promotion


class PromotionRefusedError(RegistryError):
    """A gate keeps the version out; the champion stays.

    Attributes
    ----------
    results
        What every gate found.
    """

    def __init__(self, use_case: str, version: int, results: Sequence[GateResult]) -> None:
        self.results = tuple(results)
        reasons = "; ".join(f"{result.gate.value}: {result.detail}" for result in refusals(results))
        super().__init__(f"Version {version} of {use_case} is refused. {reasons}. What is served stays as it is.")


class NothingToRollBackError(RegistryError):
    """No version was champion before the one that is."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that workers were told of.

    Attributes
    ----------
    promotion
        What is in the history now; none where the version was champion already.
    version
        The champion, or challenger, from now on.
    results
        What the gates found.
    problem
        Why workers could not be told, and find out at their next look; empty where they were.
    """

    promotion: Promotion | None
    version: int
    results: tuple[GateResult, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A version with its training."""

    version: Version
    run: Run


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A version and what the gates say of it."""

    known: KnownVersion
    results: tuple[GateResult, ...]


def version_before(history: Sequence[tuple[Kind, int]]) -> int | None:
    """Find the version that a rollback leads to; each rollback leads one further back.

    >>> version_before([(Kind.PROMOTED, 1), (Kind.PROMOTED, 2), (Kind.PROMOTED, 3)])
    2
    >>> version_before([(Kind.PROMOTED, 1), (Kind.PROMOTED, 2), (Kind.PROMOTED, 3), (Kind.ROLLED_BACK, 2)])
    1
    """
    way: list[int] = []
    for kind, version in history:
        if kind is Kind.ROLLED_BACK and way:
            way.pop()
        else:
            way.append(version)
    return way[-2] if len(way) > 1 else None
