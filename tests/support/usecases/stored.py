"""A database with the table of a forecast's observations, and verbs to fill it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from uuid import UUID, uuid4

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Engine

from sql.base.engine import connect_engine
from sql.base.migrate import migrate
from sql.observations.writing import StoredObservations, store_observations
from sql.registry.registration import register
from tests.support import servers
from usecases.checking.table_check import check_table
from usecases.contract.observations import observation_contract
from usecases.contract.row_layout import canonical_columns
from usecases.contract.spec import UseCase


@contextlib.contextmanager
def registered(server: servers.Database, *use_cases: UseCase) -> Iterator[Engine]:
    """Make a database in which use cases are registered, while the block runs."""
    with servers.fresh_database(server) as url:
        engine = connect_engine(url, "test")
        try:
            with engine.begin() as connection:
                migrate(connection)
                for use_case in use_cases:
                    register(connection, use_case)
            yield engine
        finally:
            engine.dispose()


def store(engine: Engine, use_case: UseCase, frame: pd.DataFrame, batch_id: UUID | None = None) -> StoredObservations:
    """Check a frame of observations and store the good ones, as a batch does; rows are numbered from 1."""
    contract = observation_contract(use_case)
    times = frame.select_dtypes("datetimetz").columns
    as_texts = frame.astype(dict.fromkeys(times, "str"))
    table = pa.Table.from_pandas(as_texts, preserve_index=False).combine_chunks().to_batches()[0]
    checked = check_table(contract, canonical_columns(contract, table))
    assert not checked.bad
    numbers = np.arange(1, checked.good.num_rows + 1, dtype=np.int32)
    with engine.begin() as connection:
        return store_observations(connection, use_case, batch_id or uuid4(), checked.good, numbers)
