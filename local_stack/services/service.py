"""A service of the stack, and the settings that services have in common."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from local_stack.processes.program import Program
from local_stack.stack import Stack

__all__ = ["Service", "common_settings", "settings_without_broker"]

#: Settings that the stack makes itself; the caller's own come from `smartpredict env` and are the owner's.
_OURS: Final = frozenset(
    f"SMARTPREDICT_{name}"
    for name in (
        *(
            "HOME",
            "DATABASE_URL",
            "BROKER_URL",
            "BROKER_MANAGEMENT_URL",
            "UPSTREAM_URL",
            "MLFLOW_URL",
            "DATA",
            "MODELS",
            "USECASES",
            "SETUP_DATABASE_URL",
        ),
        *(
            "GATEWAY_URL",
            "GATEWAY_HOST",
            "GATEWAY_PORT",
            "GATEWAY_GRPC_HOST",
            "GATEWAY_GRPC_PORT",
            "GRPC_ADDRESS",
            "METRICS_PORT",
            "API_KEY",
            "API_KEYS",
            "UI_HOST",
            "UI_PORT",
            "UI_SECRETS",
            "UI_ALLOWED",
            "UI_SESSION_HOURS",
            "PROCESS",
        ),
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A process of ours and how to see whether it works."""

    program: Program
    health_url: str
    url: str = ""
    """Where a person or a program finds it; empty if nobody needs to."""
    metrics_job: str = ""
    """Job under which Prometheus scrapes it; empty where it has no metrics."""

    @property
    def name(self) -> str:
        """Its name in the table, and of its log."""
        return self.program.name


def common_settings(stack: Stack, account: str) -> dict[str, str]:
    """Return the addresses that a service needs, with the logins of its account."""
    return settings_without_broker(stack, account) | {"SMARTPREDICT_BROKER_URL": stack.broker_url(account)}


def settings_without_broker(stack: Stack, account: str) -> dict[str, str]:
    """Return the addresses that a service needs which sends and takes no messages, with its login at the database."""
    return _passed_through() | {
        "SMARTPREDICT_DATABASE_URL": stack.database_url(account),
        "SMARTPREDICT_MLFLOW_URL": stack.mlflow_url(),
        "SMARTPREDICT_DATA": str(stack.folders.data),
        "SMARTPREDICT_MODELS": str(stack.folders.models),
        "SMARTPREDICT_USECASES": stack.usecases(),
    }


def _passed_through() -> dict[str, str]:
    """Take the caller's SMARTPREDICT_* settings along, such as a batch size."""
    return {name: value for name, value in os.environ.items() if name.startswith("SMARTPREDICT_") and name not in _OURS}
