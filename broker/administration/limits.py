"""How much may wait in the queues that outsiders fill, as policies of the broker.

Policies and not arguments of the queues: a policy comes into force on a queue that exists, and changes on one that is full;
arguments of a quorum queue never change, and whoever declares it with others is refused.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from broker import topology as t

GIB = 1024**3

PRIORITY = 10
"""Only one policy applies to a queue, that of the highest priority; one for all queues is usually of priority 0."""


class QueueLimits(BaseSettings):
    """Limits of queues, from the environment.

    A queue takes a few messages more than its limit, which the broker looks at before it has counted what is on its way.
    """

    model_config = SettingsConfigDict(env_prefix="SMARTPREDICT_", frozen=True)

    inbox_max_messages: int = Field(
        default=2_000_000, ge=1, description="Foreign messages that may wait; whoever sends further ones is refused."
    )
    inbox_max_bytes: int = Field(default=4 * GIB, ge=1, description="Bytes of their bodies that may wait.")
    dead_letters_max_bytes: int = Field(
        default=4 * GIB,
        ge=1,
        description="Bytes of dead letters that may be on their way to their table; further ones wait where they are.",
    )
    listeners_max_bytes: int = Field(
        default=GIB,
        ge=1,
        description="Bytes of answers or events that may wait in a queue of somebody who listens; the oldest go first.",
    )

    def most_messages(self, queue: t.Queue) -> int | None:
        """Return how many messages may wait in a queue; none where only their size is limited."""
        if queue.name == t.INBOX:
            return self.inbox_max_messages
        found: int | None = queue.arguments.get("x-max-length")
        return found


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy: which queues it is for, a regular expression over their names, and what holds for them."""

    name: str
    pattern: str
    definition: dict[str, str | int]


def policies(limits: QueueLimits) -> tuple[Policy, ...]:
    """Return the policies that hold queues within these limits."""
    # At-least-once dead-lettering needs this overflow on the source, and on the target it would lose letters without it.
    refusing = {"overflow": "reject-publish"}
    # Refusing would refuse an event to all who listen because of one who does not, and stop the worker who publishes it.
    newest: dict[str, str | int] = {"max-length-bytes": limits.listeners_max_bytes, "overflow": "drop-head"}
    return (
        Policy(
            "smartpredict-inbox",
            f"^{t.INBOX}$",
            {"max-length": limits.inbox_max_messages, "max-length-bytes": limits.inbox_max_bytes, **refusing},
        ),
        Policy(
            "smartpredict-dead-letters",
            f"^{t.DEAD_LETTERS}$",
            {"max-length-bytes": limits.dead_letters_max_bytes, **refusing},
        ),
        Policy("smartpredict-listeners", r"^(downstream\.|reply\.upstream\.|mqtt-subscription-)", newest),
    )


def commands(limits: QueueLimits, vhost: str) -> list[str]:
    """Return the commands by which an administrator of the broker sets these policies."""
    return [
        f"rabbitmqctl set_policy -p {shlex.quote(vhost)} --apply-to queues --priority {PRIORITY} {policy.name} "
        f"'{policy.pattern}' '{json.dumps(policy.definition)}'"
        for policy in policies(limits)
    ]
