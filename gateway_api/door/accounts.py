"""Who may call: API keys, held as digests."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import HTTPConnection

from broker.messages import Source
from gateway_api.door.problems import Forbidden, Unauthorized

MIN_SECRET_LENGTH = 16
"""Shorter secrets can be guessed over a fast network within weeks."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_EXAMPLE = "set SMARTPREDICT_API_KEYS to name:role:secret, comma separated, such as alice:api:<16 characters or more>"


class ApiKeysError(ValueError):
    """The configured keys cannot be used; the gateway does not start without good ones."""


class Role(StrEnum):
    """What a key is for."""

    API = "api"
    WEBAPP = "webapp"
    ADMIN = "admin"

    @property
    def source(self) -> Source:
        """Door that is written beside the predictions of such a caller."""
        return Source.WEBAPP if self is Role.WEBAPP else Source.API


@dataclass(frozen=True, slots=True)
class Account:
    """The owner of a key."""

    name: str
    role: Role


class KeyRing:
    """Finds the account of a presented key; keeps only digests, so that a memory dump holds no key."""

    def __init__(self, accounts: dict[bytes, Account]) -> None:
        self._accounts = accounts

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """Read the configured keys; two keys of one name are one account, so that a key can be changed gently.

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
            if accounts.setdefault(_digest(secret.encode()), account) is not account:
                raise ApiKeysError(f"API key {number}: its secret stands twice; every key needs its own")
        if not accounts:
            raise ApiKeysError(f"no API key is configured, so nobody could call: {_EXAMPLE}")
        return cls(accounts)

    def account_of(self, headers: Iterable[tuple[bytes, bytes]]) -> Account:
        """Find who presents a key.

        Raises
        ------
        gateway_api.door.problems.Unauthorized
            If there is no key, or nobody owns it.
        """
        presented = False
        for name, value in headers:
            if name == b"authorization" and value[:7].lower() == b"bearer ":
                key = value[7:].strip()
            elif name == b"x-api-key":
                key = value
            else:
                continue
            presented = True
            account = self._accounts.get(_digest(key))
            if account is not None:
                return account
        if presented:
            raise Unauthorized("The API key is not known. Check it, or ask the operator for one.")
        raise Unauthorized("Send your API key as `Authorization: Bearer KEY` or as `X-API-Key: KEY`.")


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


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


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
    account = account_of(request)
    if account.role is Role.API:
        raise Forbidden("A key of the role api may not replay. Use the page, or ask for a key of the role admin.")
    return account


def require_admin(request: HTTPConnection, what: str) -> Account:
    """Return the caller, if it is an administrator.

    Raises
    ------
    Forbidden
        If the key is of another role, which may not do what is named.
    """
    account = account_of(request)
    if account.role is not Role.ADMIN:
        raise Forbidden(f"A key of the role {account.role} may not {what}. Use one of the role admin.")
    return account
