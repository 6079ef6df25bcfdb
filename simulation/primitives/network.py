"""The network among the three regions and the outside: latency, loss, delay, partitions of every shape."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

OUTSIDE = ("outside", "abroad")
"""Where clients, operators and health checkers are; a partition may cut off the one and not the other."""

_WITHIN_REGION = (0.0008, 0.003)
_BETWEEN_REGIONS = (0.006, 0.015)
_FROM_OUTSIDE = (0.008, 0.05)


@dataclass
class Link:
    """One direction between two places, as faults leave it."""

    cuts: int = 0
    """How many faults cut it."""
    loss: float = 0.0
    """The share of messages that get lost."""
    delay: tuple[float, float] = (0.0, 0.0)
    """Seconds more than usual that a message takes, drawn evenly between the two."""

    @property
    def is_cut(self) -> bool:
        """Whether nothing passes."""
        return self.cuts > 0

    @property
    def is_well(self) -> bool:
        """Whether no fault is on it."""
        return not self.is_cut and not self.loss and self.delay == (0.0, 0.0)


@dataclass
class Network:
    """Decides whether a message passes and how long it takes.

    Sockets of the shipped code are closed with a reset, so that nothing arrives once the sender has given up. With
    `lingers` they are closed as usual, and the kernel keeps sending for tens of seconds (FACTS 12.2).
    """

    random: random.Random
    lingers: bool = False
    down: dict[str, int] = field(default_factory=dict)
    """Regions that are lost, by how many faults: nothing passes to them, from them or within them."""
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    """Only those that faults are on."""
    _spans: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    """What a message takes at least, and how much more it may take, without faults."""
    _watchers: list[Callable[[], object]] = field(default_factory=list)

    def is_undisturbed(self, one: str, other: str) -> bool:
        """Return whether no fault is on the way between two places, there and back."""
        if self.down and (one in self.down or other in self.down):
            return False
        return not self.links or ((one, other) not in self.links and (other, one) not in self.links)

    def lives(self, place: str) -> bool:
        """Return whether a region is not lost."""
        return place not in self.down

    def passes(self, source: str, destination: str) -> bool:
        """Return whether anything gets from one place to another now."""
        if self.down and (source in self.down or destination in self.down):
            return False
        link = self.links.get((source, destination)) if self.links else None
        return link is None or not link.is_cut

    def connected(self, one: str, other: str) -> bool:
        """Return whether messages get through in both directions."""
        return self.passes(one, other) and self.passes(other, one)

    def usual(self, source: str, destination: str) -> tuple[float, float]:
        """Return the shortest and the longest time that a message takes without faults."""
        if source == destination:
            return _WITHIN_REGION
        return _FROM_OUTSIDE if source in OUTSIDE or destination in OUTSIDE else _BETWEEN_REGIONS

    def transit(self, source: str, destination: str) -> float | None:
        """Return how long a message that is sent now takes in seconds, or None if it gets lost."""
        span = self._spans.get((source, destination))
        if span is None:
            shortest, longest = self.usual(source, destination)
            span = self._spans[source, destination] = shortest, longest - shortest
        seconds = span[0] + span[1] * self.random.random()
        if not self.links and not self.down:
            return seconds
        if not self.passes(source, destination):
            return None
        link = self.links.get((source, destination))
        if link is None:
            return seconds
        if link.loss and self.random.random() < link.loss:
            return None
        return seconds + self.random.uniform(*link.delay)

    def link(self, source: str, destination: str) -> Link:
        """Return a link to put a fault on; `changed` must be called afterwards."""
        return self.links.setdefault((source, destination), Link())

    def on_change(self, watcher: Callable[[], object]) -> None:
        """Have `watcher` called whenever faults come or go."""
        self._watchers.append(watcher)

    def changed(self) -> None:
        """Forget links that are well again and tell who wants to know."""
        for ends in [ends for ends, link in self.links.items() if link.is_well]:
            del self.links[ends]
        for watcher in self._watchers:
            watcher()
