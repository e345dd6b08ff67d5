"""Titles, descriptions and units of a use case: they can be changed while rows are checked as before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from usecases.columns.patterns import LINES, ONE_LINE
from usecases.contract.spec import UseCase


class FeatureWording(BaseModel):
    """What people read about a feature; None leaves it as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str | None, Field(max_length=120, pattern=ONE_LINE)] = None
    description: Annotated[str | None, Field(max_length=1_000, pattern=LINES)] = None
    unit: Annotated[str | None, Field(max_length=30, pattern=ONE_LINE)] = None


class Wording(BaseModel):
    """What people read about a use case; None leaves it as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str | None, Field(min_length=1, max_length=120, pattern=ONE_LINE)] = None
    description: Annotated[str | None, Field(max_length=2_000, pattern=LINES)] = None
    features: Annotated[dict[str, FeatureWording], Field(max_length=1_000)] = Field(default_factory=dict)


class UnknownFeatureError(ValueError):
    """The use case has no such feature, or its file does not name it; its argument is the name."""


def with_wording(use_case: UseCase, wording: Wording) -> UseCase:
    """Return a use case with other texts; its digest stays, for they say nothing about what a valid row is.

    Raises
    ------
    UnknownFeatureError
        If it has no feature of a name.
    """
    for name in wording.features:
        if name not in use_case.features_by_name:
            raise UnknownFeatureError(name)
    content = use_case.model_dump(mode="json") | _given(wording)
    content["features"] = [one | _given(wording.features.get(one["name"])) for one in content["features"]]
    return UseCase.model_validate(content)


def file_with_wording(text: str, wording: Wording) -> str:
    r"""Write texts into the content of a `usecase.yaml`; all else of it stays as it is, comments included.

    Raises
    ------
    UnknownFeatureError
        If a feature is not among those that it names.

    Examples
    --------
    >>> print(file_with_wording("name: rents  # of flats\ntitle: Rents\n", Wording(title="Rents in Berlin", description="A")))
    name: rents  # of flats
    description: "A"
    title: "Rents in Berlin"
    <BLANKLINE>
    """
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    changes = [*_changes(text, root, _given(wording))]
    features = _member(root, "features")
    named = {} if features is None else {_member(node, "name").value: node for node in features.value}
    for name, one in wording.features.items():
        if name not in named:
            raise UnknownFeatureError(name)
        changes += _changes(text, named[name], _given(one))
    for start, end, written in sorted(changes, reverse=True):
        text = text[:start] + written + text[end:]
    return text


def _given(wording: Wording | FeatureWording | None) -> dict[str, str]:
    return {} if wording is None else wording.model_dump(exclude={"features"}, exclude_none=True)


def _changes(text: str, node: Any, texts: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    """Yield what stands from where to where instead, for each text."""
    for name, value in texts.items():
        written = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=10**9).strip()
        known = _member(node, name)
        if known is not None:
            start, end = known.start_mark.index, known.end_mark.index
            yield start, end, written + ("\n" if text[start:end].endswith("\n") else "")
        elif node.flow_style:
            end = _member(node, "name").end_mark.index
            yield end, end, f", {name}: {written}"
        else:
            key, after = next(pair for pair in node.value if pair[0].value == "name")
            line = text.find("\n", after.end_mark.index)
            end = len(text) if line < 0 else line
            yield end, end, f"\n{' ' * key.start_mark.column}{name}: {written}"


def _member(node: Any, name: str) -> Any:
    """Return the node of a member of a mapping; None where it has no such member."""
    return next((value for key, value in node.value if key.value == name), None)
