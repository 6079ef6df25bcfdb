"""How one emulator behaves; the command line and the Python API fill it in."""

import math
from dataclasses import dataclass
from typing import Final

from emulator.replication.lag import Lag

DEFAULT_STRONG_LATENCY_SECONDS: Final = 0.015
"""What AWS shows between regions of the US set on a good day is 15 to 25 ms (FACTS 1.10)."""

DEFAULT_CATCH_UP_SECONDS: Final = 5.0
"""AWS does not document it."""

DEFAULT_RECOVERY_DELAY_SECONDS: Final = 5.0
"""Some five minutes on AWS (FACTS 1.14), which nobody wants to wait for."""

MOST_TIME_SCALE: Final = 1000
"""Beyond it, an interval of ten seconds is shorter than what this machine needs for a request."""


def time_scale(value: object) -> float:
    """Return a number, or the text of one, as a time scale.

    Raises:
        ValueError: It is none, or too small or too large; the message says so in one line.
    """
    try:
        scale = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        scale = math.nan
    if not 1 <= scale <= MOST_TIME_SCALE:
        raise ValueError(f"a time scale is a number from 1 to {MOST_TIME_SCALE}, got {value}")
    return scale


@dataclass(frozen=True)
class EmulatorSettings:
    """What can be chosen besides addresses and ports."""

    time_scale: float
    """How many times faster than real time intervals pass."""
    seed: int
    """What repeats the draws: which requests fail, how long replication takes."""
    replication_lag: Lag
    """How long a write takes to another region."""
    strong_latency_seconds: float
    """How many real seconds strong reads and writes of a table with multi-Region strong consistency take at least."""
    catch_up_seconds: float
    """How many emulated seconds a replica of such a table takes to catch up after it was isolated."""
    recovery_delay_seconds: float
    """How many emulated seconds a table's latest restorable moment lies behind."""
