"""Schedules: a function is started every minute, asynchronously, and a start that is too old is dropped (FACTS 4.9)."""

from simulation.kernel.loop import Kernel
from simulation.primitives.functions import THROTTLED, FunctionPool
from simulation.primitives.network import Network

_PERIOD_SECONDS = 60.0
_LATE = (0.0, 3.0)
_AGAIN_SECONDS = 5.0
_OLDEST_SECONDS = 60.0


class Schedule:
    """Starts a function every minute while its region lives."""

    def __init__(self, kernel: Kernel, network: Network, place: str, pool: FunctionPool) -> None:
        self._kernel = kernel
        self._network = network
        self._place = place
        self._pool = pool
        self._random = kernel.random("schedule", pool.profile.name, place)
        kernel.after(self._random.uniform(0.5, 10.0), self._tick)

    def _tick(self) -> None:
        self._kernel.after(_PERIOD_SECONDS, self._tick)
        self._kernel.after(self._random.uniform(*_LATE), self._start, self._kernel.now)

    def _start(self, due: float) -> None:
        if self._network.lives(self._place) and self._kernel.now - due < _OLDEST_SECONDS:

            def done(_: object, why: str | None) -> None:
                if why == THROTTLED:
                    self._kernel.after(_AGAIN_SECONDS, self._start, due)

            self._pool.invoke({"time": self._kernel.now}, done)
