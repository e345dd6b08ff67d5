"""The connection to PostgreSQL."""

from __future__ import annotations

import errno
import os
from weakref import WeakSet

import psycopg2
import psycopg2.errors
from sqlalchemy import Engine, Executable, create_engine, event, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from sql.base.hosts import (
    RATHER_A_STANDBY,
    TAKES_WRITES,
    database_url,
    hosts_tried,
    names_several,
    only_standbys_answer,
)

LONGEST_SILENCE_SECONDS = 18
"""A host that sends nothing for so long has vanished: its transactions end, and with them its locks."""

CALLER_SILENCE_SECONDS = 5
"""The same for those who work for a caller: he is told within the time that he waits."""

HOST_SECONDS = 5
"""How long a host may take to let us in; of several the next one is asked then."""

_KEEPALIVE = {"idle": 7, "interval": 4, "count": 3}
"""Seconds until the system asks whether the other host is there, between two questions, and questions without an answer."""

_SERVER_SIDE = {
    **{f"tcp_keepalives_{name}": value for name, value in _KEEPALIVE.items()},
    "tcp_user_timeout": LONGEST_SILENCE_SECONDS * 1_000,  # keepalive does not count while something waits for an answer
    # A process that stopped in the middle of a transaction; gates download and score a version within one.
    "idle_in_transaction_session_timeout": 300_000,
}

_TAKES_ROOM = text(
    "create temporary table room on commit drop as select md5(number::text) from generate_series(1, 20000) as number"
)

_were_full: WeakSet[Engine] = WeakSet()

_DISK_FULL = "53100"
_LOCK_NOT_AVAILABLE = "55P03"
_NO_FREE_CONNECTION = "53300"
_NO_TEXT = frozenset({"22021", "22P05"})
"""Codes of PostgreSQL."""


def connect_engine(
    url: str,
    name: str,
    pool_size: int = 5,
    *,
    ask_first: bool = True,
    lock_seconds: float | None = None,
    silence_seconds: int = LONGEST_SILENCE_SECONDS,
    writes: bool = True,
) -> Engine:
    """Build an engine for a service.

    Parameters
    ----------
    url
        Any PostgreSQL URL; the driver is always psycopg2, whose COPY the recording needs. Of several hosts (see
        :mod:`sql.base.hosts`) the first that takes writes is used, found anew with each connection.
    name
        Shown in ``pg_stat_activity``.
    pool_size
        Connections kept; as many may be opened besides.
    ask_first
        Whether a connection that died with a restarted server is found before it is handed out, at the price of a
        question to the server each time. Who tries again on :func:`is_database_away` need not ask.
    lock_seconds
        How long a statement waits for what another one has locked, see :func:`is_locked`; if not given, until it is free.
    silence_seconds
        How long the server's host may leave what was sent without a sign that it arrived.
    writes
        Whether anything is written; of several hosts a standby is preferred where not.
    """
    parsed = database_url(url).set(drivername="postgresql+psycopg2")
    # Of a server that is not ours, too, no session outlives its host. What the URL says of the same counts.
    options = [f"-c {name}={value}" for name, value in _SERVER_SIDE.items()]
    if lock_seconds is not None:
        options.append(f"-c lock_timeout={lock_seconds * 1_000:.0f}")
    client_side = {
        **{f"keepalives_{name}": value for name, value in _KEEPALIVE.items()},
        "tcp_user_timeout": silence_seconds * 1_000,
        **((TAKES_WRITES if writes else RATHER_A_STANDBY) if names_several(parsed) else {}),
    }
    if "options" in parsed.query:
        options += [str(parsed.query["options"])]
    engine = create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=ask_first,
        connect_args={
            "application_name": f"smartpredict {name}",
            "connect_timeout": HOST_SECONDS,
            "options": " ".join(options),
            **{name: value for name, value in client_side.items() if name not in parsed.query},
        },
    )
    event.listen(engine, "handle_error", lambda context: note_full_disk(engine, context.original_exception))
    return engine


def is_database_there(engine: Engine) -> bool:
    """Ask the server whether it answers."""
    try:
        _ask(engine, select(1))
    except Exception:  # noqa: BLE001  # whatever it is, the database does not answer
        return False
    return True


def note_full_disk(engine: Engine, error: BaseException) -> None:
    """Remember for :func:`problem_of` if an error means that the server had no room; SQLAlchemy sees no error of a COPY."""
    if is_disk_full(error):
        _were_full.add(engine)


def problem_of(engine: Engine) -> str | None:
    """Return why nothing can be asked of the server, or None: it answers.

    One whose disk is full answers all the same: where it was, it has to store a megabyte, which is given free at once.
    """
    problem = None
    question = _TAKES_ROOM if engine in _were_full else select(1)
    for _ in range(2):  # a connection that died with a restarted server fails once
        try:
            _ask(engine, question)
        except SQLAlchemyError as error:
            problem = where_away(error)
        else:
            _were_full.discard(engine)
            return None
    return problem


def _ask(engine: Engine, question: Executable) -> None:
    """Ask in one round trip, where a transaction takes three: of a server that is far away, health is asked within seconds."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(question)


def is_database_away(error: BaseException) -> bool:
    """Return whether an error means that the server is away or restarting, so that another try can help."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        original: BaseException | None = error.orig
    else:
        # COPY goes through psycopg2's own cursor, whose errors nobody wraps.
        original = error
    if isinstance(original, psycopg2.InterfaceError):
        return True
    code = getattr(original, "pgcode", None)
    if code is None:
        # The connection failed; in the middle of a COPY psycopg2 has only its base class for that.
        return isinstance(original, psycopg2.OperationalError) or type(original) is psycopg2.DatabaseError
    # 08: connection, 57P: shutdown, 53: out of connections or memory, 40: a deadlock or serialisation failure.
    return (
        isinstance(original, psycopg2.OperationalError)
        and (code[:2] in {"08", "53", "40"} or code.startswith("57P"))
        and code != _DISK_FULL
    )


def why_away(error: BaseException) -> str:
    """Return why nothing can be asked of the server, in a sentence without its full stop."""
    original = error.orig if isinstance(error, DBAPIError) else error
    # Where the connection fails there is no code, only what the server said.
    if getattr(original, "pgcode", None) == _NO_FREE_CONNECTION or any(said in str(original) for said in _TOO_MANY):
        return (
            "PostgreSQL has no free connection: close some, or raise its limit (max_connections, or that of the role)"
        )
    if is_disk_full(error):
        return "The disk of PostgreSQL is full, so nothing can be stored: make room"
    if only_standbys_answer(error):
        return "PostgreSQL takes no writes, for only standbys answer: promote one, or start the primary"
    return "PostgreSQL cannot be reached"


def where_away(error: BaseException) -> str:
    """Return why nothing can be asked, and where it was tried if that were several hosts: for who runs the servers."""
    hosts = hosts_tried(error)
    return f"{why_away(error)} (asked: {', '.join(hosts)})" if len(hosts) > 1 else why_away(error)


_TOO_MANY = ("too many clients", "too many connections", "connection slots are reserved")


def is_locked(error: BaseException) -> bool:
    """Return whether an error means that another transaction kept something locked for longer than the engine waits."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return getattr(original, "pgcode", None) == _LOCK_NOT_AVAILABLE


def is_unstorable_text(error: BaseException) -> bool:
    """Return whether an error means that a text cannot be stored: it holds a NUL, or half of a surrogate pair."""
    original = error.orig if isinstance(error, StatementError) else error
    if isinstance(original, psycopg2.Error):
        return original.pgcode in _NO_TEXT
    return isinstance(original, ValueError) and any(said in str(original) for said in ("NUL (0x00)", "surrogates"))


def is_disk_full(error: BaseException) -> bool:
    """Return whether an error means that there is no room on a disk, that of the server or our own: a person has to make some."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, OSError):
        return original.errno in {errno.ENOSPC, errno.EDQUOT}
    # Where the server cannot write its log it says so with other codes, in the words of the system.
    return isinstance(original, psycopg2.Error) and (
        original.pgcode == _DISK_FULL or os.strerror(errno.ENOSPC) in str(original)
    )


def is_table_changed(error: BaseException) -> bool:
    """Return whether an error means that the table was brought to another contract a moment ago; see :mod:`sql.registry.registration`."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(original, psycopg2.errors.CheckViolation)
