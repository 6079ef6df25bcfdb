"""Moments as payments are stamped, ISO 8601 in UTC with milliseconds: their texts are ordered as they are."""

from datetime import UTC, datetime

from operations.errors import UsageError


def stamp(seconds: float) -> str:
    """Write seconds since the epoch, `2026-01-31T12:00:00.000Z`."""
    return _written(datetime.fromtimestamp(seconds, UTC))


def parse_since(text: str) -> str:
    """Read a day or a moment; without a zone it is UTC.

    Raises:
        UsageError: It is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--since must be a day or a moment such as 2026-01-31T12:00:00Z, got {text}") from None
    return _written(moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
