"""Requests per second of `POST /predict`, one row each and committed before answered, beside a bare echo.

python -m benchmarks.online [--seconds 10] [--rounds 3]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import psycopg2

from benchmarks.machine import describe_machine
from benchmarks.report import median, save, spread, table
from benchmarks.stack import RunningStack, own_stack
from benchmarks.wrk import Load, put_load
from local_stack.machine.ports import throwaway_port
from usecases.checking.row_model import example_row
from usecases.contract.catalog import load_catalog

CALLERS = (1, 16, 64, 256)
COMPARED = 64
"""Callers at which the ratio to the echo is taken."""


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="length of one run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each kind, in turn")
    arguments = parser.parse_args()
    with own_stack() as stack, _echo() as echo_url:
        predictions, echoes = _measure(stack, echo_url, arguments.seconds, arguments.rounds)
        missing = _not_stored(stack, [load for loads in predictions.values() for load in loads])
    _report(predictions, echoes, missing)
    if missing:
        sys.exit(f"{missing} answered predictions are not in the database")


def _measure(stack: RunningStack, echo_url: str, seconds: int, rounds: int) -> tuple[dict[int, list[Load]], list[Load]]:
    """Run echo and product in turn, so that both meet the same moods of the machine."""
    body = json.dumps(example_row(load_catalog()["equipment_failure"]))
    url, key = f"{stack.settings['SMARTPREDICT_GATEWAY_URL']}/predict", stack.settings["SMARTPREDICT_API_KEY"]
    put_load(url, body, key, connections=COMPARED, seconds=2)
    put_load(echo_url, body, key, connections=COMPARED, seconds=2)
    predictions: dict[int, list[Load]] = {callers: [] for callers in CALLERS}
    echoes: list[Load] = []
    for _ in range(rounds):
        for callers in CALLERS:
            if callers == COMPARED:
                echoes.append(put_load(echo_url, body, key, connections=callers, seconds=seconds))
            predictions[callers].append(put_load(url, body, key, connections=callers, seconds=seconds))
            print(f"{callers:4} callers: {predictions[callers][-1].requests_per_second:,.0f} requests/s", flush=True)
    return predictions, echoes


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


def _report(predictions: dict[int, list[Load]], echoes: list[Load], missing: int) -> None:
    ratios = [
        own.requests_per_second / echo.requests_per_second
        for own, echo in zip(predictions[COMPARED], echoes, strict=True)
    ]
    rows = [
        [
            callers,
            spread([load.requests_per_second for load in loads]),
            f"{median([load.p50_ms for load in loads]):.1f}",
            f"{median([load.p99_ms for load in loads]):.1f}",
        ]
        for callers, loads in predictions.items()
    ]
    echo_rate = [load.requests_per_second for load in echoes]
    rows.append(
        [
            f"{COMPARED}, bare echo",
            spread(echo_rate),
            f"{median([load.p50_ms for load in echoes]):.1f}",
            f"{median([load.p99_ms for load in echoes]):.1f}",
        ]
    )
    text = (
        f"{table(['callers', 'requests/s', 'p50 ms', 'p99 ms'], rows)}\n\n"
        f"Ratio to the bare echo at {COMPARED} callers: **{median(ratios):.2f}** ({min(ratios):.2f} to {max(ratios):.2f}). "
        f"Every answer was committed before it was given; answered ids missing in the database: {missing}."
    )
    figures = {
        "ratio_to_echo": round(median(ratios), 3),
        "requests_per_second": round(median([load.requests_per_second for load in predictions[COMPARED]])),
        "echo_requests_per_second": round(median(echo_rate)),
        "p50_ms": {callers: median([load.p50_ms for load in loads]) for callers, loads in predictions.items()},
        "p99_ms": {callers: median([load.p99_ms for load in loads]) for callers, loads in predictions.items()},
        "answered_but_not_stored": missing,
    }
    print(text)
    save("online", figures, text, describe_machine())


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
