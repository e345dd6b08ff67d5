"""What the URL of a broker says beside its address."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit


def virtual_host(url: str) -> str:
    """Return the virtual host that the URL of a broker names.

    >>> virtual_host("amqp://owner:secret@broker:5672/plant%207"), virtual_host("amqp://broker/")
    ('plant 7', '/')
    """
    return unquote(urlsplit(url).path.removeprefix("/")) or "/"


def credentials(url: str) -> tuple[str, str]:
    """Return the account that the URL of a broker names, and its password; empty ones where it names none.

    >>> credentials("amqp://owner:s%40fe@broker:5672/")
    ('owner', 's@fe')
    """
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")
