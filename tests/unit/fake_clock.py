"""A clock for tests of synchronous code."""

from collections.abc import Callable

START = 1_767_225_600.0
"""2026-01-01T00:00:00Z."""


class FakeClock:
    """Stands still until a test advances it or somebody sleeps.

    Args:
        now: The real time, in seconds since the epoch.
        scale: How many times faster than real time intervals pass.
    """

    def __init__(self, now: float = START, *, scale: float = 1.0) -> None:
        self.now = now
        self.scale = scale
        self.passed = 0.0
        """Emulated seconds since the start."""
        self.on_sleep: Callable[[], object] = lambda: None
        """What others do while somebody sleeps."""

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return 1000.0 + self.passed

    def advance(self, seconds: float) -> None:
        """Let emulated seconds pass."""
        self.passed += seconds
        self.now += seconds / self.scale

    def sleep(self, seconds: float) -> None:
        self.advance(max(0.0, seconds))
        self.on_sleep()
