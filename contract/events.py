"""The events on EventBridge's default bus that tell of moves, releases and repairs: their names and what they hold.

Standard library only: functions and operations import it. docs/events.md and docs/events.schema.json describe them.
"""

import json
from enum import StrEnum
from typing import Final

EVENT_SOURCE: Final = "payments.dr"

EVENT_VERSION: Final = 1
"""Grows when a member changes its meaning or goes; a new member leaves it as it is."""


class EventType(StrEnum):
    """What happened; EventBridge's `detail-type`."""

    WRITER_CREATED = "Writer Created"
    TAKEOVER_BEGUN = "Takeover Begun"
    WRITER_OPENED = "Writer Opened"
    CLOSING_UNDONE = "Closing Undone"
    MOVE_BEGUN = "Move Begun"
    MOVE_ENDED = "Move Ended"
    RELEASE_BEGUN = "Release Begun"
    RELEASE_ENDED = "Release Ended"
    PAYMENTS_REPAIRED = "Payments Repaired"
    PAYMENTS_REDRIVEN = "Payments Redriven"


def event_entry(
    kind: EventType, *, environment: str, at: str, by: str, reason: str, **more: str | int | None
) -> dict[str, str]:
    """Return one entry of a `PutEvents` request.

    Args:
        kind: What happened.
        environment: The deployment's suffix.
        at: When, as ISO 8601 in UTC, by the sender's clock.
        by: Who did it.
        reason: Why, for people.
        more: The members of the event's kind; None leaves one out.
    """
    known = {name: value for name, value in more.items() if value is not None}
    detail = {"version": EVENT_VERSION, "environment": environment, "at": at, "by": by, "reason": reason, **known}
    return {"Source": EVENT_SOURCE, "DetailType": kind.value, "Detail": json.dumps(detail)}
