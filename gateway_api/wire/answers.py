"""What the gateway answers, as types; the reference docs are made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from broker.messages import Source
from sql.ledger.batches import BatchState
from usecases.reasons import Reason
from usecases.spec import Mode
from usecases.tasks.task import Task


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Live(Answer):
    """The process answers."""

    status: Literal["live"] = Field(description="Always `live`.")


class Check(Answer):
    """One thing that has to work."""

    name: str = Field(description="What was looked at.")
    ok: bool = Field(description="Whether it works.")
    detail: str = Field(description="What was found.")


class Readiness(Answer):
    """Rows sent now would be predicted."""

    status: Literal["ready"] = Field(description="Always `ready`; otherwise the answer is a problem.")
    checks: list[Check] = Field(description="Everything that was looked at.")


class Prediction(Answer):
    """What became of one row."""

    id: UUID = Field(description="Id under which the prediction is stored; ordered by time.")
    key: str | None = Field(default=None, description="Key of the row; only where the use case has one.")
    prediction: str | float = Field(description="The predicted class or value.")
    score: float | None = Field(
        description="Probability: of the positive class (binary), of the predicted class (multiclass); none for a value."
    )
    scores: dict[str, float] | None = Field(default=None, description="Probability of every class; multiclass only.")
    features: dict[str, Any] = Field(description="The values the prediction was made from.")


class Explanation(Answer):
    """Why the model answered so: the base value and all contributions add up to the model's margin."""

    base_value: float = Field(description="The margin where nothing is known about the row.")
    contributions: dict[str, float] = Field(description="What each feature adds to it; its sign tells the direction.")


class PredictAnswer(Answer):
    """The rows are predicted and committed."""

    request_id: UUID = Field(description="Id of the request; the batch of its rows.")
    use_case: str = Field(description="Use case that predicted.")
    model_version: int = Field(description="Version of the model.")
    predictions: list[Prediction] = Field(description="One for each row, in order.")
    explanations: list[Explanation] | list[dict[str, Explanation]] | None = Field(
        default=None,
        description=(
            "With `explain=true`: one for each row, in order; by class for a multiclass task. The margin is the log odds "
            "of the positive class, the score of a class before softmax, or the predicted number. None for a repeated "
            "request that a version scored which is not loaded any more."
        ),
    )


class RowError(Answer):
    """One thing wrong with one row."""

    row: int = Field(description="Number of the row, counted from 1.")
    pointer: str = Field(description="Where in the body, as RFC 6901 writes it.")
    column: str | None = Field(description="Column at fault; none where the whole row is.")
    rule: str = Field(description="Rule that was broken.")
    value: str | None = Field(description="The value found, shortened.")
    message: str = Field(description="What is wrong, in words.")


class ParameterError(Answer):
    """One thing wrong with a parameter."""

    parameter: str = Field(description="Its name.")
    in_: str = Field(alias="in", description="Where it stood: query, path, header or body.")
    message: str = Field(description="What is wrong, in words.")


class ProblemAnswer(BaseModel):
    """Problem details after RFC 9457; further members belong to the code."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str = Field(description="Where the docs explain this problem.")
    title: str = Field(description="What kind of problem, in words; the same for every one of its code.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened here, and what to do.")
    instance: str = Field(description="This very answer, as a URN of its request id.")
    code: str = Field(description="Short name of the problem, for programs.")
    request_id: UUID = Field(description="Id under which the gateway's log knows the request.")
    errors: list[RowError | ParameterError] = Field(default=[], description="Where several things are wrong: each.")
    errors_total: int | None = Field(default=None, description="Number of errors where not all are listed.")
    checks: list[Check] = Field(default=[], description="Of a pipeline that is not ready: what was looked at.")


class UploadAnswer(Answer):
    """The file has arrived and is stored; its rows are checked and predicted from here on."""

    batch_id: UUID = Field(description="Id under which the batch can be followed; the same file again has the same.")
    use_case: str = Field(description="Use case that will predict.")
    name: str = Field(description="Name of the file, made harmless.")
    state: BatchState = Field(description="How far the batch is read.")
    received_at: datetime = Field(description="When the batch arrived for the first time.")
    size: int = Field(description="Bytes received.")
    sha256: str = Field(description="Digest of the bytes received.")


class BatchRows(Answer):
    """Where the rows of a batch are: in = predicted + quarantined + dead_lettered + pending."""

    rows_in: int = Field(description="Rows read so far.")
    predicted: int = Field(description="Rows with a committed prediction.")
    quarantined: int = Field(description="Bad rows, kept with their reasons.")
    dead_lettered: int = Field(description="Rows nobody could predict, kept until someone replays them.")
    pending: int = Field(description="Rows on their way to a worker.")


class BatchAnswer(Answer):
    """A batch: what arrived, and where its rows are."""

    batch_id: UUID = Field(description="Id of the batch.")
    use_case: str = Field(description="Use case that predicts.")
    source: Source = Field(description="Door through which it came.")
    name: str = Field(description="File name or message id.")
    state: BatchState = Field(description="How far the batch is read.")
    done: bool = Field(description="Whether every row has found its place.")
    balanced: bool = Field(description="Whether every row read is in exactly one place.")
    rows: BatchRows = Field(description="The ledger.")
    progress: float | None = Field(description="Share of the rows read so far that are settled; none before the first.")
    problem: str | None = Field(description="Why the batch was refused, in words.")
    model_version: int | None = Field(description="Newest version that predicted rows of it.")
    received_at: datetime = Field(description="When it arrived.")
    read_at: datetime | None = Field(description="When its last row was read.")
    committed_at: datetime | None = Field(description="When its last predictions were committed, so far.")
    seconds_to_commit: float | None = Field(description="From arrival to the last commit; none until all is done.")


class BatchPage(Answer):
    """Batches, the newest first."""

    batches: list[BatchAnswer] = Field(description="One page of them.")
    next_cursor: str | None = Field(description="Where the next page begins; none on the last.")


class StoredPrediction(Answer):
    """A prediction as it is stored."""

    id: UUID = Field(description="Id of the prediction; ordered by time.")
    batch_id: UUID = Field(description="Batch, or request, the row came with.")
    row_number: int = Field(description="Number of the row in it, counted from 1.")
    source: Source = Field(description="Door through which the row came.")
    model_version: int = Field(description="Version that predicted.")
    received_at: datetime = Field(description="When the row was received.")
    created_at: datetime = Field(description="When the prediction was stored.")
    key: str | None = Field(default=None, description="Key of the row; only where the use case has one.")
    prediction: str | float = Field(description="The predicted class or value.")
    score: float | None = Field(description="Probability, where the task has one.")
    scores: dict[str, float] | None = Field(default=None, description="Probability of every class; multiclass only.")
    features: dict[str, Any] = Field(description="The values the prediction was made from.")


class PredictionPage(Answer):
    """Stored predictions."""

    use_case: str = Field(description="Use case they are of.")
    predictions: list[StoredPrediction] = Field(description="One page of them.")
    next_cursor: str | None = Field(description="Where the next page begins; none on the last.")
    searched_to: datetime | None = Field(
        description=(
            "Where a search for a rare door or version rests before the page is full; the next page goes on from there."
        )
    )


class QuarantinedRow(Answer):
    """A bad row, kept as it came."""

    row_number: int = Field(description="Number of the row in its batch, counted from 1.")
    raw: str = Field(description="The row as it came: a JSON object, or the text that was none.")
    reasons: list[Reason] = Field(description="Everything that is wrong with it.")
    created_at: datetime = Field(description="When it was refused.")
    replayed_as: UUID | None = Field(description="Batch under which it was sent again after repair.")
    replayed_at: datetime | None = Field(description="When it was sent again.")


class QuarantinePage(Answer):
    """Bad rows of a batch, in their order."""

    batch_id: UUID = Field(description="The batch.")
    use_case: str = Field(description="Its use case.")
    rows: list[QuarantinedRow] = Field(description="One page of them.")
    next_cursor: str | None = Field(description="Where the next page begins; none on the last.")


class FeatureAnswer(Answer):
    """A column that a row brings, with all that a form needs to ask for it."""

    name: str = Field(description="Column name.")
    type: Literal["float", "integer", "category", "boolean", "timestamp"] = Field(description="Kind of value.")
    title: str = Field(description="Label a person reads, with its unit.")
    description: str = Field(description="Help text.")
    unit: str = Field(description="Unit of the value; empty where it has none.")
    nullable: bool = Field(description="Whether a value may be missing.")
    minimum: float | int | None = Field(description="Smallest allowed value.")
    maximum: float | int | None = Field(description="Largest allowed value.")
    values: list[str] | None = Field(description="Allowed values of a category.")
    example: Any = Field(description="Example to fill in.")


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
    key: str | None = Field(description="Text column that names a row, where there is one; may be left out.")
    features: list[FeatureAnswer] = Field(description="Columns the model sees, in order.")
    rules: list[RuleAnswer] = Field(description="Conditions between the values of a row.")
    schema_hash: str = Field(description="Digest of the row contract.")
    max_bad_share: float = Field(description="Share of bad rows past which a whole file is refused.")
    example: dict[str, Any] = Field(description="A row made of the examples.")


class ServedVersion(Answer):
    """A version of a model that answers."""

    version: int = Field(description="The version.")
    workers: list[str] = Field(description="Workers that serve it.")


class ServedModel(Answer):
    """What is served for one use case."""

    use_case: str = Field(description="The use case.")
    versions: list[ServedVersion] = Field(
        description="More than one while a new version is taken up; none without a model."
    )
    problems: dict[str, str] = Field(
        default={}, description="Why a worker does not serve the champion, by worker; empty where all is well."
    )


class ModelList(Answer):
    """What is served, as the workers that are alive report it."""

    models: list[ServedModel] = Field(description="One for each use case.")
