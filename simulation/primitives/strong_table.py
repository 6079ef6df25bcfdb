"""A global table with strong consistency (MRSC): two replicas and a witness, of which two must agree (FACTS 1.10).

Strong reads and writes are serialized: each takes effect at one moment, between its beginning and its answer. What a
replica answers to eventual reads is what it held when it was last in touch with the others.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from simulation.kernel.loop import Kernel
from simulation.kernel.process import Process
from simulation.primitives.errors import UnsupportedRequestError, aws_error, condition_failed
from simulation.primitives.expressions import holds
from simulation.primitives.network import Network
from simulation.primitives.service import Answer, Asked, Request, Service
from simulation.primitives.updates import updated

_CATCH_UP = (2.0, 20.0)
"""Seconds that a returning replica errors for; AWS documents that it does, not for how long."""

_CONFLICT_SECONDS = 0.02
_CONFLICT_SHARE = 0.002
"""How often a write meets another although none is seen here: conflicts on what shares a partition."""

Item = Mapping[str, Any]


class StrongChange(NamedTuple):
    """One committed write; `new` is empty if it deleted the item."""

    key: str
    new: Item
    old: Item | None
    place: str
    process: Process | None


class Consensus:
    """What two of the three regions agree on, and who is in touch with whom."""

    def __init__(self, kernel: Kernel, network: Network, members: tuple[str, str, str]) -> None:
        self.items: dict[str, Item] = {}
        self.observers: list[Callable[[StrongChange], object]] = []
        self.kernel = kernel
        self.network = network
        self.members = members
        self.random = kernel.random("consensus")
        self.written: dict[str, tuple[float, str]] = {}
        """When and where each item was last written, to see conflicts."""
        self.usable_from = dict.fromkeys(members, 0.0)
        self.in_touch = dict.fromkeys(members, True)
        self._old: dict[str, dict[str, Item]] = {}
        """What a replica that is out of touch held when it lost it."""
        network.on_change(self.look)

    def serves(self, place: str) -> bool:
        """Return whether strong reads and writes work in a region now."""
        return self.in_touch[place] and self.kernel.now >= self.usable_from[place]

    def seen_from(self, place: str) -> Mapping[str, Item]:
        """Return what eventual reads see in a region."""
        return self.items if self.serves(place) else self._old.get(place, self.items)

    def look(self) -> None:
        """Notice who has lost touch and who is back."""
        for place in self.members:
            in_touch = self._reaches_quorum(place)
            if self.serves(place) and not in_touch:
                self._old[place] = dict(self.items)
            elif in_touch and not self.in_touch[place]:
                self.usable_from[place] = self.kernel.now + self.random.uniform(*_CATCH_UP)
            self.in_touch[place] = in_touch

    def _reaches_quorum(self, place: str) -> bool:
        if place in self.network.down:
            return False
        return any(other != place and self.network.connected(place, other) for other in self.members)


class StrongReplica(Service):
    """One region's replica of the control table."""

    name = "dynamodb"
    writes = frozenset({"put_item", "update_item", "delete_item"})
    throttled_code = "ProvisionedThroughputExceededException"
    seconds = (0.015, 0.025)

    def __init__(self, consensus: Consensus, place: str, random_: random.Random) -> None:
        super().__init__(place, random_)
        self._consensus = consensus

    def is_undisturbed(self) -> bool:
        """Return whether there is a quorum too."""
        consensus, place = self._consensus, self.place
        return (
            self.faults is None and consensus.in_touch[place] and consensus.kernel.now >= consensus.usable_from[place]
        )

    def work_on(self, exchange: Asked) -> None:
        """Refuse what needs a quorum while there is none; without one some requests hang instead."""
        is_strong = exchange.operation in self.writes or exchange.request.get("ConsistentRead") is True
        if is_strong and not self._consensus.serves(self.place):
            if self.random.random() < 1 / 2:
                exchange.lose()
            else:
                exchange.refuse(aws_error("InternalServerError", exchange.operation))
            return
        super().work_on(exchange)

    def do_get_item(self, request: Request) -> Answer:
        """Read one item: the latest truth if the read is consistent, else the replica's."""
        consensus = self._consensus
        items = consensus.items if request.get("ConsistentRead") is True else consensus.seen_from(self.place)
        item = items.get(request["Key"]["pk"]["S"])
        return {"Item": item} if item else {}

    def do_put_item(self, request: Request) -> Answer:
        """Write one item if the condition holds."""
        self._write("put_item", request, request["Item"]["pk"]["S"], dict(request["Item"]))
        return {}

    def do_update_item(self, request: Request) -> Answer:
        """Change one item if the condition holds."""
        key = request["Key"]["pk"]["S"]
        item = updated(request, self._consensus.items.get(key) or None)
        self._write("update_item", request, key, item)
        returned = request.get("ReturnValues", "NONE")
        if returned not in {"NONE", "ALL_NEW"}:
            raise UnsupportedRequestError(f"ReturnValues {returned}")
        return {"Attributes": item} if returned == "ALL_NEW" else {}

    def do_delete_item(self, request: Request) -> Answer:
        """Delete one item, if it is there."""
        self._write("delete_item", request, request["Key"]["pk"]["S"], {})
        return {}

    def _write(self, operation: str, request: Request, key: str, item: Item) -> None:
        consensus, now = self._consensus, self._consensus.kernel.now
        at, where = consensus.written.get(key, (-1.0, self.place))
        meets = where != self.place and now - at < _CONFLICT_SECONDS
        if meets or self.random.random() < _CONFLICT_SHARE:
            raise aws_error("ReplicatedWriteConflictException", operation)
        old = consensus.items.get(key) or None
        if not holds(request, old):
            wants_old = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            raise condition_failed(operation, old if wants_old else None)
        consensus.items[key] = item
        consensus.written[key] = (now, self.place)
        for observer in consensus.observers:
            observer(StrongChange(key, item, old, self.place, self.asking))
