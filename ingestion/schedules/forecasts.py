"""What the schedule of forecasts calls: make those that are due, and compare earlier ones with what came true."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from broker.messages import Source
from ingestion.batches.ingest import retry_database
from ingestion.files.ingest import FileIngestor
from ingestion.forecasts.making import ForecastMaker, NothingToForecastError
from ingestion.schedules.committing import wait_until_committed
from ingestion.schedules.run import with_file_ingestor
from ingestion.settings import IngestionSettings
from sql.forecasts.labelling import label_forecasts


def forecast_what_is_due(settings: IngestionSettings | None = None) -> dict[str, Any]:
    """Forecast every use case of that task from its newest complete time, and wait until workers have stored the rows.

    The service of ingestion does the same whenever a reading arrives; what it has done is recognised and left alone.

    Returns
    -------
    dict
        ``forecasts`` (origin and version by use case), ``not_made`` (why not, by use case), ``labelled`` (forecasts of which
        it is known now what came true, by use case) and ``predictions``: rows by forecast and where they are.

    Raises
    ------
    ingestion.schedules.committing.NotCommittedError
        If rows are not stored in time; they are on their way, and calling again waits for them.
    ingestion.schedules.run.ServersAwayError
        If the database or the broker stays away; nothing is lost, and the next run goes on.
    """
    settings = settings or IngestionSettings()

    async def work(files: FileIngestor) -> dict[str, Any]:
        maker = ForecastMaker(files.batches)
        declared = [one for one in files.batches.catalog.values() if one.forecast is not None]
        made: dict[str, str] = {}
        not_made: dict[str, str] = {}
        labelled: dict[str, int] = {}
        batches = []
        for use_case in declared:
            await maker.finish(use_case)
            try:
                forecast = await maker.make(use_case)
            except NothingToForecastError as error:
                not_made[use_case.name] = str(error)
            else:
                made[use_case.name] = (
                    f"{forecast.origin.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}, version {forecast.version}"
                )
                batches.append(forecast.batch_id)
        committed = await wait_until_committed(files.batches.engine, settings, Source.SCHEDULED, batches)
        for use_case in declared:
            labelled[use_case.name] = await retry_database(
                label_forecasts, files.batches.engine, use_case, datetime.now(UTC)
            )
        return {"forecasts": made, "not_made": not_made, "labelled": labelled, "predictions": committed}

    return asyncio.run(with_file_ingestor(settings, work))
