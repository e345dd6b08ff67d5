"""The life of a model: promoted through gates, rolled back, tried in shadow."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import Connection, Engine

from broker.messages import ModelChanged
from broker.topology import MODEL_CHANGES
from broker.transport.publisher import Outgoing, Publisher, PublishingError
from registry.changes import (
    Changed,
    KnownVersion,
    LookedAt,
    NothingToRollBackError,
    PromotionRefusedError,
    version_before,
)
from registry.client import NoSuchVersionError, Registry, Version
from registry.gates import Gate, GateResult, not_applicable, refusals, schema_gate, served_gate
from registry.names import CHALLENGER, CHAMPION, DIGEST_TAG, EXTRA_FILES, GOLDEN_FILE, SCHEMA_HASH_TAG
from sql.registry.promotions import Kind, Promotion, champions, list_promotions, lock_champion, note_promotion
from sql.registry.workers import was_served
from usecases.contract.spec import UseCase

ANNOUNCE_SECONDS = 3.0
"""A confirm takes milliseconds; a broker that needs longer is away, and workers look for themselves anyway."""

SHOWN_VERSIONS = 20
"""Versions listed at once; the run of each is asked for its metrics."""


class Lifecycle:
    """Changes what is served; each change is checked, noted and announced.

    Parameters
    ----------
    registry
        Where versions and aliases are.
    engine
        The database, where the history is.
    broker_url
        Where workers are told.
    """

    def __init__(self, registry: Registry, engine: Engine, broker_url: str) -> None:
        self._registry = registry
        self._engine = engine
        self._broker_url = broker_url

    def versions(self, use_case: UseCase, limit: int = SHOWN_VERSIONS) -> list[KnownVersion]:
        """List the newest versions with their metrics, newest first."""
        found = self._registry.versions(use_case.name, limit)
        return [KnownVersion(version, self._registry.run(version)) for version in found]

    def look_at(self, use_case: UseCase, number: int) -> LookedAt:
        """Check a version at the gates without changing anything.

        Raises
        ------
        registry.client.RegistryError
            If there is no such version or the registry is away.
        """
        from registry.inspection import inspect  # noqa: PLC0415  # scores, so it takes seconds to import

        version = self._registry.version(use_case.name, number)
        found = inspect(self._registry, use_case, version, self._registry.by_alias(use_case.name, CHAMPION))
        return LookedAt(KnownVersion(version, self._registry.run(version)), found.results)

    def store_golden_batch(self, use_case: UseCase, number: int, content: bytes) -> None:
        """Store a golden batch beside a version that was registered without one.

        Raises
        ------
        registry.client.RegistryError
            If there is no such version, or the registry is away or refuses.
        """
        version = self._registry.version(use_case.name, number)
        self._registry.store(version, f"{EXTRA_FILES}/{GOLDEN_FILE}", content)

    def history(self, use_case: UseCase, limit: int = 100) -> list[Promotion]:
        """List the newest changes of the champion, newest first."""
        return list_promotions(self._engine, use_case.name, limit)

    def promote(
        self,
        use_case: UseCase,
        number: int,
        actor: str,
        *,
        without_metrics: bool = False,
        without_golden_batch: bool = False,
    ) -> Changed:
        """Serve a version, if every gate lets it pass.

        What whoever registered it did not write down, its digest and the hash of its schema, is added to its tags.

        Parameters
        ----------
        use_case, number
            Which version.
        actor
            Who wants it, for the history.
        without_metrics, without_golden_batch
            Whether the actor vouches for the version in place of its metrics, or of rows that prove its scores.

        Raises
        ------
        PromotionRefusedError
            If a gate keeps it out.
        registry.client.RegistryError
            If there is no such version or the registry is away.
        """
        from registry.inspection import inspect  # noqa: PLC0415  # see look_at()

        version = self._registry.version(use_case.name, number)
        with self._engine.begin() as connection:
            champion = self._champion(connection, use_case)
            found = inspect(
                self._registry,
                use_case,
                version,
                champion,
                metrics_excuse=f"{actor} vouches for how good it is" if without_metrics else "",
                golden_excuse=f"{actor} vouches for its scores" if without_golden_batch else "",
            )
            if found.refusals:
                raise PromotionRefusedError(use_case.name, number, found.results)
            self._adopt(use_case, version, found.digest)
            promotion = None
            if champion is None or champion.version != number:
                promotion = self._change(connection, use_case, champion, number, Kind.PROMOTED, actor, found.results)
        if CHALLENGER in version.aliases:  # it scores for good now, so there is nothing to compare any more
            self._registry.drop_alias(use_case.name, CHALLENGER)
        return Changed(promotion, number, found.results, self.announce(use_case, number))

    def rollback(self, use_case: UseCase, actor: str) -> Changed:
        """Serve the version again that was champion before.

        A worker has served it, so nothing is downloaded or scored here: workers hold its digest and its golden batch
        against it before they swap, as always. Only its row contract may have changed meanwhile.

        Raises
        ------
        NothingToRollBackError
            If no version was champion before.
        PromotionRefusedError
            If it was trained for other rows than the use case has now, or no worker ever served it.
        registry.client.RegistryError
            If the version is gone or the registry is away.
        """
        with self._engine.begin() as connection:
            champion = self._champion(connection, use_case)
            number = version_before(champions(connection, use_case.name))
            if champion is None or number is None:
                raise NothingToRollBackError(
                    f"No version of {use_case.name} was served before the one that is. Choose one to promote: "
                    f"smartpredict models list {use_case.name}"
                )
            version = self._registry.version(use_case.name, number)
            results = (
                schema_gate(use_case, version.schema_hash, None),
                served_gate(use_case, number, was_served=was_served(connection, use_case.name, number)),
                not_applicable(Gate.METRICS, "a rollback takes a version as it was"),
            )
            if refusals(results):
                raise PromotionRefusedError(use_case.name, number, results)
            promotion = self._change(connection, use_case, champion, number, Kind.ROLLED_BACK, actor, results)
        return Changed(promotion, number, results, self.announce(use_case, number))

    def set_challenger(self, use_case: UseCase, number: int) -> Changed:
        """Start scoring the rows of the champion in shadow with a version; its metrics need not be good for that.

        Raises
        ------
        PromotionRefusedError
            If a gate other than that of the metrics keeps it out.
        registry.client.RegistryError
            If there is no such version or the registry is away.
        """
        from registry.inspection import inspect_files  # noqa: PLC0415  # see look_at()

        version = self._registry.version(use_case.name, number)
        found = inspect_files(self._registry, use_case, version, golden_excuse="nobody is answered with its scores")
        if found.refusals:
            raise PromotionRefusedError(use_case.name, number, found.results)
        self._adopt(use_case, version, found.digest)
        self._registry.set_alias(use_case.name, CHALLENGER, number)
        return Changed(None, number, found.results, self.announce(use_case, number))

    def drop_challenger(self, use_case: UseCase) -> None:
        """Stop scoring in shadow."""
        challenger = self._registry.by_alias(use_case.name, CHALLENGER)
        if challenger is not None:
            self._registry.drop_alias(use_case.name, CHALLENGER)
            self.announce(use_case, challenger.version)

    def reload(self, use_case: UseCase) -> Changed:
        """Ask every worker to look for the champion now.

        Raises
        ------
        registry.client.NoSuchVersionError
            If there is none.
        registry.client.RegistryError
            If the registry is away.
        """
        champion = self._registry.by_alias(use_case.name, CHAMPION)
        if champion is None:
            raise NoSuchVersionError(
                f"No version of {use_case.name} is served. Make one: smartpredict train {use_case.name}"
            )
        return Changed(None, champion.version, (), self.announce(use_case, champion.version))

    def announce(self, use_case: UseCase, number: int) -> str:
        """Ask every worker to read the registry now; return why they cannot be asked, or an empty text."""
        change = ModelChanged(use_case=use_case.name, version=number)
        message = Outgoing(
            exchange=MODEL_CHANGES,
            routing_key=use_case.name,
            body=change.model_dump_json().encode(),
            message_id=str(uuid4()),
            mandatory=False,  # that none listens is no error: workers look when they start
        )

        async def tell() -> None:
            async with (
                asyncio.timeout(ANNOUNCE_SECONDS),
                Publisher(self._broker_url, "smartpredict announce model") as publisher,
            ):
                await publisher.publish(message)

        try:
            asyncio.run(tell())
        except (PublishingError, TimeoutError, OSError) as error:
            return str(error) or "the broker does not answer"
        return ""

    def _champion(self, connection: Connection, use_case: UseCase) -> Version | None:
        """Lock and find the champion; note it where the history does not know it, so that the way back leads to it."""
        lock_champion(connection, use_case.name)
        champion = self._registry.by_alias(use_case.name, CHAMPION)
        known = champions(connection, use_case.name)
        last = known[-1][1] if known else None
        if champion is not None and champion.version != last:
            note_promotion(
                connection,
                use_case=use_case.name,
                kind=Kind.FOUND,
                actor="MLflow",
                from_version=last,
                to_version=champion.version,
            )
        return champion

    def _change(
        self,
        connection: Connection,
        use_case: UseCase,
        champion: Version | None,
        number: int,
        kind: Kind,
        actor: str,
        results: Sequence[GateResult],
    ) -> Promotion:
        """Note the change, then make it: if the registry refuses, the note goes with the transaction.

        The other way round a crash could serve a version that the history knows nothing of. One between the alias and
        the commit still can; the next change then finds it, and notes it before anything else.
        """
        promotion = note_promotion(
            connection,
            use_case=use_case.name,
            kind=kind,
            actor=actor,
            from_version=None if champion is None else champion.version,
            to_version=number,
            gates=[result.as_json() for result in results],
        )
        self._registry.set_alias(use_case.name, CHAMPION, number)
        return promotion

    def _adopt(self, use_case: UseCase, version: Version, digest: str | None) -> None:
        """Write down what whoever registered the version did not; workers serve nothing without."""
        if version.digest is None and digest is not None:
            self._registry.set_tag(version, DIGEST_TAG, digest)
        if version.schema_hash is None:
            self._registry.set_tag(version, SCHEMA_HASH_TAG, use_case.schema_hash)
