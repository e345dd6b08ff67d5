"""A PostgreSQL with a standby, which has each commit before it counts and can take the primary's place."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pwd
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from typing_extensions import override

from local_stack.machine.ports import LOOPBACK
from local_stack.processes.program import Program
from local_stack.servers.postgres import SUPERUSER, PostgresServer
from tests.support.servers import running
from tests.support.waiting import eventually

__all__ = ["Pair", "pair"]

NAME = "standby"
"""How the standby is called where the primary waits for it."""


class Primary(PostgresServer):
    """Waits for no disk: its data ends with the run, and a killed server finds what it committed."""

    @override
    def programs(self) -> Sequence[Program]:
        options = ("-c", "fsync=off", "-c", "full_page_writes=off")
        return [dataclasses.replace(one, command=(*one.command, *options)) for one in super().programs()]

    def ask(self, statement: str) -> object:
        """Carry out a statement as its superuser and return the first value of what it answers."""
        with contextlib.closing(psycopg2.connect(self.libpq_url())) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


class Standby(Primary):
    """Begins as a copy of a primary and follows it until it is promoted."""

    def __init__(self, folder: Path, primary: PostgresServer) -> None:
        super().__init__(folder, password=primary.password)
        self._primary = f"host={LOOPBACK} port={primary.port} user={SUPERUSER}"

    @override
    def programs(self) -> Sequence[Program]:
        options = ("-c", f"primary_conninfo={self._primary} application_name={NAME}")
        return [
            dataclasses.replace(
                one,
                command=(*one.command, *options),
                environment={**one.environment, "PGPASSWORD": self.password},
            )
            for one in super().programs()
        ]

    @override
    def _initialise(self) -> None:
        account = pwd.getpwnam(self.user) if self.user is not None else None
        copy = [str(self.binaries / "pg_basebackup"), "-d", self._primary, "-D", str(self.data), "-c", "fast"]
        done = subprocess.run(
            copy,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            cwd=self.folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.folder), "PGPASSWORD": self.password},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        signal = self.data / "standby.signal"
        signal.touch()
        self._hand_over(signal)

    def promote(self) -> None:
        """Make it the primary."""
        self.ask("select pg_promote(true, 60)")


@dataclass(frozen=True)
class Pair:
    """Both servers, and what services are told of them."""

    primary: Primary
    standby: Standby

    def url(self, database: str = "postgres") -> str:
        """Both in one URL."""
        there = f"{LOOPBACK}:{self.primary.port}"
        return self.primary.url(database).replace(there, f"{there},{LOOPBACK}:{self.standby.port}")

    def libpq_url(self, database: str = "postgres") -> str:
        """Return the URL for what prepares the databases: the primary's."""
        return self.primary.libpq_url(database)

    def wait_until_followed(self) -> None:
        """Wait until the standby has every commit before it counts."""
        eventually(lambda: self.primary.ask("select sync_state from pg_stat_replication") == "sync", 60)


@contextlib.contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    """Run both while the block runs."""
    with (
        running(Primary(folder / "primary")) as primary,
        running(Standby(folder / "standby", primary)) as standby,
    ):
        # Not before it is there: a commit would wait for it.
        primary.ask(f"alter system set synchronous_standby_names = '{NAME}'")
        primary.ask("select pg_reload_conf()")
        both = Pair(primary, standby)
        both.wait_until_followed()
        yield both
