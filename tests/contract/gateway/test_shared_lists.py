"""Lists that stand in two services, for services never import each other."""

from __future__ import annotations

import pytest

from gateway_api.wire.file_names import ENDINGS
from ingestion import formats


@pytest.mark.parametrize("ending", ENDINGS)
def test_ingestion_reads_what_may_be_uploaded(ending: str) -> None:
    formats.format_of(f"file{ending}")


def test_what_ingestion_reads_may_be_uploaded() -> None:
    assert set(formats._BY_ENDING) == set(ENDINGS)
