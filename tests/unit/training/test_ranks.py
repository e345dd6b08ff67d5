"""Several processes come to one model, of the rows that one process would have taken, and none is left where one is lost."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import yaml

from tests.support.usecases.rank import COMPLAINS, DIES, HANGS, SHARES
from tests.unit.training.test_out_of_core import auc, declared, heats, tiles, write
from training.errors import TrainingDataError
from training.out_of_core.checking import StoredRows, check_and_store
from training.out_of_core.distributed.hosts import Hosts, HostsError
from training.out_of_core.distributed.launch import run_ranks
from training.out_of_core.distributed.ranks import ALONE, LostRankError, Ranks
from training.out_of_core.memory import rows_of_ranks
from training.out_of_core.source import ParquetRows
from usecases.models.runtime import Fitted
from usecases.models.xgboost_runtime import XGBOOST

THREE = Hosts.parse("3")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of use cases with one, which learns from nine row groups."""
    own = tmp_path / "kiln"
    own.mkdir()
    frame = tiles()
    frame.loc[5:20, "heat_k"] = -1.0
    frame.loc[9_000:9_002, "cracked"] = "melted"
    write(frame, own)
    described = declared({"split": "random", "rounds": 20}).model_dump(mode="json", exclude_defaults=True)
    (own / "usecase.yaml").write_text(yaml.safe_dump(described))
    return tmp_path


def run(folder: Path, *what: str, hosts: Hosts = THREE, **more: Any) -> None:
    run_ranks(hosts, [sys.executable, "-m", "tests.support.usecases.rank", str(folder), *what], {}, **more)


def told(folder: Path, ranks: int = 3) -> list[Any]:
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(ranks)]


def alone(folder: Path) -> StoredRows:
    (folder / "store").mkdir()
    use_case = declared({"split": "random", "rounds": 20})
    return check_and_store(use_case, ParquetRows.at(folder / "kiln" / "tiles"), folder / "store")


def test_three_processes_have_one_model_as_good_as_that_of_one_process(folder: Path) -> None:
    run(folder)
    models = {(folder / f"{rank}.ubj").read_bytes() for rank in range(3)}
    assert len(models) == 1
    rows, use_case = alone(folder), declared({"split": "random", "rounds": 20})
    together = Fitted(XGBOOST.load(folder / "0.ubj"), {}, 0.0)
    by_one = XGBOOST.fit_blocks(use_case, rows.training, rows.validation)
    assert auc(use_case, together, rows) == pytest.approx(auc(use_case, by_one, rows), abs=0.01)
    # What is counted is of all rows, and the same everywhere; the rows that are kept apart are those that one process keeps.
    each = told(folder)
    for one in each:
        assert (one["split"], one["rows"], one["bad_rows"]) == (rows.split.words, rows.rows, rows.bad_rows)
        assert (tuple(one["left_out"]), one["duplicates"]) == (rows.sample.left_out, rows.duplicates)
        assert one["sample"] == sorted(rows.sample.rows.column("heat_k").to_pylist())
    assert sorted(heat for one in each for heat in one["holdout"]) == sorted(heats(rows.holdout))
    assert all(one["holdout"] for one in each)


def test_what_each_rank_has_is_put_together_in_their_order(folder: Path) -> None:
    run(folder, SHARES)
    assert told(folder)[0] == told(folder)[2] == ["", "rank ", "rank rank "]
    assert ALONE.gathered(b"all") == [b"all"]
    assert np.array_equal(ALONE.concatenated(np.eye(2)), np.eye(2))


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (DIES, "rank 1 of 3 was ended by SIGKILL, as the system does where memory runs out"),
        (COMPLAINS, "rank 1 of 3 has stopped: its share is broken"),
    ],
)
def test_a_lost_rank_ends_all_with_the_reason(what: str, words: str, folder: Path) -> None:
    with pytest.raises(LostRankError, match=f"{words}.*Nothing was registered"):
        run(folder, what, "1")
    stopped = folder / "stopped"
    assert what == COMPLAINS or time.time() - stopped.stat().st_mtime < 30
    assert _ranks_of(folder) == []


def test_a_rank_that_hangs_counts_as_lost(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMLC_TIMEOUT", "5")
    with pytest.raises(LostRankError, match="Nothing was registered"):
        run(folder, HANGS, "1")
    assert _ranks_of(folder) == []


def test_a_rank_that_never_comes_counts_as_lost(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DMLC_TIMEOUT", "5")
    two_of_three = Hosts(("127.0.0.1",) * 3, (0, 1))
    with pytest.raises(LostRankError, match=r"a rank of another machine has stopped, or cannot be reached"):
        run(folder, hosts=two_of_three, port=_free_port())


def test_each_machine_of_a_list_runs_its_own_ranks(folder: Path) -> None:
    port = _free_port()
    names = "127.0.0.1,127.0.0.2,127.0.0.3"
    with ThreadPoolExecutor() as machines:
        for done in [
            machines.submit(run, folder, SHARES, hosts=Hosts.parse(names, name), port=port) for name in names.split(",")
        ]:
            done.result()
    assert told(folder)[1] == ["", "rank ", "rank rank "]


@pytest.mark.parametrize(
    ("text", "this_host", "words"),
    [
        ("0", None, "names no machines"),
        ("a,,b", "a", "names no machines"),
        ("10.255.255.1,10.255.255.2", None, "this machine is none of 10.255.255.1, 10.255.255.2"),
        ("a.example,b.example", "c.example", "this machine is none of a.example, b.example"),
        ("nowhere.invalid", None, "nowhere.invalid has no address"),
    ],
)
def test_machines_that_cannot_be_meant_are_refused(text: str, this_host: str | None, words: str) -> None:
    with pytest.raises(HostsError, match=words):
        Hosts.parse(text, this_host)


def test_rows_that_cannot_be_shared_out_are_refused(folder: Path) -> None:
    own = folder / "kiln"
    with pytest.raises(TrainingDataError, match=r"has 9 row groups, too few for 10 processes"):
        rows_of_ranks(declared({}), own, Ranks(0, 10))
    with pytest.raises(TrainingDataError, match="train it without --hosts"):
        rows_of_ranks(declared({"data": "tiles.csv"}), own, Ranks(0, 2))
    shares = [list(ParquetRows.at(own / "tiles").blocks(Ranks(rank, 2))) for rank in range(2)]
    places = sorted((block.rows_before, block.table.num_rows) for share in shares for block in share)
    assert [before for before, _ in places] == [sum(rows for _, rows in places[:at]) for at in range(len(places))]
    assert sum(rows for _, rows in places) == 12_000


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _ranks_of(folder: Path) -> list[Mapping[str, Any]]:
    found = psutil.process_iter(["cmdline"])
    return [one.info for one in found if one.info["cmdline"] and str(folder) in one.info["cmdline"]]
