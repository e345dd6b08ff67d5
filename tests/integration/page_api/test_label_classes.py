"""Late labels of use cases that `init` made: a number is the class that the data write so, or it is refused."""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
from sqlalchemy import Engine

from tests.integration.page_api.conftest import RunningGateway
from tests.integration.page_api.test_labels import MORNING, outcome, send, stored
from tests.support.command import smartpredict
from tests.support.history import store_predictions
from usecases.contract.catalog import load_catalog
from usecases.contract.folder import write_use_case
from usecases.formats.data_files import read_data
from usecases.proposal.choices import Choices
from usecases.proposal.infer import infer
from usecases.proposal.writing import inferred_yaml


@pytest.fixture(scope="module")
def use_cases(use_cases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two use cases more, made from files that write what came true as numbers."""
    random = np.random.default_rng(9)
    ratings = [number for number, count in ((1.0, 5), (2.0, 60), (3.0, 50), (4.0, 40)) for _ in range(count)]
    files = {"repaid": [1.0] * 80 + [0.0] * 60, "rating": ratings}
    for name, answers in files.items():
        columns = {
            "contract": [f"{name}-{number}" for number in range(len(answers))],
            "income": random.normal(size=len(answers)).round(3),
            name: answers,
        }
        source = tmp_path_factory.mktemp(name) / f"{name}.csv"
        pacsv.write_csv(pa.table(columns), source)
        data = f"training{source.suffix}"
        found = infer(read_data(source), Choices(target=name, key="contract"), file_name=source.name, data=data)
        write_use_case(use_cases, name, inferred_yaml(found, source.name), (source, data), replace=False)
    return use_cases


def test_numbers_label_the_class_that_the_data_write_so_and_never_another(
    gateway: RunningGateway, client: httpx.Client, engine: Engine, tmp_path: Path
) -> None:
    repaid = load_catalog(gateway.use_cases)["repaid"]
    keys = [f"loan-{number}" for number in range(9)]
    ids = store_predictions(engine, repaid, MORNING, np.full(9, 0.4), keys=keys)
    given = [1, 0, 1.0, "1.00", "0.0", True, False]
    items = [{"prediction_id": str(one), "label": label} for one, label in zip(ids, given, strict=False)]
    content = send(client, *items, {"prediction_id": str(ids[7]), "label": 2}, use_case="repaid")
    assert outcome(content) == {"added": 7, "refused": 1}
    assert content["errors"][0]["message"] == "the label '2' is none of not repaid (0), repaid (1)"
    repaid_or_not = ["repaid", "not repaid", "repaid", "repaid", "not repaid", "repaid", "not repaid"]
    assert stored(engine, ids) == dict(zip(ids, repaid_or_not, strict=False))
    path = tmp_path / "labels.csv"
    path.write_text("contract,repaid,labelled_at\nloan-7,1,2026-05-05\nloan-8,0.0,2026-05-05\nloan-0,yes,2026-05-05\n")
    settings = {"SMARTPREDICT_DATABASE_URL": gateway.database_url, "SMARTPREDICT_USECASES": str(gateway.use_cases)}
    done = smartpredict("labels", str(path), "--use-case", "repaid", home=tmp_path, settings=settings)
    assert "3 labels: 2 added, 0 replaced, 0 superseded, 0 of unknown predictions, 1 refused" in done.stdout, (
        done.stderr
    )
    assert "row 3: the label 'yes' is none of not repaid (0), repaid (1)" in done.stdout
    assert stored(engine, ids[7:]) == {ids[7]: "repaid", ids[8]: "not repaid"}


def test_a_label_of_a_class_that_was_left_out_is_refused(
    gateway: RunningGateway, client: httpx.Client, engine: Engine
) -> None:
    rating = load_catalog(gateway.use_cases)["rating"]
    assert (rating.classes, rating.left_out_classes) == (("2", "3", "4"), ("1",))
    ids = store_predictions(engine, rating, MORNING, np.full((3, 3), 1 / 3), keys=["a", "b", "c"])
    items = [{"prediction_id": str(one), "label": label} for one, label in zip(ids, [1, 0, 4], strict=True)]
    content = send(client, *items, use_case="rating")
    assert outcome(content) == {"added": 1, "refused": 2}
    assert [error["message"] for error in content["errors"]] == [
        "the label '1' is a class that is left out; known are 2, 3, 4", "the label '0' is none of 2, 3, 4",
    ]  # fmt: skip
    assert stored(engine, ids) == {ids[2]: "4"}
