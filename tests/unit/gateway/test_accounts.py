"""Keys: found by digest, and refused early when they are no good."""

from __future__ import annotations

import pytest

from broker.messages import Source
from gateway_api.door.accounts import Account, ApiKeysError, Role, parse_keys
from gateway_api.door.middleware import KeyRing
from gateway_api.door.problems import Unauthorized

SECRET = "0123456789abcdef"  # noqa: S105  # made up
OTHER = "fedcba9876543210"


def test_a_key_finds_its_account() -> None:
    ring = KeyRing(parse_keys(f" alice:api:{SECRET} ,page:webapp:{OTHER},"))
    assert ring.account_of([(b"x-api-key", SECRET.encode())]) == Account("alice", Role.API)
    assert ring.account_of([(b"accept", b"*/*"), (b"authorization", b"bearer " + OTHER.encode())]).name == "page"
    assert Role.WEBAPP.source is Source.WEBAPP
    assert Role.ADMIN.source is Source.API


def test_an_account_may_have_two_keys_while_one_is_changed() -> None:
    ring = KeyRing(parse_keys(f"alice:api:{SECRET},alice:api:{OTHER}"))
    assert ring.account_of([(b"x-api-key", OTHER.encode())]).name == "alice"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        SECRET,
        f"alice:{SECRET}",
        f"alice:root:{SECRET}",
        f"alice:API:{SECRET}",
        f":api:{SECRET}",
        f"a b:api:{SECRET}",
        "alice:api:short",
        "alice:api:",
        f"alice:api:{SECRET} {SECRET}",
        f"alice:api:{SECRET}ä",
        f"alice:api:{SECRET}:x",
        f"alice:api:{SECRET},bob:api:{SECRET}",
        f"alice:api:{SECRET},alice:admin:{OTHER}",
    ],
)
def test_keys_that_are_no_good_stop_the_start_without_being_told(text: str) -> None:
    with pytest.raises(ApiKeysError) as caught:
        parse_keys(text)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("value", [b"", b"wrong", SECRET.upper().encode(), SECRET.encode() + b"\xff", b"x" * 100_000])
def test_a_wrong_key_is_refused(value: bytes) -> None:
    with pytest.raises(Unauthorized):
        KeyRing(parse_keys(f"alice:api:{SECRET}")).account_of([(b"x-api-key", value)])


def test_every_key_that_is_presented_has_to_be_known_and_of_one_account() -> None:
    ring = KeyRing(parse_keys(f"alice:api:{SECRET},page:webapp:{OTHER}"))
    alice = (b"x-api-key", SECRET.encode())
    assert ring.account_of([alice, (b"authorization", b"Bearer " + SECRET.encode())]).name == "alice"
    assert ring.account_of([alice, (b"authorization", b"Basic of-a-proxy")]).name == "alice"
    for other in (b"Bearer wrong", b"Bearer " + OTHER.encode()):
        with pytest.raises(Unauthorized):
            ring.account_of([alice, (b"authorization", other)])
