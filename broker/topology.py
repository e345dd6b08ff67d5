"""Every exchange and queue of the pipeline, as values; nothing else names one.

Kept to what RabbitMQ 3.10 and 4.x both do: durable quorum queues with an explicit delivery limit, delayed retry
through a queue with a time to live, no priorities, no default exchange where an account must be limited.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

PREDICT = "predict"
INBOX = "inbox"
RETRY = "retry"
DEAD_LETTERS = "dead-letters"
PREDICTIONS = "predictions"
REFUSALS = "refusals"
RESULTS = "results"
MODEL_CHANGES = "model-changes"

BULK = "predict.bulk"
ONLINE = "predict.online"
BULK_RETRY = "predict.bulk.retry"
JOBS = "predict.jobs"

REPLY_PREFIX = "reply.gateway."
UPSTREAM_REPLY_PREFIX = "reply.upstream."
"""Begins the names of the queues that upstream systems declare to be answered in."""
MODEL_CHANGES_PREFIX = "model-changes.worker."

DELIVERY_LIMIT = 10
"""Deliveries after which a message is taken for one that kills its consumer. A restart of a worker or of the broker
costs one each, so the limit leaves room for a bad afternoon."""

NO_DELIVERY_LIMIT = 1_000_000
"""As good as none; both 3.10 and 4.x take a number, only 4.x a word for it."""

RETRY_DELAY_MS = 5_000
"""Pause before a part is tried again: long enough for a model or a registry to come back."""

MAX_ATTEMPTS = 5
"""Attempts at a part before it is a dead letter: 20 s in all, which a restart of anything fits into."""

MAX_BULK_PARTS = 1_000
"""Parts that may wait; then ingestion waits too. About 1 GB of disk, ten million rows."""

MAX_ONLINE_MESSAGES = 1_000
"""Coalesced requests that may wait; then callers get 429. At 60 messages a second this is far past any deadline."""

MAJORITY_NODES = 3
"""Nodes of a cluster from which on a queue with members on several of them outlives the loss of one."""

MQTT_TOPICS = "amq.topic"
"""RabbitMQ's own exchange of what MQTT clients publish and subscribe to; in its keys a dot stands for the slash of a topic."""

MQTT_PREFIX = "predict."
"""Begins the key of a message for us: `predict/<use case>` and whatever follows, which names the sender."""

DIRECT_REPLY = "amq.rabbitmq.reply-to"
"""Begins the address of a client that waits on its own channel, without a queue; RabbitMQ puts the rest."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange and what it is for."""

    name: str
    kind: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue, what feeds it and what it is for."""

    name: str
    exchange: str
    routing_key: str
    purpose: str
    arguments: dict[str, Any] = field(default_factory=dict)


EXCHANGES = (
    Exchange(PREDICT, "direct", "Checked rows on their way to a worker; the routing key is the queue."),
    Exchange(INBOX, "topic", "Foreign messages; the routing key is the use case."),
    Exchange(RETRY, "direct", "Parts that wait before they are tried again."),
    Exchange(DEAD_LETTERS, "fanout", "Messages nobody could handle."),
    Exchange(PREDICTIONS, "topic", "One event a committed part, `predictions.<use case>`, for downstream systems."),
    Exchange(RESULTS, "topic", "What was predicted, row by row, where a use case asks for it, `results.<use case>`."),
    Exchange(REFUSALS, "topic", "One event a foreign message of which rows are not predicted, `refusals.<use case>`."),
    Exchange(MODEL_CHANGES, "fanout", "Tells every worker that another version is served."),
)

_QUORUM = {"x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT}
_KEEPS_DEAD = {
    "x-dead-letter-exchange": DEAD_LETTERS,
    # At-least-once keeps a dead message until its new queue has confirmed it; it needs reject-publish.
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}

QUEUES = (
    Queue(
        BULK, PREDICT, BULK, "Parts of files and foreign messages; nothing here is ever lost.",
        {**_QUORUM, **_KEEPS_DEAD, "x-dead-letter-routing-key": BULK, "x-max-length": MAX_BULK_PARTS},
    ),
    Queue(
        JOBS, PREDICT, JOBS, "Jobs, and claims of data sets that workers read themselves; no message holds a row.",
        {**_QUORUM, **_KEEPS_DEAD, "x-dead-letter-routing-key": JOBS},
    ),
    Queue(
        ONLINE, PREDICT, ONLINE, "Coalesced HTTP requests; each lives as long as its caller waits.",
        {"x-queue-type": "classic", "x-overflow": "reject-publish", "x-max-length": MAX_ONLINE_MESSAGES},
    ),
    Queue(
        BULK_RETRY, RETRY, BULK, f"Parts that failed; back in `{BULK}` after {RETRY_DELAY_MS / 1000:g} s.",
        {
            "x-queue-type": "quorum",
            "x-message-ttl": RETRY_DELAY_MS,
            "x-dead-letter-exchange": PREDICT,
            "x-dead-letter-routing-key": BULK,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    ),
    Queue(
        INBOX, INBOX, "#", "Rows as JSON from any AMQP client.",
        {**_QUORUM, **_KEEPS_DEAD, "x-dead-letter-routing-key": INBOX},
    ),
    Queue(
        DEAD_LETTERS, DEAD_LETTERS, "", "On the way to the table of dead letters, where people find them.",
        # RabbitMQ 4 would drop a letter after 20 deliveries; it has to stay until the database takes it.
        {"x-queue-type": "quorum", "x-delivery-limit": NO_DELIVERY_LIMIT},
    ),
)  # fmt: skip

_ONLINE_OF_SEVERAL_NODES = {
    **_QUORUM, "x-overflow": "reject-publish", "x-max-length": MAX_ONLINE_MESSAGES,
}  # fmt: skip


def queues_on(nodes: int) -> tuple[Queue, ...]:
    """Return the queues as they are declared on a cluster of so many nodes.

    A classic queue lives on one node, and callers would be refused while that one is away; on a single node it is the
    quicker one. See docs/decisions/cluster.md.
    """
    if nodes < MAJORITY_NODES:
        return QUEUES
    return tuple(
        replace(queue, arguments=_ONLINE_OF_SEVERAL_NODES) if queue.name == ONLINE else queue for queue in QUEUES
    )


def use_case_of(routing_key: str) -> str:
    """Return the use case that a message of the inbox is for: its routing key, or what an MQTT topic names.

    >>> use_case_of("iris"), use_case_of("predict.iris"), use_case_of("predict.iris.plants.7")
    ('iris', 'iris', 'iris')
    """
    if not routing_key.startswith(MQTT_PREFIX):
        return routing_key
    return routing_key.removeprefix(MQTT_PREFIX).partition(".")[0]


def is_reply_space(address: str) -> bool:
    """Return whether an answer may go there: the sender chose the address, and every other queue is somebody else's.

    >>> is_reply_space("reply.upstream.press-7"), is_reply_space("predict.bulk")
    (True, False)
    """
    return address.startswith((UPSTREAM_REPLY_PREFIX, DIRECT_REPLY))


def queue(name: str) -> Queue:
    """Return a queue by its name."""
    return next(candidate for candidate in QUEUES if candidate.name == name)
