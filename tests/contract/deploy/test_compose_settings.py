"""What compose.yaml asks for is what deploy/make-env.sh prints."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
COMPOSE = "".join((ROOT / name).read_text() for name in ("compose.yaml", "deploy/compose.mqtt-stomp.yaml"))


@pytest.fixture(scope="module")
def printed() -> Mapping[str, str]:
    done = subprocess.run([ROOT / "deploy" / "make-env.sh"], check=True, capture_output=True, text=True)
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


def test_whatever_must_be_set_is_printed(printed: Mapping[str, str]) -> None:
    asked = set(re.findall(r"\$\{(\w+)(?::\?[^}]*)?\}", COMPOSE))
    assert len(asked) > 10
    assert asked - set(printed) == set()


def test_whatever_is_printed_is_used_and_no_two_secrets_are_alike(printed: Mapping[str, str]) -> None:
    assert {name for name in printed if f"${{{name}" not in COMPOSE} == set()
    assert len(set(printed.values())) == len(printed)


def test_schedules_of_containers_make_up_for_nothing_before_their_first_start(printed: Mapping[str, str]) -> None:
    since = datetime.fromisoformat(printed["SMARTPREDICT_SCHEDULES_SINCE"])
    assert timedelta(0) <= datetime.now(UTC) - since < timedelta(minutes=10)


def test_nothing_is_published_beyond_this_machine_unless_somebody_says_so() -> None:
    published = [
        port
        for name in ("compose.yaml", "deploy/compose.mqtt-stomp.yaml")
        for service in yaml.safe_load((ROOT / name).read_text())["services"].values()
        for port in service.get("ports", ())
    ]
    assert len(published) > 8
    openable = "${SMARTPREDICT_PUBLISH_ADDRESS:-127.0.0.1}:"
    assert [port for port in published if not port.startswith(("127.0.0.1:", openable))] == []


def test_every_service_that_reads_use_cases_of_ones_own_has_their_volume() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    reading = {name for name, one in services.items() if "SMARTPREDICT_USECASES" in one.get("environment", {})}
    assert {"migrate", "gateway", "airflow-scheduler", "airflow-dag-processor"} <= reading
    assert [name for name in reading if "usecases:/usecases" not in services[name]["volumes"]] == []
