"""What happens elsewhere and starts schedules: rows that workers have stored."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any, Final

from airflow.sdk import Asset, AssetWatcher
from airflow.triggers.base import BaseEventTrigger, TriggerEvent
from typing_extensions import override

__all__ = ["STORED_ROWS", "RowsStored"]


class RowsStored(BaseEventTrigger):  # type: ignore[misc]  # Airflow lives in an environment of its own
    """Fires when rows were stored, told by the broker; nothing is asked for again and again.

    The triggerer needs SMARTPREDICT_DOWNSTREAM_URL, the broker as the account that listens.

    Parameters
    ----------
    use_case
        Whose rows; those of all if not given.
    """

    def __init__(self, use_case: str = "*") -> None:
        super().__init__()
        self.use_case = use_case

    @override
    def serialize(self) -> tuple[str, dict[str, Any]]:
        return "orchestration.events.RowsStored", {"use_case": self.use_case}

    @override
    async def run(self) -> AsyncIterator[TriggerEvent]:
        from orchestration.stored_rows import stored_rows  # noqa: PLC0415  # a schedule is parsed every half minute

        listener = "airflow" if self.use_case == "*" else f"airflow.{self.use_case}"
        async for stored in stored_rows(os.environ["SMARTPREDICT_DOWNSTREAM_URL"], listener, self.use_case):
            yield TriggerEvent(stored)


#: Rows of any use case, by any door: `@dag(schedule=[STORED_ROWS])` starts a run when there are new ones.
STORED_ROWS: Final = Asset(
    name="stored rows",
    uri="smartpredict://stored-rows",
    watchers=[AssetWatcher(name="stored rows of all use cases", trigger=RowsStored())],
)
