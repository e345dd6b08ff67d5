"""The file of decisions: what was found in a data set, and what a person said to it, to be said again by a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from usecases.columns.patterns import error_in_words
from usecases.proposal.findings import CannotInferError, Choice, Finding, Severity

_HEAD = """\
# What was found in {data}, and what was decided. Fill in every `choice`, then run the same command again.
# A choice that is filled in counts for every file in which the same is found.
"""


class Decision(BaseModel):
    """One finding with what was decided about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    finding: str = Field(description="Name of the finding: its column and its kind.")
    found: str = Field(default="", description="What was found.")
    choices: list[Choice] = Field(default=[], description="What may be chosen.")
    suggestion: Choice | None = Field(default=None, description="What is done if nobody decides.")
    choice: Choice | None = Field(default=None, description="What was decided; empty as long as nobody has.")


class DecisionFile(BaseModel):
    """All decisions about a data set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decisions: list[Decision]


def read_decisions(path: Path) -> dict[str, Choice]:
    """Read what was decided, by the names of findings; what is not yet decided is left out.

    Raises
    ------
    CannotInferError
        If it is no file of decisions; names the place.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = DecisionFile.model_validate(content)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CannotInferError(
            f"{path.name} cannot be read as a file of decisions: {' '.join(str(error).split())}"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(map(str, first["loc"])) or "the file"
        raise CannotInferError(
            f"{path.name} is no file of decisions: {place}: {error_in_words(first)}. Correct it, or delete it to have it written anew"
        ) from error
    return {one.finding: one.choice for one in found.decisions if one.choice is not None}


def decisions_yaml(findings: Sequence[Finding], decided: Mapping[str, Choice], data: str, *, all_decided: bool) -> str:
    """Write what was found and decided.

    Parameters
    ----------
    findings
        What was found; only what leaves a choice is written.
    decided
        Earlier decisions, which are kept also where this data has nothing of the kind.
    data
        Name of the file of data.
    all_decided
        Whether the suggestions are decisions.
    """
    asked = [finding for finding in findings if finding.choices]
    entries = [_entry(finding, all_decided=all_decided) for finding in asked]
    names = {finding.id for finding in asked}
    entries += [{"finding": name, "choice": choice.value} for name, choice in decided.items() if name not in names]
    text = yaml.safe_dump(
        {"decisions": entries}, sort_keys=False, allow_unicode=True, width=118, default_flow_style=None
    )
    return _HEAD.format(data=data) + text


def _entry(finding: Finding, *, all_decided: bool) -> dict[str, Any]:
    is_open = finding.severity is Severity.DECIDE and not all_decided
    return {
        "finding": finding.id,
        "found": finding.text,
        "choices": [choice.value for choice in finding.choices],
        "suggestion": None if finding.suggestion is None else finding.suggestion.value,
        "choice": None if is_open or finding.choice is None else finding.choice.value,
    }
