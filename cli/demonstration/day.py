"""The day before a first look: a file each hour with an incident among them, what came true, and who looked after it.

The clocks of services cannot be set back. So the steps of ingestion and of a worker are called here, each with the moment of
its hour, and the ledger accounts for these rows as for all others. What people decide is noted when the demonstration runs. So is the promotion of the version that scores these rows: when
a version was registered MLflow writes down itself, and one that was served before it was trained would be a contradiction.
"""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pandas as pd
import pyarrow as pa
from sqlalchemy import Engine

from broker.ids import batch_id_of_file
from broker.messages import Source
from broker.transport.publisher import Outgoing
from inference_worker.decoding import decode
from inference_worker.model_cache import ServedModel
from ingestion.batches.plan import chunk_rows, plan_chunks
from monitoring.labels.files import store_label_file
from monitoring.monitor import Limits, judge_use_cases, tell_nobody
from monitoring.profiles.publishing import published
from sql.drift.alerts import NewAcknowledgement, acknowledge, bad_verdicts
from sql.ledger.batch_hours import reopen_hours
from sql.ledger.batch_ledger import find_batch
from sql.ledger.batches import announce_batch, finish_batch, record_chunk, refuse_batch, unrecorded_parts
from sql.ledger.recording import record, table_rows
from sql.profiles.reference import publish_reference
from sql.quality.arrivals import read_heard
from training.datasets.equipment_failure import TARGET, generate
from training.datasets.sample_files import SPOILT
from usecases.contract.catalog import Catalog
from usecases.contract.row_layout import TableRefusedError
from usecases.contract.spec import UseCase
from usecases.formats.reading import format_of, read_chunks

HOURS = 24
ROWS = 600
"""In each hour: enough for a verdict on that hour alone."""

MACHINES = 40
"""So few that each has a history."""

INCIDENT = range(14, 17)
"""Hours in which the torque sensor read too much."""

TOO_MUCH_NM = 12.0
"""By how much: a bit more than a standard deviation."""

BAD_SHARE, BAD_SHARE_THEN = 0.01, 0.08
"""Bad rows, usually and in the incident."""

ROWS_WITHOUT_TORQUE = 60
"""Of a file of the incident that is refused as a whole."""

LAST_FILE = timedelta(minutes=20)
"""How long ago the newest file arrived."""

TAKES = timedelta(seconds=2)
"""From the arrival of a file to its last commit."""

JUDGED_AFTER = timedelta(minutes=10)
"""From the arrival of a file until the monitoring judges the hour before."""

KNOWN_AFTER = timedelta(hours=2)
"""Until people know what came true."""

LIMITS = Limits(bad_share=0.05, silence=timedelta(hours=1))

SEED = 11


@dataclass(frozen=True, slots=True)
class File:
    """A file of the day, as it arrived."""

    name: str
    content: bytes
    received_at: datetime
    truths: Sequence[str]
    """What came true for each row; empty where nobody knows."""


@dataclass(frozen=True, slots=True)
class Day:
    """What a day brought."""

    files: int
    predicted: int
    known: int
    """Predictions of which it is known what came true."""


def has_another_past(engine: Engine, use_case: UseCase, now: datetime) -> bool:
    """Return whether rows were predicted already that are not of this day: nothing is made up beside them."""
    first = next(files_until(use_case, now))
    return read_heard(engine, use_case.name).last_at is not None and find_batch(engine, _id_of(use_case, first)) is None


def make_day(engine: Engine, catalog: Catalog, use_case: UseCase, served: ServedModel, now: datetime) -> Day:
    """Make the day up to a moment, have the monitoring judge its incident, and note who looked after it.

    A day that was made before stays as it is, and one that was cut off is completed.

    Parameters
    ----------
    engine, catalog, use_case
        The database, the contracts, and the use case: `equipment_failure`.
    served
        The version that scores its rows.
    now
        Where the day ends.
    """
    if served.tally is not None:
        publish_reference(engine, published(use_case, served.tally.reference))
    predicted = 0
    known: list[tuple[UUID, str, str]] = []
    files = list(files_until(use_case, now))
    for file in files:
        for rows in _recorded(engine, catalog, use_case, served, file):
            predicted += rows.num_rows
            if file.truths and file.received_at + KNOWN_AFTER < now:
                known += list(_labels(file, rows))
    if known:
        _store_labels(engine, use_case, known)
        _look_after_incident(engine, use_case, now)
    return Day(len(files), predicted, len(known))


def files_until(use_case: UseCase, now: datetime) -> Iterator[File]:
    """Make the files of the day, the oldest first: always the same rows."""
    frame = generate(HOURS * ROWS, SEED)
    # In any order: a temperature that wanders over a day would drift now and then by itself.
    frame = frame.sample(frac=1, random_state=SEED, ignore_index=True)
    frame[str(use_case.key)] = [f"M-{place % MACHINES + 1:02d}" for place in range(len(frame))]
    truths = [use_case.classes[truth] for truth in frame.pop(TARGET)]
    for hour in range(HOURS):
        places = slice(hour * ROWS, (hour + 1) * ROWS)
        received_at = now - LAST_FILE - timedelta(hours=HOURS - 1 - hour)
        rows = _rows_of(frame[places], is_incident=hour in INCIDENT)
        yield File(f"mill-hall-{hour + 1:02d}.csv", _as_csv(rows), received_at, truths[places])
        if hour == INCIDENT[1]:
            changed = _as_csv(rows.drop(columns="torque_nm")[:ROWS_WITHOUT_TORQUE])
            yield File("mill-hall-recalibrated.csv", changed, received_at + timedelta(minutes=9), ())


def _rows_of(hour: pd.DataFrame, *, is_incident: bool) -> pd.DataFrame:
    """Return the rows of an hour, some of them bad, each for one reason."""
    if is_incident:
        hour = hour.assign(torque_nm=(hour["torque_nm"] + TOO_MUCH_NM).round(1))
    rows = hour.astype(object).reset_index(drop=True)
    bad = round(ROWS * (BAD_SHARE_THEN if is_incident else BAD_SHARE))
    for number, place in enumerate(range(5, ROWS, ROWS // bad)):
        column, text = SPOILT[number % len(SPOILT)]
        rows.loc[place, column] = text
    return rows


def _as_csv(rows: pd.DataFrame) -> bytes:
    return rows.to_csv(index=False).encode()


def _id_of(use_case: UseCase, file: File) -> UUID:
    return batch_id_of_file(use_case.name, hashlib.sha256(file.content).hexdigest(), file.name)


def _recorded(
    engine: Engine, catalog: Catalog, use_case: UseCase, served: ServedModel, file: File
) -> Iterator[pa.RecordBatch]:
    """Take a file in as ingestion does and record its parts as a worker does; return what was recorded."""
    batch = announce_batch(
        engine,
        batch_id=_id_of(use_case, file),
        use_case=use_case.name,
        source=Source.FILE,
        name=file.name,
        schema_hash=use_case.schema_hash,
        received_at=file.received_at,
    )
    if batch.state.is_final:
        return
    with engine.begin() as connection:
        reopen_hours(connection, use_case.name, batch.received_at)
    waiting = unrecorded_parts(engine, batch.id)
    done_at = batch.received_at + TAKES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file.name
        path.write_bytes(file.content)
        chunks = read_chunks(use_case, path, format_of(file.name), chunk_rows(batch))
        try:
            for chunk in plan_chunks(use_case, batch, chunks, waiting, use_case.quality.max_bad_share):
                record_chunk(engine, batch, chunk.ledger)
                for message in chunk.messages:
                    yield _score(engine, catalog, served, message, done_at)
        except TableRefusedError as error:
            refuse_batch(engine, batch.id, str(error))
        else:
            finish_batch(engine, batch.id, done_at)


def _score(
    engine: Engine, catalog: Catalog, served: ServedModel, message: Outgoing, recorded_at: datetime
) -> pa.RecordBatch:
    part = decode(catalog, message.headers, message.body)
    scores = served.score(part.use_case, part.rows)
    doors = [(one.source.value, one.rows) for one in part.header.segments]
    profiles = None if served.tally is None else served.tally.count_doors(doors, part.rows, scores)
    rows = table_rows(part.header, part.row_numbers, part.rows, scores, served.version)
    record(engine, part.use_case, part.header, rows, served.version, profiles, recorded_at=recorded_at)
    return rows


def _labels(file: File, rows: pa.RecordBatch) -> Iterator[tuple[UUID, str, str]]:
    known_at = (file.received_at + KNOWN_AFTER).isoformat()
    for prediction_id, number in zip(rows["id"].to_pylist(), rows["row_number"].to_pylist(), strict=True):
        yield UUID(bytes=prediction_id), file.truths[number - 1], known_at


def _store_labels(engine: Engine, use_case: UseCase, known: Sequence[tuple[UUID, str, str]]) -> None:
    """Hand in what came true, as a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outcomes.csv"
        with path.open("w", encoding="utf-8", newline="") as target:
            written = csv.writer(target)
            written.writerow(("prediction_id", "label", "labelled_at"))
            written.writerows(known)
        store_label_file(engine, use_case, path, look_back=timedelta(days=1))


def _look_after_incident(engine: Engine, use_case: UseCase, now: datetime) -> None:
    """Judge the incident while it lasted and once it was over, and note who looked after what was found."""
    judged_at = now - LAST_FILE - timedelta(hours=HOURS - 1 - INCIDENT[1]) + JUDGED_AFTER
    judge_use_cases(engine, [use_case], LIMITS, judged_at, tell_nobody)
    for verdict in bad_verdicts(engine, [use_case.name]):
        acknowledge(
            engine,
            NewAcknowledgement(
                alert=verdict.alert,
                since=verdict.since,
                person="Ada",
                account="demonstration",
                note="The torque sensor of the mill hall reads 12 Nm too much; it is exchanged in this shift.",
            ),
        )
    for moment in (judged_at + timedelta(hours=1), judged_at + timedelta(hours=2), now):
        judge_use_cases(engine, [use_case], LIMITS, moment, tell_nobody)
