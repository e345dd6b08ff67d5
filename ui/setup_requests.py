"""The page's requests to add a use case; each carries the key of an administrator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Literal

from ui.gateway.client import Gateway

Severity = Literal["decide", "look", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found in the data."""

    severity: Severity
    text: str
    done: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Inferred:
    """A use case as it would be, and what a person should look at first."""

    use_case: dict[str, Any]
    data: str
    rows: int
    findings: tuple[Finding, ...] = ()
    undecided: int = 0
    reasons: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Added:
    """A use case that was added."""

    name: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What a person decided about the columns of a file."""

    target: str
    name: str = ""
    keep: Sequence[str] = ()
    drop: Sequence[str] = ()
    category: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Setup:
    """The gateway's way to new use cases."""

    gateway: Gateway

    def infer(self, file: IO[bytes], file_name: str, decisions: Decisions, key: str) -> Inferred:
        """Have a use case made of a file, to be looked at."""
        parameters: dict[str, str | Sequence[str]] = {
            "name": file_name,
            "target": decisions.target,
            "keep": list(decisions.keep),
            "drop": list(decisions.drop),
            "category": list(decisions.category),
        }
        if decisions.name:
            parameters["use_case"] = decisions.name
        return self.gateway.hand_in(Inferred, "/use-cases/infer", file, parameters, key=key)

    def add(self, use_case: dict[str, Any], data: str, key: str) -> Added:
        """Have a use case added, edited or not."""
        return self.gateway.post(Added, "/use-cases", {"use_case": use_case, "data": data}, key=key)
