"""Tests of how services log."""

from __future__ import annotations

import contextlib
import io
import json

import pytest
import structlog

from broker.service.logs import configure_logging


def test_an_event_is_a_line_of_json_that_names_its_service(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("worker")
    structlog.get_logger().info("Model is served", version="7")
    event = json.loads(capsys.readouterr().err)
    assert (event["service"], event["event"], event["version"]) == ("worker", "Model is served", "7")


def test_events_below_the_level_are_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("command line", "ERROR")
    structlog.get_logger().info("Model is served")
    assert not capsys.readouterr().err


def test_a_standard_error_that_is_gone_breaks_no_later_line(capsys: pytest.CaptureFixture[str]) -> None:
    log = structlog.get_logger()
    with io.StringIO() as gone, contextlib.redirect_stderr(gone):
        configure_logging("command line", "ERROR")
        log.error("Heard there")
    log.error("Heard here")
    assert "Heard here" in capsys.readouterr().err
