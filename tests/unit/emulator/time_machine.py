"""A clock that goes where a test puts it."""

import asyncio
import math

from emulator.clock import EmulatedTimeline


class TimeMachine:
    """Time stands still but for `advance` and sleeping; who sleeps at its end is cancelled."""

    def __init__(self, *, scale: float = 1.0, start: float = 1_700_000_040.0) -> None:
        self.now = start
        self.timeline = EmulatedTimeline(start, scale)
        self.ends_at = math.inf

    @property
    def scale(self) -> float:
        return self.timeline.scale

    def emulated(self, moment: float) -> float:
        return self.timeline.emulated(moment)

    def real(self, moment: float) -> float:
        return self.timeline.real(moment)

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.timeline.emulated(self.now)

    def advance(self, seconds: float) -> None:
        """Let emulated seconds pass."""
        self.now += seconds / self.scale

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        if self.now >= self.ends_at:
            raise asyncio.CancelledError
