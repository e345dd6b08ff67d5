"""Write the reference of the API: `python -m gateway_api.reference > docs/reference/openapi.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import SecretStr

from gateway_api.app import build_app
from gateway_api.settings import Settings


def main() -> None:
    """Write the reference of the bundled use cases; nothing connects before the app runs."""
    settings = Settings(
        mlflow_url=None,
        database_url=SecretStr("postgresql://nowhere/none"),
        broker_url=SecretStr("amqp://nowhere"),
        api_keys=SecretStr("nobody:api:" + "0" * 16),
        data=Path(),
        usecases=None,
    )
    json.dump(build_app(settings).openapi(), sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
