"""Several hosts of PostgreSQL in one URL: a primary and its standbys, of which the one that takes writes is found.

Written as that of the broker, `postgresql://user:password@a:5432,b:5433/database`, or in SQLAlchemy's own way,
`postgresql://user:password@/database?host=a:5432&host=b:5433`.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

TAKES_WRITES = {"target_session_attrs": "read-write"}
"""Has libpq pass over a standby, and whatever else refuses to write."""

RATHER_A_STANDBY = {"target_session_attrs": "prefer-standby"}
"""Has libpq look for a standby, and take the primary where none answers."""

_TRIED = re.compile(r'connection to server at "([^"]+)"[^\n]*?, port (\d+)')
_ONLY_READS = ("session is read-only", "server is in hot standby mode")


def database_url(url: str) -> URL:
    """Parse the URL of a database, which may name several hosts; ports that differ are told to each.

    >>> database_url("postgresql://me:secret@a,b:5433/plant?sslmode=require").query["host"]
    ('a', 'b:5433')
    """
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    if "," not in hosts:
        return make_url(url)
    named = [host.strip() for host in hosts.split(",") if host.strip()]
    alone = make_url(url.replace(f"//{parts.netloc}", f"//{login}{at}", 1))
    return alone.update_query_pairs([("host", host) for host in named])


def names_several(url: URL) -> bool:
    """Return whether a URL names more than one host.

    >>> names_several(database_url("postgresql://a,b/plant")), names_several(database_url("postgresql://a/plant"))
    (True, False)
    """
    hosts = url.query.get("host", url.host or "")
    return "," in hosts if isinstance(hosts, str) else len(hosts) > 1


def hosts_tried(error: BaseException) -> list[str]:
    """Return the hosts that were asked for a connection before an error, as libpq tells them; none of another error."""
    original = error.orig if isinstance(error, DBAPIError) else error
    # A name that has two addresses is asked at each.
    return list(dict.fromkeys(f"{host}:{port}" for host, port in _TRIED.findall(str(original))))


def only_standbys_answer(error: BaseException) -> bool:
    """Return whether no connection came about because those who answered take no writes."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return any(said in str(original) for said in _ONLY_READS)
