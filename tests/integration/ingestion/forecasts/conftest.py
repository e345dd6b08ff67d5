"""A forecast that observations may be sent for."""

from __future__ import annotations

from uuid import uuid4

import pytest

from sql.registry.registration import register
from tests.integration.ingestion.conftest import Doors
from tests.support.usecases.forecast import TIDE
from usecases.contract.spec import UseCase


@pytest.fixture
def tide(doors: Doors) -> UseCase:
    """A forecast of its own for a test, in force."""
    use_case = UseCase.model_validate(TIDE | {"name": f"tide_{uuid4().hex[:12]}"})
    with doors.ingestion.engine.begin() as connection:
        register(connection, use_case)
    doors.ingestion.refresher.refresh()
    return use_case
