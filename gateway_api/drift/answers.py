"""Drift and quality over HTTP: what is answered, as types."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from broker.messages import Source
from gateway_api.wire.answers import Answer, BadBatchAnswer, RuleCount
from monitoring.drift.changes import ChangeKind
from monitoring.drift.verdicts import Verdict


class HistogramCell(Answer):
    """A bin of a number, a value of a category, or what stands outside of both."""

    label: str = Field(description="Range of the bin, or the value.")
    kind: Literal["bin", "missing", "unseen", "below", "above"] = Field(
        description="`missing`: no value; `unseen`: an allowed value that the training data did not have; `below`, "
        "`above`: outside the range of the training data, counted in the outer bins as well."
    )
    trained: int = Field(description="Rows of the training data in it.")
    served: int = Field(description="Rows that were scored in it.")
    trained_share: float = Field(description="Share of the training data.")
    served_share: float = Field(description="Share of the rows that were scored.")


class DriftSpan(Answer):
    """A span of time."""

    start: datetime = Field(description="Where it begins.")
    rows: int = Field(description="Rows scored in it.")
    psi: float | None = Field(description="Population stability index; none of fewer rows than the minimum.")
    limit: float | None = Field(
        description="Index past which so many rows lie further from training than `max_psi` and training's own windows."
    )
    usual: float | None = Field(
        description="What the index of so many rows usually is, by training's own windows or by chance."
    )
    mean: float | None = Field(description="Mean of a number; none of categories and times.")
    mean_low: float | None = Field(
        description="Band of the means: from where training's own windows end or the index reaches `max_psi` ..."
    )
    mean_high: float | None = Field(description="... to there on the other side.")


class WindowLimitsAnswer(Answer):
    """How far windows of the training data of the same length lie from the rest of it."""

    windows: int = Field(
        description="Windows of this length in the training data; of fewer than 50 too little is known."
    )
    usual_psi: float = Field(description="Median of their index, less what chance makes of it.")
    psi: float = Field(description="Limit of the index, less what chance makes of it.")
    shift: float | None = Field(description="Limit of the shift of the mean in standard deviations; numbers only.")
    outside: float | None = Field(description="Limit of the share of rows on one side of training; numbers only.")


class DriverAnswer(Answer):
    """Where a drift comes from."""

    name: str = Field(description="File name, message id or door.")
    batch_id: UUID | None = Field(description="The batch; none for a door.")
    rows: int = Field(description="Its rows in the window.")
    part: float = Field(description="Its part of the index: 1 is all of it, below 0 it evens others out.")


class ChangeAnswer(Answer):
    """How a drift came about."""

    kind: ChangeKind = Field(
        description="`sudden`; `gradual`: a slow trend; `season`: rows of a month that training does not hold; `lasting`: "
        "rows were like this as far back as was looked; `unknown`: too little was served before."
    )
    since: datetime | None = Field(
        description="When it came, or began to; of a lasting one, how far back was looked; none where that is not known."
    )
    detail: str = Field(description="The same in words.")


class FeatureDriftAnswer(Answer):
    """How far a column lies from training; figures are none where rows are lacking on a side."""

    feature: str = Field(description="Name of the feature, or `score` or `prediction`.")
    title: str = Field(description="What a person reads.")
    is_number: bool = Field(description="Whether its bins have an order.")
    verdict: Verdict = Field(
        description="What is to be made of it; `not_enough_history`: unlike training as a whole, but training is too "
        "short to tell how far windows of this length usually go; `not_judged`: a time or a running number."
    )
    psi: float | None = Field(description="Population stability index.")
    excess_psi: float | None = Field(description="The index without what chance makes of so few rows.")
    jensen_shannon: float | None = Field(description="Jensen-Shannon divergence in bits, 0 to 1.")
    chi_square: float | None = Field(description="Statistic of the test of homogeneity.")
    p_value: float | None = Field(description="Its p-value, corrected for the number of columns (Holm).")
    ks: float | None = Field(description="Kolmogorov-Smirnov distance on the bins; numbers only.")
    mean_trained: float | None = Field(description="Mean of the training data; times in days since 1970.")
    mean_served: float | None = Field(description="Mean of the rows that were scored.")
    mean_shift: float | None = Field(description="Their difference in standard deviations of training.")
    missing_trained: float | None = Field(description="Share of missing values in training.")
    missing_served: float | None = Field(description="Share of missing values in the rows that were scored.")
    outside: float | None = Field(description="Share of the rows on one side of all of training; numbers only.")
    accepted: int | None = Field(
        description="Number of the window accepted as normal that it is like, where it is unlike training."
    )
    limits: WindowLimitsAnswer | None = Field(
        description="What the column is held against where the rows of training depend on those before them."
    )
    change: ChangeAnswer | None = Field(description="How a drift came about; none where the column has not drifted.")
    histogram: list[HistogramCell] = Field(description="Training and serving side by side.")
    over_time: list[DriftSpan] = Field(description="The index by span of time.")
    batches: list[DriverAnswer] = Field(description="Batches behind a drift, the largest part first.")
    sources: list[DriverAnswer] = Field(description="Doors behind a drift, the largest part first.")


class FalseAlarmsAnswer(Answer):
    """What to expect of the limits in force where nothing drifts."""

    per_month: float = Field(description="Windows of a month in which a column is called drifted; an estimate.")
    window_seconds: int = Field(description="Length of the windows in which the monitor judges so many rows.")
    rows: int = Field(description="Rows of such a window, as many as came on average.")
    not_known: list[str] = Field(description="Columns of which training is too short to tell; they are not counted.")


class DriftAnswer(Answer):
    """Drift of one version of a model within a window of time."""

    use_case: str = Field(description="The use case.")
    since: datetime = Field(description="Committed then or later: as asked, widened to a round time.")
    until: datetime = Field(description="Committed before, widened alike.")
    bucket_seconds: int = Field(description="Width of a span.")
    source: Source | None = Field(description="The door, if one was asked for.")
    model_version: int | None = Field(
        description="The version that is judged: as asked, or the last that served; none where nothing was scored."
    )
    has_reference: bool = Field(description="Whether the version came with a profile of its training data.")
    verdict: Verdict = Field(description="`drifted` if any column did.")
    rows: int = Field(description="Rows of this version.")
    rows_of_other_versions: int = Field(description="Rows of others in the window; they are not judged here.")
    minimum_rows: int = Field(description="With fewer rows nothing is judged.")
    max_psi: float = Field(description="Index past which a column drifted, if it is significant.")
    false_alarms: FalseAlarmsAnswer | None = Field(
        description="False alarms to expect of these limits; none where too little is served for a verdict in a week."
    )
    features: list[FeatureDriftAnswer] = Field(description="Columns, the worst first.")
    keys: list[str] = Field(
        description="Columns that name a machine or a region, by which `GET /monitoring/drift/keys` judges; often none."
    )


class KeyDriftAnswer(Answer):
    """How far a number of one key lies from the rows of that key in training."""

    key: str = Field(description="The machine or region; of several columns their values with ` / ` between.")
    feature: str = Field(description="Name of the feature, or `score`.")
    title: str = Field(description="What a person reads.")
    verdict: Verdict = Field(
        description="What is to be made of it; `not_enough_history`: training has too few windows of a key, or too few keys."
    )
    rows: int = Field(description="Its rows in the window.")
    is_new: bool = Field(description="Whether training had too few rows of it, so that it is held against all keys.")
    mean_trained: float = Field(description="Mean of its rows in training; of a new one, of all keys.")
    mean_served: float | None = Field(description="Mean of the rows that were scored; none where no value is there.")
    mean_low: float | None = Field(description="Band of the means: from how far windows of the key went ...")
    mean_high: float | None = Field(description="... to there on the other side; none where that is not known.")
    shift: float | None = Field(description="Shift of the mean in standard deviations of the key's rows in training.")
    limit: float | None = Field(description="How far windows of so many rows of the key went, in the same.")
    beyond_all: float | None = Field(
        description="The shift less that of the middle key: about 0 where all moved alike; none of fewer than five keys."
    )
    missing_trained: float | None = Field(description="Share of missing values in training; none of a new one.")
    missing_served: float = Field(description="Share of missing values in the rows that were scored.")


class DriftByKeyAnswer(Answer):
    """Which machines or regions moved within a window of time."""

    use_case: str = Field(description="The use case.")
    since: datetime = Field(
        description="Committed then or later: as asked, widened to whole hours, or days of more than two."
    )
    until: datetime = Field(description="Committed before, widened alike.")
    source: Source | None = Field(description="The door, if one was asked for.")
    columns: list[str] = Field(description="Columns that make up a key; none where the use case names none.")
    model_version: int | None = Field(
        description="The version that is judged: as asked, or the last that served; none where nothing was scored."
    )
    has_reference: bool = Field(description="Whether the training of the version was counted by key.")
    verdict: Verdict = Field(description="`drifted` if any key did.")
    keys: int = Field(description="Keys that were scored.")
    new_keys: int = Field(description="Of them those that training had too few rows of.")
    moved_keys: int = Field(description="Of them those that drifted in any column.")
    rows: int = Field(description="Rows that were scored.")
    rows_not_kept: int = Field(description="Of them those without a key, and of new keys that are not kept apart.")
    worst: list[KeyDriftAnswer] = Field(
        description="Numbers of keys, the furthest past their limit first; at most 100."
    )


class AcceptedWindowAnswer(Answer):
    """A window of served rows that somebody accepted as normal."""

    id: int = Field(description="Its number, by which it is withdrawn.")
    use_case: str = Field(description="The use case.")
    since: datetime = Field(description="Rows committed then or later.")
    until: datetime = Field(description="Rows committed before.")
    source: Source | None = Field(description="The door they came through; all, if none.")
    model_version: int = Field(description="The version that scored them.")
    rows: int = Field(description="Rows in it.")
    reason: str = Field(description="Why it is normal, in the words of who accepted it.")
    accepted_by: str = Field(description="Who accepted it.")
    accepted_at: datetime = Field(description="When.")
    withdrawn_by: str | None = Field(description="Who withdrew it; none while it is in force.")
    withdrawn_at: datetime | None = Field(description="When it was withdrawn.")


class AcceptedWindowList(Answer):
    """Windows that people accepted as normal."""

    use_case: str = Field(description="The use case.")
    windows: list[AcceptedWindowAnswer] = Field(description="Those in force first, the newest first; at most 100.")


class ColumnCount(Answer):
    """A column and its bad values."""

    column: str | None = Field(description="The column; none where the whole row is at fault.")
    rows: int = Field(description="Rules broken in it; a row that breaks two counts twice.")


class WatchedSpan(Answer):
    """What arrived during a span of time."""

    start: datetime = Field(description="Where it begins.")
    batches: int = Field(description="Batches that arrived.")
    refused: int = Field(description="Batches refused as a whole.")
    rows_in: int = Field(description="Rows in them.")
    quarantined: int = Field(description="Bad rows among them.")
    bad_share: float | None = Field(description="Share of bad rows; none without rows.")


class RefusedBatch(Answer):
    """A batch that was refused as a whole."""

    batch_id: UUID = Field(description="Its id.")
    name: str = Field(description="File name or message id.")
    source: Source = Field(description="Door through which it came.")
    received_at: datetime = Field(description="When it arrived.")
    problem: str = Field(description="Why, in words.")
    is_schema_change: bool = Field(description="Whether its columns are not those of the use case: a change upstream.")


class Freshness(Answer):
    """When something was heard of last, whatever window was asked for."""

    last_batch_at: datetime | None = Field(description="When the last batch arrived.")
    last_prediction_at: datetime | None = Field(description="When the last prediction was committed.")
    silent_seconds: float | None = Field(description="Seconds since the later of the two; none where there is neither.")


class WatchedQuality(Answer):
    """How good what arrives is, over time, and whether anything arrives at all."""

    use_case: str = Field(description="The use case.")
    since: datetime = Field(description="Received then or later: as asked, widened to a round time.")
    until: datetime = Field(description="Received before, widened alike.")
    bucket_seconds: int = Field(description="Width of a span.")
    rows_in: int = Field(description="Rows of all batches.")
    quarantined: int = Field(description="Bad rows among them.")
    bad_share: float | None = Field(description="Share of bad rows; none without rows.")
    max_bad_share: float = Field(description="Share past which a whole file is refused.")
    freshness: Freshness = Field(description="When something was heard of last.")
    trend: list[WatchedSpan] = Field(description="Spans with batches, the earliest first.")
    by_column: list[ColumnCount] = Field(description="Columns with bad values, the worst first.")
    by_rule: list[RuleCount] = Field(description="Rules that were broken, the worst first.")
    by_batch: list[BadBatchAnswer] = Field(description="Batches with bad rows, the newest first.")
    refused: list[RefusedBatch] = Field(description="Batches that were refused as a whole, the newest first.")
