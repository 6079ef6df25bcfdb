# ruff: noqa: SLF001 — MiniStack offers no public seams
"""When a schedule is due: `at`, `rate` and `cron`, in its own time zone.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from ministack.services import eventbridge

_AT: Final = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")


@dataclass(frozen=True)
class ScheduleTimes:
    """A schedule's expression with its bounds; all moments are in seconds since the epoch."""

    expression: str
    time_zone: str
    created: float
    start: float | None = None
    end: float | None = None

    @property
    def is_once(self) -> bool:
        """Whether it is due once."""
        return _AT.fullmatch(self.expression) is not None

    def due(self, since: float, now: float) -> float | None:
        """Return the moment after `since` and until `now` for which the schedule is due; None when there is none.

        A rate without a start date is due at once, and counts from then.
        """
        moment = self._due(since, now)
        if moment is None or moment < (self.start or moment) or moment > (self.end or moment):
            return None
        return moment

    def is_over(self, now: float) -> bool:
        """Return whether it will not be due any more."""
        once = _AT.fullmatch(self.expression)
        last = self._local(once[1]) if once else self.end
        return last is not None and last <= now

    def _due(self, since: float, now: float) -> float | None:
        if once := _AT.fullmatch(self.expression):
            moment = self._local(once[1])
            return moment if since < moment <= now else None
        if interval := eventbridge._parse_rate_seconds(self.expression):
            first = self.start or self.created
            moment = first + (now - first) // interval * interval
            return moment if moment > since and now >= first else None
        fields = eventbridge._parse_cron_fields(self.expression)
        if fields is None:
            return None
        # MiniStack reckons in UTC: it is told the wall clock's time as if it were.
        wall = datetime.fromtimestamp(since, ZoneInfo(self.time_zone)).replace(tzinfo=UTC)
        following = eventbridge._cron_next_fire(fields, wall)
        if following is None:
            return None
        moment = following.replace(tzinfo=ZoneInfo(self.time_zone)).timestamp()
        return moment if since < moment <= now else None

    def _local(self, text: str) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(self.time_zone)).timestamp()


def is_expression(text: str) -> bool:
    """Return whether a text is an expression that can be due."""
    if _AT.fullmatch(text):
        return True
    return bool(eventbridge._validate_schedule_expression(text))


def times_of(schedule: Mapping[str, Any], *, created: float) -> ScheduleTimes:
    """Return the times of a schedule as MiniStack keeps it."""
    return ScheduleTimes(
        expression=schedule["ScheduleExpression"],
        time_zone=schedule.get("ScheduleExpressionTimezone") or "UTC",
        created=created,
        start=schedule.get("StartDate"),
        end=schedule.get("EndDate"),
    )
