"""Files of made-up rows, a share of them bad: for demonstrations, tests and benchmarks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from training.datasets.equipment_failure import DEFAULT_SEED, generate_inputs

SPOILT: tuple[tuple[str, str], ...] = (
    ("torque_nm", "455.0"),
    ("air_temperature_k", ""),
    ("rotational_speed_rpm", "n/k"),
    ("product_quality", "X"),
    ("process_temperature_k", "285.5"),
)
"""What is put into bad rows, in turn: too large, missing, no number, unknown category, colder than the air."""


def write_inference_csv(path: Path, rows: int, *, seed: int = DEFAULT_SEED, bad_share: float = 0.0) -> None:
    """Write rows of `equipment_failure` as CSV, without the target.

    Parameters
    ----------
    path
        The file.
    rows
        How many rows.
    seed
        Seed of the rows and of which are bad.
    bad_share
        Share of bad rows, each bad for one reason; rounded to a whole number of rows.
    """
    table = pa.Table.from_pandas(generate_inputs(rows, seed), preserve_index=False)
    bad = np.random.default_rng(seed).choice(rows, round(rows * bad_share), replace=False)
    for number, (name, value) in enumerate(SPOILT):
        mask = np.zeros(rows, dtype=np.bool_)
        mask[bad[number :: len(SPOILT)]] = True
        index = table.schema.get_field_index(name)
        texts = pc.if_else(pa.array(mask), value, table.column(index).cast(pa.string()))
        table = table.set_column(index, name, texts)
    options = pyarrow.csv.WriteOptions(quoting_style="none")
    pyarrow.csv.write_csv(table, path, options)
