"""Times as the reader's clock shows them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st


def time_zone() -> tzinfo:
    """Return the time zone of the reader's browser; UTC where the browser names none."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def local_time(time: datetime) -> datetime:
    """Return a point in time as the reader's clock shows it, for tables and charts, which know no time zones."""
    return time.astimezone(time_zone()).replace(tzinfo=None)


def time_zone_name() -> str:
    """Return the name of the time zone that times are shown in."""
    return str(time_zone()).replace("_", " ")


def format_time(time: datetime) -> str:
    """Write a point in time as the reader's clock shows it."""
    return f"{time.astimezone(time_zone()):%Y-%m-%d %H:%M:%S}"
