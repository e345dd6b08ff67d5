"""A pipeline of real services for tests: a prepared database, a declared topology, a small model, processes."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import numpy as np
import pyarrow as pa
import xgboost

from broker.administration.provisioning import declare_topology
from broker.ids import part_id, to_milliseconds
from broker.messages import Lane, PartHeader, Segment, Source, encode_rows
from broker.topology import BULK, PREDICT
from broker.transport.publisher import Outgoing
from local_stack.machine.ports import throwaway_port
from monitoring.profiles.building import reference_profile
from sql.provision import prepare_database
from tests.support.network.hosts import Host
from tests.support.waiting import eventually
from usecases.checking.row_model import row_model, rows_to_arrow
from usecases.contract.catalog import Catalog, load_catalog
from usecases.contract.spec import UseCase
from usecases.models.scoring import matrix, score
from usecases.models.xgboost_matrices import XGBOOST_TYPES
from usecases.models.xgboost_runtime import XGBOOST

EQUIPMENT = load_catalog()["equipment_failure"]
IRIS = load_catalog()["iris"]


def prepare(database_url: str, broker_url: str, catalog: Catalog | None = None) -> None:
    """Bring an empty database and an empty virtual host to the point where services can start."""
    prepare_database(database_url, (catalog or load_catalog()).values())
    asyncio.run(declare_topology(broker_url))


def equipment_rows(count: int, *, seed: int = 1, **overrides: Any) -> pa.RecordBatch:
    """Make checked rows of the default use case; the same seed makes the same rows."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {
        "machine_id": [f"M-{seed}-{index}" for index in range(count)],
        "product_quality": rng.choice(["L", "M", "H"], count).tolist(),
        "air_temperature_k": rng.normal(300, 2, count).round(1).tolist(),
        "process_temperature_k": rng.normal(312, 1, count).round(1).tolist(),
        "rotational_speed_rpm": rng.integers(1200, 2000, count).tolist(),
        "torque_nm": rng.normal(40, 8, count).clip(0, 100).round(1).tolist(),
        "tool_wear_min": rng.integers(0, 250, count).tolist(),
    }
    columns |= {name: [value] * count for name, value in overrides.items()}
    model = row_model(EQUIPMENT)
    names = list(columns)
    rows = [
        model.model_validate(dict(zip(names, values, strict=True))) for values in zip(*columns.values(), strict=True)
    ]
    return rows_to_arrow(EQUIPMENT, rows)


def bulk_part(
    rows: pa.RecordBatch, batch_id: UUID, *, number: int = 0, header: Mapping[str, Any] | None = None
) -> Outgoing:
    """Wrap rows as a part of a batch, as ingestion does; ``header`` replaces fields of the header."""
    fields: dict[str, Any] = {
        "part_id": part_id(batch_id, number),
        "use_case": EQUIPMENT.name,
        "schema_hash": EQUIPMENT.schema_hash,
        "lane": Lane.BULK,
        "part_number": number,
        "segments": (
            Segment(
                batch_id=batch_id,
                received_at=to_milliseconds(datetime(2026, 5, 4, 12, tzinfo=UTC)),
                source=Source.FILE,
                rows=rows.num_rows,
            ),
        ),
    }
    numbers = np.arange(1, rows.num_rows + 1, dtype=np.int32) + number * rows.num_rows
    return Outgoing.part(
        PartHeader(**{**fields, **(header or {})}), encode_rows(rows, numbers), exchange=PREDICT, routing_key=BULK
    )


def install_model(folder: Path, use_case: UseCase = EQUIPMENT, *, version: int = 1) -> Path:
    """Fit a small model on made-up rows and lay it where a worker starts from without the registry."""
    rows = equipment_rows(2_000)
    encoded = matrix(use_case, rows)
    target = (encoded[:, 4] * encoded[:, 5] > 8_000).astype(int)
    return lay_model(folder, use_case, fit(use_case, rows, target, {"max_depth": 3, "seed": 1}), rows, version=version)


def fit(use_case: UseCase, rows: pa.RecordBatch, target: Any, parameters: Mapping[str, Any]) -> xgboost.Booster:
    """Fit a binary model of twenty rounds on rows."""
    data = xgboost.DMatrix(
        matrix(use_case, rows),
        target,
        feature_names=[feature.name for feature in use_case.features],
        feature_types=[XGBOOST_TYPES[feature.type] for feature in use_case.features],
        enable_categorical=True,
    )
    return xgboost.train({"objective": "binary:logistic", **parameters}, data, 20)


def lay_model(
    folder: Path, use_case: UseCase, booster: xgboost.Booster, rows: pa.RecordBatch, *, version: int = 1
) -> Path:
    """Lay a model where a worker starts from without the registry; the rows are those that it was fitted on."""
    content = bytes(booster.save_raw("ubj"))
    digest = hashlib.sha256(content).hexdigest()
    target_folder = folder / use_case.name
    target_folder.mkdir(parents=True, exist_ok=True)
    path = target_folder / f"{digest}.ubj"
    path.write_bytes(content)
    trained = score(use_case, XGBOOST.load(path), rows)
    path.with_suffix(".profile.json").write_text(reference_profile(use_case, rows, trained).model_dump_json())
    note = {"version": version, "digest": digest, "schema_hash": use_case.schema_hash}
    (target_folder / "last_served.json").write_text(json.dumps(note))
    return path


@dataclass
class Service:
    """A running service process."""

    process: subprocess.Popen[bytes]
    health_url: str
    log: Path

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(10)

    def wait_ready(self, seconds: float = 30) -> None:
        """Wait until it says that it can work."""

        def ready() -> bool:
            assert self.process.poll() is None, f"the service ended: {self.log.read_text()[-2000:]}"
            with contextlib.suppress(httpx.TransportError):
                return httpx.get(f"{self.health_url}/health/ready", timeout=2).status_code == 200
            return False

        eventually(ready, seconds, lambda: self.log.read_text()[-2000:])


@contextlib.contextmanager
def start_service(
    module: str, folder: Path, environment: Mapping[str, str], *, host: Host | None = None
) -> Iterator[Service]:
    """Run `python -m MODULE` while the block runs, here or on another host."""
    port = throwaway_port()
    log = folder / f"{module}-{port}.log"
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module] if host is None else host.command(sys.executable, "-m", module),
            env={**inherited, "OMP_NUM_THREADS": "1", "SMARTPREDICT_METRICS_PORT": str(port), **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    service = Service(process, f"http://127.0.0.1:{port}", log)
    try:
        yield service
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            raise
