"""The beginning of a comparison's period: some time before the failure was detected, as losses began earlier."""

from datetime import datetime

from handlers.runtime import timestamp
from operations.clock import OperationsClock

EARLIER_SECONDS = 3600.0
"""How much earlier: what was not replicated is as old as the lag was, and people notice late (emulated seconds)."""

LAG_SECONDS = 30.0
"""A payment that is younger (emulated seconds) may still be on its way to the other replica: its lag alarm's limit."""

UNKNOWN_CLOCK_SECONDS = 900.0
"""How wrong this machine's clock may be while no answer of AWS tells the site's time (emulated seconds)."""


def begin_earlier(since: str, seconds: float, clock: OperationsClock) -> str:
    """Return the beginning of the period, some emulated seconds before a time; empty stays empty."""
    if not since:
        return ""
    return timestamp(max(0.0, datetime.fromisoformat(since).timestamp() - seconds / clock.scale))
