"""A RabbitMQ node of our own, from the programs of the system's package."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import http.client
import json
import os
import pwd
import secrets
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from typing_extensions import override

from broker.administration.accounts import Account
from local_stack.errors import StackError
from local_stack.machine.ports import LOOPBACK, RabbitPorts
from local_stack.processes.program import Program
from local_stack.servers.rabbitmq_definitions import definitions
from local_stack.servers.server import Server

__all__ = ["RabbitServer"]

#: Called directly: /usr/sbin/rabbitmq-server is a wrapper that insists on the system's own node and user.
_PROGRAM: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_ADMINISTRATOR: Final = Account("admin", ".*", ".*", ".*", ("administrator",))
_PLUGINS: Final = ("rabbitmq_management", "rabbitmq_prometheus")

#: What a node can speak beside AMQP 0-9-1; each is a plugin of its own.
_PROTOCOLS: Final = ("mqtt", "stomp")
_PROTOCOL_HEADER: Final = b"AMQP\x00\x00\x09\x01"
_METHOD_FRAME: Final = b"\x01"


class RabbitServer(Server):
    """A RabbitMQ node in a folder of its own, with virtual host `/` and the given accounts; there is no guest.

    Parameters
    ----------
    folder
        Where its data goes. If the server's user cannot reach it, a folder below `/var/lib/smartpredict` stands in.
    ports
        Where it listens on loopback; free ones if not given.
    accounts
        Its users and what they may touch; just an administrator `admin` if not given.
    passwords
        By name of the account; generated ones where none is given.
    address
        Where it listens: on this machine only, unless it is a throwaway one whose clients are elsewhere.
    """

    name = "rabbitmq"

    def __init__(
        self,
        folder: Path,
        ports: RabbitPorts | None = None,
        accounts: Sequence[Account] = (_ADMINISTRATOR,),
        passwords: Mapping[str, str] | None = None,
        address: str = LOOPBACK,
    ) -> None:
        if not _PROGRAM.exists():
            raise StackError(
                f"RabbitMQ is not installed ({_PROGRAM} is missing). "
                "Install the system package rabbitmq-server, which `make setup` does, or set SMARTPREDICT_BROKER_URL."
            )
        super().__init__(folder)
        self.ports: Final = ports or RabbitPorts.throwaway()
        self.address: Final = address
        self.accounts: Final = tuple(accounts)
        self.passwords: Final = {account.name: secrets.token_urlsafe(24) for account in accounts} | dict(
            passwords or {}
        )
        ports_of = {name: getattr(self.ports, name) for name in _PROTOCOLS}
        self._protocols: Final[dict[str, int]] = {name: port for name, port in ports_of.items() if port is not None}
        self.management_url = f"http://{address}:{self.ports.management}"
        self.prometheus_url = f"http://{address}:{self.ports.prometheus}/metrics"

    @property
    def administrator(self) -> Account:
        """The account that may do everything."""
        return next(account for account in self.accounts if "administrator" in account.tags)

    def credentials(self) -> tuple[str, str]:
        """Return the administrator's name and password."""
        return self.administrator.name, self.passwords[self.administrator.name]

    def url(self, account: str | None = None, vhost: str = "/", scheme: str = "amqp") -> str:
        """Return the URL of an account; the administrator's if none is named."""
        user = account or self.administrator.name
        port = self.ports.amqp if scheme == "amqp" else self._protocols[scheme]
        address = f"{quote(user, safe='')}:{quote(self.passwords[user], safe='')}@{self.address}:{port}"
        # The default virtual host is written with an empty path; /%2F is not understood by every client.
        return f"{scheme}://{address}/{'' if vhost == '/' else quote(vhost, safe='')}"

    @override
    def prepare(self) -> None:
        self._write("definitions.json", json.dumps(definitions(self.accounts, self.passwords), indent=2))
        self._write(
            "rabbitmq.conf",
            f"listeners.tcp.1 = {self.address}:{self.ports.amqp}\n"
            f"management.tcp.ip = {self.address}\n"
            f"management.tcp.port = {self.ports.management}\n"
            f"prometheus.tcp.ip = {self.address}\n"
            f"prometheus.tcp.port = {self.ports.prometheus}\n"
            f"load_definitions = {self.folder / 'definitions.json'}\n"
            + "".join(f"{name}.listeners.tcp.1 = {self.address}:{port}\n" for name, port in self._protocols.items())
            + "disk_free_limit.absolute = 200MB\n"
            # Only loopback listens at all, so no account needs to be bound to it.
            "loopback_users = none\n"
            "log.console = true\n"
            "log.console.level = info\n"
            "log.console.use_colors = off\n"
            # The supervisor keeps and rotates what it writes to the console.
            "log.file = false\n",
        )

    @override
    def programs(self) -> Sequence[Program]:
        environment = {
            "HOME": str(self.folder),  # holds .erlang.cookie, which lets the node's tools in
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self.ports.epmd),
            # Otherwise Erlang starts a port mapper as a daemon, which outlives the node and which nobody supervises.
            "ERL_AFLAGS": "-start_epmd false",
            # The data folder is named after the node, so the name must outlive a change of ports. Two nodes of the
            # same name do not meet, because each has its own port mapper.
            "RABBITMQ_NODENAME": "smartpredict@localhost",
            "RABBITMQ_NODE_PORT": str(self.ports.amqp),
            "RABBITMQ_NODE_IP_ADDRESS": self.address,
            "RABBITMQ_DIST_PORT": str(self.ports.distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            # In the environment, so that a node that runs starts anew when it has to speak another protocol. The file is
            # written by the node, for its tools.
            "RABBITMQ_ENABLED_PLUGINS": ",".join([*_PLUGINS, *(f"rabbitmq_{name}" for name in self._protocols)]),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.folder / "config"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",  # the system's own node has its settings there
            # The script becomes the node instead of waiting beside it; a signal then meets the node itself.
            "RUNNING_UNDER_SYSTEMD": "true",
        }
        epmd = ("epmd", "-address", LOOPBACK, "-port", str(self.ports.epmd))
        mapper = Program(
            name="epmd",
            command=epmd,
            environment=environment,
            folder=self.folder,
            user=self.user,
            inherits=False,
            priority=10,
        )
        # The node ends its children itself.
        node = dataclasses.replace(
            mapper, name=self.name, command=(str(_PROGRAM),), stop_seconds=60, stop_whole_group=False
        )
        return [mapper, node]

    @override
    def is_ready(self) -> bool:
        return self._speaks_amqp() and self._management_answers()

    def _speaks_amqp(self) -> bool:
        # The port opens a moment before the node serves; only an answer to the protocol's header says "ready".
        try:
            with socket.create_connection((self.address, self.ports.amqp), timeout=2) as connection:
                connection.sendall(_PROTOCOL_HEADER)
                return connection.recv(1) == _METHOD_FRAME
        except OSError:
            return False

    def _management_answers(self) -> bool:
        token = base64.b64encode(":".join(self.credentials()).encode()).decode()
        connection = http.client.HTTPConnection(self.address, self.ports.management, timeout=5)
        with contextlib.closing(connection):
            try:
                connection.request("GET", "/api/whoami", headers={"Authorization": f"Basic {token}"})
                return connection.getresponse().status == http.HTTPStatus.OK
            except (OSError, http.client.HTTPException):
                return False

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            os.chown(path, account.pw_uid, account.pw_gid)
