"""Fixtures for all tests; a test's tier is its folder."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.support import servers
from tests.support.network.hosts import Host
from tests.support.registry.mlflow_server import start_mlflow
from tests.support.running_stack import RunningStack, running_stack
from tests.support.session import figures, other_hosts
from tests.support.session.sharing import SharedServers, group_of, order_of

_TESTS = Path(__file__).parent
_SHARED = pytest.StashKey[ExitStack]()
# How long an example takes is the machine's affair, and other tests run meanwhile; what it finds is judged as ever.
settings.register_profile(
    "shared machine", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shared machine")
_TIERS = ("unit", "contract", "architecture", "integration", "conformance", "end_to_end", "faults", "containers")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--servers",
        choices=("local", "containers"),
        default="local",
        help="where PostgreSQL and RabbitMQ come from: processes of this machine (default), or Docker containers",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_SHARED] = ExitStack()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        tier = item.path.relative_to(_TESTS).parts[0]
        if tier not in _TIERS:
            raise pytest.UsageError(f"{item.path}: tests live in one of the folders {', '.join(_TIERS)}")
        item.add_marker(tier)
    items.sort(key=order_of)


@pytest.hookimpl(tryfirst=True)  # before the process that hands tests out hears of it
def pytest_collection_finish(session: pytest.Session) -> None:
    other_hosts.connect_where_asked_for(session)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SharedServers:
    config.option.loadscopereorder = False  # the longest first, not those with the most cases
    return SharedServers(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is None:
        other_hosts.remove_all(session.config)
    else:
        figures.hand_over(output)
        other_hosts.leave_to_collector(session.config, output)


def pytest_testnodedown(node: Any) -> None:
    for part in (figures, other_hosts):
        part.take_over(getattr(node, "workeroutput", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if figures.shown():
        terminalreporter.section("figures")
        for figure in figures.shown():
            terminalreporter.write_line(figure)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Stop the servers that a group of tests shared after the last of them, so that nothing waits beside the others."""
    yield
    if nextitem is None or group_of(item.nodeid) != group_of(nextitem.nodeid):
        item.config.stash[_SHARED].close()


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Begin with the log of a process that set nothing up, whatever fixtures and commands called in it did before."""
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture(scope="session")
def _containers(request: pytest.FixtureRequest) -> Iterator[tuple[servers.Database, servers.Broker] | None]:
    if request.config.getoption("--servers") == "containers":
        with servers.containers() as both:
            yield both
    else:
        yield None


@pytest.fixture(scope="session")
def _nothing_survives() -> Iterator[None]:
    yield
    left = servers.survivors()
    assert not left, f"servers of this test run are still there: {left}"


@pytest.fixture(scope="session")
def postgres_server(
    _containers: tuple[servers.Database, servers.Broker] | None, _nothing_survives: None
) -> Iterator[servers.Database]:
    """One PostgreSQL server for the whole run. Locally it is a PostgresServer, which a test may also stop and kill."""
    if _containers is not None:
        yield _containers[0]
        return
    with servers.server_folder() as folder, servers.start_postgres(folder) as server:
        yield server


@pytest.fixture(scope="session")
def rabbit_server(
    _containers: tuple[servers.Database, servers.Broker] | None, _nothing_survives: None
) -> Iterator[servers.Broker]:
    """One RabbitMQ node for the whole run. Locally it is a RabbitServer, which a test may also stop and kill."""
    if _containers is not None:
        yield _containers[1]
        return
    with servers.server_folder() as folder, servers.start_rabbitmq(folder) as server:
        yield server


@pytest.fixture(scope="module")
def database_url(postgres_server: servers.Database) -> Iterator[str]:
    """SQLAlchemy URL of an empty database for this test module."""
    with servers.fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="module")
def broker_url(rabbit_server: servers.Broker) -> Iterator[str]:
    """AMQP URL of an empty virtual host for this test module."""
    with servers.fresh_vhost(rabbit_server) as url:
        yield url


@pytest.fixture(scope="session")
def mlflow_url(postgres_server: servers.Database) -> Iterator[str]:
    """Address of one MLflow server for the whole run; its first start takes 15 s."""
    with (
        servers.server_folder() as folder,
        servers.fresh_database(postgres_server) as backend_url,
        start_mlflow(backend_url, folder) as address,
    ):
        yield address


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest) -> ExitStack:
    """What is stopped after the last test of a group that shares it."""
    return request.config.stash[_SHARED]


@pytest.fixture(scope="session")
def other_host(pytestconfig: pytest.Config) -> Host:
    """Another host, connected to this one by cables that can be cut."""
    return other_hosts.host_of(pytestconfig)


@pytest.fixture(scope="session")
def stack(_nothing_survives: None, shared: ExitStack) -> RunningStack:
    """The whole product, started once as a person starts it; a test that harms it leaves it whole."""
    return shared.enter_context(running_stack())
