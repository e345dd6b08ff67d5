"""A small stand-in for the gateway, spoken to over real HTTP, and the page in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.unit.ui.stand_in_gateway import StandInGateway
from ui.shared import shared

PAGE = Path(__file__).parents[3] / "ui" / "frame" / "app.py"


@pytest.fixture
def gateway() -> Iterator[StandInGateway]:
    with StandInGateway() as running:
        yield running


@pytest.fixture
def page(gateway: StandInGateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The first page, shown; what the process shares is that of this test alone."""
    monkeypatch.setenv("SMARTPREDICT_GATEWAY_URL", gateway.url)
    monkeypatch.setenv("SMARTPREDICT_API_KEY", gateway.key)
    shared.cache_clear()
    st.cache_data.clear()
    yield AppTest.from_file(str(PAGE), default_timeout=20)
    shared().gateway.close()
    shared.cache_clear()
    st.cache_data.clear()


@pytest.fixture
def hand_in(page: AppTest) -> Any:
    page.query_params["way"] = "A file"
    page.run()

    def choose(content: str, name: str = "rows.csv") -> AppTest:
        shown = page.file_uploader[0].set_value((name, content.encode(), "text/csv")).run()
        assert not shown.exception
        return shown

    return choose
