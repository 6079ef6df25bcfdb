"""The clocks of the emulator's tests."""

import asyncio
import heapq
import math
from itertools import count

from emulator.clock import EmulatedTimeline


class TimeMachine:
    """Stands still until a test advances it or somebody sleeps; a sleep beyond `ends_at` is cancelled."""

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

    def advance_to(self, moment: float) -> None:
        """Let time pass until an emulated moment; nothing if it has passed."""
        self.now = max(self.now, self.timeline.real(moment))
        while self.monotonic() < moment:  # rounded down
            self.now = math.nextafter(self.now, math.inf)

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        if self.now >= self.ends_at:
            raise asyncio.CancelledError


class AlarmClock(TimeMachine):
    """Lets sleepers wait until `pass_by`, which wakes them in the order of their times."""

    def __init__(self, *, scale: float = 1.0) -> None:
        super().__init__(scale=scale)
        self._numbers = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.monotonic() + seconds, next(self._numbers), woken))
        await woken

    async def pass_by(self, seconds: float) -> None:
        """Let emulated seconds pass."""
        end = self.monotonic() + seconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            moment, _, woken = heapq.heappop(self._sleepers)
            self.advance_to(moment)
            if not woken.done():
                woken.set_result(None)
            await self._settle()
        self.advance_to(end)

    @staticmethod
    async def _settle() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
