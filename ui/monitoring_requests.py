"""The page's requests about what became of predictions and of the data they are made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ui import monitoring_answers as a
from ui.gateway.client import Gateway


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What a gateway knows of a use case within a window of time."""

    gateway: Gateway
    use_case: str
    since: datetime | None
    until: datetime | None

    def performance(self) -> a.Performance:
        """Measure every version against what came true."""
        return self.gateway.get(a.Performance, "/monitoring/metrics", **self._window)

    def drift(self, source: str | None) -> a.Drift:
        """Judge whether what is scored still looks like what the model was trained on."""
        return self.gateway.get(a.Drift, "/monitoring/drift", **self._window, source=source)

    def quality(self) -> a.WatchedQuality:
        """Follow what arrives: rows, bad rows, refused files."""
        return self.gateway.get(a.WatchedQuality, "/monitoring/quality", **self._window)

    @property
    def _window(self) -> dict[str, object]:
        return {"use_case": self.use_case, "since": self.since, "until": self.until}
