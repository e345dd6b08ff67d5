"""Taking over registered use cases while a service runs."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, select

from sql.base.tables import use_cases
from sql.registry.tables import use_case_contracts
from usecases.contract.catalog import LiveCatalog, load_catalog
from usecases.contract.spec import UseCase

LOOK_SECONDS = 1.0
"""Pause between two looks; a look reads a name and a time for each use case."""

EARLIER = 5
"""Earlier contracts of a use case that are kept at hand for rows that were checked against them."""

log = structlog.get_logger(__name__)


class CatalogRefresher:
    """Keeps a catalogue equal to what is registered in the database.

    What a file says counts only once it is registered: before that there is no table for it. So an edited file, or half
    of one, changes nothing in a service that runs.
    """

    def __init__(self, engine: Engine, catalog: LiveCatalog) -> None:
        self._engine = engine
        self._catalog = catalog
        self._seen: Mapping[str, datetime] = {}
        self._changes: deque[frozenset[str]] = deque()

    def refresh(self) -> frozenset[str]:
        """Read the table once; return the names of the use cases whose contract has changed.

        Two threads may look at once: each puts the same in place.
        """
        with self._engine.connect() as connection:
            rows = connection.execute(select(use_cases.c.name, use_cases.c.registered_at))
            now: dict[str, datetime] = {row.name: row.registered_at for row in rows}
            changed = [name for name, moment in now.items() if self._seen.get(name) != moment]
            if not changed and now.keys() == self._seen.keys():
                return frozenset()
            in_force = {
                row.name: row.contract
                for row in connection.execute(select(use_cases).where(use_cases.c.name.in_(changed)))
            }
            history = {
                name: list(
                    connection.scalars(
                        select(use_case_contracts.c.contract)
                        .where(use_case_contracts.c.name == name)
                        .order_by(use_case_contracts.c.registered_at.desc())
                        .limit(EARLIER)
                    )
                )
                for name in changed
            }
        different = self._catalog.take_over(
            {name: use_case for name, content in in_force.items() if (use_case := read_contract(name, content))},
            [
                use_case
                for name, kept in history.items()
                for content in kept
                if (use_case := read_contract(name, content))
            ],
            gone=self._seen.keys() - now.keys() if self._seen else self._catalog.keys() - now.keys(),
        )
        self._seen = now
        if different:
            self._changes.append(different)
        return different

    async def keep_refreshing(self, on_change: Callable[[frozenset[str]], object] = lambda _: None) -> None:
        """Read the table again and again and report every change, also one that another caller has read before."""
        while True:
            await self.look_once(on_change)
            await asyncio.sleep(LOOK_SECONDS)

    async def look_once(self, on_change: Callable[[frozenset[str]], object] | None = None) -> None:
        """Read the table once; while the database is away everything stays as it is."""
        try:
            await asyncio.to_thread(self.refresh)
        except Exception as error:  # noqa: BLE001  # a look that fails is repeated; the service must go on
            log.warning("Use cases could not be looked up", error=str(error).partition("\n")[0])
        while on_change is not None and self._changes:
            changed = self._changes.popleft()
            log.info("Use cases are in force", changed=sorted(changed))
            on_change(changed)


def files_to_begin_with(folder: Path | None) -> LiveCatalog:
    """Read what the files say, for a service to begin with until the database has answered.

    A file that cannot be read at this moment is left out: what is registered counts, and it may be half an edit.
    """
    return LiveCatalog(load_catalog(folder, lambda error: log.warning("Use case is left out", error=str(error))))


def registered_catalog(engine: Engine) -> LiveCatalog:
    """Read the use cases that are in force, and the contracts before, whatever the files say at this moment."""
    catalog = LiveCatalog()
    CatalogRefresher(engine, catalog).refresh()
    return catalog


def registered_use_cases(connection: Connection) -> list[UseCase]:
    """Read the use cases that are in force, whatever files the caller has at hand."""
    rows = connection.execute(select(use_cases.c.name, use_cases.c.contract).order_by(use_cases.c.name))
    return [use_case for row in rows if (use_case := read_contract(row.name, row.contract))]


def read_contract(name: str, content: object) -> UseCase | None:
    """Read a contract; one that this version of the code does not understand leaves the one before in force."""
    try:
        return UseCase.model_validate_json(json.dumps(content))
    except ValidationError as error:
        log.warning("Registered use case cannot be read", use_case=name, error=str(error).partition("\n")[0])
        return None
