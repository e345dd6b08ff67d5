"""Requests per second of `POST /predict`, committed before answered, beside what bounds them and beside another server.

python -m benchmarks.online [--seconds 10] [--rounds 3] [--bulk-rows 2000000]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg2

from benchmarks.machine import describe_machine
from benchmarks.online.many_rows import RowRates, arrow_rows, json_rows, row_rate, tensor_of_rows
from benchmarks.online.other_server import lay_model, running_mlserver
from benchmarks.online.trip_and_commit import trip_and_commit_ms
from benchmarks.online.under_bulk import CALLERS as CALLERS_BESIDE_BULK
from benchmarks.online.under_bulk import BesideBulk, measure_beside_bulk
from benchmarks.online.wrk import Load, Posts, put_load
from benchmarks.report import median, save, spread, table
from benchmarks.stack import RunningStack, own_stack
from local_stack.machine.ports import throwaway_port
from usecases.checking.row_model import example_row
from usecases.contract.catalog import load_catalog

CALLERS = (1, 16, 64, 256)
COMPARED = 64
"""Callers at which the ratios to the echo and to the other server are taken."""

OTHER_MODEL = "equipment_failure"


@dataclass(slots=True)
class Figures:
    """What was measured, each as often as there were rounds."""

    predictions: dict[int, list[Load]] = field(default_factory=lambda: {callers: [] for callers in CALLERS})
    echoes: list[Load] = field(default_factory=list)
    others: list[Load] = field(default_factory=list)
    trip_and_commit_ms: list[float] = field(default_factory=list)
    rows: RowRates = field(default_factory=RowRates)


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="length of one run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each kind, in turn")
    parser.add_argument("--bulk-rows", type=int, default=2_000_000, help="rows of the file that callers share with")
    arguments = parser.parse_args()
    found = Figures()
    with own_stack() as stack, _echo() as echo_url, _other_server(stack) as other_url:
        url, key = f"{stack.settings['SMARTPREDICT_GATEWAY_URL']}/predict", stack.settings["SMARTPREDICT_API_KEY"]
        for _ in range(arguments.rounds):
            _measure(stack, _posts(url, key), (echo_url, other_url), arguments.seconds, found)
            _measure_many_rows(url, key, other_url, arguments.seconds, found.rows)
        missing = _not_stored(stack, [load for loads in found.predictions.values() for load in loads])
        beside = measure_beside_bulk(stack, _posts(url, key), arguments.bulk_rows)
    _report(found, beside, missing)
    if missing:
        sys.exit(f"{missing} answered predictions are not in the database")


def _posts(url: str, key: str) -> Posts:
    body = json.dumps(example_row(load_catalog()["equipment_failure"])).encode()
    return Posts(url, body, {"Content-Type": "application/json", "Authorization": f"Bearer {key}"})


def _measure(stack: RunningStack, posts: Posts, others: tuple[str, str], seconds: int, found: Figures) -> None:
    """Run bounds, the other server and the product in turn, so that all meet the same moods of the machine."""
    echo = Posts(others[0], posts.body, posts.headers)
    other = tensor_of_rows(others[1], 1)
    for warmed in (posts, echo, other):
        put_load(warmed, connections=COMPARED, seconds=1)
    settings = stack.settings
    found.trip_and_commit_ms.append(
        trip_and_commit_ms(settings["SMARTPREDICT_BROKER_URL"], settings["SMARTPREDICT_DATABASE_URL"])
    )
    for callers in CALLERS:
        if callers == COMPARED:
            found.echoes.append(put_load(echo, connections=callers, seconds=seconds))
            found.others.append(put_load(other, connections=callers, seconds=seconds))
        found.predictions[callers].append(put_load(posts, connections=callers, seconds=seconds))
        print(f"{callers:4} callers: {found.predictions[callers][-1].requests_per_second:,.0f} requests/s", flush=True)


def _measure_many_rows(url: str, key: str, other_url: str, seconds: int, found: RowRates) -> None:
    found.json.append(row_rate(json_rows(url, key), seconds))
    found.other_json.append(row_rate(tensor_of_rows(other_url, 1_000), seconds))
    found.arrow.append(row_rate(arrow_rows(url, key), seconds))
    print(
        f"{found.json[-1]:,.0f} rows/s, {found.arrow[-1]:,.0f} as Arrow, {found.other_json[-1]:,.0f} there", flush=True
    )


def _not_stored(stack: RunningStack, loads: list[Load]) -> int:
    """Count the answered ids that the database does not hold."""
    ids = [prediction_id for load in loads for prediction_id in load.ids]
    url = stack.settings["SMARTPREDICT_DATABASE_URL"].replace("postgresql+psycopg2", "postgresql")
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("create temp table answered as select unnest(%s::uuid[]) as id", (ids,))
        cursor.execute(
            "select count(*) from answered where not exists "
            "(select from predictions.equipment_failure p where p.id = answered.id)"
        )
        row = cursor.fetchone()
    assert row is not None
    print(f"{len(ids):,} answered ids looked up, {row[0]} missing")
    return int(row[0])


def _report(found: Figures, beside: BesideBulk, missing: int) -> None:
    compared = found.predictions[COMPARED]
    to_echo = _ratios(_rates(compared), _rates(found.echoes))
    to_other = _ratios(_rates(compared), _rates(found.others))
    to_bound = _ratios([load.p50_ms for load in found.predictions[1]], found.trip_and_commit_ms)
    rows_to_other = _ratios(found.rows.json, found.rows.other_json)
    arrow_to_other = _ratios(found.rows.arrow, found.rows.other_json)
    lines = [[callers, *_line(loads)] for callers, loads in found.predictions.items()]
    lines.append([f"{COMPARED}, bare echo", *_line(found.echoes)])
    lines.append([f"{COMPARED}, MLServer, which stores nothing", *_line(found.others)])
    many = [
        ["JSON", spread(found.rows.json)],
        ["Arrow", spread(found.rows.arrow)],
        ["JSON at MLServer", spread(found.rows.other_json)],
    ]
    text = (
        f"{table(['callers', 'requests/s', 'p50 ms', 'p99 ms'], lines)}\n\n"
        f"Ratio to the bare echo at {COMPARED} callers: **{_shown(to_echo)}**, to MLServer: **{_shown(to_other)}**. "
        f"A lone caller waits **{_shown(to_bound)}** times as long as a bare message there and back and a bare commit take "
        f"({median(found.trip_and_commit_ms):.1f} ms). Every answer was committed before it was given; answered ids "
        f"missing in the database: {missing}.\n\n"
        f"{table(['1,000 rows a request', 'rows/s'], many)}\n\n"
        f"Ratio to MLServer: **{_shown(rows_to_other)}**, as Arrow **{_shown(arrow_to_other)}**.\n\n"
        f"Beside a file the p99 of {CALLERS_BESIDE_BULK} callers is {beside.p99_ms:.0f} ms in place of "
        f"{beside.idle_p99_ms:.0f} (**{beside.p99_ratio:.1f}** times), and the file keeps **{beside.bulk_share:.2f}** of its "
        f"{beside.alone_per_second:,.0f} rows/s."
    )
    figures = {
        "ratio_to_echo": round(median(to_echo), 3),
        "ratio_to_mlserver": round(median(to_other), 3),
        "p50_ratio_to_trip_and_commit": round(median(to_bound), 3),
        "p99_ratio_under_bulk": round(beside.p99_ratio, 3),
        "bulk_share_beside_callers": round(beside.bulk_share, 3),
        "rows_1000_ratio_to_mlserver": round(median(rows_to_other), 3),
        "rows_1000_arrow_ratio_to_mlserver": round(median(arrow_to_other), 3),
        "requests_per_second": round(median(_rates(compared))),
        "echo_requests_per_second": round(median(_rates(found.echoes))),
        "p50_ms": {callers: median([load.p50_ms for load in loads]) for callers, loads in found.predictions.items()},
        "p99_ms": {callers: median([load.p99_ms for load in loads]) for callers, loads in found.predictions.items()},
        "answered_but_not_stored": missing,
    }
    print(text)
    save("online", figures, text, describe_machine())


def _rates(loads: list[Load]) -> list[float]:
    return [load.requests_per_second for load in loads]


def _ratios(own: list[float], other: list[float]) -> list[float]:
    return [one / of for one, of in zip(own, other, strict=True)]


def _shown(ratios: list[float]) -> str:
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _line(loads: list[Load]) -> list[str]:
    p50, p99 = median([load.p50_ms for load in loads]), median([load.p99_ms for load in loads])
    return [spread(_rates(loads)), f"{p50:.1f}", f"{p99:.1f}"]


@contextlib.contextmanager
def _other_server(stack: RunningStack) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (served,) = (stack.home / "models" / "equipment_failure").glob("*.ubj")
        lay_model(folder, OTHER_MODEL, served)
        with running_mlserver(folder) as running:
            yield f"{running.url}/v2/models/{OTHER_MODEL}/infer"


@contextlib.contextmanager
def _echo() -> Iterator[str]:
    port = throwaway_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.bounds.echo", str(port)])
    try:
        for _ in range(100):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{url}/openapi.json")
                break
            time.sleep(0.1)
        yield f"{url}/echo"
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    main()
