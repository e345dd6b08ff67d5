"""Where an operator has configured it, nobody sees anything before signing in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local_stack.machine.ports import throwaway_port
from tests.end_to_end.ui.conftest import Visit
from tests.support.identity_provider import CLIENT_ID, CLIENT_SECRET, PERSON, IdentityProvider
from tests.support.pipeline import start_service
from tests.support.running_stack import RunningStack
from tests.support.waiting import eventually


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider() as running:
        yield running


@pytest.fixture
def guarded_address(stack: RunningStack, provider: IdentityProvider, tmp_path: Path) -> Iterator[str]:
    """A second page before the same gateway, which asks people who they are."""
    port = throwaway_port()
    address = f"http://127.0.0.1:{port}"
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(
        "[auth]\n"
        f'redirect_uri = "{address}/oauth2callback"\n'
        'cookie_secret = "a cookie secret of the tests, long enough"\n'
        f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n'
        f'server_metadata_url = "{provider.url}/.well-known/openid-configuration"\n'
    )
    environment = {
        "SMARTPREDICT_GATEWAY_URL": stack.settings["SMARTPREDICT_GATEWAY_URL"],
        "SMARTPREDICT_API_KEY": stack.stack.api_key("webapp"),
        "SMARTPREDICT_UI_PORT": str(port),
        "SMARTPREDICT_UI_SECRETS": str(secrets),
        "SMARTPREDICT_UI_ALLOWED": f"{PERSON['email']}, group:operators",
    }
    with start_service("ui", tmp_path, environment) as service:

        def serves() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return httpx.get(f"{address}/_stcore/health", timeout=2).is_success
            return False

        eventually(serves, 30, lambda: service.log.read_text()[-2000:])
        yield address


def test_those_who_may_sign_in_and_out(visit: Visit, guarded_address: str, provider: IdentityProvider) -> None:
    visitor = visit(address=guarded_address, elsewhere_allowed=provider.url)
    visitor.page.goto(f"{guarded_address}/operations")
    visitor.sees("Sign in to predict")
    assert visitor.page.get_by_text("Rows sent now are predicted").count() == 0
    visitor.picture("sign-in")
    assert visitor.violations() == []
    visitor.press("Sign in", then_sees=f"Signed in as {PERSON['name']}")
    visitor.page.get_by_role("heading", name="Predict", level=1).wait_for()
    visitor.go("Operations")
    visitor.sees("Rows sent now are predicted")
    visitor.press("Sign out", then_sees="Sign in to predict")
    provider.person = {"sub": "eve", "email": "eve@example.com"}
    visitor.press("Sign in", then_sees="eve@example.com may not use this page")
    assert visitor.page.get_by_role("heading", name="Predict", exact=True).count() == 0
    visitor.press("Sign out", then_sees="Sign in to predict")
    provider.person, provider.signed_in_ago = {"sub": "joan", "name": "Joan", "groups": ["operators"]}, 13 * 3_600
    visitor.press("Sign in", then_sees="Your visit has ended")
    provider.signed_in_ago = 0
    visitor.press("Sign in", then_sees="Signed in as Joan")
