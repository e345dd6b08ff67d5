"""Versions of models over HTTP, as types."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from gateway_api.wire.answers import Answer
from gateway_api.wire.commands import Command
from registry.gates import Gate, Verdict
from sql.registry.promotions import Kind


class Promote(Command):
    """Which version is to be served."""

    version: int = Field(ge=1, le=2**31 - 1)
    without_metrics: bool = False


class ModelVersion(Answer):
    """A version of a model."""

    version: int = Field(description="Its number.")
    aliases: list[str] = Field(description="`champion` is served, `challenger` scores in shadow.")
    created_at: datetime = Field(description="When it was registered.")
    metrics: dict[str, float] = Field(description="How good it was on rows it had not seen; empty if nobody noted it.")
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
    verdict: Verdict = Field(description="What was found.")
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
