"""What the gateway answers about models: versions, what was served when, a challenger beside the champion."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ui.gateway.problems import GateResult


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured number."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A version of a model."""

    version: int
    created_at: datetime
    aliases: tuple[str, ...] = ()
    metrics: dict[str, float] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    fits: bool | None = None
    """Whether it was trained for the columns the use case has now; none where nobody noted it."""
    run_url: str = ""


@dataclass(frozen=True, slots=True)
class ModelVersions:
    """The newest versions of a model, the newest first."""

    use_case: str
    versions: tuple[ModelVersion, ...]

    @property
    def champion(self) -> int | None:
        """The version that is served."""
        return next((one.version for one in self.versions if "champion" in one.aliases), None)


@dataclass(frozen=True, slots=True)
class ChampionChange:
    """A change of the version that is served."""

    kind: str
    actor: str
    to_version: int
    at: datetime
    from_version: int | None = None
    gates: tuple[GateResult, ...] = ()


@dataclass(frozen=True, slots=True)
class ChampionHistory:
    """What was served when, the newest first."""

    use_case: str
    changes: tuple[ChampionChange, ...]


@dataclass(frozen=True, slots=True)
class Champion:
    """The version that is served from now on."""

    use_case: str
    version: int
    from_version: int | None = None
    gates: tuple[GateResult, ...] = ()
    announced: bool = True


@dataclass(frozen=True, slots=True)
class ScoreDifference:
    """How far the challenger's answers lie from the champion's."""

    mean: float | None = None
    mean_absolute: float | None = None
    largest: float | None = None


@dataclass(frozen=True, slots=True)
class ShadowSegment:
    """Rows with one value of a feature, or of one door."""

    feature: str
    rows: int
    different: int
    value: str | None = None


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """What a challenger would have answered, beside what the champion did."""

    use_case: str
    start: datetime
    end: datetime
    compared: int
    predictions: int
    challenger: int | None = None
    champions: tuple[int, ...] = ()
    different: Metric | None = None
    confusion: dict[str, dict[str, int]] | None = None
    difference: ScoreDifference = field(default_factory=ScoreDifference)
    segments: tuple[ShadowSegment, ...] = ()
    labelled: int = 0
    champion_metrics: dict[str, Metric] = field(default_factory=dict)
    challenger_metrics: dict[str, Metric] = field(default_factory=dict)
