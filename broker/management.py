"""Accounts at a broker that runs already, through RabbitMQ's management API."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import httpx

from broker.accounts import ACCOUNTS


def put_accounts(
    management_url: str, credentials: tuple[str, str], passwords: Mapping[str, str], vhost: str = "/"
) -> None:
    """Make the accounts exist with these passwords, by name, and with the rights of :data:`broker.accounts.ACCOUNTS`.

    Accounts without a password here are left as they are; an account is never made without one.

    Raises
    ------
    httpx.HTTPError
        If the API cannot be reached or refuses.
    """
    with httpx.Client(base_url=management_url, auth=credentials, timeout=30) as api:
        for account in ACCOUNTS:
            if account.name not in passwords:
                continue
            user = {"password": passwords[account.name], "tags": ",".join(account.tags)}
            rights = {"configure": account.configure, "write": account.write, "read": account.read}
            api.put(f"/api/users/{account.name}", json=user).raise_for_status()
            where = f"/api/permissions/{quote(vhost, safe='')}/{account.name}"
            api.put(where, json=rights).raise_for_status()
