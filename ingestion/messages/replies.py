"""What goes back to whoever sent a foreign message: an answer, and the event of rows that are not predicted."""

from __future__ import annotations

from urllib.parse import unquote

import structlog

from broker.envelopes.foreign import MAX_PROPERTY_BYTES, ForeignMessage
from broker.inbox_answers import InboxAnswer, RowsRefused
from broker.messages import JSON
from broker.topology import REFUSALS, is_reply_space
from broker.transport.publisher import Outgoing, Publisher

log = structlog.get_logger(__name__)


QUEUE_ADDRESS, OLD_QUEUE_ADDRESS = "/queues/", "/queue/"
"""Begin the address of a queue: that of AMQP 1.0, where what follows is percent-encoded, and that of STOMP and of AMQP 1.0
as RabbitMQ 3 has it."""


def queue_of_address(address: str) -> str:
    """Return the name of the queue to answer in, however the sender's protocol writes it.

    >>> queue_of_address("/queues/reply.upstream.press%207"), queue_of_address("reply.upstream.press-7")
    ('reply.upstream.press 7', 'reply.upstream.press-7')
    """
    if address.startswith(QUEUE_ADDRESS):
        return unquote(address.removeprefix(QUEUE_ADDRESS))
    return address.removeprefix(OLD_QUEUE_ADDRESS)


async def answer_message(publisher: Publisher, message: ForeignMessage, answer: InboxAnswer) -> None:
    """Send an answer to whoever asked for one, where upstream systems may be answered."""
    queue = queue_of_address(message.reply_to or "")
    if queue and not is_reply_space(queue):
        log.warning("Not answered: reply_to names no queue for replies", reply_to=message.reply_to)
    elif queue:
        await publisher.publish_if_wanted(
            Outgoing(
                exchange=message.reply_exchange,
                routing_key=queue,
                body=answer.model_dump_json().encode(),
                message_id=_shortened(f"answer to {message.message_id}"),
                content_type=JSON,
                correlation_id=message.correlation_id,
                persistent=False,
            )
        )


async def announce_refusal(publisher: Publisher, message: ForeignMessage, refusal: RowsRefused) -> None:
    """Publish the event of rows that are not predicted, for whoever listens."""
    await publisher.publish_if_wanted(
        Outgoing(
            exchange=REFUSALS,
            routing_key=_shortened(f"{REFUSALS}.{message.use_case}"),
            body=refusal.model_dump_json().encode(),
            message_id=_shortened(f"refusal of {message.message_id}"),
            content_type=JSON,
            correlation_id=message.correlation_id,
            persistent=False,
            mandatory=False,
        )
    )


def _shortened(text: str) -> str:
    return text.encode()[:MAX_PROPERTY_BYTES].decode(errors="ignore")
