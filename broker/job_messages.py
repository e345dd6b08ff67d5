"""The messages of the jobs lane: that a job has to be looked at, and claims of its rows."""

from __future__ import annotations

from typing import Literal
from uuid import UUID, uuid4

from pydantic import Field

from broker.messages import Contract, PartHeader
from broker.topology import JOBS, PREDICT
from broker.transport.publisher import Outgoing


class JobChanged(Contract):
    """Notifies workers that a job begins, goes on or ends: what is wanted of it is in its table."""

    contract: Literal["JobChanged/1"] = "JobChanged/1"
    job_id: UUID = Field(description="The job.")


def job_changed(job_id: UUID) -> Outgoing:
    """Build the message that has the workers look at a job: to plan it, to send what is left of it, or to end it."""
    body = JobChanged(job_id=job_id).model_dump_json().encode()
    return Outgoing(exchange=PREDICT, routing_key=JOBS, body=body, message_id=str(uuid4()))


def claim_message(header: PartHeader) -> Outgoing:
    """Write a claim as the part that it is, without a body: dead letters, their replay and the audit know parts.

    Parameters
    ----------
    header
        What the claim is. Which rows of which file it stands for is in the table alone, so whoever may publish here can
        have no other file read or written.
    """
    return Outgoing(
        exchange=PREDICT,
        routing_key=JOBS,
        body=b"{}",
        message_id=str(header.part_id),
        headers=header.to_headers(),
    )
