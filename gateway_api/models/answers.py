"""Versions of models, and what is served, as answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import Field

from gateway_api.wire.answers import Answer
from gateway_api.wire.serving import Serving, serving_of
from registry.changes import Changed, KnownVersion
from registry.gates import Gate, GateOutcome, GateResult
from sql.registry.promotions import Kind, Promotion
from sql.registry.workers import Worker
from usecases.contract.spec import UseCase


class ServedVersion(Answer):
    """A version of a model that answers."""

    version: int = Field(description="The version.")
    workers: list[str] = Field(description="Workers that serve it.")


class ServedModel(Answer):
    """What is served for one use case."""

    use_case: str = Field(description="The use case.")
    versions: list[ServedVersion] = Field(
        description="More than one while a new version is taken up; none without a model."
    )
    problems: dict[str, str] = Field(
        default={}, description="Why a worker does not serve the champion, by worker; empty where all is well."
    )
    state: Serving = Field(
        default=Serving.SERVED,
        description="`no_worker`: no worker runs, whatever versions there are. `not_loaded`: workers run, and none has loaded "
        "the champion. `no_model`: workers run, and no version has ever been champion.",
    )
    champion: int | None = Field(
        default=None, description="Version that became champion last, served or not; none without one."
    )


class ModelList(Answer):
    """What is served, as the workers that are alive report it."""

    models: list[ServedModel] = Field(description="One for each use case.")


class ModelVersion(Answer):
    """A version of a model."""

    version: int = Field(description="Its number.")
    aliases: list[str] = Field(description="`champion` is served, `challenger` scores in shadow.")
    created_at: datetime = Field(description="When it was registered.")
    metrics: dict[str, float] = Field(
        description="How good it was on rows it had not seen; empty if nobody noted it. `random_split_` stands before what "
        "rows drawn at random would have said, where others were held back."
    )
    tags: dict[str, str] = Field(description="What was noted with it, such as the digest of its model file.")
    fits: bool | None = Field(
        description="Whether it was trained for the columns the use case has now; none where nobody noted it."
    )
    run_url: str = Field(description="Page of its training in MLflow; empty if there is none.")


class ModelVersions(Answer):
    """The newest versions of a model."""

    use_case: str = Field(description="The use case.")
    versions: list[ModelVersion] = Field(description="Newest first.")


class GateAnswer(Answer):
    """What one gate found."""

    gate: Gate = Field(description="What was looked at.")
    verdict: GateOutcome = Field(description="What was found.")
    detail: str = Field(description="What was compared, and by how much it failed.")


class ChampionChange(Answer):
    """A change of the version that is served."""

    kind: Kind = Field(description="`found`: somebody changed it in the registry itself.")
    actor: str = Field(description="Who did it.")
    from_version: int | None = Field(description="Version that was served before; none for the first.")
    to_version: int = Field(description="Version that was served from then on.")
    gates: list[GateAnswer] = Field(description="What the gates found.")
    at: datetime = Field(description="When.")


class ChampionHistory(Answer):
    """What was served when."""

    use_case: str = Field(description="The use case.")
    changes: list[ChampionChange] = Field(description="Newest first.")


class ChampionAnswer(Answer):
    """The version that is served from now on."""

    use_case: str = Field(description="The use case.")
    version: int = Field(description="The version.")
    from_version: int | None = Field(description="Version it took the place of; none if nothing changed.")
    gates: list[GateAnswer] = Field(description="What the gates found.")
    announced: bool = Field(
        description="Whether the workers were told; otherwise they find out by themselves within half a minute."
    )


def served_model(use_case: str, workers: list[Worker], champions: Mapping[str, int]) -> ServedModel:
    """Build the answer about which workers serve which version."""
    by_version: dict[int, list[str]] = defaultdict(list)
    for worker in workers:
        if use_case in worker.models:
            by_version[worker.models[use_case]].append(worker.worker_id)
    versions = [ServedVersion(version=version, workers=by_version[version]) for version in sorted(by_version)]
    problems = {worker.worker_id: worker.problems[use_case] for worker in workers if use_case in worker.problems}
    return ServedModel(
        use_case=use_case,
        versions=versions,
        problems=problems,
        state=serving_of(use_case, workers, champions),
        champion=champions.get(use_case),
    )


def version_answer(use_case: UseCase, known: KnownVersion) -> ModelVersion:
    """Build the answer about one version."""
    version = known.version
    return ModelVersion(
        version=version.version,
        aliases=list(version.aliases),
        created_at=version.created_at,
        metrics=dict(known.run.metrics),
        tags=dict(version.tags),
        fits=None if version.schema_hash is None else version.schema_hash == use_case.schema_hash,
        run_url=known.run.url,
    )


def gate_answers(results: Sequence[GateResult]) -> list[GateAnswer]:
    """Build the answer about what the gates found."""
    return [GateAnswer(gate=one.gate, verdict=one.outcome, detail=one.detail) for one in results]


def change_answer(change: Promotion) -> ChampionChange:
    """Build the answer about one change."""
    return ChampionChange(
        kind=change.kind,
        actor=change.actor,
        from_version=change.from_version,
        to_version=change.to_version,
        gates=[GateAnswer.model_validate(gate) for gate in change.gates],
        at=change.at,
    )


def champion_answer(use_case: UseCase, changed: Changed) -> ChampionAnswer:
    """Build the answer about the version that is served from now on."""
    return ChampionAnswer(
        use_case=use_case.name,
        version=changed.version,
        from_version=changed.promotion.from_version if changed.promotion is not None else None,
        gates=gate_answers(changed.results),
        announced=not changed.problem,
    )
