# ruff: noqa: SLF001 — MiniStack offers no public seams
"""EventBridge's `rate` and `cron` expressions: when they are due, and which `PutRule` refuses.

MiniStack takes numbers that no field can hold, such as an hour of 25, and computes with them.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from ministack.services import eventbridge

from emulator.patching import wrap

_RATE = re.compile(r"rate\((1\s+(minute|hour|day)|(?!1\s)[1-9]\d*\s+(minutes|hours|days))\)")
_LONGEST = 256
_STEP = re.compile(r"/[1-9]\d*$")

Names = Mapping[str, int] | None
Expand = Callable[[str, int, int, Names], frozenset[int]]


def install() -> None:
    """Let MiniStack refuse what AWS refuses, in AWS's words, which it knows."""
    wrap(eventbridge, "_cron_field", within_bounds)
    wrap(eventbridge, "_validate_schedule_expression", _as_strict_as_aws)


def is_due(expression: str, created: float, since: float, now: float) -> bool:
    """Return whether a schedule has been due after `since` and until `now`; a rate counts from the rule's creation."""
    interval: int | None = eventbridge._parse_rate_seconds(expression)
    if interval:
        return (now - created) // interval > (since - created) // interval
    fields = eventbridge._parse_cron_fields(expression)
    if fields is None:
        return False  # the rule waits for events, not for a time
    due: datetime | None = eventbridge._cron_next_fire(fields, datetime.fromtimestamp(since, UTC))
    return due is not None and due.timestamp() <= now


def within_bounds(original: Expand) -> Expand:
    """Let the numbers of a cron field be those that it can hold; a range that holds none is refused as well."""

    def expand(field: str, lowest: int, highest: int, names: Names = None) -> frozenset[int]:
        for part in field.upper().split(","):
            for end in _STEP.sub("", part).split("-"):
                named = end in ("*", "?") or end in (names or ())
                if not named and not (end.isdecimal() and lowest <= int(end) <= highest):
                    raise ValueError(f"{end!r} in {field!r} is no number from {lowest} to {highest}")
        expanded = original(field, lowest, highest, names)
        if not expanded:
            raise ValueError(f"{field!r} holds nothing")
        return expanded

    return expand


def _as_strict_as_aws(original: Callable[[str], bool]) -> Callable[[str], bool]:
    def valid(expression: str) -> bool:
        if expression.startswith("rate("):
            return len(expression) <= _LONGEST and _RATE.fullmatch(expression) is not None
        return len(expression) <= _LONGEST and original(expression)

    return valid
