"""The messages between services: frozen and versioned models, and the rows of a part as an Arrow stream."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

if TYPE_CHECKING:  # half a second that who sends or reads no part need not spend
    import numpy as np
    import pyarrow as pa

ARROW_STREAM = "application/vnd.apache.arrow.stream"
JSON = "application/json"
CLOUD_EVENT_JSON = "application/cloudevents+json"

ROW_NUMBER = "row_number"
"""Column of a part's body that says which row of its batch each row is, counted from 1."""

HEADER_ATTEMPT = "attempt"
HEADER_CAUSE = "cause"
HEADER_ORIGIN = "origin"
HEADER_DIED_AT = "died_at"
HEADER_TRACEPARENT = "traceparent"
HEADER_PROBE = "probe"
"""Marks a message of the online lane that has no rows: its sender asks whether a worker answers, and what it cannot do."""

MAX_PART_ROWS = 10_000
"""Rows of a bulk part: about 1 MB, well below the 16 MiB that RabbitMQ 4 takes, and the fastest size measured."""

MAX_ONLINE_ROWS = 1_000
"""Rows of one HTTP request; more is a batch."""

MAX_INBOX_BYTES = 8 * 1024 * 1024
"""Size of a foreign message; larger deliveries belong into a file."""

MAX_INBOX_ROWS = 50_000
"""Rows of a foreign message, as many as fit in one of that size; else one of empty rows would be millions of bad ones."""

ID_REUSED = "idempotency-key-reused"
"""Code of a refusal, the same at every door: the key under which something came stands for something else."""

OTHER_VERSION = "other_version"
"""Code of an answer of a worker that serves another version than the one a part asks for."""

HELD = "held"
"""Code of a refusal: the sender has too many refused messages, so this one waits for a person."""

MAX_MESSAGE_ID_LENGTH = 255
"""Length of a short string in AMQP 0-9-1."""


class Source(StrEnum):
    """Door through which a row came."""

    WEBAPP = "webapp"
    API = "api"
    SCHEDULED = "scheduled"
    FILE = "file"
    MESSAGE = "message"
    JOB = "job"


class Lane(StrEnum):
    """Way a part takes through the broker."""

    BULK = "bulk"
    ONLINE = "online"
    JOBS = "jobs"


class Contract(BaseModel):
    """Base of all contracts: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Segment(Contract):
    """A run of rows of one batch within a part."""

    batch_id: UUID = Field(description="Batch the rows belong to.")
    received_at: AwareDatetime = Field(description="When the batch was received, to the millisecond.")
    source: Source = Field(description="Door through which the batch came.")
    rows: int = Field(ge=1, description="Number of rows in the run.")


class PartHeader(Contract):
    """What is said about a part of checked rows; the rows themselves are the body, an Arrow IPC stream.

    A part of a batch has one segment; a coalesced message of the online lane has one for each request, and a part of the
    bulk lane that foreign messages share has one for each of them. A part of the jobs lane has no body: it is a claim of
    rows that the worker reads and checks itself.
    """

    contract: Literal["PredictionPart/1", "ScoringOnly/1"] = Field(
        default="PredictionPart/1",
        description="Name of this contract; rows of `ScoringOnly/1`, in the online lane alone, are never stored.",
    )
    part_id: UUID = Field(description="Id under which the part is recorded once.")
    use_case: str = Field(description="Use case that scores the rows.")
    schema_hash: str = Field(description="Digest of the use case's row contract the rows were checked against.")
    lane: Lane = Field(description="Way the part takes.")
    part_number: int = Field(default=0, ge=0, description="Position within its batch; 0 in the online lane.")
    segments: tuple[Segment, ...] = Field(min_length=1, description="Runs of rows, in the order of the body.")
    explain: bool = Field(default=False, description="Whether the answer tells what each feature contributed.")
    model_version: int | None = Field(
        default=None, description="Only version that may score an online part; none where any may."
    )

    @property
    def is_stored(self) -> bool:
        """Whether its rows become predictions; else they are only scored."""
        return self.contract == "PredictionPart/1"

    @property
    def rows(self) -> int:
        """Number of rows in the part."""
        return sum(segment.rows for segment in self.segments)

    @property
    def batch_id(self) -> UUID | None:
        """Batch of a bulk part, or a job; a part that batches share, and an online part, has none of its own."""
        return self.segments[0].batch_id if self.lane is not Lane.ONLINE and not self.is_shared else None

    @property
    def is_shared(self) -> bool:
        """Whether it holds rows of several batches, so that none of them alone could be read again to send it again."""
        return self.lane is Lane.BULK and len(self.segments) > 1

    def to_headers(self) -> dict[str, Any]:
        """Write as AMQP headers: plain texts, so that an operator can read them in the management page."""
        headers = self.model_dump(mode="json", exclude={"segments", "explain", "model_version"})
        if self.explain:
            headers["explain"] = "true"
        if self.model_version is not None:
            headers["model_version"] = str(self.model_version)
        return {
            **headers,
            "part_number": str(self.part_number),
            "rows": str(self.rows),
            "segments": _SEGMENTS.dump_json(self.segments).decode(),
        }

    @classmethod
    def from_headers(cls, headers: Mapping[str, Any]) -> PartHeader:
        """Read from AMQP headers; headers that are not of the contract, such as counters and traces, are ignored.

        Raises
        ------
        pydantic.ValidationError
            If the headers are not those of a part.
        """
        known = {name: headers[name] for name in cls.model_fields if name in headers and name != "segments"}
        return cls.model_validate({**known, "segments": _SEGMENTS.validate_json(headers.get("segments", "null"))})


_SEGMENTS = TypeAdapter(tuple[Segment, ...])


class PartScored(Contract):
    """Answer of a worker to an online part: committed, unless it was to be scored only."""

    outcome: Literal["scored"] = "scored"
    model_version: int = Field(description="Version that scored the rows.")
    # Read as texts or else as numbers, and not as both to see which fits better: of many rows that takes six times as long.
    predictions: Annotated[list[str], Field(fail_fast=True)] | list[float] = Field(
        union_mode="left_to_right", description="Prediction of each row, in order."
    )
    scores: list[float | None] = Field(description="Score of each row, in order; none for a regression.")
    class_scores: list[list[float]] | None = Field(default=None, description="Score of every class, multiclass only.")
    contributions: list[list[list[float]]] | None = Field(
        default=None,
        description="Where the part asks for it: of each row and each output, what every feature contributed, in order, and "
        "last the base value. None if another version than the loaded one scored the rows.",
    )


class PartFailed(Contract):
    """Answer of a worker to an online part: nothing was stored."""

    outcome: Literal["failed"] = "failed"
    code: str = Field(description="Short name of the fault.")
    detail: str = Field(description="What happened, in words.")


PartAnswer = TypeAdapter[PartScored | PartFailed](Annotated[PartScored | PartFailed, Field(discriminator="outcome")])


class ProbeAnswer(Contract):
    """Answer of a worker to a probe."""

    outcome: Literal["alive"] = "alive"
    problem: str | None = Field(description="What keeps it from storing rows, in words; none where nothing does.")


class PartCommitted(Contract):
    """Event of one committed part, for downstream systems."""

    contract: Literal["PartCommitted/1"] = "PartCommitted/1"
    part_id: UUID = Field(description="Part that was committed.")
    batch_id: UUID | None = Field(description="Batch of the part; none for coalesced requests and a shared part.")
    batch_ids: tuple[UUID, ...] = Field(default=(), description="Batches that share the part; empty where none do.")
    use_case: str = Field(description="Use case that scored the rows.")
    model_version: int = Field(description="Version that scored the rows.")
    rows: int = Field(description="Rows in the part.")
    first_id: UUID = Field(description="Smallest prediction id of the part.")
    last_id: UUID = Field(description="Largest prediction id of the part.")
    committed_at: datetime = Field(description="When the part was committed.")


class RowResult(Contract):
    """What was predicted for one row."""

    prediction_id: UUID = Field(description="Id of the prediction.")
    batch_id: UUID = Field(description="Batch the row came in.")
    row_number: int = Field(description="Row of its batch, counted from 1.")
    key: str | None = Field(description="Value of the key of the use case, where it has one.")
    prediction: str | float = Field(description="The prediction.")
    score: float | None = Field(description="Its score; none for a regression.")
    scores: list[float] | None = Field(description="Score of every class, or every quantile, where there are several.")


class PartResults(Contract):
    """Event of what was predicted for the rows of a committed part, where the use case asks for it."""

    contract: Literal["PartResults/1"] = "PartResults/1"
    part_id: UUID = Field(description="Part that was committed.")
    number: int = Field(ge=1, description="Place among the events of the part, of at most 1,000 rows each.")
    use_case: str = Field(description="Use case that scored the rows.")
    model_version: int = Field(description="Version that scored the rows.")
    committed_at: AwareDatetime = Field(description="When the part was committed.")
    results: tuple[RowResult, ...] = Field(description="The rows.")


class ModelChanged(Contract):
    """Notifies workers that another version of a model is served."""

    contract: Literal["ModelChanged/1"] = "ModelChanged/1"
    use_case: str = Field(description="Use case whose model changed.")
    version: int = Field(description="Version that is served from now on.")


MAX_BODY_BYTES = 16 * 1024 * 1024
"""What RabbitMQ 4 takes by default; a larger body was not made by this code."""


class PartBodyError(ValueError):
    """The body of a message is not the Arrow stream of a part; says what is wrong with it."""


def encode_rows(rows: pa.RecordBatch, row_numbers: np.ndarray[Any, np.dtype[np.int32]]) -> bytes:
    """Write rows and their numbers as an Arrow IPC stream."""
    import pyarrow as pa  # noqa: PLC0415  # see the top

    numbered = rows.append_column(pa.field(ROW_NUMBER, pa.int32(), nullable=False), pa.array(row_numbers, pa.int32()))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, numbered.schema) as writer:
        writer.write_batch(numbered)
    body: bytes = sink.getvalue().to_pybytes()
    return body


def decode_rows(body: bytes, schema: pa.Schema) -> tuple[pa.RecordBatch, np.ndarray[Any, np.dtype[np.int32]]]:
    """Read rows and their numbers, and check them against the layout they must have.

    Raises
    ------
    PartBodyError
        If the body is no Arrow stream, is damaged, or has other columns than the use case.
    """
    import pyarrow as pa  # noqa: PLC0415  # see the top

    if len(body) > MAX_BODY_BYTES:
        raise PartBodyError(f"the body has {len(body)} bytes; at most {MAX_BODY_BYTES} are allowed")
    try:
        with pa.ipc.open_stream(body) as reader:
            batch = reader.read_next_batch()
        batch.validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowException, StopIteration, OSError) as error:
        raise PartBodyError(f"the body is no Arrow stream of rows: {error}") from error
    wanted = [*schema.names, ROW_NUMBER]
    if batch.schema.names != wanted:
        raise PartBodyError(f"the body has the columns {batch.schema.names} where {wanted} are expected")
    for field in schema:
        if batch.schema.field(field.name).type != field.type:
            raise PartBodyError(f"{field.name} is {batch.schema.field(field.name).type} where {field.type} is expected")
    if batch.num_rows > MAX_PART_ROWS:
        raise PartBodyError(f"the part has {batch.num_rows} rows; at most {MAX_PART_ROWS} are allowed")
    row_numbers = batch.column(ROW_NUMBER)
    if row_numbers.type != pa.int32() or row_numbers.null_count:
        raise PartBodyError(f"{ROW_NUMBER} must hold a 32-bit number for every row")
    return batch.select(schema.names), row_numbers.to_numpy()
