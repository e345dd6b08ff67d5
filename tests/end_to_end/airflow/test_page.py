"""Airflow's page, as a person sees it who signs in with the generated password."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from local_stack.machine.folders import CHECKOUT
from local_stack.services.airflow import ADMIN
from tests.end_to_end.ui.visitor import CHROMIUM, OPTIONS
from tests.support.orchestration.airflow import Airflow
from tests.support.orchestration.dropped_files import NIGHTLY, drop, good_file

PREDICT = "scheduled_predictions"
SCHEDULES = sorted(path.stem for path in (CHECKOUT / "orchestration" / "dags").glob("[a-z]*.py"))
WIDTH, TALL_ENOUGH_FOR_ALL, TALL_ENOUGH_FOR_A_RUN = 1360, 1700, 600


@pytest.fixture
def page(airflow: Airflow) -> Iterator[Page]:
    assert CHROMIUM.exists(), "the page is tested in Debian's chromium: deploy/setup.sh chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        page = browser.new_context(timezone_id="UTC").new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{airflow.address}/auth/login")
        page.locator("input[name=username]").fill(ADMIN)
        page.locator("input[name=password]").fill(airflow.stack.stack.secrets.secret("airflow", ADMIN))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{airflow.address}/")
        yield page
        browser.close()


def picture(page: Page, name: str) -> None:
    """Keep a picture where one is asked for."""
    folder = os.environ.get("SMARTPREDICT_SCREENSHOTS")
    if folder is not None:
        page.wait_for_timeout(2_000)  # the last runs are drawn after the list
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_the_schedules_and_a_finished_run_are_shown(airflow: Airflow, page: Page) -> None:
    airflow.wait_known(*SCHEDULES)
    shown = drop(airflow.stack.folders.data, NIGHTLY, "shown.csv", good_file(60, seed=61))
    airflow.wait_finished(PREDICT, airflow.trigger(PREDICT))
    airflow.stack.wait_done(shown)
    page.set_viewport_size({"width": WIDTH, "height": TALL_ENOUGH_FOR_ALL})
    page.goto(f"{airflow.address}/dags")
    for name in SCHEDULES:
        expect(page.get_by_role("link", name=name, exact=True).first).to_be_in_viewport(timeout=60_000)
    picture(page, "airflow-schedules")
    done = airflow.get(f"/dags/{PREDICT}/dagRuns/~/taskInstances?state=success&order_by=-start_date")["task_instances"]
    run = next(task["dag_run_id"] for task in done if task["task_id"] == "make_predictions")
    page.set_viewport_size({"width": WIDTH, "height": TALL_ENOUGH_FOR_A_RUN})
    page.goto(f"{airflow.address}/dags/{PREDICT}/runs/{run}")
    expect(page.get_by_text("make_predictions").first).to_be_visible(timeout=60_000)
    picture(page, "airflow-run")
