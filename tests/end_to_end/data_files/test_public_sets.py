"""Public data sets from their file to answers: nothing is edited, and the figures are those of a model made by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from broker.ids import batch_id_of_file
from cli.main import build_app
from tests.support.data_files.by_hand import METRIC, metric_by_hand
from tests.support.data_files.sets import PUBLIC_SETS
from tests.support.running_stack import RunningStack
from tests.support.session.figures import show
from tests.support.waiting import eventually
from training.data import read_table
from training.splits import split_table
from usecases.contract.catalog import read_use_case
from usecases.contract.spec import UseCase

ROWS_A_REQUEST = 1_000
MOST_SENT = 3_000
"""Rows of a set that are sent as requests too; its file is dropped whole."""


@pytest.mark.parametrize("name", PUBLIC_SETS)
def test_a_public_set_is_learned_and_served_as_it_is(own: RunningStack, name: str, tmp_path: Any) -> None:
    known = PUBLIC_SETS[name]
    path = known.write(tmp_path, name)
    _run(own, "init", str(path), "--target", known.target, "--name", name, "--yes", *known.options)
    _run(own, "train", name)
    use_case = read_use_case(own.folders.usecases / name / "usecase.yaml")
    frame = known.frame(path)
    _is_as_good_as_by_hand(own, use_case, frame)
    content = path.read_bytes()
    # Ingestion makes the folder once it has heard of the use case; before, it refuses the file.
    eventually((Path(own.settings["SMARTPREDICT_DATA"]) / "incoming" / name).is_dir, 30)
    own.drop(content, path.name, name)
    ledger = own.wait_done(batch_id_of_file(name, hashlib.sha256(content).hexdigest(), path.name))
    assert ledger.rows_in == len(frame) == ledger.predicted + ledger.quarantined, ledger.problem
    _rows_get_the_verdict_of_the_file(own, use_case, frame.head(MOST_SENT), _bad_rows(own, ledger.batch_id))


def _run(own: RunningStack, *arguments: str) -> None:
    # In this process, which has MLflow at hand: its import would take most of the time.
    done = CliRunner().invoke(build_app(), list(arguments), env=own.settings)
    assert done.exit_code == 0, done.output


def _is_as_good_as_by_hand(own: RunningStack, use_case: UseCase, frame: pd.DataFrame) -> None:
    table = read_table(str(use_case.training.data), own.folders.usecases / use_case.name)
    assert len(frame) == table.num_rows
    by_hand = metric_by_hand(use_case, frame, split_table(use_case, table))
    with own.api() as api:
        # The gateway looks for use cases that were added every few seconds.
        version = eventually(lambda: api.get(f"/models/{use_case.name}/versions").json().get("versions"), 30)[0]
    measured = version["metrics"][METRIC[use_case.task]]
    show(f"{use_case.name}: {METRIC[use_case.task]} {measured:.4f}, by hand {by_hand:.4f}")
    assert measured == pytest.approx(by_hand, abs=0.01)


def _bad_rows(own: RunningStack, batch_id: Any) -> dict[int, list[str]]:
    """Return the rules that rows of a file broke, by their numbers."""
    with own.api() as api:
        found = api.get(f"/batches/{batch_id}/quarantine?limit=1000").json()
    return {row["row_number"]: sorted(reason["message"] for reason in row["reasons"]) for row in found["rows"]}


def _rows_get_the_verdict_of_the_file(
    own: RunningStack, use_case: UseCase, frame: pd.DataFrame, bad: dict[int, list[str]]
) -> None:
    """Send rows as pandas has them: taken, but for those that are bad in the file for the same reason."""
    rows: list[dict[Any, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    good = [row for number, row in enumerate(rows, start=1) if number not in bad]
    with own.api() as api:
        for few in _by_the_thousand(good):
            answer = eventually(partial(_answered, api, use_case.name, few), 30)
            assert len(answer["predictions"]) == len(few)
        for number, reasons in bad.items():
            if number <= len(rows):
                refused = api.post(f"/predict?use_case={use_case.name}", json=rows[number - 1])
                assert refused.status_code == 422, refused.text
                assert sorted(error["message"] for error in refused.json()["errors"]) == reasons


def _answered(api: Any, name: str, rows: list[dict[Any, Any]]) -> dict[str, Any]:
    found = api.post(f"/predict?use_case={name}", json=rows)
    assert found.status_code in {200, 404, 503}, found.text[:2_000]
    return dict(found.json()) if found.status_code == 200 else {}


def _by_the_thousand(rows: list[dict[Any, Any]]) -> Iterator[list[dict[Any, Any]]]:
    for begin in range(0, len(rows), ROWS_A_REQUEST):
        yield rows[begin : begin + ROWS_A_REQUEST]
