"""A global table with eventual consistency (MREC): replicas, lag by partition, last writer wins (FACTS 1.6, 1.12)."""

import random
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from simulation.kernel.loop import Kernel
from simulation.kernel.process import Process
from simulation.primitives.errors import UnsupportedRequestError, condition_failed
from simulation.primitives.expressions import holds
from simulation.primitives.network import Network
from simulation.primitives.service import Answer, Request, Service
from simulation.primitives.updates import updated

PARTITIONS = 4
_LAG = (0.3, 1.2)
"""Seconds that replication takes while nothing holds it up."""

Item = Mapping[str, Any]


class ItemVersion(NamedTuple):
    """An item as one write left it; the later write wins wherever two meet."""

    item: Item
    """Empty if the write deleted it."""
    written: tuple[float, str]
    """When, by DynamoDB's own clock, and where."""


class TableChange(NamedTuple):
    """What a replica's stream and the observers are told of one write."""

    key: str
    new: ItemVersion
    old: ItemVersion | None
    replica: str
    origin: str
    process: Process | None
    """Who wrote, if the write began in this replica."""


@lru_cache(maxsize=1024)
def partition_of(key: str) -> int:
    """Return the partition that holds a key."""
    return zlib.crc32(key.encode()) % PARTITIONS


class Replica(Service):
    """One region's replica; other regions' writes reach it by replication."""

    name = "dynamodb"
    writes = frozenset({"put_item", "update_item", "delete_item"})
    throttled_code = "ProvisionedThroughputExceededException"

    def __init__(self, kernel: Kernel, place: str, random_: random.Random) -> None:
        super().__init__(place, random_)
        self.items: dict[str, ItemVersion] = {}
        self.links: list[ReplicationLink] = []
        self.observers: list[Callable[[TableChange], object]] = []
        self._kernel = kernel

    def do_get_item(self, request: Request) -> Answer:
        """Read one item as this replica has it: consistency ends at the region's border."""
        item = self.item(request["Key"]["pk"]["S"])
        return {} if item is None else {"Item": item}

    def do_put_item(self, request: Request) -> Answer:
        """Write one item if the condition holds in this replica."""
        self._write("put_item", request, request["Item"]["pk"]["S"], dict(request["Item"]))
        return {}

    def do_update_item(self, request: Request) -> Answer:
        """Change one item if the condition holds in this replica."""
        key = request["Key"]["pk"]["S"]
        item = updated(request, self.item(key))
        self._write("update_item", request, key, item)
        returned = request.get("ReturnValues", "NONE")
        if returned == "ALL_NEW":
            return {"Attributes": item}
        if returned == "UPDATED_NEW":
            return {"Attributes": {name: value for name, value in item.items() if name != "pk"}}
        if returned != "NONE":
            raise UnsupportedRequestError(f"ReturnValues {returned}")
        return {}

    def do_delete_item(self, request: Request) -> Answer:
        """Delete one item, if it is there."""
        self._write("delete_item", request, request["Key"]["pk"]["S"], {})
        return {}

    def do_batch_get_item(self, request: Request) -> Answer:
        """Read several items."""
        answer: dict[str, list[Item]] = {}
        for table, wanted in request["RequestItems"].items():
            found = (self.item(key["pk"]["S"]) for key in wanted["Keys"])
            answer[table] = [item for item in found if item is not None]
        return {"Responses": answer, "UnprocessedKeys": {}}

    def do_describe_table(self, request: Request) -> Answer:
        """Return the name of the stream, which is all that is asked for."""
        return {"Table": {"LatestStreamArn": f"stream of {request['TableName']}"}}

    def do_scan(self, _: Request) -> Answer:
        """Read everything at once."""
        return {"Items": [version.item for version in self.items.values() if version.item]}

    def item(self, key: str) -> Item | None:
        """Return an item as this replica has it."""
        version = self.items.get(key)
        return version.item if version is not None and version.item else None

    def apply(self, key: str, version: ItemVersion, origin: str) -> None:
        """Take in what another replica wrote, unless this one has something later."""
        old = self.items.get(key)
        if old is None or old.written < version.written:
            self.items[key] = version
            self._tell(TableChange(key, version, old, self.place, origin, None))

    def _write(self, operation: str, request: Request, key: str, item: Item) -> None:
        old = self.items.get(key)
        if not holds(request, self.item(key)):
            wants_old = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            raise condition_failed(operation, self.item(key) if wants_old else None)
        # Two writes of one replica never have the same time.
        now = self._kernel.now if old is None else max(self._kernel.now, old.written[0] + 1e-6)
        version = ItemVersion(item, (now, self.place))
        self.items[key] = version
        self._tell(TableChange(key, version, old, self.place, self.place, self.asking))
        for link in self.links:
            link.carry(key, version)

    def _tell(self, change: TableChange) -> None:
        for observer in self.observers:
            observer(change)


class ReplicationLink:
    """Carries one replica's writes to another: in order within a partition, in none between partitions."""

    def __init__(self, kernel: Kernel, network: Network, source: Replica, destination: Replica) -> None:
        self.source = source
        self.destination = destination
        self.extra_seconds = [0.0] * PARTITIONS
        """How much slower each partition is now."""
        self.is_paused = False
        self._kernel = kernel
        self._network = network
        self._random = kernel.random("replication", source.place, destination.place)
        self._queues: list[deque[tuple[float, str, ItemVersion]]] = [deque() for _ in range(PARTITIONS)]
        self._is_scheduled = [False] * PARTITIONS
        source.links.append(self)
        network.on_change(self.go_on)

    def carry(self, key: str, version: ItemVersion) -> None:
        """Take a write on its way."""
        partition = partition_of(key)
        shortest, longest = _LAG
        lag = shortest + (longest - shortest) * self._random.random() + self.extra_seconds[partition]
        queue = self._queues[partition]
        queue.append((self._kernel.now + lag, key, version))
        if not self._is_scheduled[partition]:
            self._schedule(partition)

    def go_on(self) -> None:
        """Deliver what waits; called when something that stopped it may be over."""
        for partition in range(PARTITIONS):
            if self._queues[partition] and not self._is_scheduled[partition]:
                self._schedule(partition)

    def waiting(self) -> dict[str, ItemVersion]:
        """Return what has not arrived yet."""
        return {key: version for queue in self._queues for _, key, version in queue}

    def _schedule(self, partition: int) -> None:
        self._is_scheduled[partition] = True
        self._kernel.at(self._queues[partition][0][0], self._deliver, partition)

    def _deliver(self, partition: int) -> None:
        self._is_scheduled[partition] = False
        queue = self._queues[partition]
        if self.is_paused or not self._network.passes(self.source.place, self.destination.place):
            return
        while queue and queue[0][0] <= self._kernel.now:
            _, key, version = queue.popleft()
            self.destination.apply(key, version, self.source.place)
        if queue:
            self._schedule(partition)


class GlobalTable:
    """A table with a replica in each of two regions."""

    def __init__(self, kernel: Kernel, network: Network, regions: tuple[str, str]) -> None:
        self.replicas = {region: Replica(kernel, region, kernel.random("table", region)) for region in regions}
        one, other = (self.replicas[region] for region in regions)
        self.links = [ReplicationLink(kernel, network, *ends) for ends in ((one, other), (other, one))]

    def link(self, source: str) -> ReplicationLink:
        """Return what carries a region's writes away."""
        return next(link for link in self.links if link.source.place == source)
