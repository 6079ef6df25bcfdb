"""Paces calls of which AWS takes so many a second and no more, from whichever thread they come."""

from threading import Lock
from typing import Protocol


class RealTime(Protocol):
    """What paces calls."""

    def monotonic(self) -> float:
        """Return real seconds since some start."""

    def pause(self, seconds: float) -> None:
        """Wait for real seconds."""


class CallPace:
    """Lets calls pass one after the other, so many seconds apart.

    Args:
        seconds: Between two calls.
        time: What the seconds are waited by.
    """

    def __init__(self, seconds: float, time: RealTime) -> None:
        self._seconds, self._time = seconds, time
        self._lock = Lock()
        self._next = float("-inf")

    def wait(self) -> None:
        """Wait until it is the caller's turn."""
        with self._lock:  # nobody waits in it
            now = self._time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._seconds
        if turn > now:
            self._time.pause(turn - now)
