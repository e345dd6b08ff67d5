"""Every setting that the chart gives is read, and every one that a service reads can be given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from broker.administration.limits import QueueLimits
from cli.stack import deploy
from gateway_api.settings import Settings
from inference_worker.settings import WorkerSettings
from ingestion.settings import IngestionSettings, RefusalLimits
from local_stack.machine.folders import CHECKOUT
from monitoring.monitor import MonitorSettings
from monitoring.notifications import NotificationSettings
from orchestration.exports.run import ExportSettings
from orchestration.traffic.simulate import TrafficSettings
from orchestration.upkeep import UpkeepSettings
from sql.base.roles import ROLES
from tests.integration.deploy.chart.conftest import CHART, Render, pods, variables
from training.out_of_core.memory import TrainingMemory
from training.schedules import TrainingSettings
from training.service.settings import TrainerSettings
from usecases.checking.row_model import read_row
from usecases.contract.catalog import load_catalog

PREFIX = "SMARTPREDICT_"


def fields(*classes: type[BaseSettings]) -> set[str]:
    """The variables that classes of settings read; one that another has within itself is named apart."""
    return {
        PREFIX + name.upper()
        for one in classes
        for name, field in one.model_fields.items()
        if not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseSettings))
    }


def named(*files: str) -> set[str]:
    """The variables that files name themselves."""
    return {name for file in files for name in re.findall(rf"{PREFIX}[A-Z_]+[A-Z]", (CHECKOUT / file).read_text())}


SCHEDULES = fields(
    *(UpkeepSettings, MonitorSettings, NotificationSettings, ExportSettings, TrainingSettings, TrainingMemory),
    *(IngestionSettings, RefusalLimits, TrafficSettings),
) | {PREFIX + name for name in ("DOWNSTREAM_URL", "SCHEDULES_SINCE")}
READ = {
    "gateway": fields(Settings, QueueLimits),
    "worker": fields(WorkerSettings),
    "ingestion": fields(IngestionSettings, RefusalLimits, QueueLimits),
    "trainer": fields(TrainerSettings, TrainingMemory),
    "ui": named("ui/settings.py"),
    "airflow": SCHEDULES,
    "migrate": fields(QueueLimits)
    | {PREFIX + name for name in ("DATABASE_URL", "BROKER_URL", "BROKER_MANAGEMENT_URL", "USECASES")}
    | {deploy.PASSWORD_PREFIX + name.upper() for name in (*ROLES, "upstream", "downstream", "mqtt", "operator")},
    "test": {PREFIX + name for name in ("GATEWAY_URL", "API_KEY")},
}
"""What each component reads; the command line reads what its commands name."""

NOT_GIVEN = {
    "worker": {"SMARTPREDICT_USECASES": "what is registered in the database counts"},
    "ingestion": {"SMARTPREDICT_USECASES": "what is registered in the database counts"},
    "airflow": {
        "SMARTPREDICT_NOTIFY_URLS": "holds passwords: by envFrom",
        "SMARTPREDICT_METRICS_HOST": "schedules serve nothing",
        "SMARTPREDICT_METRICS_PORT": "schedules serve nothing",
    },
}
"""What a component reads and the chart cannot set, and why."""


def component(name: str) -> str:
    short = name.removeprefix("smartpredict-")
    return "airflow" if short.startswith("airflow") else re.sub(r"-(online|bulk)$", "", short)


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())["properties"]
    return found


def offered(schema: dict[str, Any], part: str) -> set[str]:
    """The settings that may stand in the values of a component."""

    def settings() -> Iterator[dict[str, Any]]:
        if part == "worker":
            yield from (one["properties"]["settings"] for one in schema["workers"]["properties"].values())
        elif part in schema and "settings" in schema[part].get("properties", {}):
            yield schema[part]["properties"]["settings"]
        if part in {"gateway", "ingestion", "migrate"}:
            yield schema["limits"]

    found: set[str] = set()
    for one in settings():
        names = one["propertyNames"]
        found |= {PREFIX + name for name in names.get("enum") or names["anyOf"][0]["enum"]}
    return found


def given(render: Render) -> dict[str, set[str]]:
    """What the chart gives by itself, by component: with all of it turned on and nothing set beside."""
    nothing = ["--set-json", "limits=null"]
    for part in ("gateway", "ingestion", "trainer", "ui", "airflow", "workers.online", "workers.bulk"):
        nothing += ["--set-json", f"{part}.settings=null"]
    found: dict[str, set[str]] = {}
    for name, pod in pods(render("everything", *nothing)).items():
        ours = {one for one in variables(pod) if one.startswith(PREFIX)}
        found[component(name)] = found.get(component(name), set()) | ours
    return {part: names for part, names in found.items() if names}


def test_what_the_chart_gives_and_offers_is_what_services_read(render: Render, schema: dict[str, Any]) -> None:
    chart = {part: names | offered(schema, part) for part, names in given(render).items()}
    assert {*chart} == {*READ}
    unread = {part: names - READ[part] for part, names in chart.items() if names - READ[part]}
    missing = {part: left for part, names in READ.items() if (left := names - chart[part] - {*NOT_GIVEN.get(part, {})})}
    assert unread == {}
    assert missing == {}


def test_nothing_that_the_chart_gives_may_be_set_beside(render: Render, schema: dict[str, Any]) -> None:
    assert {
        part: names & offered(schema, part) for part, names in given(render).items() if names & offered(schema, part)
    } == {}


def test_what_is_said_to_be_left_out_is(render: Render) -> None:
    for part, names in given(render).items():
        assert names & {*NOT_GIVEN.get(part, {})} == set()
        assert {*NOT_GIVEN.get(part, {})} <= READ[part]


def test_required_settings_are_given(render: Render) -> None:
    required: dict[str, type[BaseSettings]] = {
        "gateway": Settings,
        "worker": WorkerSettings,
        "ingestion": IngestionSettings,
        "trainer": TrainerSettings,
    }
    for part, one in required.items():
        needed = {PREFIX + name.upper() for name, field in one.model_fields.items() if field.is_required()}
        assert needed - given(render)[part] == set()


def test_values_that_are_set_arrive_as_they_were_written(render: Render) -> None:
    found = pods(render("everything"))
    assert variables(found["smartpredict-gateway"])["SMARTPREDICT_INBOX_MAX_BYTES"]["value"] == "10737418240"
    assert variables(found["smartpredict-worker-bulk"])["SMARTPREDICT_THREADS"]["value"] == "2"
    assert variables(found["smartpredict-gateway"])["SMARTPREDICT_BULK_ON_DEMAND"]["value"] == "true"
    small = pods(render("small"))
    assert variables(small["smartpredict-gateway"])["SMARTPREDICT_BULK_ON_DEMAND"]["value"] == "false"


def test_the_row_of_helm_test_is_good(render: Render) -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())["test"]
    (test,) = [pod for name, pod in pods(render("small")).items() if name.endswith("-test")]
    command = test["containers"][0]["command"]
    assert command[:4] == ["smartpredict", "predict", "--use-case", values["useCase"]]
    assert dict(word.split("=") for word in command[4:]) == {name: str(one) for name, one in values["row"].items()}
    read_row(load_catalog()[values["useCase"]], values["row"])
