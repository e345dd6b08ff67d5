"""Making a forecast: its rows are built from what is stored, written down, and sent to the workers as any batch is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from sqlalchemy import Engine

from broker.messages import Source
from ingestion.batches.ingest import BatchIngestor, retry_database
from ingestion.batches.plan import IncomingRows
from sql.forecasts.making import (
    Drawn,
    Forecast,
    answer_request,
    forecasts_to_send,
    forget_body,
    open_requests,
    write_down,
)
from sql.forecasts.origins import due_origin
from sql.observations.reading import observations_as_known
from usecases.contract.row_layout import row_schema
from usecases.contract.spec import UseCase
from usecases.forecasts.observations import options_of
from usecases.forecasts.origins import rows_at, seen_from
from usecases.formats.chunks import TableChunk

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class NothingToForecastError(Exception):
    """There is nothing to forecast from; the message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class ForecastMaker:
    """Makes forecasts; whoever makes one that is there already gets that."""

    batches: BatchIngestor

    async def make(self, use_case: UseCase, origin: datetime | None = None) -> Forecast:
        """Forecast from an origin, the newest if none is given; when this returns its rows are with the workers.

        Rows that were forecast before, to the last value, are the forecast that was made of them.

        Raises
        ------
        NothingToForecastError
            If no row can be built.
        """
        found = await retry_database(draw, self.batches.engine, use_case, origin)
        forecast = await retry_database(_write_down, self.batches.engine, use_case.name, found)
        await self._send(forecast)
        return forecast

    async def finish(self, use_case: UseCase) -> None:
        """Send forecasts that were written down by a process which ended before it sent them."""
        for forecast in await retry_database(forecasts_to_send, self.batches.engine, use_case.name):
            await self._send(forecast)

    async def answer_requests(self, use_case: UseCase) -> None:
        """Make the forecasts that are asked for."""
        for asked in await retry_database(open_requests, self.batches.engine, use_case.name):
            try:
                forecast = await self.make(use_case, asked.origin)
            except NothingToForecastError as error:
                await retry_database(answer_request, self.batches.engine, asked, None, str(error))
            else:
                await retry_database(answer_request, self.batches.engine, asked, forecast.batch_id)

    async def _send(self, forecast: Forecast) -> None:
        if forecast.body is None:
            return
        rows = pa.ipc.open_stream(forecast.body).read_all().combine_chunks()

        def read(_: UseCase, most: int) -> Iterator[TableChunk]:
            for start in range(0, rows.num_rows, most):
                table = rows.slice(start, most).combine_chunks().to_batches()[0]
                yield TableChunk(start, table.num_rows, table, _numbers(start, table.num_rows))

        name = f"from {forecast.origin.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}, version {forecast.version}"
        await self.batches.ingest(
            IncomingRows(
                use_case=forecast.use_case,
                batch_id=forecast.batch_id,
                source=Source.SCHEDULED,
                name=name,
                rows=read,
                are_forecasts=True,
            )
        )
        await retry_database(forget_body, self.batches.engine, forecast)


def draw(engine: Engine, use_case: UseCase, origin: datetime | None) -> Drawn:
    """Build the rows of an origin from what is stored now.

    Raises
    ------
    NothingToForecastError
        If no row can be built.
    """
    now = datetime.now(UTC)
    chosen = origin or due_origin(engine, use_case, now)
    if chosen is None:
        raise NothingToForecastError(
            f"no reading of {use_case.name} is stored yet that could be forecast from; send observations first"
        )
    moment = (chosen - _EPOCH) // _MICROSECOND
    first, last = seen_from(options_of(use_case), moment)
    found = observations_as_known(
        engine, use_case, _EPOCH + timedelta(microseconds=first), _EPOCH + timedelta(microseconds=last + 1)
    )
    built = rows_at(use_case, found, moment) if found.rows else None
    if built is None or not built.rows.num_rows:
        raise NothingToForecastError(
            f"nothing of {use_case.name} can be forecast from {chosen.astimezone(UTC):%Y-%m-%d %H:%M} UTC: "
            "no series has the readings that its rows need (forecast.missing); send them, or choose another origin"
        )
    return Drawn(chosen, _stream(use_case, built.rows), built.rows.num_rows, built.missing, built.left_out)


def _stream(use_case: UseCase, rows: pa.RecordBatch) -> bytes:
    """Write rows as an Arrow stream, categories as their names so that the check reads them as it reads a file."""
    plain = [
        column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
        for column in rows.select(row_schema(use_case).names).columns
    ]
    table = pa.RecordBatch.from_arrays(plain, names=row_schema(use_case).names)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_batch(table)
    return bytes(sink.getvalue())


def _write_down(engine: Engine, use_case: str, found: Drawn) -> Forecast:
    with engine.begin() as connection:
        return write_down(connection, use_case, found)


def _numbers(start: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.arange(start + 1, start + count + 1, dtype=np.int32)
