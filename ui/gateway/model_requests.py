"""What the page asks about versions of models: which there are, what is known of each, which one is served."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ui.gateway import answers as a
from ui.gateway.connection import Connection

_SERVED = "which version is served, and what was served when"
"""Where the page shows what several requests change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewThreshold:
    """A threshold that somebody keeps for a version, with the costs that it was chosen by, where there are any."""

    threshold: float
    cost_of_false_alarm: float | None
    cost_of_miss: float | None
    reason: str


class ModelRequests(Connection):
    """Requests about versions of models."""

    def model_versions(self, use_case: str) -> a.ModelVersions:
        """List the versions of a model, the newest first."""
        return self.get(a.ModelVersions, f"/models/{use_case}/versions")

    def champion_history(self, use_case: str) -> a.ChampionHistory:
        """List which version was served when, the newest first."""
        return self.get(a.ChampionHistory, f"/models/{use_case}/promotions")

    def shadow_report(self, use_case: str) -> a.ShadowReport:
        """Compare the challenger with the champion on the rows of the last days."""
        return self.get(a.ShadowReport, f"/models/{use_case}/shadow")

    def promote(self, use_case: str, version: int, key: str) -> a.ChampionAnswer:
        """Serve a version, if every gate lets it pass."""
        path = f"/models/{use_case}/promote"
        return self.post(a.ChampionAnswer, path, {"version": version}, key=key, shown_in=_SERVED)

    def roll_back(self, use_case: str, key: str) -> a.ChampionAnswer:
        """Serve the version again that was served before."""
        return self.post(a.ChampionAnswer, f"/models/{use_case}/rollback", {}, key=key, shown_in=_SERVED)

    def model_report(self, use_case: str, version: int) -> a.VersionReport:
        """Return what the training of a version found out about it."""
        return self.get(a.VersionReport, f"/models/{use_case}/versions/{version}/report")

    def keep_threshold(self, use_case: str, version: int, new: NewThreshold, key: str) -> a.KeptThresholdAnswer:
        """Keep a threshold for a version."""
        path = f"/models/{use_case}/versions/{version}/threshold"
        return self.post(a.KeptThresholdAnswer, path, asdict(new), key=key, shown_in="the threshold that is kept")
