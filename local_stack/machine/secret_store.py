"""Generated passwords and keys, kept in one file that only its owner can read."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Final

from local_stack.errors import StackError

__all__ = ["SecretStore", "write_private"]


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, in one step: readers see the old text or the new one."""
    beside = path.with_name(path.name + ".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    beside.replace(path)


class SecretStore:
    """Secrets by kind and name; one that does not exist yet is generated and kept."""

    def __init__(self, path: Path) -> None:
        self.path: Final = path

    def secret(self, kind: str, name: str) -> str:
        """Return the secret of this kind and name."""
        kept = self._read()
        if name not in kept.get(kind, {}):
            kept.setdefault(kind, {})[name] = secrets.token_urlsafe(24)
            write_private(self.path, json.dumps(kept, indent=2))
        return kept[kind][name]

    def knows(self, secret: str | None) -> bool:
        """Return whether this is one of the secrets, which distinguishes a URL of this stack from one of somebody else's."""
        return any(secret in names.values() for names in self._read().values())

    def _read(self) -> dict[str, dict[str, str]]:
        if not self.path.exists():
            return {}
        try:
            kept: dict[str, dict[str, str]] = json.loads(self.path.read_text())
        except PermissionError as error:
            raise StackError(f"{self.path} belongs to another user; run the command as that user.") from error
        except json.JSONDecodeError as error:
            raise StackError(
                f"{self.path} is damaged. Without it the data is closed: restore it from a copy."
            ) from error
        return kept
