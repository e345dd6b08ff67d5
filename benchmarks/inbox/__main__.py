"""Messages per second from the inbox to the last commit, beside a bare consumer; and small files beside them.

python -m benchmarks.inbox [--messages 100000] [--rounds 3] [--files 1000]
python -m benchmarks.inbox --memory 1000000
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import aio_pika
from sqlalchemy import Engine, text

from benchmarks.bulk import drop_file
from benchmarks.inbox.bare_consumer import bare_rate
from benchmarks.inbox.outbox import RowMessages
from benchmarks.machine import describe_machine
from benchmarks.memory import MemoryWatch
from benchmarks.report import median, save, spread, table
from benchmarks.stack import RunningStack, own_stack
from broker.topology import INBOX, PREDICTIONS
from local_stack.machine.folders import Folders
from local_stack.processes.supervisor import Supervisor
from sql.base.engine import connect_engine
from training.datasets.sample_files import write_inference_csv

ROWS_OF_A_LARGE_MESSAGE = 100
LONE_MESSAGES = 50
WARM_UP = 2_000


@dataclass(slots=True)
class Figures:
    """What was measured, each as often as there were rounds."""

    messages_per_second: list[float] = field(default_factory=list)
    bare_per_second: list[float] = field(default_factory=list)
    rows_per_second_100: list[float] = field(default_factory=list)
    bulk_per_second: list[float] = field(default_factory=list)
    files_per_second: list[float] = field(default_factory=list)
    lone_ms: list[float] = field(default_factory=list)
    peaks: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000, help="messages of one row")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each kind, in turn")
    parser.add_argument("--files", type=int, default=1_000, help="files of one row")
    parser.add_argument("--memory", type=int, help="look at memory only: at a tenth of so many messages, and at all")
    arguments = parser.parse_args()
    if arguments.memory:
        _memory(arguments.memory)
        return
    found = Figures()
    with own_stack() as stack:
        engine = connect_engine(stack.settings["SMARTPREDICT_DATABASE_URL"], "bench")
        url = stack.settings["SMARTPREDICT_BROKER_URL"]
        _rate(stack, engine, RowMessages("warm-up", WARM_UP))
        for number in range(arguments.rounds):
            found.bare_per_second.append(bare_rate(engine, url, RowMessages(f"bare-{number}", arguments.messages)))
            with MemoryWatch(stack.home) as memory:
                found.messages_per_second.append(_rate(stack, engine, RowMessages(f"one-{number}", arguments.messages)))
            found.peaks = {name: max(peak, found.peaks.get(name, 0)) for name, peak in memory.peaks.items()}
            print(f"{found.messages_per_second[-1]:,.0f} messages/s, bare {found.bare_per_second[-1]:,.0f}", flush=True)
            many = RowMessages(f"many-{number}", arguments.messages // 10, ROWS_OF_A_LARGE_MESSAGE)
            found.rows_per_second_100.append(_rate(stack, engine, many) * ROWS_OF_A_LARGE_MESSAGE)
            found.bulk_per_second.append(many.total / drop_file(stack, many.total, number)[0])
            print(
                f"{found.rows_per_second_100[-1]:,.0f} rows/s of messages of 100 rows, {found.bulk_per_second[-1]:,.0f} of a file",
                flush=True,
            )
            found.files_per_second.append(_file_rate(stack, engine, arguments.files, number))
            print(f"{found.files_per_second[-1]:,.0f} files/s", flush=True)
        found.lone_ms = asyncio.run(_lone_latencies(url))
        engine.dispose()
        audit = stack.run("audit")
    _report(found, arguments.messages, audit)


def _memory(messages: int) -> None:
    """Take in a tenth of so many messages, then all, and print the peak memory of every process for both."""
    counts = messages // 10, messages
    peaks: dict[str, list[float]] = {}
    with own_stack() as stack:
        engine = connect_engine(stack.settings["SMARTPREDICT_DATABASE_URL"], "bench")
        for count in counts:
            with MemoryWatch(stack.home) as memory:
                rate = _rate(stack, engine, RowMessages(f"memory-{count}", count))
            print(f"{count:,} messages: {rate:,.0f} a second", flush=True)
            for name, peak in memory.peaks.items():
                peaks.setdefault(name, []).append(peak)
        engine.dispose()
        print(stack.run("audit"))
    rows = [[name, *(f"{peak:,.0f}" for peak in found)] for name, found in sorted(peaks.items())]
    print(table(["peak resident memory, MB", *(f"{count:,} messages" for count in counts)], rows))


def _rate(stack: RunningStack, engine: Engine, messages: RowMessages) -> float:
    """Publish messages while nobody takes them, let ingestion begin, and give messages per second to the last commit."""
    supervisor = Supervisor(Folders(stack.home))
    before = _predicted(engine)
    supervisor.stop(["ingestion"])
    asyncio.run(_publish(stack.settings["SMARTPREDICT_BROKER_URL"], messages))
    supervisor.start(["ingestion"])
    first = _wait(engine, before + 1)
    last = _wait(engine, before + messages.total)
    # From the first commit on: how long a process takes to start is another matter.
    begun, rows_then = first
    return (messages.total - (rows_then - before)) / messages.rows / max(last[0] - begun, 1e-3)


async def _publish(url: str, messages: RowMessages) -> None:
    connection = await aio_pika.connect(url)
    async with connection:
        await messages.publish(await connection.channel(), INBOX, "equipment_failure")


def _predicted(engine: Engine) -> int:
    query = text("select coalesce(sum(rows), 0) from smartpredict.parts where recorded_at is not null")
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def _wait(engine: Engine, rows: int, seconds: float = 900) -> tuple[float, int]:
    """Wait until so many rows are committed; gives the moment, and how many they were."""
    deadline = time.monotonic() + seconds
    while (found := _predicted(engine)) < rows:
        if time.monotonic() > deadline:
            sys.exit(f"{rows - found:,} rows are not predicted after {seconds:g} s: smartpredict audit")
        time.sleep(0.05)
    return time.monotonic(), found


def _file_rate(stack: RunningStack, engine: Engine, count: int, number: int) -> float:
    """Drop files of one row each, all at once, and give files per second to the last commit."""
    data = Path(stack.settings["SMARTPREDICT_DATA"])
    folder = data / f"bench-{number}"
    folder.mkdir()
    for file in range(count):
        write_inference_csv(folder / f"small-{number}-{file}.csv", 1, seed=file, bad_share=0)
    before = _predicted(engine)
    started = time.monotonic()
    for path in folder.iterdir():
        path.rename(data / "incoming" / "equipment_failure" / path.name)
    ended, _ = _wait(engine, before + count)
    shutil.rmtree(folder)
    return count / (ended - started)


async def _lone_latencies(url: str) -> list[float]:
    """Publish messages one after another, and give the milliseconds from each to the event of its commit."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("bench.events", exclusive=True)
        await queue.bind(PREDICTIONS, "#")
        inbox = await channel.get_exchange(INBOX, ensure=False)
        events: asyncio.Queue[float] = asyncio.Queue()

        async def note(_: object) -> None:
            events.put_nowait(time.perf_counter())

        await queue.consume(note, no_ack=True)
        found = []
        messages = RowMessages(f"lone-{time.time()}", LONE_MESSAGES)
        for message in messages.each():
            started = time.perf_counter()
            await inbox.publish(message, "equipment_failure")
            found.append(1000 * (await events.get() - started))
            await asyncio.sleep(0.05)
    return found


def _report(found: Figures, messages: int, audit: str) -> None:
    ratios = [ours / bare for ours, bare in zip(found.messages_per_second, found.bare_per_second, strict=True)]
    of_bulk = [ours / bulk for ours, bulk in zip(found.rows_per_second_100, found.bulk_per_second, strict=True)]
    rows = [
        ["messages of one row, per second", spread(found.messages_per_second)],
        ["the same by a bare consumer", spread(found.bare_per_second)],
        ["rows per second, in messages of 100", spread(found.rows_per_second_100)],
        ["rows per second of as many rows in a file", spread(found.bulk_per_second)],
        ["files of one row, per second", spread(found.files_per_second)],
        ["a lone message to the event of its commit, ms", spread(found.lone_ms)],
    ]
    memory = [[name, f"{peak:,.0f}"] for name, peak in sorted(found.peaks.items())]
    text = (
        f"{table([f'{messages:,} messages, published beforehand', 'to the last commit'], rows)}\n\n"
        f"Ratio to the bare consumer: **{median(ratios):.2f}** ({min(ratios):.2f} to {max(ratios):.2f}); of messages of 100 "
        f"rows to a file: **{median(of_bulk):.2f}** ({min(of_bulk):.2f} to {max(of_bulk):.2f}).\n\n"
        f"Peak resident memory, MB:\n\n{table(['process', 'MB'], memory)}"
    )
    inbox = {
        "messages": messages,
        "messages_per_second": round(median(found.messages_per_second)),
        "bare_messages_per_second": round(median(found.bare_per_second)),
        "ratio_to_bare": round(median(ratios), 3),
        "rows_per_second_100": round(median(found.rows_per_second_100)),
        "bulk_rows_per_second": round(median(found.bulk_per_second)),
        "ratio_to_bulk_100": round(median(of_bulk), 3),
        "lone_p50_ms": round(median(found.lone_ms), 1),
        "peak_megabytes": found.peaks,
    }
    print(audit)
    print(text)
    save("inbox", inbox, text, describe_machine())
    files = f"{spread(found.files_per_second)} files of one row per second, dropped at once, to the last commit."
    save("files", {"per_second": round(median(found.files_per_second), 1)}, files, describe_machine())


if __name__ == "__main__":
    main()
