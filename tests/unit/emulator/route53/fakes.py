"""A clock that tests advance."""

import asyncio
import heapq
from itertools import count


class FakeClock:
    """Time stands still but for `advance`, which wakes sleepers in the order of their times."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self._now = 1_700_000_000.0
        self._numbers = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def time(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    def emulated(self, moment: float) -> float:
        raise NotImplementedError

    def real(self, moment: float) -> float:
        raise NotImplementedError

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._numbers), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        end = self._now + seconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self._now, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
            await self._settle()
        self._now = end

    @staticmethod
    async def _settle() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
