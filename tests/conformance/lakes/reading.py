"""The programs of docs/jobs.md, run in environments of their own with two processes that score."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pyarrow as pa
import pyarrow.parquet as pq

from local_stack.machine.folders import CHECKOUT
from tests.support.pipeline import EQUIPMENT, equipment_rows, install_model
from usecases.models.scoring import score
from usecases.models.xgboost_runtime import XGBOOST

ROWS, FILES, BAD = 500, 4, 7
"""Rows of a file, files, and bad rows of each."""

_BLOCK = re.compile(r"^```python(?: (\w+))?\n(.*?)^```", re.DOTALL | re.MULTILINE)
PROGRAMS: dict[str, str] = dict(_BLOCK.findall((CHECKOUT / "docs" / "jobs.md").read_text(encoding="utf-8")))

_BEFORE = {
    "dask": """
        from dask.distributed import Client, LocalCluster
        client = Client(LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None))
    """,
    "ray": """
        import ray
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    """,
    "spark": """
        from pyspark.sql import SparkSession
        spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    """,
}
"""How a cluster of two processes on one machine is begun."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """A folder of files with bad rows, a model, and what the product answers to the good ones, by machine."""

    given: Path
    model_file: Path
    expected: pa.Table


def data_set(folder: Path) -> DataSet:
    """Write a data set, and score it."""
    given = folder / "given"
    given.mkdir()
    rows = [equipment_rows(ROWS, seed=number + 1) for number in range(FILES)]
    for number, batch in enumerate(rows):
        place = batch.schema.get_field_index("air_temperature_k")
        spoilt = pa.array([-1.0] * BAD + batch.column(place).to_pylist()[BAD:])
        table = pa.Table.from_batches([batch]).set_column(place, "air_temperature_k", spoilt)
        pq.write_table(table.cast(_plain(table.schema)), given / f"{number}.parquet")
    install_model(folder / "models")
    model_file = next((folder / "models" / EQUIPMENT.name).glob("*.ubj"))
    good = pa.Table.from_batches([batch.slice(BAD) for batch in rows]).combine_chunks().to_batches()[0]
    scores = score(EQUIPMENT, XGBOOST.load(model_file), good)
    names = ["machine_id", "prediction", "score"]
    answers = pa.table([good.column("machine_id"), scores.prediction, scores.score], names=names)
    return DataSet(given, model_file, answers.sort_by("machine_id"))


def require_equal(found: pa.Table, expected: pa.Table) -> None:
    """Hold answers against those that every door gives, to the bit."""
    assert found.num_rows == FILES * (ROWS - BAD)
    ordered = found.sort_by("machine_id")
    for name in expected.column_names:
        assert ordered[name].to_pylist() == expected[name].to_pylist(), name


def _plain(schema: pa.Schema) -> pa.Schema:
    """Return the schema with texts where the product has codes, which not everybody reads."""
    return pa.schema(
        [field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in schema]
    )


def run_program(name: str, folder: Path, **given: Path) -> None:
    """Run a program of the page as it stands there, in a cluster of two processes."""
    (folder / "lake_reader.py").write_text(PROGRAMS[""])
    told = "".join(f"    {key} = {str(value)!r}\n" for key, value in given.items())
    body = (dedent(_BEFORE[name]) + PROGRAMS[name]).replace("\n", "\n    ")
    # Its processes import the program once more.
    program = folder / "program.py"
    program.write_text(f"if __name__ == '__main__':\n{told}    {body}\n")
    python = CHECKOUT / ".venv-peers" / "lakes" / "bin" / "python"
    done = subprocess.run(
        [python, program],
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "PYTHONPATH": f"{folder}:{CHECKOUT}",
            "PYSPARK_PYTHON": str(python),
            "OMP_NUM_THREADS": "1",
            "RAY_USAGE_STATS_ENABLED": "0",
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
