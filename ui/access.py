"""Who may use the page of those that sign in, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

GROUP = "group:"

OPEN_TO_ANYBODY = frozenset(
    {
        "accounts.google.com",
        "appleid.apple.com",
        "login.yahoo.com",
        "api.login.yahoo.com",
        "www.facebook.com",
        "limited.facebook.com",
        "www.linkedin.com",
        "gitlab.com",
        "slack.com",
        "discord.com",
        "www.paypal.com",
        "id.twitch.tv",
        "access.line.me",
    }
)
"""Hosts of providers where whoever likes has an account."""

_MICROSOFT, _ANY_TENANT = "login.microsoftonline.com", {"common", "organizations", "consumers"}


class AllowedPeopleError(ValueError):
    """The list cannot be used; the message says what to write."""


@dataclass(frozen=True, slots=True)
class AllowedPeople:
    """Those who may use the page.

    Attributes
    ----------
    addresses, domains, groups
        Mail addresses and their domains, in lower case, and names of groups as the provider writes them. Whoever is in one of
        them may; where all are empty, everybody who can sign in may.
    must_be_verified
        Whether an address counts only where the provider says that it belongs to the person.
    """

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    must_be_verified: bool = False

    @classmethod
    def parse(cls, text: str, provider: str) -> Self:
        """Parse a list such as `ada@example.org, @example.com, group:operators`.

        Parameters
        ----------
        text
            The list; empty for none.
        provider
            Address of the provider's metadata.

        Raises
        ------
        AllowedPeopleError
            If an entry is none of these, or the list is empty and anybody has an account at the provider.
        """
        entries = [entry.strip() for entry in text.split(",") if entry.strip()]
        groups = frozenset(entry.removeprefix(GROUP).strip() for entry in entries if entry.startswith(GROUP))
        others = [entry.lower() for entry in entries if not entry.startswith(GROUP)]
        wrong = [entry for entry in others if entry.count("@") != 1 or entry.endswith("@")]
        if wrong or "" in groups:
            raise AllowedPeopleError(
                f"write ada@example.org for a person, @example.com for a domain or group:NAME; found {wrong or [GROUP]}"
            )
        is_open = is_open_to_anybody(provider)
        if is_open and not entries:
            raise AllowedPeopleError(
                f"say who may use the page, such as ada@example.org, @example.com: anybody has an account at {provider}"
            )
        domains = frozenset(entry[1:] for entry in others if entry.startswith("@"))
        addresses = frozenset(entry for entry in others if not entry.startswith("@"))
        return cls(addresses, domains, groups, must_be_verified=is_open)

    def admit(self, claims: Mapping[str, object]) -> bool:
        """Return whether a person of these claims may use the page."""
        if not (self.addresses or self.domains or self.groups):
            return True
        found = claims.get("groups")
        if self.groups & {str(name) for name in (found if isinstance(found, list | tuple) else [found])}:
            return True
        address, verified = claims.get("email"), claims.get("email_verified")
        if not isinstance(address, str) or not (verified is True or (verified is None and not self.must_be_verified)):
            return False
        address = address.lower()
        return address in self.addresses or address.rpartition("@")[2] in self.domains


def is_open_to_anybody(provider: str) -> bool:
    """Return whether whoever likes can have an account at a provider, by the address of its metadata."""
    address = urlsplit(provider)
    host = (address.hostname or "").lower()
    if host == _MICROSOFT:
        return address.path.lower().strip("/").split("/")[0] in _ANY_TENANT
    return host in OPEN_TO_ANYBODY


def has_ended(claims: Mapping[str, object], hours: float, now: float) -> bool:
    """Return whether a person signed in longer ago than a visit may last; also where nobody says when.

    Parameters
    ----------
    claims
        Of the person; `iat` is when the provider said who it is, in seconds since 1970.
    hours
        How long a visit may last.
    now
        Seconds since 1970.
    """
    issued = claims.get("iat")
    return not isinstance(issued, int | float) or now - issued > 3_600 * hours
