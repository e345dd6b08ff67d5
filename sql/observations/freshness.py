"""How fresh the observations are that features are joined from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class FeatureFreshness:
    """How fresh a feature table of a use case is.

    Attributes
    ----------
    use_case, feature_table
        What joins features, and from whose observations.
    series, stale
        Keys there are, and those whose newest observation is too old, or that have none.
    age, max_age
        Seconds since the newest observation of any key, and how many the use case allows; none where there is none, or any is.
    """

    use_case: str
    feature_table: str
    series: int
    stale: int
    age: float | None
    max_age: float | None


_FRESHNESS = text("""
    select u.name, declared ->> 'table', count(*),
        count(*) filter (where n.event_time is null or n.event_time < now() - (declared ->> 'max_age')::interval),
        extract(epoch from now() - max(n.event_time))::float8,
        extract(epoch from (declared ->> 'max_age')::interval)::float8
    from smartpredict.use_cases u
    cross join lateral jsonb_array_elements(coalesce(u.contract -> 'feature_tables', '[]')) declared
    cross join lateral smartpredict.newest_readings(declared ->> 'table') n
    where u.name = coalesce(cast(:use_case as text), u.name)
    group by u.name, declared
    order by 1, 2
""")


def feature_freshness(connection: Connection, use_case: str | None = None) -> Sequence[FeatureFreshness]:
    """Read how fresh every feature table is, or those of one use case; it costs as much as there are keys."""
    return [FeatureFreshness(*row) for row in connection.execute(_FRESHNESS, {"use_case": use_case})]
