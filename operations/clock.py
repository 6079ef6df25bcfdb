"""Time as operations wait by it: against an emulator that runs faster, waits are as much shorter."""

import time
from typing import Protocol


class OperationsClock(Protocol):
    """What waits and measures; tests bring one of their own."""

    @property
    def scale(self) -> float:
        """How many times faster than real time intervals pass; every report names it."""

    def time(self) -> float:
        """Return the real time in seconds since the epoch: what timestamps are made of."""

    def monotonic(self) -> float:
        """Return emulated seconds since some start: what intervals are measured by."""

    def sleep(self, seconds: float) -> None:
        """Wait for emulated seconds."""


class ScaledOperationsClock:
    """The machine's clock, with its intervals shortened by a factor."""

    def __init__(self, scale: float = 1.0) -> None:
        if scale <= 0:
            raise ValueError(f"`scale` must be above 0, got {scale}")
        self.scale = scale

    def time(self) -> float:
        """Return the real time in seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return emulated seconds."""
        return time.monotonic() * self.scale

    def sleep(self, seconds: float) -> None:
        """Wait for emulated seconds."""
        time.sleep(max(0.0, seconds) / self.scale)


def at_least(seconds: float, *, real: float, scale: float) -> float:
    """Return emulated seconds that are no less than so many real ones, however fast the time of an emulator runs."""
    return max(seconds, real * scale)
