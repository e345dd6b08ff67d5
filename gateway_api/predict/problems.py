"""Problems that only predicting has."""

from __future__ import annotations

from gateway_api.door.problems import Problem


class VersionNotServed(Problem):
    """Another version than the one that was asked for is served; nothing was predicted."""

    status = 404
    code = "version-not-served"
    title = "That version is not served"
