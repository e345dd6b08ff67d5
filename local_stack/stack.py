"""The stack that services run in: its servers, ports, passwords and addresses."""

from __future__ import annotations

import dataclasses
from typing import Final, Self

from broker.administration.accounts import ACCOUNTS
from local_stack.machine.folders import Folders, is_airflow_installed
from local_stack.machine.ports import LOOPBACK, RabbitPorts
from local_stack.machine.secret_store import SecretStore
from local_stack.processes.program import Program
from local_stack.servers.postgres import SUPERUSER, PostgresServer
from local_stack.servers.rabbitmq import RabbitServer
from local_stack.servers.server import Server
from local_stack.state import State
from sql.base.roles import role_name

__all__ = ["DATABASE", "MLFLOW_DATABASE", "OWNER", "Stack"]

DATABASE: Final = "smartpredict"
MLFLOW_DATABASE: Final = "mlflow"

_PROTOCOL_PORTS: Final = {"mqtt": 1883, "stomp": 61613}
_PUBLISHER: Final = {"mqtt": "mqtt", "stomp": "upstream"}

#: Who declares, migrates and audits; the name of the account at both servers.
OWNER: Final = "owner"


class Stack:
    """The servers of a stack, and the ports, passwords and addresses by which services reach each other.

    Which services run in it is told by `services.service_list`.

    Parameters
    ----------
    folders
        Where its files are.
    state
        Options, ports and servers of others; ports that are chosen here are remembered in it.
    running
        Whether its processes run, so that their ports are taken by themselves.
    """

    def __init__(self, folders: Folders, state: State, *, running: bool) -> None:
        self.folders: Final = folders
        self.state: Final = state
        self.secrets: Final = SecretStore(folders.secrets)
        self.running: Final = running
        self._ports: Final[dict[str, int]] = {}
        #: Standard ports of services that listen on others.
        self.moved_ports: Final[dict[str, int]] = {}
        self.postgres: Final = self._postgres() if state.database_url is None else None
        self.rabbitmq: Final = self._rabbitmq() if state.broker_url is None else None

    @classmethod
    def remembered(cls, folders: Folders) -> Self:
        """Describe the stack that runs."""
        return cls(folders, State.load(folders), running=True)

    @property
    def servers(self) -> list[Server]:
        """The servers that are ours to start."""
        return [server for server in (self.postgres, self.rabbitmq) if server is not None]

    def server_programs(self) -> list[Program]:
        """Return the processes of our servers."""
        return [
            dataclasses.replace(program, marker=self.marker(program.name))
            for server in self.servers
            for program in server.programs()
        ]

    def runs(self, service: str) -> bool:
        """Return whether an optional service is part of this stack."""
        if service == "mlflow" and self.state.mlflow_url is not None:
            return False
        if service == "airflow" and not is_airflow_installed():
            return False
        return service not in self.state.without

    def port(self, name: str, wanted: int) -> int:
        """Return the port of a service, the standard one if it is free."""
        # Asked once: as soon as the service runs, its port is no longer free.
        if name not in self._ports:
            self._ports[name] = self.state.port(name, wanted, running=self.running)
            if self._ports[name] != wanted:
                self.moved_ports[name] = wanted
        return self._ports[name]

    def marker(self, program: str) -> str:
        """Return the mark by which processes of this stack are found, whatever became of their parents."""
        return f"{self.folders.home}:{program}"

    def api_key(self, role: str) -> str:
        """Return the key that the gateway takes for this role."""
        return self.secrets.secret("api_keys", role)

    def database_url(self, account: str) -> str:
        """Return the database URL with an account's own login; one URL serves all where the server is not ours."""
        if self.postgres is None:
            return self.state.database_url or ""
        return self.postgres.url(DATABASE, role_name(account), self.database_password(account))

    def mlflow_backend_url(self) -> str:
        """Return the URL of MLflow's own database; a file where the server is not ours to add databases to."""
        if self.postgres is None:
            return f"sqlite:///{self.folders.home / 'mlflow.db'}"
        return self.postgres.url(MLFLOW_DATABASE, role_name("mlflow"), self.database_password("mlflow"))

    def database_password(self, account: str) -> str:
        """Return an account's password at our PostgreSQL."""
        return self.secrets.secret("postgres", account)

    def broker_url(self, account: str) -> str:
        """Return the broker URL with an account's own login; one URL serves all where the broker is not ours."""
        return self.state.broker_url or "" if self.rabbitmq is None else self.rabbitmq.url(account)

    def protocol_urls(self) -> dict[str, str]:
        """Return where our broker speaks further protocols, each with the account that may publish by it."""
        if self.rabbitmq is None:
            return {}
        return {name: self.rabbitmq.url(_PUBLISHER[name], scheme=name) for name in self.state.protocols}

    def management_settings(self) -> dict[str, str]:
        """Return where the management API of the broker is; nothing where the broker is not ours and nobody told."""
        url = self.state.broker_management_url if self.rabbitmq is None else self.rabbitmq.management_url
        return {"SMARTPREDICT_BROKER_MANAGEMENT_URL": url} if url else {}

    def mlflow_url(self) -> str:
        """Return the address of the model registry."""
        return self.state.mlflow_url or f"http://{LOOPBACK}:{self.port('mlflow', 5000)}"

    def usecases(self) -> str:
        """Return the folder of further use cases."""
        return self.state.usecases or str(self.folders.usecases)

    def owner_settings(self) -> dict[str, str]:
        """Return the environment of somebody who may do everything."""
        return {
            "SMARTPREDICT_DATABASE_URL": self.database_url(OWNER),
            "SMARTPREDICT_BROKER_URL": self.broker_url(OWNER),
            "SMARTPREDICT_UPSTREAM_URL": self.broker_url("upstream"),
            "SMARTPREDICT_DOWNSTREAM_URL": self.broker_url("downstream"),
            **{f"SMARTPREDICT_{name.upper()}_URL": url for name, url in self.protocol_urls().items()},
            "SMARTPREDICT_MLFLOW_URL": self.mlflow_url(),
            "SMARTPREDICT_DATA": str(self.folders.data),
            "SMARTPREDICT_MODELS": str(self.folders.models),
            "SMARTPREDICT_USECASES": self.usecases(),
            "SMARTPREDICT_GATEWAY_URL": f"http://{LOOPBACK}:{self.port('gateway', 8000)}",
            "SMARTPREDICT_GRPC_ADDRESS": f"{LOOPBACK}:{self.port('gateway-grpc', 8001)}",
            "SMARTPREDICT_API_KEY": self.api_key("admin"),
            **self.management_settings(),
        }

    def _postgres(self) -> PostgresServer:
        return PostgresServer(
            self.folders.postgres, self.port("postgres", 5432), self.secrets.secret("postgres", SUPERUSER)
        )

    def _rabbitmq(self) -> RabbitServer:
        ports = RabbitPorts(
            amqp=self.port("rabbitmq", 5672),
            management=self.port("rabbitmq-management", 15672),
            prometheus=self.port("rabbitmq-prometheus", 15692),
            distribution=self.port("rabbitmq-distribution", 25672),
            epmd=self.port("rabbitmq-epmd", 4369),
            **{name: self.port(f"rabbitmq-{name}", _PROTOCOL_PORTS[name]) for name in self.state.protocols},
        )
        passwords = {account.name: self.secrets.secret("rabbitmq", account.name) for account in ACCOUNTS}
        return RabbitServer(self.folders.rabbitmq, ports, ACCOUNTS, passwords)
