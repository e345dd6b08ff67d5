"""Retiring a use case: all of it is exported and counted first, then it goes with its table."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

import pyarrow.parquet as pq
from sqlalchemy import Engine, Table

from orchestration.exports.days import exported_rows
from orchestration.exports.run import ExportSettings, alone, export_days
from sql.base.engine import connect_engine
from sql.base.reading import reading
from sql.exports.days import EPOCH, PATIENCE, days_recorded_since
from sql.exports.retirement import (
    Kept,
    RetirementError,
    count_kept,
    find_use_case,
    put_back,
    remove,
    require_nothing_waits,
    take_out_of_force,
)
from sql.exports.whole_tables import read_whole, whole_schema
from sql.labels.tables import labels
from sql.observations.tables import observation_table
from usecases.contract.spec import UseCase
from usecases.stores.target import StoreError, Target

__all__ = ["RetirementError", "retire"]

CONTRACT: Final = "contract.json"
"""Lies beside the exported days, so that what their columns mean is known."""

SETTLING_SECONDS: Final = 12.0
"""How long what was accepted at the last moment may be on its way: services look each second, and a caller waits ten."""


def retire(
    name: str,
    settings: ExportSettings | None = None,
    agreed: Callable[[Kept], bool] = lambda _: True,
) -> dict[str, Any]:
    """Export a use case as Parquet, remove it with its table, and return what was exported and what went.

    Done again after it was cut off, it goes on where it stopped.

    Parameters
    ----------
    name
        Of the use case.
    settings
        From the environment, if not given; the account has to be the owner's.
    agreed
        Asked once everything is exported, with what is stored; nothing changes if it says no.

    Raises
    ------
    RetirementError
        If something waits for it, or its export is not whole; then it is in force as before.
    usecases.stores.target.StoreError
        If it cannot be exported.
    """
    settings = settings or ExportSettings()
    if not settings.export_url:
        raise StoreError("say where to export to: SMARTPREDICT_EXPORT_URL; see docs/exports.md")
    target = Target.at(settings.export_url)
    engine = connect_engine(settings.database_url.get_secret_value(), "retirement", pool_size=2)
    try:
        with engine.connect() as connection:
            use_case = find_use_case(connection, name)
            require_nothing_waits(connection, use_case)
        with alone(engine, use_case):
            kept = _export_all(engine, target, use_case)
            if not agreed(kept):
                return {}
            take_out_of_force(engine, use_case)
            try:
                time.sleep(SETTLING_SECONDS)
                kept = _export_all(engine, target, use_case)
                with engine.begin() as connection:
                    gone = remove(connection, use_case, kept)
            except BaseException:
                put_back(engine, use_case)
                raise
        return {"use_case": name, "exported": asdict(kept), "removed": gone, "target": f"{target.place}/{name}"}
    finally:
        engine.dispose()


def _export_all(engine: Engine, target: Target, use_case: UseCase) -> Kept:
    """Export what is not exported yet; return what is."""
    days = sorted(days_recorded_since(engine, use_case, EPOCH))
    export_days(engine, target, use_case, days)
    labelled = _export_table(engine, target, use_case, "labels", labels)
    observed = 0
    if use_case.forecast is not None:
        observed = _export_table(engine, target, use_case, "observations", observation_table(use_case))
    contract = json.dumps(use_case.model_dump(mode="json"), indent=2).encode()
    target.write(f"{use_case.name}/{CONTRACT}", contract)
    with reading(engine, PATIENCE) as connection:
        stored = count_kept(connection, use_case)
    found = Kept(exported_rows(target, use_case, days), labelled, observed)
    if found != stored:
        raise RetirementError(
            f"{use_case.name} has {stored}, and {found} was exported: rows came meanwhile. Retire it again"
        )
    return found


def _export_table(engine: Engine, target: Target, use_case: UseCase, name: str, table: Table) -> int:
    """Write what a table has of a use case as one file; return its rows."""
    rows = 0
    with (
        reading(engine, PATIENCE) as connection,
        target.writing(f"{use_case.name}/{name}.parquet") as file,
        pq.ParquetWriter(file, whole_schema(table), compression="zstd") as writer,
    ):
        for page in read_whole(connection, table, use_case.name):
            writer.write_table(page)
            rows += page.num_rows
    return rows
