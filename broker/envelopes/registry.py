"""The envelopes there are."""

from __future__ import annotations

from typing import Any

from broker.dead_letters import HEADER_REPAIRED
from broker.envelopes.amqp_values import AMQP_VALUE, LONG_ID
from broker.envelopes.celery_tasks import CELERY_TASK
from broker.envelopes.change_records import AFTER, DATABASE, DELETED, PAYLOAD, TOLD_OPERATION, open_record
from broker.envelopes.cloud_events import CLOUD_EVENT, CLOUD_EVENTS, UNDECLARED_EVENT
from broker.envelopes.compressed import COMPRESSED, ENCODED, TEXT
from broker.envelopes.envelope import Envelope, within_text
from broker.envelopes.foreign import ForeignMessage
from broker.envelopes.mass_transit import MASS_TRANSIT
from broker.envelopes.nest_packets import PATTERN, open_packet
from broker.envelopes.telegraf import FIELDS, METRICS, TAGS, open_metrics
from usecases.contract.spec import UseCase
from usecases.formats.json_text import has_name_of, parse_rows

ENVELOPES: tuple[Envelope, ...] = (
    ENCODED,
    COMPRESSED,
    TEXT,
    AMQP_VALUE,
    LONG_ID,
    CELERY_TASK,
    MASS_TRANSIT,
    UNDECLARED_EVENT,
    CLOUD_EVENTS,
    CLOUD_EVENT,
)
"""In the order in which they are opened: what is around the bytes first. A new one is a line here."""


TYPE_NAME, VALUES = "$type", "$values"
"""What Json.NET, and Rebus by it, writes of the class of an object, and the members of a list."""

_OF_METRICS = frozenset({FIELDS, METRICS})
WITHIN_JSON = frozenset({PATTERN, PAYLOAD, AFTER, DATABASE, DELETED, TOLD_OPERATION, TYPE_NAME}) | _OF_METRICS
"""Names of which one stands in each envelope that nothing but its names declares."""


def open_content(use_case: UseCase, content: Any) -> Any:
    """Return what JSON brings in which a name of `WITHIN_JSON` stands, or each object of a list of it; a row stays one.

    A text that holds JSON is what it holds: some clients write JSON twice.

    Raises
    ------
    broker.envelopes.foreign.MessageRefusedError
        If one brings no row.
    """
    if isinstance(content, str):
        content = within_text(use_case, content, parse_rows)
    if not has_name_of(content, WITHIN_JSON):
        return content
    if isinstance(content, dict) and METRICS in content:
        content = open_metrics(use_case, content)
    if isinstance(content, list):
        return [_opened(use_case, one) if isinstance(one, dict) else one for one in content]
    return _opened(use_case, content)


def is_known_by_its_bytes(content: Any, opened: Any) -> bool:
    """Return whether what was opened is just rows with a column that is called as in metrics: their bytes tell them from others.

    >>> is_known_by_its_bytes({"fields": 3}, {"fields": 3}), is_known_by_its_bytes({"payload": {"a": 1}}, {"a": 1})
    (True, False)
    """
    return bool(opened == content) and not has_name_of(content, WITHIN_JSON - _OF_METRICS)


def _opened(use_case: UseCase, content: dict[str, Any]) -> Any:
    if content.keys() >= {FIELDS, TAGS}:
        return open_metrics(use_case, content)
    if TYPE_NAME in content:
        return without_type_names(use_case, content)
    return open_packet(use_case, content) if PATTERN in content else open_record(use_case, content)


def open_envelopes(use_case: UseCase, message: ForeignMessage) -> ForeignMessage:
    """Return a message as its sender meant it, without what its client has put around the rows.

    One whose rows a person has taken out, and repaired, is plain.

    Raises
    ------
    broker.envelopes.foreign.MessageRefusedError
        If it is not what it says; says what to change.
    """
    if HEADER_REPAIRED in message.headers:
        return message
    for envelope in ENVELOPES:
        if envelope.is_declared(message):
            message = envelope.open(use_case, message)
    return message


def without_type_names(use_case: UseCase, content: dict[str, Any]) -> Any:
    """Return a row, or the list of rows, that Json.NET wrote with the names of their classes, where no column is called so.

    >>> from usecases.contract.catalog import load_catalog
    >>> iris = load_catalog()["iris"]
    >>> without_type_names(iris, {"$type": "Plant.Row, Plant", "petal_width_cm": 0.2})
    {'petal_width_cm': 0.2}
    >>> without_type_names(iris, {"$type": "System.Collections.Generic.List`1", "$values": [{"$type": "Plant.Row", "a": 1}]})
    [{'a': 1}]
    """
    if TYPE_NAME in use_case.known_names:
        return content
    if content.keys() == {TYPE_NAME, VALUES} and isinstance(content[VALUES], list):
        return [_without_type_name(row) if isinstance(row, dict) else row for row in content[VALUES]]
    return _without_type_name(content)


def _without_type_name(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != TYPE_NAME}
