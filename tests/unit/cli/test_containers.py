"""Servers from containers, where no Docker engine answers."""

from __future__ import annotations

import docker  # type: ignore[import-untyped] # ships no types
import pytest

from cli.errors import UserError
from tests.support.servers import containers


def test_without_an_engine_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_engine() -> None:
        raise docker.errors.DockerException("connection refused")

    monkeypatch.setattr(docker, "from_env", no_engine)
    with pytest.raises(UserError, match="needs a Docker engine, and none answers"), containers():
        pass
