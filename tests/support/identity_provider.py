"""A small OpenID Connect provider for tests: one person, no questions, real signatures over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from typing_extensions import override

CLIENT_ID = "the-page"
CLIENT_SECRET = "of-the-tests"  # noqa: S105  # opens nothing but this
PERSON = {"sub": "ada", "name": "Ada of the tests", "email": "ada@example.org"}


@dataclass
class IdentityProvider:
    """The running provider; stops at the end of its block."""

    nonces: dict[str, str] = field(default_factory=dict)
    """By code: what the token has to repeat."""
    person: dict[str, object] = field(default_factory=lambda: {**PERSON})
    """Who signs in."""
    signed_in_ago: int = 0
    """How long ago that was, in seconds."""

    def __post_init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "tests"})
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer_get(self)

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                form = dict(parse_qsl(self.rfile.read(length).decode()))
                _send_json(self, provider.token(form["code"]))

            @override
            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer_get(self, request: BaseHTTPRequestHandler) -> None:
        """Answer what a browser or a client asks for."""
        address = urlsplit(request.path)
        match address.path:
            case "/.well-known/openid-configuration":
                _send_json(
                    request,
                    {
                        "issuer": self.url,
                        "authorization_endpoint": f"{self.url}/authorize",
                        "token_endpoint": f"{self.url}/token",
                        "jwks_uri": f"{self.url}/keys",
                        "id_token_signing_alg_values_supported": ["RS256"],
                    },
                )
            case "/keys":
                _send_json(request, {"keys": [self._key.as_dict(private=False)]})
            case "/authorize":
                asked = dict(parse_qsl(address.query))
                code = f"code-{len(self.nonces)}"
                self.nonces[code] = asked.get("nonce", "")
                back = urlencode({"code": code, "state": asked["state"]})
                request.send_response(302)
                request.send_header("Location", f"{asked['redirect_uri']}?{back}")
                request.end_headers()
            case _:
                request.send_error(404)

    def token(self, code: str) -> dict[str, Any]:
        """Return the tokens for a code."""
        now = int(time.time())
        issued = now - self.signed_in_ago
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": issued, "exp": now + 600, "nonce": self.nonces[code]}
        signed = jwt.encode({"alg": "RS256", "kid": "tests"}, {**claims, **self.person}, self._key)
        return {"access_token": "none needed", "token_type": "Bearer", "expires_in": 600, "id_token": signed}


def _send_json(request: BaseHTTPRequestHandler, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
