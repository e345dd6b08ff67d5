"""Repairing dead letters: their rows are shown, corrected, checked, and sent on; or letters are discarded for a reason."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from uuid import UUID

from broker.dead_letters import HEADER_REPAIRED, send_again
from broker.envelopes.foreign import MAX_PROPERTY_BYTES
from broker.topology import INBOX, use_case_of
from broker.transport.publisher import BrokerDownError, QueueFullError, UnroutableError
from gateway_api.dead_letters.answers import LetterRepaired, LetterRowsAnswer, LettersDiscarded, SkippedLetter
from gateway_api.dead_letters.letter_rows import (
    LetterRows,
    NotRepairableError,
    NotRowsError,
    read_letter,
    repaired_body,
)
from gateway_api.dead_letters.problems import LetterDecided, LetterNotRepairable
from gateway_api.dead_letters.replay import refusal_of
from gateway_api.dead_letters.requests import DiscardLetters, RepairLetter
from gateway_api.door.accounts import Account
from gateway_api.door.problems import BrokerAway, InvalidRows, UnknownLetter
from gateway_api.gateway import Gateway
from gateway_api.wire.answers import RowError
from gateway_api.wire.body import RowReader
from gateway_api.wire.sentences import sentence
from sql.base.decided import Decided
from sql.dead_letters.decisions import discard_for_reason, lock_letter, note_repair
from sql.dead_letters.storage import Letter, LetterState, find_letter
from usecases.checking.row_model import Row
from usecases.contract.arriving import arriving_contract
from usecases.contract.spec import UseCase


def rows_of_letter(gateway: Gateway, letter_id: UUID, use_case: str | None) -> LetterRowsAnswer:
    """Return the rows of a letter with what is wrong with each, or why none can be shown.

    Raises
    ------
    UnknownLetter, gateway_api.door.problems.UnknownUseCase
        If there is no such letter, or no use case that it is for.
    """
    letter = _known(find_letter(gateway.engine, letter_id), letter_id)
    contract = gateway.use_case(use_case or letter.use_case or "")
    try:
        found = read_letter(contract, letter)
    except (NotRowsError, NotRepairableError) as error:
        return LetterRowsAnswer(
            letter_id=letter_id,
            use_case=contract.name,
            rows=[],
            errors=[],
            errors_total=0,
            problem=sentence(error),
            is_repairable=isinstance(error, NotRowsError),
        )
    checked = RowReader(found.contract).check(found.values)
    return LetterRowsAnswer(
        letter_id=letter_id,
        use_case=contract.name,
        rows=[dict(row) for row in found.values],
        errors=[RowError(**error) for error in checked.errors],
        errors_total=checked.errors_total,
        problem=None,
        is_repairable=True,
    )


async def repair_letter(gateway: Gateway, letter_id: UUID, command: RepairLetter, account: Account) -> LetterRepaired:
    """Send a letter on with repaired rows, and note who did so and why; the letter keeps its body.

    The letter is locked meanwhile: whoever else decides about it waits, and then finds it decided.

    Raises
    ------
    gateway_api.door.problems.Problem
        If there is no such letter that waits, a row is not valid, or the broker does not take it; nothing is noted then.
    """
    connection = await asyncio.to_thread(gateway.engine.connect)
    try:
        letter = _known(await asyncio.to_thread(lock_letter, connection, letter_id), letter_id)
        _require_waiting(letter)
        use_case = gateway.use_case(command.use_case or letter.use_case or "")
        found = _rows_to_replace(use_case, letter)
        rows = await asyncio.to_thread(_read, found, command)
        try:
            body, content_type = repaired_body(found, rows)
        except NotRepairableError as error:
            raise LetterNotRepairable(sentence(error)) from None
        decided = Decided(person=command.person, account=account.name, reason=command.reason)

        async def note(_: int) -> None:
            await asyncio.to_thread(note_repair, connection, letter, decided, body, len(rows))
            await asyncio.to_thread(connection.commit)

        is_meant_otherwise = letter.exchange == INBOX and use_case_of(letter.routing_key) != use_case.name
        key = use_case.name if is_meant_otherwise else letter.routing_key
        sent = replace(letter, content_type=content_type, routing_key=key)
        await _send(gateway, _plain(sent, found) if letter.exchange == INBOX else sent, note, body)
    finally:
        await asyncio.to_thread(connection.close)
    return LetterRepaired(letter_id=letter_id, use_case=use_case.name, rows=len(rows))


def discard_letters(gateway: Gateway, command: DiscardLetters, account: Account) -> LettersDiscarded:
    """Discard letters that wait, and note who did so and why."""
    decided = Decided(person=command.person, account=account.name, reason=command.reason)
    letter_ids = list(dict.fromkeys(command.letter_ids))
    gone = discard_for_reason(gateway.engine, letter_ids, decided)
    skipped = [one for one in letter_ids if one not in gone]
    return LettersDiscarded(
        discarded=[one for one in letter_ids if one in gone],
        skipped=[SkippedLetter(letter_id=one, message=_why_not(gateway, one)) for one in skipped],
    )


def _known(letter: Letter | None, letter_id: UUID) -> Letter:
    if letter is None:
        raise UnknownLetter(f"There is no dead letter {letter_id}. GET /dead-letters names them.")
    return letter


def _require_waiting(letter: Letter) -> None:
    if letter.state is not LetterState.WAITING:
        raise LetterDecided(
            f"It was {letter.state} before. GET /dead-letters/{letter.letter_id} tells when, by whom and why."
        )


def _rows_to_replace(use_case: UseCase, letter: Letter) -> LetterRows:
    try:
        return read_letter(use_case, letter)
    except NotRowsError:
        # Nothing of it can be read, so what is sent stands for all of it.
        return LetterRows(arriving_contract(use_case), [])
    except NotRepairableError as error:
        raise LetterNotRepairable(sentence(error)) from None


def _read(found: LetterRows, command: RepairLetter) -> Sequence[Row]:
    """Read repaired rows.

    Raises
    ------
    InvalidRows
        If any is bad, exactly as /predict says it; pointers lead into the body of the repair.
    """
    try:
        return RowReader(found.contract).read(json.dumps(command.rows).encode())
    except InvalidRows as problem:
        problem.members["errors"] = [
            {**error, "pointer": f"/rows{error['pointer']}"} for error in problem.members["errors"]
        ]
        raise


def _plain(letter: Letter, found: LetterRows) -> Letter:
    """Mark a foreign message as plain rows, under the key that its envelope has where a property holds it."""
    has_key = found.key is not None and len(found.key.encode()) <= MAX_PROPERTY_BYTES
    return replace(
        letter,
        headers={**letter.headers, HEADER_REPAIRED: "true"},
        message_id=found.key if has_key else letter.message_id,
    )


async def _send(gateway: Gateway, letter: Letter, note: Callable[[int], Awaitable[None]], body: bytes) -> None:
    try:
        async with gateway.broker.publisher() as publisher:
            await send_again(letter, publisher, note, body)
    except BrokerDownError as error:
        raise BrokerAway("RabbitMQ cannot be reached; nothing was sent. Try again in a moment.") from error
    except QueueFullError as error:
        raise BrokerAway("The queue is full; nothing was sent. Try again in a moment.") from error
    except UnroutableError as error:
        raise LetterNotRepairable(f"No queue takes {letter.routing_key!r} any more; nothing was sent.") from error


def _why_not(gateway: Gateway, letter_id: UUID) -> str:
    letter = find_letter(gateway.engine, letter_id)
    return refusal_of(letter) or "it was sent again just now"
