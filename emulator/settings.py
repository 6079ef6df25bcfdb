"""How one emulator behaves; the command line and the Python API fill it in."""

from dataclasses import dataclass
from typing import Final

from emulator.replication.lag import DEFAULT_LAG, Lag

MOST_TIME_SCALE: Final = 1000
"""Beyond it, an interval of ten seconds is shorter than what this machine needs for a request."""


@dataclass(frozen=True)
class Settings:
    """What can be chosen besides addresses and ports."""

    time_scale: float = 1.0
    """How many times faster than real time intervals pass."""
    seed: int = 0
    """What repeats the draws: which requests fail, how long replication takes."""
    replication_lag: Lag = DEFAULT_LAG
    """How long a write takes to another region."""
