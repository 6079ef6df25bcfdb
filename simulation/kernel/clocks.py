"""A process's clocks: they are off, drift, and may jump or stand still."""

from __future__ import annotations

from typing import Any, TypeVar

from simulation.kernel.events import Events

Both = TypeVar("Both", bound=tuple[float, float])


class ProcessClock:
    """The monotonic and the wall clock of one process."""

    __slots__ = ("_epoch", "_kernel", "_paused", "_paused_at", "_stops_monotonic", "offset", "rate")

    def __init__(self, kernel: Events[Any], *, epoch: float, rate: float, offset: float) -> None:
        self.rate = rate
        self.offset = offset
        """Seconds that the wall clock is ahead; a change is a jump, as a time server's correction makes."""
        self._kernel = kernel
        self._epoch = epoch
        self._paused = 0.0
        self._paused_at = 0.0
        self._stops_monotonic = False

    def monotonic(self) -> float:
        """Return seconds since some start."""
        return 1000.0 + (self._kernel.now - self._paused) * self.rate

    def wall(self) -> float:
        """Return seconds since 1970, as this process believes."""
        return self._epoch + self.offset + self._kernel.now * self.rate

    def both(self, kind: type[Both]) -> Both:
        """Return both at once, as a pair of a kind."""
        now, rate = self._kernel.now, self.rate
        return tuple.__new__(kind, (1000.0 + (now - self._paused) * rate, self._epoch + self.offset + now * rate))

    def pause(self, *, stops_monotonic: bool) -> None:
        """Begin to stand still; the wall clock goes on."""
        self._paused_at = self._kernel.now
        self._stops_monotonic = stops_monotonic

    def resume(self) -> None:
        """Go on."""
        if self._stops_monotonic:
            self._paused += self._kernel.now - self._paused_at
