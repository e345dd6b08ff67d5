"""What commands share that talk to the database and the broker themselves."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from cli.errors import UserError
from cli.settings import setting

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from broker.transport.publisher import Publisher
    from usecases.contract.catalog import Catalog
    from usecases.contract.spec import UseCase

__all__ = [
    "batch_id", "catalog", "data_folder", "database", "management_url", "stored_observations", "usecases_folder",
    "with_publisher",
]  # fmt: skip

PATIENCE_SECONDS = 15.0
"""How long a command waits for the broker; a service waits for ever, a person does not."""

T = TypeVar("T")


@contextlib.contextmanager
def database() -> Iterator[Engine]:
    """Open the database while the block runs."""
    # Half a second that --help need not take.
    from sql.base.engine import connect_engine, is_database_away, is_disk_full, where_away  # noqa: PLC0415

    engine = connect_engine(setting("SMARTPREDICT_DATABASE_URL"), "command line", pool_size=2)
    try:
        yield engine
    except Exception as error:
        if is_disk_full(error):
            raise UserError("The disk of the database is full. Make room there, then run the command again.") from error
        if is_database_away(error):
            raise UserError(f"{where_away(error)}. See: smartpredict status") from error
        raise
    finally:
        engine.dispose()


@contextlib.contextmanager
def stored_observations(use_case: UseCase) -> Iterator[Engine | None]:
    """Open the database while the block runs, for what learns from observations that are stored; none for any other use case."""
    is_stored_forecast = use_case.forecast is not None and use_case.training.data is None
    if not is_stored_forecast and not use_case.feature_tables:
        yield None
        return
    with database() as engine:
        yield engine


def with_publisher(work: Callable[[Publisher], Awaitable[T]]) -> T:
    """Do something that publishes."""
    from broker.service.logs import configure_logging  # noqa: PLC0415 - same
    from broker.transport.hosts import host_names  # noqa: PLC0415 - see database()
    from broker.transport.publisher import Publisher, PublishingError  # noqa: PLC0415 - same

    configure_logging("command line", "ERROR")  # a person reads the outcome, not the log
    url = setting("SMARTPREDICT_BROKER_URL")

    async def run() -> T:
        publisher = Publisher(url, "smartpredict command line")
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await publisher.__aenter__()
        except TimeoutError:
            raise UserError(f"The broker does not answer at {host_names(url)}. See: smartpredict status") from None
        try:
            return await work(publisher)
        except PublishingError as error:
            raise UserError(f"The broker did not take a message: {error}. See: smartpredict status") from error
        finally:
            await publisher.__aexit__(None, None, None)

    return asyncio.run(run())


def data_folder() -> Path:
    """Return the folder that ingestion watches."""
    return Path(setting("SMARTPREDICT_DATA"))


def usecases_folder() -> Path:
    """Return the folder of one's own use cases: SMARTPREDICT_USECASES, or the one in the home of the local stack."""
    from local_stack.machine.folders import Folders  # noqa: PLC0415 - see database()

    given = os.environ.get("SMARTPREDICT_USECASES")
    return Path(given) if given else Folders.current().usecases


def catalog() -> Catalog:
    """Read the use cases, those of one's own folder included."""
    from usecases.contract.catalog import UseCaseFileError, load_catalog  # noqa: PLC0415 - see database()

    try:
        return load_catalog(usecases_folder())
    except UseCaseFileError as error:
        raise UserError(str(error)) from error


def batch_id(text: str | None) -> UUID | None:
    """Read the id of a batch."""
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise UserError(f"{text!r} is no id of a batch; they look like 6e9b6ac1-7d45-8c23-8685-2f9fce88fd28") from None


def management_url() -> str | None:
    """Find the management API of the broker; None for somebody else's server, whose address we do not know."""
    given = os.environ.get("SMARTPREDICT_BROKER_MANAGEMENT_URL")
    if given or "SMARTPREDICT_BROKER_URL" in os.environ:
        return given
    try:
        return setting("SMARTPREDICT_BROKER_MANAGEMENT_URL")
    except (UserError, KeyError):
        return None
