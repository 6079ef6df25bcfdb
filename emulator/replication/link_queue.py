"""The writes under way from one region to another: pure, with the time handed in."""

import heapq
import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar

Payload = TypeVar("Payload")


@dataclass(frozen=True, slots=True)
class Transfer(Generic[Payload]):
    """One write under way; transfers with the same key arrive in the order in which they were written."""

    written_at: float
    key: Hashable
    payload: Payload


@dataclass(frozen=True)
class Backlog:
    """What is under way on a link."""

    writes: int
    oldest_seconds: float
    """How long ago the oldest of them was written, in emulated seconds; 0 without any."""


class LinkQueue(Generic[Payload]):
    """Transfers by the time at which they are due; who takes none keeps the link paused."""

    def __init__(self, lag: Callable[[], float]) -> None:
        self._lag = lag
        self._numbers = count()
        self._heap: list[tuple[float, int, Transfer[Payload]]] = []
        self._last_due: dict[Hashable, float] = {}

    def __len__(self) -> int:
        return len(self._heap)

    def __iter__(self) -> Iterator[Transfer[Payload]]:
        return (transfer for _, _, transfer in self._heap)

    def put(self, transfer: Transfer[Payload], now: float) -> float:
        """Send a write on its way; return when it is due, which is never before an earlier one with the same key."""
        due = max(now + self._lag(), self._last_due.get(transfer.key, 0.0))
        self._last_due[transfer.key] = due
        heapq.heappush(self._heap, (due, next(self._numbers), transfer))
        return due

    def take(self, now: float, extra_delay: float = 0.0) -> Transfer[Payload] | None:
        """Return the next write that has arrived, None when there is none; all of the link is delayed alike."""
        if not self._heap or self._heap[0][0] + extra_delay > now:
            return None
        due, _, transfer = heapq.heappop(self._heap)
        # Another one with this key may be due at the same moment, but none later written can be due before it.
        if self._last_due.get(transfer.key) == due:
            del self._last_due[transfer.key]
        return transfer

    def next_due(self) -> float:
        """Return when the next write is due without any extra delay; infinity when none is under way."""
        return self._heap[0][0] if self._heap else math.inf

    def backlog(self, now: float) -> Backlog:
        """Return how many writes are under way and how old the oldest is."""
        oldest = min((each.written_at for each in self), default=now)
        return Backlog(len(self._heap), max(0.0, now - oldest))

    def discard(self, gone: Callable[[Transfer[Payload]], bool]) -> list[Transfer[Payload]]:
        """Remove and return the transfers that lead nowhere any more."""
        lost = [transfer for transfer in self if gone(transfer)]
        if lost:
            self._heap = [entry for entry in self._heap if not gone(entry[2])]
            heapq.heapify(self._heap)
            kept = {transfer.key for transfer in self}
            self._last_due = {key: due for key, due in self._last_due.items() if key in kept}
        return lost
