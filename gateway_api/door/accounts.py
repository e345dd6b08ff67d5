"""Who may call: API keys, held as digests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from starlette.requests import HTTPConnection

from broker.messages import Source
from gateway_api.door.problems import Forbidden

MIN_SECRET_LENGTH = 16
"""Shorter secrets can be guessed over a fast network within weeks."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_EXAMPLE = "set SMARTPREDICT_API_KEYS to name:role:secret, comma separated, such as alice:api:<16 characters or more>"


class ApiKeysError(ValueError):
    """The configured keys cannot be used; the gateway does not start without good ones."""


class Role(StrEnum):
    """What a key is for."""

    source: Source
    """Door that is written beside the predictions of such a caller."""

    def __new__(cls, name: str, source: Source = Source.API) -> Self:
        """Make a member that is written as its name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.source = source
        return member

    API = "api"
    WEBAPP = "webapp", Source.WEBAPP
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Account:
    """The owner of a key."""

    name: str
    role: Role


def parse_keys(text: str) -> dict[bytes, Account]:
    """Read the configured keys: the accounts by digest, so that a memory dump holds no key.

    Two keys of one name are one account, so that a key can be changed gently.

    Raises
    ------
    ApiKeysError
        If there is no key or one is malformed. The message never repeats a secret.
    """
    accounts: dict[bytes, Account] = {}
    roles: dict[str, Role] = {}
    for number, entry in enumerate(filter(None, (entry.strip() for entry in text.split(","))), start=1):
        account, secret = _parse_entry(number, entry)
        if roles.setdefault(account.name, account.role) is not account.role:
            raise ApiKeysError(f"API key {number}: {account.name} has two roles; give each role a name of its own")
        if accounts.setdefault(hashlib.sha256(secret.encode()).digest(), account) is not account:
            raise ApiKeysError(f"API key {number}: its secret stands twice; every key needs its own")
    if not accounts:
        raise ApiKeysError(f"no API key is configured, so nobody could call: {_EXAMPLE}")
    return accounts


def _parse_entry(number: int, entry: str) -> tuple[Account, str]:
    parts = entry.split(":")
    if len(parts) != 3:  # noqa: PLR2004  # name, role, secret
        raise ApiKeysError(f"API key {number} has {len(parts)} parts where three are wanted: {_EXAMPLE}")
    name, role, secret = parts
    if not _NAME.fullmatch(name):
        raise ApiKeysError(f"API key {number}: the name may have letters, digits, '.', '_' and '-'; {_EXAMPLE}")
    if role not in set(Role):
        raise ApiKeysError(f"API key {number} ({name}): the role is one of {', '.join(Role)}; found {role!r}")
    if len(secret) < MIN_SECRET_LENGTH or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise ApiKeysError(
            f"API key {number} ({name}): the secret needs {MIN_SECRET_LENGTH} or more printable ASCII characters "
            "without spaces; make one with: openssl rand -hex 24"
        )
    return Account(name, Role(role)), secret


def account_of(request: HTTPConnection) -> Account:
    """Return the caller, whom the middleware has let in."""
    account: Account = request.scope["account"]
    return account


def require_replay(request: HTTPConnection) -> Account:
    """Return the caller, if it is one who may decide what becomes of bad rows and dead letters.

    Raises
    ------
    Forbidden
        If the key is a program's: what a program failed at, a person looks at before it is tried again.
    """
    return require_person(request, "replay")


def require_person(request: HTTPConnection, what: str) -> Account:
    """Return the caller, if it is the page or an administrator.

    Raises
    ------
    Forbidden
        If the key is a program's, which may not do what is named.
    """
    return _require(request, {Role.WEBAPP, Role.ADMIN}, what, "Use the page, or ask for a key of the role admin.")


def require_page(request: HTTPConnection, what: str) -> Account:
    """Return the caller, if it is the page.

    Raises
    ------
    Forbidden
        If the key is of another role, which may not do what is named.
    """
    return _require(request, {Role.WEBAPP}, what, "That is for the page alone.")


def require_admin(request: HTTPConnection, what: str) -> Account:
    """Return the caller, if it is an administrator.

    Raises
    ------
    Forbidden
        If the key is of another role, which may not do what is named.
    """
    return _require(request, {Role.ADMIN}, what, "Use one of the role admin.")


def _require(request: HTTPConnection, roles: Collection[Role], what: str, way_on: str) -> Account:
    account = account_of(request)
    if account.role not in roles:
        raise Forbidden(f"A key of the role {account.role} may not {what}. {way_on}")
    return account
