"""Every page before five million predictions: what a click takes is printed, and what is shown is right."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx
import pytest

from broker.administration.provisioning import declare_topology
from local_stack.machine.ports import throwaway_port
from tests.end_to_end.ui.conftest import Visit, beside_the_browser
from tests.end_to_end.ui.five_million.conftest import FILES, FROM_FILES, FROM_PAGE, ROWS
from tests.end_to_end.ui.visitor import Visitor
from tests.support import servers
from tests.support.pipeline import Service, start_service
from tests.support.waiting import eventually

KEY = "webapp-secret-of-the-tests"


@pytest.fixture(scope="module")
def address(
    large_database: str, rabbit_server: servers.Broker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A gateway on the large database and a page before it; no worker, for nothing is predicted here."""
    folder, gateway_port, page_port = tmp_path_factory.mktemp("page"), throwaway_port(), throwaway_port()
    gateway_url, page_url = f"http://127.0.0.1:{gateway_port}", f"http://127.0.0.1:{page_port}"
    with servers.fresh_vhost(rabbit_server) as broker_url:
        beside_the_browser(declare_topology(broker_url))
        of_gateway = {
            "SMARTPREDICT_DATABASE_URL": large_database,
            "SMARTPREDICT_BROKER_URL": broker_url,
            "SMARTPREDICT_DATA": str(folder / "data"),
            "SMARTPREDICT_API_KEYS": f"page:webapp:{KEY}",
            "SMARTPREDICT_GATEWAY_PORT": str(gateway_port),
        }
        of_page = {
            "SMARTPREDICT_GATEWAY_URL": gateway_url,
            "SMARTPREDICT_API_KEY": KEY,
            "SMARTPREDICT_UI_PORT": str(page_port),
        }
        with start_service("gateway_api", folder, of_gateway) as gateway, start_service("ui", folder, of_page) as ui:
            _wait_for(f"{gateway_url}/health/live", gateway)
            _wait_for(f"{page_url}/_stcore/health", ui)
            yield page_url


def _wait_for(url: str, service: Service) -> None:
    def answers() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(url, timeout=2).is_success
        return False

    eventually(answers, 30, lambda: service.log.read_text()[-2000:])


@pytest.fixture
def visitor(visit: Visit) -> Visitor:
    visitor = visit()
    visitor.open()
    return visitor


def test_past_predictions(visitor: Visitor) -> None:
    visitor.timed("past predictions", lambda: visitor.go("Past predictions"))
    all_of_them(visitor, "all of them", f"200 rows of {ROWS:,}, the newest first")
    visitor.shows("Predictions", f"{ROWS:,}")
    visitor.timed("next page", lambda: visitor.press("Next page"), "Page 2 ·")
    came_from(visitor, "one source", "API", f"200 rows of {ROWS - FROM_FILES - FROM_PAGE:,}, the newest first")
    came_from(visitor, "a rare source", "This page", "Searched back to")
    visitor.shows("Predictions", str(FROM_PAGE))
    visitor.timed("searching on", lambda: visitor.press("Next page"), "Page 2 ·")
    came_from(visitor, "no row at all", "Schedule", "No predictions found")
    came_from(visitor, "every source", "Anywhere", f"of {ROWS:,}, the newest first")
    key = visitor.field("Machine id")
    key.fill("M-7")
    visitor.timed("the history of a key", lambda: key.press("Enter"), "History of M-7")
    visitor.sees(f"Page 1 · {min(200, FILES)} rows, the newest first")


def all_of_them(visitor: Visitor, name: str, then_sees: str) -> None:
    every = visitor.page.get_by_role("radiogroup").get_by_text("All", exact=True)
    visitor.timed(name, every.click, then_sees)


def came_from(visitor: Visitor, name: str, label: str, then_sees: str) -> None:
    box = visitor.look_for("Came from", label)
    visitor.timed(name, lambda: box.press("Enter"), then_sees)
    visitor.sees(then_sees)


def test_data_quality(visitor: Visitor) -> None:
    visitor.timed("data quality", lambda: visitor.go("Data quality"))
    all_of_them(visitor, "of all time", f"{100 * FILES:,}")
    visitor.shows("Refused", f"{100 * FILES:,}")


def test_operations(visitor: Visitor) -> None:
    visitor.timed("operations", lambda: visitor.go("Operations"))
    # A table is a picture; its cells are there for those who do not see it.
    visitor.page.get_by_text("the disk was full").first.wait_for(state="attached")


@pytest.mark.parametrize("name", ["Predict", "Models", "Monitoring", "New use case"])
def test_pages_that_show_no_predictions(visitor: Visitor, name: str) -> None:
    visitor.go("Operations")
    visitor.timed(name, lambda: visitor.go(name))
    assert not visitor.page.get_by_text("Traceback").count()
