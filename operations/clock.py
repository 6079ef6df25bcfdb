"""The operations' clock: against an emulator that runs faster, waits are shorter by the same factor."""

import time
from typing import Protocol


class OperationsClock(Protocol):
    """A clock that waits and measures; a fake in tests."""

    @property
    def scale(self) -> float:
        """The factor by which intervals pass faster than real time; every report names it."""

    def time(self) -> float:
        """Return the real time in seconds since the epoch, for timestamps."""

    def monotonic(self) -> float:
        """Return emulated seconds since some start, for intervals."""

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
    """Return emulated seconds that last at least `seconds` real ones, at any time scale."""
    return max(seconds, real * scale)
