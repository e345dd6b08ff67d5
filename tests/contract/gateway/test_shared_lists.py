"""Lists that stand in two services, for services never import each other."""

from __future__ import annotations

import pytest

from gateway_api.wire.file_names import ENDINGS
from usecases.formats import registry


@pytest.mark.parametrize("ending", ENDINGS)
def test_ingestion_reads_what_may_be_uploaded(ending: str) -> None:
    registry.format_of(f"file{ending}")


def test_what_ingestion_reads_may_be_uploaded() -> None:
    assert set(registry.endings()) == set(ENDINGS)
