"""The contract of `usecase.yaml`: one file from which everything else about a use case is derived."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property, partialmethod
from operator import attrgetter
from typing import Any, Literal

from pydantic import Field, model_validator

from usecases.columns.features import Feature, PlainText, SourceName, Strict, WrittenText
from usecases.columns.notations import misfit_of
from usecases.columns.patterns import COLUMN_NAME, USE_CASE_NAME
from usecases.contract.drift_limits import DriftLimits
from usecases.contract.events import EventOptions
from usecases.contract.feature_tables import FeatureTable, joined_names, require_joinable
from usecases.contract.forecast import ForecastOptions, require_declared, with_derived_features
from usecases.contract.inbox import InboxOptions
from usecases.contract.row_digest import row_digest
from usecases.contract.rules import Rule, parse_rule
from usecases.contract.source import SourceOptions
from usecases.contract.training import TrainingParameters
from usecases.metrics.definition import Metric
from usecases.metrics.limits import MetricLimit, PromotionLimits
from usecases.tasks.definition import PREDICTION_COLUMNS
from usecases.tasks.spelling import TargetSpelling
from usecases.tasks.task import Task

RESERVED_COLUMNS = frozenset(
    {
        "id", "batch_id", "row_number", "source", "model_version", "received_at", "created_at",
        *PREDICTION_COLUMNS, "reasons",
    }
)  # fmt: skip
"""Columns every prediction table has of its own; a feature of that name would collide with them."""


class Mode(StrEnum):
    """When good rows of a file are predicted."""

    ON_ARRIVAL = "on_arrival"
    SCHEDULED = "scheduled"


class RowRule(Strict):
    """A condition between the values of one row, such as `process_temperature_k > air_temperature_k`."""

    name: str = Field(pattern=COLUMN_NAME.pattern, description="Short name shown among the reasons of a bad row.")
    check: str = Field(max_length=500, description="The condition; comparisons, arithmetic, and, or, not.")
    description: str = Field(default="", max_length=500, description="Why rows that break it are wrong.")


class QualityLimits(Strict):
    """How much badness a file may hold before the whole file is refused."""

    max_bad_share: float = Field(default=0.5, ge=0, le=1, description="Share of bad rows past which a file is refused.")


class UseCase(Strict):
    """Everything the pipeline knows about one use case."""

    name: str = Field(pattern=USE_CASE_NAME.pattern, description="Name in URLs, folders, queues and tables.")
    title: str = Field(max_length=120, description="Name a person reads.")
    description: str = Field(default="", max_length=2_000, description="What is predicted, and from what.")
    task: Task = Field(description="Kind of answer.")
    target: str = Field(pattern=COLUMN_NAME.pattern, description="Column of the training data that is predicted.")
    classes: tuple[PlainText, ...] = Field(
        default=(), max_length=1_000, description="Names of the classes, in the order of their codes."
    )
    class_source_names: tuple[WrittenText, ...] = Field(
        default=(),
        max_length=1_000,
        description="How the data writes each class, in the order of `classes`, if it does not write their names.",
    )
    left_out_classes: tuple[WrittenText, ...] = Field(
        default=(), max_length=10_000, description="Classes of the data whose rows are not learned from."
    )
    target_missing_values: tuple[WrittenText, ...] = Field(
        default=(), max_length=1_000, description="Texts of the target that stand for a missing one, such as `?`."
    )
    key: str | None = Field(
        default=None, pattern=COLUMN_NAME.pattern, description="Optional text column that late labels join on."
    )
    target_source_name: SourceName = Field(default="", description="Name of the target in the data, if it is another.")
    target_decimal_comma: bool = Field(
        default=False, description="Whether texts of the data write 1,5 for its numbers."
    )
    key_source_name: SourceName = Field(default="", description="Name of the key where rows come from, if another.")
    ignored_columns: tuple[SourceName, ...] = Field(
        default=(), max_length=10_000, description="Columns that rows may bring along and nobody reads."
    )
    mode: Mode = Field(default=Mode.ON_ARRIVAL, description="When good rows of a file are predicted.")
    features: tuple[Feature, ...] = Field(
        default=(),
        min_length=1,
        max_length=1_000,
        description="Columns the model sees, in order; those that a forecast derives from its readings need not be named.",
    )
    forecast: ForecastOptions | None = Field(
        default=None, description="How rows of a forecast are made of observations; for `task: forecast` alone."
    )
    source: SourceOptions | None = Field(default=None, description="Where observations of a forecast are pulled from.")
    feature_tables: tuple[FeatureTable, ...] = Field(
        default=(), max_length=20, description="Observations of other use cases that features are joined from, by key."
    )
    rules: tuple[RowRule, ...] = Field(default=(), max_length=100, description="Conditions between values of a row.")
    inbox: InboxOptions = Field(default=InboxOptions(), description="Which rows of foreign messages are the same row.")
    events: EventOptions = Field(default=EventOptions(), description="What is told of rows that are stored.")
    quality: QualityLimits = Field(default=QualityLimits(), description="Limits of bad rows.")
    drift: DriftLimits = Field(default=DriftLimits(), description="Limits of drift.")
    promotion: PromotionLimits = Field(default=PromotionLimits(), description="When a new version may be served.")
    training: TrainingParameters = Field(description="How the model is fitted.")
    version: Literal[1] = Field(default=1, description="Version of this file's format.")

    @model_validator(mode="before")
    @classmethod
    def _derive_what_a_forecast_has(cls, content: Any) -> Any:
        """Put the features that follow from a forecast's options behind those that are declared; again is the same."""
        return with_derived_features(content)

    @model_validator(mode="after")
    def _forecast_fits_the_task(self) -> UseCase:
        if (self.task is Task.FORECAST) is (self.forecast is None):
            raise ValueError("task: forecast and the options under forecast belong together; write both or neither")
        if self.forecast is not None:
            if self.feature_tables:
                raise ValueError("a forecast is made of its own observations; leave feature_tables away")
            require_declared(self.forecast, self.target, self.features_by_name)
        elif self.source is not None:
            raise ValueError("observations are pulled for task: forecast alone; leave source away")
        elif self.training.data is None:
            raise ValueError("training.data is missing: name a file beside usecase.yaml, or a bundled data set")
        return self

    @model_validator(mode="after")
    def _names_fit_together(self) -> UseCase:
        if not self.features:
            raise ValueError("name the columns that the model sees under features")
        names = [feature.name for feature in self.features]
        for name in {*names, self.key} - {None}:
            if name in RESERVED_COLUMNS:
                raise ValueError(f"{name} is a column of every prediction table; choose another name")
        if len(set(names)) != len(names):
            raise ValueError("two features have the same name")
        if self.target in names:
            raise ValueError(f"the target {self.target} must not be a feature")
        if self.key in {*names, self.target}:
            raise ValueError(f"the key {self.key} must be neither a feature nor the target")
        return self

    @model_validator(mode="after")
    def _source_names_fit_together(self) -> UseCase:
        sources = [(feature.source_name, feature.name) for feature in self.features]
        sources += [(self.key_source_name, self.key or ""), (self.target_source_name, self.target)]
        others = {name: name for name in (*self.columns, self.target)}
        for source, name in sources:
            if source and others.setdefault(source, name) != name:
                raise ValueError(f"the source name {source!r} stands for {others[source]} and for {name}")
        for name in self.ignored_columns:
            if name in self.columns or name in self.names_by_source:
                raise ValueError(f"{name!r} is a column of the use case and cannot be ignored")
        brought = {*self.columns, *self.ignored_columns} - joined_names(self.feature_tables)
        self.inbox.require_known(brought, is_forecast=self.forecast is not None)
        require_joinable(self.feature_tables, self.key, self.features_by_name, self.ignored_columns)
        self.drift.require_keys(self.key, self.features)
        own = [one for one in self.features if one.name in brought and self.forecast is None]
        if misfit := misfit_of(self.training.notations, own):
            raise ValueError(f"training.notations: {misfit}")
        return self

    @model_validator(mode="after")
    def _classes_fit_the_task(self) -> UseCase:
        problem = self.task.definition.classes_problem(self.classes)
        if problem is not None:
            raise ValueError(problem)
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("two classes have the same name")
        return self

    @model_validator(mode="after")
    def _texts_of_the_target_stand_for_one_thing(self) -> UseCase:
        if self.class_source_names and len(self.class_source_names) != len(self.classes):
            raise ValueError(
                f"class_source_names has {len(self.class_source_names)} entries for {len(self.classes)} classes; "
                "write one for each class, in the same order"
            )
        if self.left_out_classes and not self.classes:
            raise ValueError(f"a {self.task} has no classes that could be left out")
        meant: dict[str, str] = {}
        for field, texts in (
            ("classes", zip(self.classes, self.classes, strict=True)),
            ("class_source_names", zip(self.class_source_names, self.classes, strict=False)),
            ("left_out_classes", ((text, "a class that is left out") for text in self.left_out_classes)),
            ("target_missing_values", ((text, "a missing value") for text in self.target_missing_values)),
        ):
            for text, meaning in texts:
                if meant.setdefault(text, meaning) != meaning:
                    raise ValueError(f"{field}: {text!r} stands for {meant[text]} and for {meaning}")
        return self

    @model_validator(mode="after")
    def _limits_are_of_metrics_of_the_task(self) -> UseCase:
        names = [limit.name for limit in self.promotion.metrics]
        for name in names:
            if name not in self.metrics:
                raise ValueError(f"{name} is no metric of a {self.task}; choose among {', '.join(self.metrics)}")
        if len(set(names)) != len(names):
            raise ValueError("two limits are of the same metric")
        return self

    @model_validator(mode="after")
    def _rules_parse(self) -> UseCase:
        _ = self.parsed_rules
        return self

    @cached_property
    def parsed_rules(self) -> tuple[Rule, ...]:
        """Row rules, parsed and checked against the features they name."""
        kinds = {feature.name: feature.type for feature in self.features}
        return tuple(parse_rule(rule.name, rule.check, kinds) for rule in self.rules)

    @property
    def target_spelling(self) -> TargetSpelling:
        """How data write the target."""
        return TargetSpelling(
            self.classes,
            self.class_source_names,
            self.left_out_classes,
            self.target_missing_values,
            self.target_decimal_comma,
        )

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """Metrics that versions of its model have from their training; the first judges where no limits are set."""
        return self.task.definition.metrics

    @property
    def metric_limits(self) -> tuple[MetricLimit, ...]:
        """Limits a version must keep to; there is always one, or any model could be served."""
        chosen = self.promotion.metrics or (MetricLimit(name=next(iter(self.metrics))),)
        named = {limit.name for limit in chosen}
        return *chosen, *(limit for limit in self.task.definition.always_limited if limit.name not in named)

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Names of the numbers of an answer that has several: the classes, or the quantiles of a forecast."""
        return self.classes if self.forecast is None else self.forecast.quantile_names

    @cached_property
    def features_by_name(self) -> dict[str, Feature]:
        """Features by their names."""
        return {feature.name: feature for feature in self.features}

    @cached_property
    def may_lack_all_features(self) -> bool:
        """Whether a row in which every feature is missing has no other fault."""
        return all(feature.nullable for feature in self.features)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns a row brings, in order: the key first where there is one, then the features."""
        return (*filter(None, [self.key]), *self.features_by_name)

    @cached_property
    def names_by_source(self) -> dict[str, str]:
        """Columns by the other names they have where rows come from; see :mod:`usecases.contract.row_layout`."""
        found = {feature.source_name: feature.name for feature in self.features if feature.source_name}
        if self.key and self.key_source_name:
            found[self.key_source_name] = self.key
        return found

    @cached_property
    def known_names(self) -> frozenset[str]:
        """All names that rows may bring: columns, their other names, and those that nobody reads."""
        return frozenset([*self.columns, *self.names_by_source, *self.ignored_columns])

    @cached_property
    def known_hash(self) -> int:
        """Hash of name and row contract, computed once."""
        return hash((self.name, self.schema_hash))

    # Caches are asked with a use case several times a part; pydantic's own hashes every feature each time.
    __hash__ = partialmethod(attrgetter("known_hash"))

    @cached_property
    def schema_hash(self) -> str:
        """Digest of all that decides what a valid row is and how it is encoded.

        Titles, limits, training parameters and how files name and write things are left out: changing them does not make
        an old row another row.
        """
        return row_digest(
            {"name": self.name, "task": self.task, "classes": self.classes, "key": self.key},
            self.features,
            [rule.check for rule in self.rules],
            self.feature_tables,
        )
