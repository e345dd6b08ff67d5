"""The page's requests about models; those that change what is served carry the key of an administrator."""

from __future__ import annotations

from dataclasses import dataclass

from ui import model_answers as a
from ui.gateway.client import Gateway


@dataclass(frozen=True, slots=True)
class Models:
    """The models behind a gateway."""

    gateway: Gateway

    def versions(self, use_case: str) -> a.ModelVersions:
        """List the versions of a model, the newest first."""
        return self.gateway.get(a.ModelVersions, f"/models/{use_case}/versions")

    def history(self, use_case: str) -> a.ChampionHistory:
        """Tell which version was served when."""
        return self.gateway.get(a.ChampionHistory, f"/models/{use_case}/promotions")

    def shadow(self, use_case: str) -> a.ShadowReport:
        """Compare the challenger with the champion on the rows of the last days."""
        return self.gateway.get(a.ShadowReport, f"/models/{use_case}/shadow")

    def promote(self, use_case: str, version: int, key: str) -> a.Champion:
        """Have a version served, if every gate lets it pass."""
        return self.gateway.post(a.Champion, f"/models/{use_case}/promote", {"version": version}, key=key)

    def roll_back(self, use_case: str, key: str) -> a.Champion:
        """Have the version served again that was served before."""
        return self.gateway.post(a.Champion, f"/models/{use_case}/rollback", {}, key=key)
