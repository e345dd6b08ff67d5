"""The accounts of a RabbitMQ node, as the file that it loads when it starts."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import secrets
from collections.abc import Mapping, Sequence

from broker.administration.accounts import Account

__all__ = ["definitions"]


def definitions(accounts: Sequence[Account], passwords: Mapping[str, str]) -> dict[str, object]:
    """Describe virtual host `/` with these accounts; there is no guest."""
    return {
        "vhosts": [{"name": "/"}],
        "users": [
            {
                "name": account.name,
                "password_hash": _password_hash(passwords[account.name]),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": list(account.tags),
            }
            for account in accounts
        ],
        "permissions": [
            {
                "user": account.name,
                "vhost": "/",
                "configure": account.configure,
                "write": account.write,
                "read": account.read,
            }
            for account in accounts
        ],
        "topic_permissions": [
            {"user": account.name, "vhost": "/", **dataclasses.asdict(account.topics)}
            for account in accounts
            if account.topics is not None
        ],
    }


def _password_hash(password: str) -> str:
    # The broker's own format: four bytes of salt, then sha256 over salt and password.
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
