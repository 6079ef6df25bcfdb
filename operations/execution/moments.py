"""Moments as text and back."""

from datetime import UTC, datetime


def timestamp(epoch_seconds: float) -> str:
    """Return a moment as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(epoch_seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch_seconds(timestamp: str) -> float | None:
    """Return the moment of a timestamp in seconds since the epoch; None if it is none, as after an edit by hand."""
    try:
        return datetime.fromisoformat(timestamp).timestamp()
    except ValueError:
        return None
