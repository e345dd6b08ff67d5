"""What the routes work with, built in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from starlette.requests import HTTPConnection

from broker.service.tracing import Tracing, start_tracing
from gateway_api.door.accounts import parse_keys
from gateway_api.door.metrics import Metrics, OnlineMetrics
from gateway_api.door.middleware import KeyRing
from gateway_api.door.problems import UnknownUseCase
from gateway_api.predict.coalescer import Coalescer
from gateway_api.predict.online import OnlineLane
from gateway_api.settings import Settings
from gateway_api.wire.body import RowReader
from gateway_api.wire.broker_link import BrokerLink
from registry.client import Registry
from registry.lifecycle import Lifecycle
from sql.base.engine import CALLER_SILENCE_SECONDS, connect_engine
from sql.registry.live_catalog import CatalogRefresher, files_to_begin_with
from usecases.contract.arriving import brought_contract
from usecases.contract.catalog import LiveCatalog, UnknownUseCaseError
from usecases.contract.spec import UseCase

LOCK_SECONDS = 5.0
"""How long a change waits for what another one has locked, such as a promotion that still holds a version against the gates."""


@dataclass(frozen=True, slots=True)
class Online:
    """All that predicts the rows of one use case."""

    use_case: UseCase
    reader: RowReader
    lane: OnlineLane
    coalescer: Coalescer
    metrics: OnlineMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """All that the routes of one process share."""

    settings: Settings
    catalog: LiveCatalog
    refresher: CatalogRefresher
    keys: KeyRing
    metrics: Metrics
    tracing: Tracing
    broker: BrokerLink
    engine: Engine
    reads: Engine
    """For what people look back at; a standby, where the gateway was told of one, which may be a moment behind."""
    onlines: dict[str, Online]
    registry: Registry | None
    """Where versions of models are; none where the gateway was not told."""

    @property
    def lifecycle(self) -> Lifecycle | None:
        """What changes the version that is served; none where the gateway does not know the registry."""
        if self.registry is None:
            return None
        return Lifecycle(self.registry, self.engine, self.settings.broker_url.get_secret_value())

    @property
    def incoming(self) -> Path:
        """Folder that ingestion watches."""
        return self.settings.data / "incoming"

    @property
    def uploads(self) -> Path:
        """Folder of uploads that are still arriving; on the same disk, so that a rename moves a file at once."""
        return self.settings.data / "uploads"

    def use_case(self, name: str) -> UseCase:
        """Find a use case.

        Raises
        ------
        UnknownUseCase
            If there is none of that name.
        """
        try:
            return self.catalog[name]
        except UnknownUseCaseError as error:
            raise UnknownUseCase(f"There is no use case {name[:60]!r}; there are {', '.join(error.known)}.") from None

    def online(self, name: str) -> Online:
        """Find what predicts the rows of a use case.

        Raises
        ------
        UnknownUseCase
            If there is none of that name.
        """
        online = self.onlines.get(name)
        if online is None:
            made = _online(self.use_case(name), self.settings, self.broker, self.metrics, self.tracing)
            online = self.onlines[name] = made
        return online

    def take_over(self, changed: frozenset[str]) -> None:
        """Predict by the contracts that are in force now; requests that are under way keep theirs to their end."""
        for name in changed:
            self.onlines.pop(name, None)
            if name in self.catalog:
                self.online(name)


def build_gateway(settings: Settings) -> Gateway:
    """Build the gateway of one process; nothing connects yet.

    Raises
    ------
    gateway_api.door.accounts.ApiKeysError
        If the configuration cannot be used.
    """
    catalog = files_to_begin_with(settings.usecases)
    engine = connect_engine(
        settings.database_url.get_secret_value(),
        "gateway",
        pool_size=10,
        lock_seconds=LOCK_SECONDS,
        silence_seconds=CALLER_SILENCE_SECONDS,
    )
    replica = settings.read_database_url
    reads = engine
    if replica is not None:
        reads = connect_engine(
            replica.get_secret_value(),
            "gateway reads",
            pool_size=10,
            silence_seconds=CALLER_SILENCE_SECONDS,
            writes=False,
        )
    metrics = Metrics()
    tracing = start_tracing("gateway")
    broker = BrokerLink(settings.broker_url.get_secret_value())
    return Gateway(
        settings=settings,
        catalog=catalog,
        refresher=CatalogRefresher(engine, catalog),
        keys=KeyRing(parse_keys(settings.api_keys.get_secret_value())),
        metrics=metrics,
        tracing=tracing,
        broker=broker,
        engine=engine,
        reads=reads,
        registry=Registry(settings.mlflow_url) if settings.mlflow_url else None,
        onlines={use_case.name: _online(use_case, settings, broker, metrics, tracing) for use_case in catalog.values()},
    )


def _online(use_case: UseCase, settings: Settings, broker: BrokerLink, metrics: Metrics, tracing: Tracing) -> Online:
    lane = OnlineLane(use_case, broker.request, tracing)
    counters = metrics.online(use_case.name)
    coalescer = Coalescer(lane.ask, settings.max_in_flight, counters)
    metrics.watch_waiting(use_case.name, lambda: coalescer.waiting_rows)
    return Online(use_case, RowReader(brought_contract(use_case)), lane, coalescer, counters)


def gateway_of(request: HTTPConnection) -> Gateway:
    """Return the gateway that serves a request."""
    gateway: Gateway = request.app.state.gateway
    return gateway
