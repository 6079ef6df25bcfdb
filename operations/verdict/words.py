"""Times and durations in a verdict's words."""

from operations.timestamps import epoch_seconds, for_people

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def since(at: str, *, now: float) -> str:
    """Return a beginning and the duration since, as in `since 2026-01-31 12:00:03 UTC (3 min)`."""
    seconds = epoch_seconds(at)
    if seconds is None:
        return "since an unknown time"
    age = now - seconds
    lasted = f" ({duration(age)})" if age >= 0 else ""  # its author's clock is ahead of the site's
    return f"since {for_people(seconds)}{lasted}"


def age_of(at: str, *, now: float) -> float | None:
    """Return how many real seconds ago a time was, by its author's clock and the site's; None if unknown."""
    seconds = epoch_seconds(at)
    return None if seconds is None or seconds > now else now - seconds


def duration(seconds: float) -> str:
    """Format a duration for people."""
    if seconds < _MINUTE * 2:
        return f"{seconds:.0f} s"
    if seconds < _HOUR * 2:
        return f"{seconds / _MINUTE:.0f} min"
    if seconds < _DAY * 2:
        return f"{seconds // _HOUR:.0f} h {seconds % _HOUR // _MINUTE:.0f} min"
    return f"{seconds / _DAY:.0f} days"
