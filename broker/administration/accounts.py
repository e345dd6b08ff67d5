"""What each service may do at the broker: the least it needs."""

from __future__ import annotations

from dataclasses import dataclass

from broker import topology as t


@dataclass(frozen=True, slots=True)
class TopicRights:
    """Which messages of a topic exchange an account may write and read: regular expressions over routing keys."""

    exchange: str
    write: str
    read: str


@dataclass(frozen=True, slots=True)
class Account:
    """Rights of one account, as RabbitMQ's three regular expressions over exchanges and queues."""

    name: str
    configure: str
    write: str
    read: str
    tags: tuple[str, ...] = ()
    topics: TopicRights | None = None


_DEFAULT_EXCHANGE = "amq.default"
"""RabbitMQ's name for the exchange that reaches any queue by name; only those who answer callers may use it."""


_MQTT_QUEUES = "mqtt-subscription-"
"""Begins the names of the queues that the broker makes for MQTT clients who subscribe."""


def _any_of(*names: str) -> str:
    """Match exactly these names; a name that ends in a dot or a hyphen is a prefix."""
    patterns = [name.replace(".", r"\.") + (".*" if name.endswith((".", "-")) else "") for name in names]
    return "^(" + "|".join(patterns) + ")$" if patterns else "^$"


ACCOUNTS = (
    Account("owner", ".*", ".*", ".*", ("administrator",)),
    Account(
        "gateway",
        configure=_any_of(t.REPLY_PREFIX),
        # The inbox is for dead letters that a person sends again, model changes for versions that a person promotes.
        write=_any_of(t.PREDICT, t.INBOX, t.MODEL_CHANGES, t.REPLY_PREFIX),
        read=_any_of(t.REPLY_PREFIX, t.BULK, t.ONLINE, t.JOBS, t.INBOX),
    ),
    Account(
        "worker",
        configure=_any_of(t.MODEL_CHANGES_PREFIX),
        write=_any_of(
            *(t.PREDICTIONS, t.RESULTS, t.DEAD_LETTERS, t.RETRY, t.MODEL_CHANGES_PREFIX, _DEFAULT_EXCHANGE),
            # A worker splits a job into claims, which any worker takes.
            t.PREDICT,
        ),
        read=_any_of(t.BULK, t.ONLINE, t.JOBS, t.MODEL_CHANGES, t.MODEL_CHANGES_PREFIX),
    ),
    Account(
        "ingestion",
        configure=_any_of(),
        write=_any_of(t.PREDICT, t.DEAD_LETTERS, t.REFUSALS, t.MQTT_TOPICS, _DEFAULT_EXCHANGE),
        read=_any_of(t.INBOX, t.DEAD_LETTERS),
        topics=TopicRights(t.MQTT_TOPICS, write=_any_of(t.UPSTREAM_REPLY_PREFIX), read=_any_of()),
    ),
    Account(
        "orchestration",
        configure=_any_of(),
        # Schedules ingest files and say that a model was promoted; they consume nothing.
        write=_any_of(t.PREDICT, t.MODEL_CHANGES),
        read=_any_of(),
        # The daily audit asks the management API how many messages workers hold; this tag adds no right to any of them.
        tags=("management",),
    ),
    Account(
        "upstream",
        configure=_any_of(t.UPSTREAM_REPLY_PREFIX),
        write=_any_of(t.INBOX),
        read=_any_of(t.UPSTREAM_REPLY_PREFIX),
    ),
    Account(
        "mqtt",
        # The broker makes the queues of a subscription, and binds them, with the rights of who subscribes.
        configure=_any_of(_MQTT_QUEUES),
        write=_any_of(_MQTT_QUEUES, t.MQTT_TOPICS),
        read=_any_of(_MQTT_QUEUES, t.MQTT_TOPICS),
        topics=TopicRights(t.MQTT_TOPICS, write=_any_of(t.MQTT_PREFIX), read=_any_of(t.UPSTREAM_REPLY_PREFIX)),
    ),
    Account(
        "downstream",
        configure=_any_of("downstream."),
        write=_any_of("downstream."),
        read=_any_of("downstream.", t.PREDICTIONS, t.RESULTS, t.REFUSALS),
    ),
    Account("operator", configure=_any_of(), write=_any_of(), read=".*", tags=("monitoring",)),
)
"""All accounts; `owner` declares the topology and serves the command line."""
