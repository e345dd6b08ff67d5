"""What was said before and counts when it is looked for: labels that were there alike, notations of a file's columns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from broker.messages import Source
from sql.base.engine import connect_engine
from sql.base.roles import role_name
from sql.labels.taking import Delivery, LabelsStored, store_labels
from sql.ledger.batches import announce_batch
from sql.registry.mappings import accept_mapping, mappings_of_a_batch, withdraw_mapping
from tests.support.history import store_predictions
from tests.support.pipeline import EQUIPMENT
from usecases.checking.labels import LabelColumns, check_labels
from usecases.mappings.mapping import FileMapping, agreed_notations


@pytest.fixture
def gateway(prepared: str) -> Iterator[Engine]:
    """Connect with the rights of the gateway."""
    login = "gateway"
    url = make_url(prepared).set(username=role_name(login), password=f"secret-of-{login}")
    engine = connect_engine(url.render_as_string(hide_password=False), "test")
    yield engine
    engine.dispose()


def send(engine: Engine, ids: list[UUID], *labels: str) -> LabelsStored:
    columns = LabelColumns(labels=pa.array(labels), prediction_ids=pa.array([str(one) for one in ids[: len(labels)]]))
    checked = check_labels(EQUIPMENT, columns, first_item=1)
    return store_labels(engine, Delivery(EQUIPMENT, "api"), [checked], shown=9, patience=timedelta(seconds=60))[0]


def test_labels_that_were_there_alike_are_counted(engine: Engine, gateway: Engine) -> None:
    ids = store_predictions(engine, EQUIPMENT, datetime(2026, 5, 4, tzinfo=UTC), np.array([0.1, 0.2, 0.3]))
    for labels, counts in (
        (("ok", "failure"), (2, 0, 0)),
        (("ok", "failure", "ok"), (1, 2, 2)),
        (("failure", "failure", "ok"), (0, 3, 2)),
        (("ok",), (0, 1, 0)),
    ):
        found = send(gateway, ids, *labels)
        assert (found.added, found.replaced, found.unchanged) == counts, labels


def test_mappings_of_a_batch_are_those_of_the_time_at_which_it_came(engine: Engine, gateway: Engine) -> None:
    columns = {f"{name} (Halle 3)": name for name in EQUIPMENT.columns}
    mapping = FileMapping.model_validate({"columns": columns, "notations": {"torque_nm": "decimal_comma"}})
    before, after = uuid4(), uuid4()
    batch: dict[str, Any] = {"use_case": EQUIPMENT.name, "source": Source.FILE, "schema_hash": EQUIPMENT.schema_hash}
    announce_batch(engine, batch_id=before, name="a.csv", received_at=datetime.now(UTC) - timedelta(minutes=1), **batch)
    kept = accept_mapping(gateway, EQUIPMENT.name, mapping, "somebody")
    announce_batch(engine, batch_id=after, name="b.csv", **batch)
    withdraw_mapping(gateway, kept.id, "somebody")
    assert mappings_of_a_batch(gateway, before) == mappings_of_a_batch(gateway, uuid4()) == []
    found = mappings_of_a_batch(gateway, after)
    assert found == [mapping]
    assert agreed_notations(found) == {"torque_nm": "decimal_comma"}
