"""All links between regions for one kind of data: what is sent on them, and what has arrived by now."""

import math
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Generic, NamedTuple

from emulator.clock import EmulatorClock
from emulator.faults import ActiveFaults, ReplicationKind
from emulator.replication.lag import Lag
from emulator.replication.link_queue import Backlog, LinkQueue, Payload, Transfer


class Carried(NamedTuple, Generic[Payload]):
    """A transfer and the link that it is on."""

    source: str
    destination: str
    transfer: Transfer[Payload]


class Transfers(Generic[Payload]):
    """A queue for each pair of regions; the faults say which links are open, and how slow they are."""

    def __init__(
        self,
        *,
        kind: ReplicationKind,
        clock: EmulatorClock,
        faults: ActiveFaults,
        lag: Lag,
        scheduled: Callable[[float], None],
    ) -> None:
        self._kind = kind
        self._clock = clock
        self._faults = faults
        self._lag = lag
        self._scheduled = scheduled
        self._queues: dict[tuple[str, str], LinkQueue[Payload]] = {}

    def send(
        self, source: str, destination: str, key: Hashable, payload: Payload, *, written_at: float | None = None
    ) -> None:
        """Send what was written, now unless told otherwise, from one region to another."""
        link = source, destination
        queue = self._queues.get(link)
        if queue is None:
            queue = self._queues[link] = LinkQueue(self._lag.draws(self._kind, *link))
        now = self._clock.monotonic()
        transfer = Transfer(now if written_at is None else written_at, key, payload)
        self._scheduled(queue.put(transfer, now))

    def arrivals(self, most: int) -> Iterator[Carried[Payload]]:
        """Take what has arrived by now, link by link, and from each a limited number."""
        now = self._clock.monotonic()
        for link, queue in list(self._queues.items()):
            state = self._faults.link(*link, self._kind)
            for _ in range(most if state.open else 0):
                transfer = queue.take(now, state.extra_delay_seconds)
                if transfer is None:
                    break
                yield Carried(*link, transfer)

    def next_at(self) -> float:
        """Return when something arrives next as things stand; infinity when nothing does."""
        following = math.inf
        for link, queue in self._queues.items():
            if queue:
                state = self._faults.link(*link, self._kind)
                if state.open:
                    following = min(following, queue.next_due() + state.extra_delay_seconds)
        return following

    def __iter__(self) -> Iterator[Carried[Payload]]:
        """Go through all that is under way."""
        for link, queue in self._queues.items():
            for transfer in queue:
                yield Carried(*link, transfer)

    def __bool__(self) -> bool:
        return any(self._queues.values())

    def discard(self, gone: Callable[[Carried[Payload]], bool]) -> list[Carried[Payload]]:
        """Remove and return what leads nowhere any more."""
        lost: list[Carried[Payload]] = []
        for (source, destination), queue in self._queues.items():

            def leads_nowhere(
                transfer: Transfer[Payload], source: str = source, destination: str = destination
            ) -> bool:
                return gone(Carried(source, destination, transfer))

            lost += (Carried(source, destination, each) for each in queue.discard(leads_nowhere))
        return lost

    def backlogs(self) -> Mapping[tuple[str, str], Backlog]:
        """Return what is under way by source and destination, for every link that was ever used."""
        now = self._clock.monotonic()
        return {link: queue.backlog(now) for link, queue in self._queues.items()}

    def in_touch(self, source: str, destination: str) -> bool:
        """Return whether a region can know what another has not sent it yet."""
        up = self._faults.reachable(source, self._kind) and self._faults.reachable(destination, self._kind)
        return up and self._faults.calls(source, destination)
