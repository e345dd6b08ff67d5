"""A broker with its accounts and the services behind it, and programs of other people that publish to it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import yaml
from sqlalchemy import Engine, func, select

from broker.administration.accounts import ACCOUNTS
from broker.administration.provisioning import declare_topology
from local_stack.machine.folders import CHECKOUT
from local_stack.machine.ports import RabbitPorts
from local_stack.servers.rabbitmq import RabbitServer
from sql.base.engine import connect_engine
from sql.predictions.tables import prediction_table
from sql.provision import prepare_database
from tests.support import servers
from tests.support.ingestion.readings import reading
from tests.support.pipeline import EQUIPMENT, Service, install_model, start_service
from tests.support.waiting import eventually
from usecases.contract.catalog import BUNDLED, load_catalog

HERE = Path(__file__).parent
PYTHON = CHECKOUT / ".venv-clients" / "bin" / "python"
COMMANDS = {"python": (str(PYTHON), "-c"), "js": ("node", "--input-type=module", "--eval"), "sh": ("bash", "-c")}
"""What runs a program, by the language it is marked with."""

OF_THE_GATEWAY = "inference-protocol.md"
"""Its programs ask the gateway, and publish nothing."""

PAGES = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted((CHECKOUT / "docs" / "clients").glob("*.md"))
    if path.name != OF_THE_GATEWAY
}
ANSWERS = "answers.md"
IS_RABBITMQ_4 = any(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-4.*"))
ONLY_RABBITMQ_4 = {"Qpid Proton", "rhea", "MQTT 5"}
"""What RabbitMQ 3 does not speak: `make test-rabbitmq4` runs these programs."""

NAMED = "named_machines"
"""The same use case, whose rows are named by their machine: for clients that give a message no id."""

_TABLES = [prediction_table(EQUIPMENT.model_copy(update={"name": name})) for name in (EQUIPMENT.name, NAMED)]
_COUNTED = re.compile(r'smartpredict_inbox_messages_total\{outcome="accepted"\} (\S+)')


@dataclass(frozen=True)
class Pipeline:
    """What runs: a broker with its accounts, ingestion and a worker."""

    broker: RabbitServer
    engine: Engine
    ingestion: Service

    def url(self, program: Program) -> str:
        """Return the address that a program publishes to."""
        return {
            "SMARTPREDICT_UPSTREAM_URL": self.broker.url("upstream"),
            "SMARTPREDICT_MQTT_URL": self.broker.url("mqtt", scheme="mqtt"),
            "SMARTPREDICT_STOMP_URL": self.broker.url("upstream", scheme="stomp"),
        }[program.setting]

    def accepted(self) -> float:
        """Count the messages that were taken in so far."""
        found = _COUNTED.search(httpx.get(f"{self.ingestion.health_url}/metrics", timeout=10).text)
        return float(found[1]) if found else 0

    def wait_accepted(self, messages: float) -> None:
        """Wait until so many messages have been taken in since the start."""
        eventually(lambda: self.accepted() >= messages, 60)
        assert self.accepted() == messages

    def predicted(self, machine: str) -> int:
        """Count the predictions of a machine, by either use case."""
        with self.engine.connect() as connection:
            counts = [select(func.count()).where(table.c.machine_id == machine) for table in _TABLES]
            return sum(int(connection.execute(count).scalar_one()) for count in counts)

    def wait_predicted(self, machine: str, rows: int) -> None:
        """Wait until so many rows of a machine are predicted."""
        eventually(lambda: self.predicted(machine) >= rows, 60)
        assert self.predicted(machine) == rows


@dataclass(frozen=True)
class Program:
    """A program of the documentation that publishes a row, as somebody who copied it runs it."""

    language: str
    code: str
    folder: Path
    machine: str

    @property
    def setting(self) -> str:
        """The setting that it reads the broker's address from."""
        (setting,) = re.findall("SMARTPREDICT_[A-Z]+_URL", self.code)
        return str(setting)

    def run(self, url: str) -> subprocess.CompletedProcess[str]:
        """Run it against a broker, and give what it printed."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SMARTPREDICT_")}
        return subprocess.run(
            [*COMMANDS[self.language], self.code],
            cwd=self.folder,
            env=inherited | {self.setting: url},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


def clients_of(page: str) -> list[str]:
    """List the clients of a page that have a program there and can speak with the broker."""
    sections = re.findall(r"^## (.*)\n((?:(?!^## ).*\n)*)", PAGES[page], re.MULTILINE)
    names = [client for client, section in sections if "```" in section]
    return [name for name in names if IS_RABBITMQ_4 or name not in ONLY_RABBITMQ_4]


def program(page: str, client: str, folder: Path) -> Program:
    """Find the program of a client on a page of the documentation, with a row and an id that no other test has."""
    section = PAGES[page].partition(f"\n## {client}\n")[2].partition("\n## ")[0]
    language, code = re.findall(r"^```(python|js|sh)\n(.*?)^```", section, re.MULTILINE | re.DOTALL)[0]
    machine = f"M-{uuid4()}"
    (folder / "row.json").write_text(json.dumps(reading(machine_id=machine)))
    # Packages of npm are looked for where the program is.
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    if "reading-4711" not in code:
        code = code.replace(EQUIPMENT.name, NAMED)
    return Program(language, code.replace("reading-4711", f"reading-{uuid4()}"), folder, machine)


@pytest.fixture(scope="session")
def pipeline(shared: ExitStack, _nothing_survives: None) -> Pipeline:
    return shared.enter_context(_running())


@contextmanager
def _running() -> Iterator[Pipeline]:
    with ExitStack() as running:
        folder = running.enter_context(servers.server_folder())
        ports = RabbitPorts.throwaway("mqtt", "stomp")
        broker = running.enter_context(servers.running(RabbitServer(folder / "rabbitmq", ports, ACCOUNTS)))
        database_url = running.enter_context(servers.start_postgres(folder)).url()
        catalog = load_catalog(_named_use_case(folder / "usecases"))
        prepare_database(database_url, catalog.values())
        asyncio.run(declare_topology(broker.url("owner"), mqtt=True))
        for name in (EQUIPMENT.name, NAMED):
            install_model(folder / "models", catalog[name])
        common = {
            "SMARTPREDICT_DATABASE_URL": database_url,
            # No registry: the worker starts from its local copies.
            "SMARTPREDICT_MLFLOW_URL": "http://127.0.0.1:9",
        }
        worker = running.enter_context(
            start_service(
                "inference_worker",
                folder,
                {
                    **common,
                    "SMARTPREDICT_BROKER_URL": broker.url("worker"),
                    "SMARTPREDICT_MODELS": str(folder / "models"),
                },
            )
        )
        ingestion = running.enter_context(
            start_service(
                "ingestion",
                folder,
                {
                    **common,
                    "SMARTPREDICT_BROKER_URL": broker.url("ingestion"),
                    "SMARTPREDICT_DATA": str(folder / "data"),
                },
            )
        )
        for service in (worker, ingestion):
            service.wait_ready(60)
        engine = connect_engine(database_url, "test")
        running.callback(engine.dispose)
        yield Pipeline(broker, engine, ingestion)


def _named_use_case(folder: Path) -> Path:
    declared = yaml.safe_load((BUNDLED / EQUIPMENT.name / "usecase.yaml").read_text(encoding="utf-8"))
    (folder / NAMED).mkdir(parents=True)
    named = {**declared, "name": NAMED, "title": "Named machines", "inbox": {"identity": ["machine_id"]}}
    named["events"] = {"results": "cloudevents"}
    (folder / NAMED / "usecase.yaml").write_text(yaml.safe_dump(named), encoding="utf-8")
    return folder
