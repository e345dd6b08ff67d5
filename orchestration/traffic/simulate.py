"""Sending made-up traffic for a while, and saying exactly what was sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, assert_never

import httpx
import pika
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from broker.transport.hosts import each_host
from orchestration.traffic import senders
from orchestration.traffic.rows import Drift, RowSource
from sql.base.engine import connect_engine
from sql.registry.live_catalog import registered_catalog
from usecases.contract.catalog import DEFAULT_USE_CASE, use_case_folder
from usecases.contract.spec import UseCase

MOST_BAD = 0.4
"""Share of bad rows that every file bears: past a half it would be refused as a whole."""

MOST_REQUESTS = 50
"""Requests in one second; each carries a row, and they are sent one after the other."""


class TrafficKind(StrEnum):
    """How traffic is sent."""

    FILE = "file"
    MESSAGE = "message"
    HTTP = "http"
    UPLOAD = "upload"


class TrafficSettings(BaseSettings):
    """Addresses that traffic is sent to, from the environment."""

    model_config = SettingsConfigDict(env_prefix="SMARTPREDICT_", frozen=True)

    data: Path = Field(description="Folder with incoming/.")
    upstream_url: SecretStr = Field(description="RabbitMQ, as the account of upstream systems.")
    gateway_url: str = Field(description="The gateway.")
    api_key: SecretStr = Field(description="Key of a program at the gateway.")
    database_url: SecretStr = Field(description="PostgreSQL, where the contracts in force are.")
    usecases: Path | None = Field(
        default=None, description="Folder of use cases of one's own, whose training data rows are drawn from."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What to send."""

    use_case: str = DEFAULT_USE_CASE
    rows_per_second: int = 100
    duration: timedelta = timedelta(seconds=30)
    bad_share: float = 0.02
    broken_files: bool = True
    """Whether one file of the run, at its end, has a column too few."""
    drift: Drift | None = None
    seed: int = 7
    doors: Sequence[TrafficKind] = tuple(TrafficKind)

    def __post_init__(self) -> None:
        if not 0 <= self.bad_share <= MOST_BAD:
            raise ValueError(f"the share of bad rows has to lie between 0 and {MOST_BAD}")
        if self.rows_per_second < 1 or not self.doors:
            raise ValueError("send at least one row a second through at least one door")


@dataclass(slots=True)
class Sent:
    """What went through one door."""

    rows: int = 0
    good: int = 0
    bad: int = 0
    broken_files: int = 0
    batches: list[str] = field(default_factory=list)
    """Ids under which the rows can be followed; rows of single requests have none."""


def simulate(
    traffic: Traffic, settings: TrafficSettings | None = None, tell: Callable[[int], None] = lambda _: None
) -> dict[str, Any]:
    """Send traffic, a second's rows at a time, and say what was sent by door.

    Parameters
    ----------
    traffic
        What to send; the same seed sends the same rows.
    settings
        From the environment, if not given.
    tell
        Hears how many rows went out, again and again.

    Raises
    ------
    orchestration.traffic.senders.SendError
        If a door does not take what is sent.
    usecases.contract.catalog.UnknownUseCaseError
        If no such use case is registered.
    """
    settings = settings or TrafficSettings()
    use_case = _in_force(settings, traffic.use_case)
    if use_case.forecast is not None:
        raise senders.SendError(
            f"{use_case.name} is a forecast, whose files hold observations; choose another use case"
        )
    with ExitStack() as stack:
        sender = _Sender(stack, settings, use_case, traffic)
        # Whole seconds, so that a slow machine sends the same rows as a quick one.
        for second in range(max(1, round(traffic.duration.total_seconds()))):
            started = time.monotonic()
            for door, rows in _shares(traffic, second).items():
                tell(sender.send(door, rows, second))
            time.sleep(max(0.0, 1 - (time.monotonic() - started)))
        sender.send_broken_file()
        return {door.value: asdict(sent) for door, sent in sender.sent.items()}


def _in_force(settings: TrafficSettings, name: str) -> UseCase:
    engine = connect_engine(settings.database_url.get_secret_value(), "traffic", pool_size=1)
    try:
        return registered_catalog(engine)[name]
    finally:
        engine.dispose()


def _shares(traffic: Traffic, second: int) -> dict[TrafficKind, int]:
    """Divide the rows of a second among the doors; requests are few, for each is one row."""
    chosen = list(dict.fromkeys(traffic.doors))
    shares = {door: traffic.rows_per_second // len(chosen) for door in chosen}
    shares[chosen[second % len(chosen)]] += traffic.rows_per_second % len(chosen)
    others = [door for door in chosen if door is not TrafficKind.HTTP]
    if others and shares.get(TrafficKind.HTTP, 0) > MOST_REQUESTS:
        shares[others[0]] += shares[TrafficKind.HTTP] - MOST_REQUESTS
        shares[TrafficKind.HTTP] = MOST_REQUESTS
    return {door: rows for door, rows in shares.items() if rows}


class _Sender:
    """Holds the doors open, and counts."""

    def __init__(self, stack: ExitStack, settings: TrafficSettings, use_case: UseCase, traffic: Traffic) -> None:
        self.sent = {door: Sent() for door in traffic.doors}
        self._settings = settings
        self._use_case = use_case
        self._traffic = traffic
        folder = use_case_folder(use_case.name, settings.usecases)
        self._source = RowSource(use_case, traffic.seed, traffic.drift, folder)
        # A name of its own for each run: the same file under the same name would be the same batch.
        self._run = f"simulated-{time.time_ns():x}"
        self._bad_owed = dict.fromkeys(traffic.doors, 0.0)
        key = settings.api_key.get_secret_value()
        self._api = stack.enter_context(
            httpx.Client(base_url=settings.gateway_url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        )
        self._channel: Any = None
        if TrafficKind.MESSAGE in self.sent:
            hosts = each_host(settings.upstream_url.get_secret_value())
            parameters = [pika.URLParameters(host) for host in hosts]
            connection = stack.enter_context(pika.BlockingConnection(parameters))
            self._channel = connection.channel()
            self._channel.confirm_delivery()

    def send(self, door: TrafficKind, number: int, second: int) -> int:
        """Send rows through a door, the share of bad ones among them; return their number."""
        owed = self._bad_owed[door] + number * self._traffic.bad_share
        # Never more than a file bears: what is owed beyond that is paid with the next ones.
        bad = min(int(owed), int(number * MOST_BAD))
        self._bad_owed[door] = owed - bad
        rows = self._source.rows(number, bad)
        sent, name = self.sent[door], f"{self._run}-{second}"
        match door:
            case TrafficKind.FILE:
                content = senders.as_csv(self._use_case, rows)
                batch = senders.drop_file(self._settings.data, self._use_case, content, f"{name}.csv")
                sent.batches.append(str(batch))
            case TrafficKind.MESSAGE:
                sent.batches.append(str(senders.publish_message(self._channel, self._use_case, rows, name)))
            case TrafficKind.UPLOAD:
                content = senders.as_json_lines(rows)
                sent.batches.append(str(senders.upload(self._api, self._use_case, content, f"{name}.jsonl")))
            case TrafficKind.HTTP:
                refused = sum(not senders.ask(self._api, self._use_case, row) for row in rows)
                if refused != bad:
                    raise senders.SendError(f"the gateway refused {refused} rows of which {bad} are bad")
            case _:
                assert_never(door)
        sent.rows += number
        sent.good += number - bad
        sent.bad += bad
        return number

    def send_broken_file(self) -> None:
        """Drop a file that lacks a column; it is refused, and counts no row."""
        if self._traffic.broken_files and TrafficKind.FILE in self.sent:
            columns, row = self._use_case.columns, self._source.good()
            content = f"{','.join(columns[1:])}\n{','.join(str(row[name]) for name in columns[1:])}\n".encode()
            senders.drop_file(self._settings.data, self._use_case, content, f"{self._run}-broken.csv")
            self.sent[TrafficKind.FILE].broken_files += 1
