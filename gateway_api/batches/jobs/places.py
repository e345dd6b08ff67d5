"""Where jobs that are ordered over HTTP may read and write: below the places an operator names, and nowhere else."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from urllib.parse import urlsplit

from gateway_api.batches.jobs.problems import PlaceNotAllowed
from usecases.stores import STORES


def require_allowed(place: str, roots: Sequence[str]) -> str:
    """Return a place as it is stored, if it lies below one of the roots.

    It is compared as it is written: a link below a root leads where whoever made it wanted.

    Raises
    ------
    PlaceNotAllowed
        If it does not, or no root is set.

    Examples
    --------
    >>> require_allowed("/srv/lake//day=1/", ["/srv/lake"])
    '/srv/lake/day=1'
    >>> require_allowed("/srv/lake/../secrets", ["/srv/lake"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    gateway_api.batches.jobs.problems.PlaceNotAllowed: Jobs may not read or write at '/srv/lake/../secrets': ...
    """
    plain = _plain(place)
    allowed = [root for root in map(_plain, roots) if root is not None]
    if plain is not None and any(f"{plain}/".startswith(f"{root.rstrip('/')}/") for root in allowed):
        return plain
    raise PlaceNotAllowed(
        f"Jobs may not read or write at {place[:200]!r}: give a path, or a URL of a bucket, below a place that the operator "
        "allows (SMARTPREDICT_JOB_ROOTS)."
    )


def _plain(place: str) -> str | None:
    """Write a place in the one way it is compared; none where it is no whole path and no bucket, or leads upwards."""
    if ".." in place.split("/") or any(sign in place for sign in "?#%\0\\@"):
        return None
    if place.startswith("/"):
        return posixpath.normpath(f"/{place.lstrip('/')}")
    parts = urlsplit(place)
    if parts.scheme not in STORES or not parts.netloc:
        return None
    path = posixpath.normpath(f"/{parts.path.lstrip('/')}").rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"
