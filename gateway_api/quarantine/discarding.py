"""Bad rows that nobody will repair are discarded, by somebody and for a reason; they stay in quarantine as they came."""

from __future__ import annotations

from collections.abc import Sequence

from gateway_api.door.accounts import Account
from gateway_api.door.problems import InvalidParameters, UnknownBatch
from gateway_api.gateway import Gateway
from gateway_api.quarantine.answers import RowsDiscarded, SkippedRow
from gateway_api.quarantine.corrections import page_of
from gateway_api.quarantine.repairs import refuse_unknown
from gateway_api.quarantine.requests import DiscardRows
from sql.base.decided import Decided
from sql.ledger.batch_ledger import find_batch
from sql.quarantine.discarding import MOST_AT_ONCE, discard_locked
from sql.quarantine.pages import RowKey
from sql.quarantine.replay import lock_rows
from usecases.contract.spec import UseCase


def discard(gateway: Gateway, use_case: UseCase, command: DiscardRows, account: Account) -> RowsDiscarded:
    """Discard the bad rows that are named, or a page of those that match, as far as they wait.

    Raises
    ------
    gateway_api.door.problems.Problem
        If no row is meant, or one is that is not in quarantine; nothing is discarded then.
    """
    keys, cursor = _meant(gateway, use_case, command)
    decided = Decided(person=command.person, account=account.name, reason=command.reason)
    with gateway.engine.begin() as connection:
        kept = lock_rows(connection, keys) if keys else {}
        refuse_unknown(use_case, keys, kept)
        gone = discard_locked(connection, kept, decided)
    before = ((key, kept[key]) for key in keys if kept[key].decision is not None)
    return RowsDiscarded(
        discarded=len(gone),
        skipped=[
            SkippedRow(**key._asdict(), message=f"row {key.row_number} of {row.batch_name} {row.decision}")
            for key, row in before
        ],
        next_cursor=cursor,
    )


def _meant(gateway: Gateway, use_case: UseCase, command: DiscardRows) -> tuple[Sequence[RowKey], str | None]:
    """Return the rows that are meant, and where further ones begin."""
    has_filter = any(given is not None for given in (command.batch_id, command.column, command.rule))
    if has_filter == (command.rows is not None):
        raise InvalidParameters("rows: say which rows, or batch_id, column or rule of those that are meant; not both.")
    if command.rows is not None:
        return list(dict.fromkeys(RowKey(row.batch_id, row.row_number) for row in command.rows)), None
    if command.batch_id is not None:
        batch = find_batch(gateway.engine, command.batch_id)
        if batch is None or batch.use_case != use_case.name:
            raise UnknownBatch(f"There is no batch {command.batch_id} of {use_case.name}. GET /batches names them.")
    found, cursor = page_of(gateway.engine, command, MOST_AT_ONCE)
    return [RowKey(row["batch_id"], row["row_number"]) for row in found], cursor
