"""Rows of foreign messages that columns name: each is a batch of its own, so that it counts once whatever brings it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from broker.dead_letters import HEADER_REPLAY
from broker.envelopes.foreign import ForeignMessage
from broker.ids import batch_id_of_row
from broker.inbox_answers import InboxAnswer, RowRefused
from broker.messages import ID_REUSED, Source
from ingestion.batches.ingest import BatchIngestor, IngestedBatch, retry_database
from ingestion.batches.lots import Outcome, ingest_lot
from ingestion.batches.plan import IncomingRows
from ingestion.messages.answers import Answers
from ingestion.messages.outcomes import MAX_REFUSED_SHOWN, announce_bad_rows, detail_of, put_aside, refuse
from ingestion.messages.rows import ForeignRows
from sql.ledger.batches import BatchIdReusedError
from sql.ledger.lots import find_known
from sql.quarantine.rows import batches_not_replayed, list_of_batches
from usecases.checking.reasons import RuleName, reason

MAX_LABEL = 255
"""Characters of the name under which a row is found."""

MAX_REUSED_NAMED = 5
"""Rows that the cause of a letter names."""

Read = tuple[ForeignMessage, ForeignRows | Exception]
"""A message, and what it holds or why it cannot be read."""


def incoming_named_rows(read: ForeignRows, traceparent: str | None) -> list[IncomingRows]:
    """Return for each row of a message what every door says of its rows."""
    return [
        IncomingRows(
            use_case=read.use_case.name,
            batch_id=batch_id_of_row(read.use_case.name, identity.name),
            source=Source.MESSAGE,
            name=identity.label.replace("\0", "\ufffd").encode("utf-8", "replace").decode()[:MAX_LABEL],
            rows=[row],
            digest=identity.digest,
            max_bad_share=1,
            traceparent=traceparent,
        )
        for row, identity in zip(read.rows, read.identities, strict=True)
    ]


async def under_known_names(batches: BatchIngestor, some: Sequence[Read]) -> Sequence[Read]:
    """Return messages with their rows under the names as programs wrote them, where rows are known by these.

    A time of a column that nobody declares had a name for each spelling once.
    """
    names = {
        batch_id_of_row(read.use_case.name, one.name_as_written)
        for _, read in some
        if isinstance(read, ForeignRows)
        for one in read.identities
        if one.name_as_written != one.name
    }
    known = await retry_database(find_known, batches.engine, names) if names else {}
    if not known:
        return some
    return [(message, _named_as_written(read, known)) for message, read in some]


def _named_as_written(read: ForeignRows | Exception, known: Collection[UUID]) -> ForeignRows | Exception:
    if isinstance(read, Exception):
        return read
    name = read.use_case.name
    return replace(
        read,
        identities=[
            replace(one, name=one.name_as_written) if batch_id_of_row(name, one.name_as_written) in known else one
            for one in read.identities
        ],
    )


@dataclass(frozen=True, slots=True)
class NamedRows:
    """The rows of a message, and what became of each when its lot was ingested."""

    message: ForeignMessage
    read: ForeignRows
    incoming: Sequence[IncomingRows]
    outcomes: Sequence[Outcome]

    @property
    def are_new_and_good(self) -> bool:
        """Whether nothing has to be told but that they were taken in."""
        return all(isinstance(done, IngestedBatch) and not done.is_known and not done.bad for done in self.outcomes)


async def tell_of_rows(answers: Answers, rows: NamedRows) -> None:
    """Settle rows whose name stands for other values, and tell what became of all of them.

    A bad row takes its name from no good one: a row that comes after it under its name counts, unless the bad one was
    repaired and sent again. Rows of a replayed letter count as they are, for a person has looked at them.
    """
    batches = answers.batches
    outcomes = await _tried_again(batches, rows)
    message = rows.message
    found = [done for done in outcomes if isinstance(done, IngestedBatch)]
    reused = [number for number, done in enumerate(outcomes, start=1) if isinstance(done, BatchIdReusedError)]
    cause = _cause(rows, reused) if reused else ""
    if len(reused) == len(outcomes):
        await refuse(answers, message, cause, ID_REUSED)
        return
    if reused:
        await put_aside(answers, message, cause, ID_REUSED)
    bad = sum(done.bad for done in found)
    if bad:
        await announce_bad_rows(batches, message, bad)
    if message.reply_to:
        refused = await retry_database(_refused, batches.engine, rows, outcomes)
        answer = InboxAnswer(
            outcome="accepted",
            message_id=message.message_id,
            batch_id=found[0].batch.id if len(outcomes) == 1 else None,
            rows_in=len(outcomes),
            rows_accepted=sum(not done.is_known and not done.bad for done in found),
            rows_known=sum(done.is_known and not done.bad for done in found),
            refused=refused[:MAX_REFUSED_SHOWN],
            code=ID_REUSED if reused else "",
            detail=cause or detail_of(len(refused)),
        )
        places: dict[UUID, list[int]] = {}
        for number, done in enumerate(outcomes, start=1):
            if isinstance(done, IngestedBatch):
                places.setdefault(done.batch.id, []).append(number)
        await answers.send(message, answer, rows.read.use_case, places)
    batches.metrics.messages.labels("accepted").inc()
    answers.holding.share.taken[message.account, rows.read.use_case.name] += 1


def _refused(engine: Engine, rows: NamedRows, outcomes: Sequence[Outcome]) -> list[RowRefused]:
    """Return for each row that is not predicted why, in their order."""
    reasons: dict[int, list[dict[str, Any]]] = {}
    bad: dict[UUID, list[int]] = {}
    for number, (done, incoming) in enumerate(zip(outcomes, rows.incoming, strict=True), start=1):
        if isinstance(done, BatchIdReusedError):
            reused = reason(rows.read.use_case, RuleName.NAME_REUSED, None, incoming.name)
            reasons[number] = [reused.model_dump()]
        elif done.bad:
            bad.setdefault(done.batch.id, []).append(number)
    for entry in list_of_batches(engine, bad, len(bad)) if bad else ():
        reasons |= dict.fromkeys(bad[entry.batch_id], entry.reasons)
    return [RowRefused(row_number=number, reasons=reasons[number]) for number in sorted(reasons)]


async def _tried_again(batches: BatchIngestor, rows: NamedRows) -> list[Outcome]:
    """Ingest rows once more whose name stands for other values, where that is no reason to refuse them."""
    outcomes, incoming = list(rows.outcomes), list(rows.incoming)
    await _known_as_written(batches, rows, incoming, outcomes)
    version = 0
    while reused := [place for place, done in enumerate(outcomes) if isinstance(done, BatchIdReusedError)]:
        if HEADER_REPLAY in rows.message.headers:
            again, versions = reused, {place: f"replayed {incoming[place].digest}" for place in reused}
        else:
            version += 1
            left_free = await retry_database(
                batches_not_replayed, batches.engine, [incoming[place].batch_id for place in reused]
            )
            again = [place for place in reused if incoming[place].batch_id in left_free]
            versions = dict.fromkeys(again, str(version))
        if not again:
            break
        for place in again:
            name = rows.read.identities[place].name
            incoming[place] = replace(
                incoming[place], batch_id=batch_id_of_row(rows.read.use_case.name, name, versions[place])
            )
        for place, done in zip(again, await ingest_lot(batches, [incoming[place] for place in again]), strict=True):
            outcomes[place] = done
        await _known_as_written(batches, rows, incoming, outcomes)
    return outcomes


async def _known_as_written(
    batches: BatchIngestor, rows: NamedRows, incoming: Sequence[IncomingRows], outcomes: list[Outcome]
) -> None:
    """Find rows that were stored when they were known by how a program writes their values."""
    digests = [identity.digest_as_written for identity in rows.read.identities]
    places = [place for place, done in enumerate(outcomes) if isinstance(done, BatchIdReusedError)]
    again = [place for place in places if digests[place] != incoming[place].digest]
    as_written = [replace(incoming[place], digest=digests[place]) for place in again]
    for place, done in zip(again, await ingest_lot(batches, as_written) if again else (), strict=True):
        outcomes[place] = done


def _cause(rows: NamedRows, reused: Sequence[int]) -> str:
    identity = ", ".join(rows.read.use_case.inbox.identity)
    named = [f"row {number} ({rows.incoming[number - 1].name})" for number in reused[:MAX_REUSED_NAMED]]
    more = f" and {len(reused) - len(named):,} more" if len(reused) > len(named) else ""
    others = "" if len(reused) == len(rows.incoming) else "The other rows were taken in. "
    return (
        f"{', '.join(named)}{more}: {identity} (inbox.identity) stand for other values that came before. {others}Send a row "
        "again only as it was, and a new one under a name of its own. To have these rows predicted all the same, replay "
        "this dead letter"
    )
