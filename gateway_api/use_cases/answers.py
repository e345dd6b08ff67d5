"""Use cases, and one made of a file, as answers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from gateway_api.wire.answers import Answer
from sql.observations.freshness import FeatureFreshness
from usecases.checking.row_model import example_row
from usecases.columns.features import Feature
from usecases.contract.arriving import brought_contract
from usecases.contract.catalog import DEFAULT_USE_CASE
from usecases.contract.observations import observation_contract
from usecases.contract.spec import Mode, UseCase
from usecases.proposal.findings import Choice, Finding, Severity
from usecases.tasks.task import Task


class FeatureAnswer(Answer):
    """A column that a row brings, with all that a form needs to ask for it."""

    name: str = Field(description="Column name.")
    type: Literal["float", "integer", "category", "boolean", "timestamp"] = Field(description="Kind of value.")
    title: str = Field(description="Label a person reads, with its unit.")
    description: str = Field(description="Help text.")
    unit: str = Field(description="Unit of the value; empty where it has none.")
    nullable: bool = Field(description="Whether a value may be missing.")
    minimum: float | int | datetime | None = Field(description="Smallest allowed value, or earliest time.")
    maximum: float | int | datetime | None = Field(description="Largest allowed value, or latest time.")
    values: list[str] | None = Field(description="Allowed values of a category.")
    example: Any = Field(description="Example to fill in.")
    joined_from: str | None = Field(
        description="Use case from whose observations it is joined by key; rows do not bring it. None for all others."
    )


class RuleAnswer(Answer):
    """A condition between the values of one row."""

    name: str = Field(description="Name shown among the reasons of a bad row.")
    check: str = Field(description="The condition.")
    description: str = Field(description="Why rows that break it are wrong.")


class UseCaseSummary(Answer):
    """A use case in a list."""

    name: str = Field(description="Name, as `use_case` takes it.")
    title: str = Field(description="Name a person reads.")
    description: str = Field(description="What is predicted, and from what.")
    task: Task = Field(description="Kind of answer.")
    default: bool = Field(description="Whether it is meant where a request names none.")


class UseCaseList(Answer):
    """All use cases."""

    use_cases: list[UseCaseSummary] = Field(description="In the order of their names.")


class UseCaseAnswer(UseCaseSummary):
    """All that is needed to build a form or a file for a use case."""

    mode: Mode = Field(description="When good rows of a file are predicted.")
    target: str = Field(description="What is predicted.")
    classes: list[str] = Field(description="Names of the classes; for a binary task the second is the positive one.")
    class_source_names: list[str] = Field(
        description="How data write each class, in the same order, where they do not write its name; labels may, too."
    )
    key: str | None = Field(description="Text column that names a row, where there is one; may be left out.")
    features: list[FeatureAnswer] = Field(description="Columns the model sees, in order.")
    observation: list[FeatureAnswer] | None = Field(
        description="Columns of an observation, as files and messages bring them; none but for a forecast."
    )
    rules: list[RuleAnswer] = Field(description="Conditions between the values of a row.")
    schema_hash: str = Field(description="Digest of the row contract.")
    max_bad_share: float = Field(description="Share of bad rows past which a whole file is refused.")
    example: dict[str, Any] = Field(description="A row made of the examples.")


class FeatureTableAnswer(Answer):
    """Observations that features are joined from, and how fresh they are."""

    table: str = Field(description="Use case whose observations are joined.")
    join_key: str | None = Field(description="Column of a row that names the series; none where there is one series.")
    features: list[str] = Field(description="Features that are joined.")
    max_age: str | None = Field(
        description="Age past which an observation is too old, such as `3h`; none where any is taken."
    )
    age_seconds: float | None = Field(
        description="Time since the newest observation of any series; none where there is none."
    )
    series: int = Field(description="Series that rows can be joined with.")
    stale: int = Field(
        description="Those whose newest observation is too old, or that have none: the features of rows with their key are "
        "missing, or the rows bad where a feature must not be."
    )


class FeatureTableList(Answer):
    """What a use case joins features from."""

    feature_tables: list[FeatureTableAnswer] = Field(
        description="In the order of the use case; empty where rows bring all."
    )


class FindingAnswer(Answer):
    """One thing that was found in the data."""

    id: str = Field(description="Its name, the same whenever the same is found in the same column.")
    column: str | None = Field(description="Column as the file names it; none where it is about all of them.")
    severity: Severity = Field(description="`decide`: a person has to; `look`: probably right; `info`: good to know.")
    text: str = Field(description="What was found.")
    done: str = Field(description="What was done about it.")
    choices: list[Choice] = Field(description="What may be said to it, by `decide`; none where nothing.")
    suggestion: Choice | None = Field(description="What is done if nobody decides.")
    choice: Choice | None = Field(description="What was done: as decided, or else as suggested.")


def finding_answer(finding: Finding) -> FindingAnswer:
    """Build the answer about a finding."""
    return FindingAnswer(
        id=finding.id,
        column=finding.column,
        severity=finding.severity,
        text=finding.text,
        done=finding.done,
        choices=list(finding.choices),
        suggestion=finding.suggestion,
        choice=finding.choice,
    )


class InferAnswer(Answer):
    """A use case as it would be, and what a person should look at first."""

    use_case: dict[str, Any] = Field(description="As in `usecase.yaml`; may be edited and sent to `POST /use-cases`.")
    data: str = Field(description="Name of the stored file, for `POST /use-cases`; kept for a day.")
    rows: int = Field(description="Rows of the file.")
    findings: list[FindingAnswer] = Field(description="What was found, what has to be decided first.")
    undecided: int = Field(description="Findings that have to be decided; without a decision `done` stands.")
    reasons: dict[str, str] = Field(description="Why each column is what it is, by its name in the use case.")


class AddedUseCase(Answer):
    """A use case that was added; services know it within a second."""

    name: str = Field(description="Its name.")
    schema_hash: str = Field(description="Digest of its row contract.")
    next: str = Field(description="The command that gives it a model.")


def use_case_summary(use_case: UseCase) -> UseCaseSummary:
    """Build the entry of a use case in a list."""
    return UseCaseSummary(
        name=use_case.name,
        title=use_case.title,
        description=use_case.description,
        task=use_case.task,
        default=use_case.name == DEFAULT_USE_CASE,
    )


def use_case_answer(use_case: UseCase) -> UseCaseAnswer:
    """Build the answer about one use case."""
    return UseCaseAnswer(
        **use_case_summary(use_case).model_dump(),
        mode=use_case.mode,
        target=use_case.target,
        classes=list(use_case.classes),
        class_source_names=list(use_case.class_source_names),
        key=use_case.key,
        features=_features(use_case),
        observation=None if use_case.forecast is None else _features(observation_contract(use_case)),
        rules=[RuleAnswer(name=rule.name, check=rule.check, description=rule.description) for rule in use_case.rules],
        schema_hash=use_case.schema_hash,
        max_bad_share=use_case.quality.max_bad_share,
        example=example_row(brought_contract(use_case)),
    )


def feature_tables(use_case: UseCase, found: Iterable[FeatureFreshness]) -> FeatureTableList:
    """Build the answer about what a use case joins."""
    fresh = {one.feature_table: one for one in found}
    return FeatureTableList(
        feature_tables=[
            FeatureTableAnswer(
                table=table.table,
                join_key=table.join_key,
                features=[one.name for one in table.features],
                max_age=table.max_age,
                age_seconds=fresh[table.table].age,
                series=fresh[table.table].series,
                stale=fresh[table.table].stale,
            )
            for table in use_case.feature_tables
            if table.table in fresh
        ]
    )


def _features(use_case: UseCase) -> list[FeatureAnswer]:
    tables = {one.name: table.table for table in use_case.feature_tables for one in table.features}
    return [_feature(feature, tables.get(feature.name)) for feature in use_case.features]


def _feature(feature: Feature, joined_from: str | None) -> FeatureAnswer:
    values = getattr(feature, "values", None)
    return FeatureAnswer(
        name=feature.name,
        type=feature.type,
        title=feature.label,
        description=feature.description,
        unit=feature.unit,
        nullable=feature.nullable,
        minimum=getattr(feature, "minimum", None),
        maximum=getattr(feature, "maximum", None),
        values=None if values is None else list(values),
        example=feature.example,
        joined_from=joined_from,
    )


def template_csv(use_case: UseCase) -> bytes:
    """Write the header and one row of examples."""
    text = io.StringIO()
    example = example_row(use_case)
    writer = csv.DictWriter(text, use_case.columns, lineterminator="\n")
    writer.writeheader()
    writer.writerow({name: str(value).lower() if isinstance(value, bool) else value for name, value in example.items()})
    return text.getvalue().encode()
