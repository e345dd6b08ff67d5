"""Scoring a claim: read its row groups in chunks, check and score each, write the answers to one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from broker.messages import ROW_NUMBER, Source
from inference_worker.model_cache import Served
from sql.jobs.claims import Claim, ScoredClaim
from sql.ledger.recording import PartCounts, count_part
from sql.profiles.parts import PartProfile, add_profiles
from sql.quarantine.bad_rows import MOST_KEPT, bad_rows
from sql.quarantine.rows import QuarantinedRow
from usecases.checking.chunk_check import CheckedChunk, check_chunk
from usecases.contract.spec import UseCase
from usecases.formats.chunks import FileBrokenError, TableChunk
from usecases.formats.parquet import read_row_groups
from usecases.formats.reading import columns_of
from usecases.stores.target import Target, measure
from usecases.tasks.definition import Scores

CHUNK_ROWS = 100_000
"""Rows held at once, as the door of files holds them, so memory does not grow with the size of a row group."""

_TYPES = {"text": pa.string(), "number": pa.float64(), "numbers": pa.list_(pa.float64())}


def answer_schema(use_case: UseCase) -> pa.Schema:
    """Return the columns of an answer: which row of the job it is of, counted from 1, its key if there is one, and what is predicted.

    >>> from usecases.contract.catalog import load_catalog
    >>> answer_schema(load_catalog()["iris"]).names
    ['row_number', 'prediction', 'score', 'scores']
    """
    key = [pa.field(use_case.key, pa.string())] if use_case.key else []
    answers = [
        pa.field(column.name, _TYPES[column.kind]) for column in use_case.task.definition.columns(use_case.outputs)
    ]
    return pa.schema([pa.field(ROW_NUMBER, pa.int32(), nullable=False), *key, *answers])


def score_claim(use_case: UseCase, served: Served, claim: Claim, given: Target, output: Target) -> ScoredClaim:
    """Check and score the rows of a claim as every door does, and write the answers where they belong.

    Returns
    -------
    ScoredClaim
        What became of the rows; the file is at its place by then.

    Raises
    ------
    usecases.formats.chunks.FileBrokenError
        If the rows cannot be read, or are not those that were planned.
    usecases.stores.target.StoreError
        If the answers cannot be written.
    """
    tally = _Tally(use_case, served)
    schema = answer_schema(use_case)
    names_classes = use_case.task.definition.names_classes
    with output.writing(claim.file_name, f".{uuid4().hex}") as file:
        # What else is written hardly repeats: to look for it takes a quarter of all the time.
        with pq.ParquetWriter(file, schema, use_dictionary=["prediction"] if names_classes else False) as writer:
            for chunk in _chunks(use_case, claim, given):
                checked = check_chunk(use_case, chunk)
                scores = served.score(use_case, checked.good)
                tally.add(checked, scores)
                writer.write_batch(_answers(schema, checked, scores), row_group_size=CHUNK_ROWS)
        if tally.rows != claim.rows:
            raise FileBrokenError(
                f"{claim.path or given.place} has changed since the job was planned: {tally.rows:,} rows where "
                f"{claim.rows:,} were. Order the job again"
            )
        written = measure(file)
    return ScoredClaim(
        model_version=served.version,
        counts=tally.counts(),
        profile=tally.profile(),
        bad=tally.bad,
        rows_bad=tally.rows_bad,
        rows_written=tally.rows - tally.rows_bad,
        bytes=written.bytes,
        sha256=written.sha256,
    )


def _chunks(use_case: UseCase, claim: Claim, given: Target) -> Iterator[TableChunk]:
    """Read the rows, numbered as those of the job."""
    groups = range(claim.first_group, claim.first_group + claim.groups)
    for chunk in read_row_groups(given.opener(claim.path), columns_of(use_case), CHUNK_ROWS, groups, claim.path):
        numbers = (chunk.numbers + np.int32(claim.rows_before)).astype(np.int32, copy=False)
        yield replace(chunk, rows_before=chunk.rows_before + claim.rows_before, numbers=numbers)


def _answers(schema: pa.Schema, checked: CheckedChunk, scores: Scores) -> pa.RecordBatch:
    columns = {ROW_NUMBER: pa.array(checked.good_numbers), "prediction": scores.prediction, "score": scores.score}
    if scores.scores is not None:
        columns["scores"] = scores.scores
    arrays = [columns[name] if name in columns else checked.good.column(name) for name in schema.names]
    return pa.RecordBatch.from_arrays(
        [array.cast(field.type) for array, field in zip(arrays, schema, strict=True)], schema=schema
    )


class _Tally:
    """Adds up what the chunks of a claim hold."""

    def __init__(self, use_case: UseCase, served: Served) -> None:
        self._use_case = use_case
        self._counter = served.tally
        self._profiles: list[PartProfile] = []
        self._classes: Counter[str] = Counter()
        self._total = 0.0
        self._has_sum = True
        self.rows = 0
        self.rows_bad = 0
        self.bad: list[QuarantinedRow] = []

    def add(self, checked: CheckedChunk, scores: Scores) -> None:
        """Count the rows of a chunk."""
        self.rows += checked.rows
        self.rows_bad += len(checked.bad)
        if checked.bad and len(self.bad) < MOST_KEPT:
            self.bad += bad_rows(checked, MOST_KEPT - len(self.bad))
        if not checked.good.num_rows:
            return
        source = pa.repeat(Source.JOB.value, checked.good.num_rows)
        counted = count_part(pa.RecordBatch.from_pydict({"source": source, "prediction": scores.prediction}))
        self._classes.update(counted.rows[Source.JOB.value])
        if counted.sums is None or Source.JOB.value not in counted.sums:
            self._has_sum = False
        else:
            self._total += counted.sums[Source.JOB.value]
        if self._counter is not None:
            self._profiles.append(self._counter.count(checked.good, scores))

    def counts(self) -> PartCounts:
        """Return the rows by predicted class, or the sum of the predicted numbers."""
        is_number = not self._use_case.task.definition.names_classes
        sums = ({Source.JOB.value: self._total} if self._has_sum else {}) if is_number else None
        return PartCounts({Source.JOB.value: dict(self._classes)}, sums)

    def profile(self) -> PartProfile:
        """Return the profile of all rows that were scored."""
        good = self.rows - self.rows_bad
        return add_profiles(self._profiles) if self._profiles else PartProfile(rows=good)
