"""Who may use the page of those that can sign in."""

from __future__ import annotations

import pytest

from ui.access import AllowedPeople, AllowedPeopleError, has_ended, is_open_to_anybody

OWN = "https://login.example.org/.well-known/openid-configuration"
GOOGLE = "https://accounts.google.com/.well-known/openid-configuration"
LISTED = "Ada@example.org, @example.com, group:operators"


@pytest.mark.parametrize(
    ("claims", "admitted"),
    [
        ({"email": "ada@example.org"}, True),
        ({"email": "ADA@Example.org"}, True),
        ({"email": "bob@example.org"}, False),
        ({"email": "bob@example.com"}, True),
        ({"email": "bob@not-example.com"}, False),
        ({"email": "bob@example.com.evil.example"}, False),
        ({"email": "ada@example.org", "email_verified": False}, False),
        ({"groups": ["visitors", "operators"]}, True),
        ({"groups": "operators"}, True),
        ({"groups": ["Operators"]}, False),
        ({"groups": {"operators": True}}, False),
        ({"name": "ada@example.org"}, False),
        ({}, False),
    ],
)
def test_people_of_the_list_may(*, claims: dict[str, object], admitted: bool) -> None:
    assert AllowedPeople.parse(LISTED, OWN).admit(claims) is admitted


def test_everybody_may_who_has_an_account_at_a_provider_of_ones_own() -> None:
    assert AllowedPeople.parse("", OWN).admit({"email": "bob@example.org"})


@pytest.mark.parametrize("verified", [None, False, "true"])
def test_at_a_provider_for_everybody_an_address_has_to_be_verified(verified: object) -> None:
    allowed = AllowedPeople.parse("ada@example.org", GOOGLE)
    claims = {"email": "ada@example.org"}
    assert not allowed.admit(claims | {"email_verified": verified})
    assert allowed.admit(claims | {"email_verified": True})


@pytest.mark.parametrize("text", ["", " , "])
def test_a_provider_for_everybody_needs_a_list(text: str) -> None:
    with pytest.raises(AllowedPeopleError, match="anybody has an account"):
        AllowedPeople.parse(text, GOOGLE)


@pytest.mark.parametrize("text", ["example.org", "@", "ada@", "a@b@c", "group:", "ada"])
def test_what_names_nobody_is_refused(text: str) -> None:
    with pytest.raises(AllowedPeopleError, match=r"write ada@example\.org"):
        AllowedPeople.parse(text, OWN)


@pytest.mark.parametrize(
    ("provider", "is_open"),
    [
        (GOOGLE, True),
        ("https://LOGIN.microsoftonline.com/Common/v2.0/.well-known/openid-configuration", True),
        ("https://login.microsoftonline.com/8f2c/v2.0/.well-known/openid-configuration", False),
        (OWN, False),
        ("", False),
    ],
)
def test_where_anybody_has_an_account(*, provider: str, is_open: bool) -> None:
    assert is_open_to_anybody(provider) is is_open


def test_a_visit_ends() -> None:
    assert not has_ended({"iat": 1_000}, 12, 1_000 + 12 * 3_600)
    assert has_ended({"iat": 1_000}, 12, 1_001 + 12 * 3_600)
    assert has_ended({}, 12, 1_000)
    assert has_ended({"iat": "1000"}, 12, 1_000)
