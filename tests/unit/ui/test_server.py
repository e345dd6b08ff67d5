"""Settings, options, links for downloads, and what people see of a fault."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from streamlit.testing.v1 import AppTest

from tests.unit.ui.stand_in_gateway import StandInGateway
from ui.server import options
from ui.settings import Settings, SettingsError
from ui.transfers.downloads import DOWNLOAD_PATH, KEPT_SECONDS, DownloadRoute, Downloads

GOOD = {"SMARTPREDICT_GATEWAY_URL": "http://127.0.0.1:8000/", "SMARTPREDICT_API_KEY": "a-key-of-sixteen"}


def test_settings_come_from_the_environment_and_hide_the_key() -> None:
    settings = Settings.from_environment(GOOD | {"SMARTPREDICT_UI_PORT": "9000"})
    assert (settings.gateway_url, settings.host, settings.port) == ("http://127.0.0.1:8000", "127.0.0.1", 9000)
    assert "a-key-of-sixteen" not in repr(settings)
    assert (settings.max_infer_megabytes, settings.max_training_megabytes) == (64, 1024)
    assert Settings.from_environment(GOOD | {"SMARTPREDICT_MAX_INFER_BYTES": "200000000"}).max_infer_megabytes == 190


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMARTPREDICT_GATEWAY_URL", ""),
        ("SMARTPREDICT_GATEWAY_URL", "gateway:8000"),
        ("SMARTPREDICT_API_KEY", ""),
        ("SMARTPREDICT_API_KEY", "two\nlines"),
        ("SMARTPREDICT_UI_PORT", "http"),
        ("SMARTPREDICT_UI_PORT", "70000"),
        ("SMARTPREDICT_UI_SECRETS", "/nowhere.toml"),
        ("SMARTPREDICT_UI_SECRETS", "pyproject.toml"),
        ("SMARTPREDICT_UI_SECRETS", ""),
        ("SMARTPREDICT_UI_SESSION_HOURS", "0"),
        ("SMARTPREDICT_UI_SESSION_HOURS", "a day"),
        ("SMARTPREDICT_MAX_INFER_BYTES", "64 MB"),
        ("SMARTPREDICT_MAX_TRAINING_BYTES", "0"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"Set {name}"):
        Settings.from_environment(GOOD | {name: value})


def test_people_sign_in_where_a_file_says_how(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text("[auth]\nclient_id = 'page'\n")
    settings = Settings.from_environment(GOOD | {"SMARTPREDICT_UI_SECRETS": str(file)})
    assert options(settings)["secrets.files"] == [str(file)]
    assert "secrets.files" not in options(Settings.from_environment(GOOD))


def test_a_page_that_anybody_could_sign_in_to_does_not_start(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text("[auth]\nserver_metadata_url = 'https://accounts.google.com/.well-known/openid-configuration'\n")
    asked = GOOD | {"SMARTPREDICT_UI_SECRETS": str(file)}
    with pytest.raises(SettingsError, match="Set SMARTPREDICT_UI_ALLOWED: say who may use the page"):
        Settings.from_environment(asked)
    settings = Settings.from_environment(asked | {"SMARTPREDICT_UI_ALLOWED": "@example.org"})
    assert settings.allowed.domains == {"example.org"}


def test_a_list_of_people_without_a_sign_in_is_refused() -> None:
    with pytest.raises(SettingsError, match="Set SMARTPREDICT_UI_SECRETS too"):
        Settings.from_environment(GOOD | {"SMARTPREDICT_UI_ALLOWED": "ada@example.org"})


def test_a_sign_in_that_has_vanished_closes_the_page(
    page: AppTest, gateway: StandInGateway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text("[auth]\nclient_id = 'page'\n")
    monkeypatch.setenv("SMARTPREDICT_UI_SECRETS", str(file))
    page.run()
    assert "Sign-in is not available" in page.error[0].value
    assert gateway.asked == []


def test_nothing_is_reported_to_anybody_and_no_traceback_is_shown() -> None:
    chosen = options(Settings.from_environment(GOOD))
    assert chosen["browser.gatherUsageStats"] is False
    assert chosen["client.showErrorDetails"] == "none"
    assert chosen["server.address"] == "127.0.0.1"


def test_a_fault_is_told_without_a_traceback() -> None:
    def script() -> None:
        from ui.server import log_script_error  # noqa: PLC0415 - the function becomes a script of its own

        assert log_script_error(ValueError("secret"))

    page = AppTest.from_function(script).run()
    assert "Something went wrong" in page.error[0].value
    assert "secret" not in page.error[0].value


@pytest.fixture
def links() -> Downloads:
    return Downloads()


@pytest.fixture
async def browser(gateway: StandInGateway, links: Downloads) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(gateway.url, gateway.key)
    route = Route(DOWNLOAD_PATH + "/{token}", DownloadRoute(settings, links).serve)
    transport = httpx.ASGITransport(Starlette(routes=[route]))
    async with httpx.AsyncClient(transport=transport, base_url="http://page") as client:
        yield client


async def test_a_download_is_streamed_with_the_key_of_the_page(
    gateway: StandInGateway, links: Downloads, browser: httpx.AsyncClient
) -> None:
    gateway.answers["GET /past-predictions"] = (200, "id,prediction\n1,ok\n")
    answer = await browser.get(links.link("/past-predictions", {"format": "csv"}))
    assert (answer.status_code, answer.text) == (200, "id,prediction\n1,ok\n")
    assert gateway.requests("GET /past-predictions")[0].parameters == {"format": "csv"}


def test_a_link_lasts_an_hour_whenever_the_machine_was_started() -> None:
    now = 3.0  # seconds since then
    links = Downloads(lambda: now)
    token = links.link("/past-predictions", {"format": "csv"}).removeprefix(f"{DOWNLOAD_PATH}/")
    assert links.find(token) is not None
    now += KEPT_SECONDS + 1
    assert links.find(token) is None


async def test_nobody_downloads_without_a_link(browser: httpx.AsyncClient) -> None:
    answer = await browser.get(f"{DOWNLOAD_PATH}/guessed")
    assert answer.status_code == 404
    assert "click Download again" in answer.text


async def test_a_download_that_fails_is_a_sentence(
    gateway: StandInGateway, links: Downloads, browser: httpx.AsyncClient
) -> None:
    address = links.link("/not-there", {})
    assert (await browser.get(address)).status_code == 502
    gateway.stop()
    answer = await browser.get(address)
    assert (answer.status_code, "cannot be reached" in answer.text) == (502, True)
