"""Virtual time and what becomes due in it."""

from collections import deque
from collections.abc import Callable
from heapq import heappush
from typing import Generic, TypeVar

from greenlet import getcurrent, greenlet

Thread = TypeVar("Thread", bound=greenlet)


class Events(Generic[Thread]):
    """Keeps events in the order of their virtual time, and the threads that go on before the next event."""

    def __init__(self) -> None:
        self.now = 0.0
        """Virtual seconds since the start."""
        self.hub: greenlet = getcurrent()
        self._ready: deque[Thread] = deque()
        self.make_ready: Callable[[Thread], None] = self._ready.append
        """Lets a thread go on before the next event."""
        self._events: list[tuple[float, int, Callable[..., object], tuple[object, ...]]] = []
        self._number = 0
        self._until = 0.0

    def at(self, when: float, run: Callable[..., object], *arguments: object) -> None:
        """Call `run` at a virtual time; in the order of the calls if several are due at once."""
        self._number += 1
        heappush(self._events, (max(self.now, when), self._number, run, arguments))

    def after(self, seconds: float, run: Callable[..., object], *arguments: object) -> None:
        """Call `run` so many virtual seconds from now."""
        self._number += 1
        heappush(self._events, (self.now + seconds if seconds > 0 else self.now, self._number, run, arguments))

    def pass_quietly(self, seconds: float) -> bool:
        """Let time pass at once if nothing else is due meanwhile, and return whether it was so.

        Whoever waits then goes on without a detour through the loop, which is most of what a wait costs.
        """
        when = self.now + seconds
        if self._ready or when > self._until or (self._events and self._events[0][0] <= when):
            return False
        self.now = when
        return True
