"""Parses and formats times for people and for file names; payments are stamped by `handlers.runtime`."""

import re
from datetime import UTC, datetime

from handlers.runtime import timestamp
from operations.errors import UsageError

_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_CLOCKS_DIFFER = 60.0
"""By less than this between this machine and the site, whose moments people copy from what `dr` tells."""
_DURATION = re.compile(r"([0-9]+)([smhd])")


def parse_since(text: str | None, *, now: float, option: str = "--since") -> str:
    """Return a period's beginning in the form of payments' timestamps; None means no lower bound (an empty string).

    Args:
        text: A day or a time; UTC unless it names a zone.
        now: Seconds since the epoch; a later beginning is refused, because nothing would be found.
        option: What an error calls it.

    Raises:
        UsageError: The text is neither, or lies in the future.
    """
    if not text:
        return ""
    try:
        seconds = parse_moment(text)
        since = timestamp(seconds)
    except (ValueError, OverflowError):
        raise UsageError(f"{option} must be a day or a moment such as 2026-01-31T12:00:00Z, got {text}") from None
    if seconds > now + _CLOCKS_DIFFER:
        raise UsageError(f"{option} must be in the past, in UTC, where it is {for_people(now)}; got {text}")
    return since


def parse_moment(text: str) -> float:
    """Return a day or a moment, in UTC unless it names a zone, in seconds since the epoch.

    Raises:
        ValueError, OverflowError: The text is neither, or too far away.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def epoch_seconds(timestamp: str) -> float | None:
    """Return a timestamp in seconds since the epoch; None if it is malformed, as after an edit by hand."""
    try:
        return datetime.fromisoformat(timestamp).timestamp()
    except ValueError:
        return None


def for_people(seconds: float) -> str:
    """Format seconds since the epoch as `2026-01-31 12:00:00 UTC`."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S UTC}"


def for_names(seconds: float, *, exact: bool = False) -> str:
    """Format seconds since the epoch as `20260131T120000`, which sorts by time; with microseconds when `exact`."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%dT%H%M%S{'.%f' if exact else ''}}"


def parse_duration(text: str, *, option: str) -> float:
    """Return the seconds of a duration such as 90s, 10m, 2h or 3d.

    Raises:
        UsageError: The text is not a duration.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageError(f"{option} must be a number with s, m, h or d, such as 10m, got {text}")
    return int(match[1]) * _UNIT_SECONDS[match[2]]
