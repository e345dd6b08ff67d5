"""The rows in the body of a dead letter, and the body of repaired ones; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from pydantic import ValidationError

from broker.envelopes.foreign import HEADER_TYPE, ForeignMessage, MessageRefusedError
from broker.envelopes.registry import WITHIN_JSON, open_content, open_envelopes
from broker.messages import ARROW_STREAM, JSON, MAX_ONLINE_ROWS, PartBodyError, PartHeader, decode_rows, encode_rows
from broker.topology import INBOX, PREDICT
from sql.dead_letters.storage import Letter
from usecases.checking.row_model import Row, rows_to_arrow, with_plain_names
from usecases.columns.typed_values import with_plain_values
from usecases.contract.arriving import arriving_contract
from usecases.contract.row_layout import canonical_row, row_schema
from usecases.contract.spec import UseCase
from usecases.formats.json_text import JsonError, may_hold_rows_within, parse_rows

MOST_ROWS = MAX_ONLINE_ROWS
"""Rows of a letter that are shown and repaired; as many as a request may have."""

MOST_BYTES = 1024 * 1024
"""Of a message that is read as JSON here."""


class NotRowsError(ValueError):
    """The message holds no rows that can be read; they may be written anew."""


class NotRepairableError(ValueError):
    """The letter cannot be repaired here; says why and what to do."""


@dataclass(frozen=True, slots=True)
class LetterRows:
    """The rows of a letter.

    Attributes
    ----------
    contract
        What each of them has to be.
    values
        The rows as they are, under the names of the contract.
    identities
        The columns of each that name it and that nobody else reads (`inbox.identity`), with their values: rows keep them.
    numbers
        Numbers of the rows of a part in their batches; none of a foreign message.
    is_list
        Whether a foreign message is a list of rows, and not one row alone.
    key
        What makes a foreign message the same message; an envelope may have another one than the property of the message.
    """

    contract: UseCase
    values: Sequence[Mapping[str, Any]]
    numbers: np.ndarray[Any, np.dtype[np.int32]] | None = None
    is_list: bool = True
    key: str | None = None
    identities: Sequence[Mapping[str, Any]] = ()


def read_letter(use_case: UseCase, letter: Letter) -> LetterRows:
    """Read the rows of a letter: those of a foreign message of JSON, whatever its client has put around them, or of a part.

    Raises
    ------
    NotRowsError
        If a foreign message holds none that can be read.
    NotRepairableError
        If there are too many, or the letter came from elsewhere.
    """
    if letter.exchange == INBOX:
        return _of_message(arriving_contract(use_case), letter)
    if letter.exchange == PREDICT and letter.content_type == ARROW_STREAM:
        return _of_part(use_case, letter)
    raise NotRepairableError(f"what came from {letter.exchange!r} holds no rows; send it again as it is, or discard it")


def _of_message(contract: UseCase, letter: Letter) -> LetterRows:
    _require_small(letter, letter.body)
    try:
        message = open_envelopes(contract, message_of(letter))
        _require_small(letter, message.body)
        content = parse_rows(message.body)
        if may_hold_rows_within(content, WITHIN_JSON):
            content = open_content(contract, content)
    except MessageRefusedError as error:
        raise NotRowsError(str(error)) from None
    except JsonError as error:
        raise NotRowsError(f"the body is not JSON: {error}") from None
    rows = with_plain_values(content if isinstance(content, list) else [content])
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise NotRowsError("the body is neither a row (a JSON object that has each name once) nor a list of rows")
    _require_few(letter, len(rows))
    # Python writes NaN and Infinity, which JSON does not have: they are shown as texts.
    plain = json.loads(json.dumps(rows), parse_constant=str)
    own = [with_plain_names(contract, row) for row in plain]
    naming = [name for name in contract.inbox.identity if name in contract.ignored_columns]
    return LetterRows(
        contract,
        [canonical_row(contract, row) for row in own],
        is_list=isinstance(content, list),
        key=message.message_id,
        identities=[{name: row[name] for name in naming if name in row} for row in own],
    )


def message_of(letter: Letter) -> ForeignMessage:
    """Return a letter that was a foreign message as that message."""
    kind = letter.headers.get(HEADER_TYPE)
    return ForeignMessage(
        body=letter.body,
        routing_key=letter.routing_key,
        message_id=letter.message_id,
        content_type=letter.content_type,
        headers=letter.headers,
        reply_to=None,
        correlation_id=None,
        message_type=kind if isinstance(kind, str) else None,
    )


def _of_part(use_case: UseCase, letter: Letter) -> LetterRows:
    try:
        header = PartHeader.from_headers(letter.headers)
    except ValidationError:
        raise NotRepairableError("its headers are not those of a part; discard it") from None
    if header.schema_hash != use_case.schema_hash:
        raise NotRepairableError(
            f"its rows were checked by an earlier contract of {use_case.name}; send it again as it is, or hand the rows in anew"
        )
    try:
        rows, numbers = decode_rows(letter.body, row_schema(use_case))
    except PartBodyError as error:
        raise NotRepairableError(f"{error}; hand the rows in anew") from None
    _require_few(letter, rows.num_rows)
    return LetterRows(use_case, rows.to_pylist(), numbers)


def _require_small(letter: Letter, body: bytes) -> None:
    if len(body) > MOST_BYTES:
        raise NotRepairableError(f"its body has {len(body):,} bytes; {_on_the_server(letter)}")


def _require_few(letter: Letter, rows: int) -> None:
    if rows <= MOST_ROWS:
        return
    many = f"it has {rows:,} rows, and at most {MOST_ROWS:,} are repaired here"
    if letter.exchange == INBOX:
        raise NotRepairableError(f"{many}; {_on_the_server(letter)}")
    # Nobody writes Arrow by hand, and its rows were valid once.
    raise NotRepairableError(
        f"{many}. They were valid when they came: send the letter again as it is once its cause is gone, or discard it and "
        "hand the rows in anew"
    )


def _on_the_server(letter: Letter) -> str:
    command = "smartpredict dead-letters"
    return (
        f"on the server, write its body to a file ({command} show {letter.id} --output body.json), repair that, and send it: "
        f"{command} replay {letter.id} --body body.json"
    )


def repaired_body(found: LetterRows, rows: Sequence[Row]) -> tuple[bytes, str]:
    """Write repaired rows as the body of the letter, and return its content type.

    Raises
    ------
    NotRepairableError
        If a part has fewer or more rows than it had: each is a row of a batch, which counts them.
    """
    if found.numbers is not None:
        if len(rows) != len(found.numbers):
            raise NotRepairableError(f"it is a part of {len(found.numbers)} rows, so send {len(found.numbers)}")
        return encode_rows(rows_to_arrow(found.contract, rows), found.numbers), ARROW_STREAM
    values = [dict(row.__dict__) for row in rows]
    if len(values) == len(found.identities):
        values = [row | {**own} for row, own in zip(values, found.identities, strict=True)]
    return orjson.dumps(values if found.is_list or len(values) > 1 else values[0]), JSON
