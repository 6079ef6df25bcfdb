"""A replica's stream and its event source mapping: ordered by partition, in batches, bisected after a failure."""

from collections import deque
from typing import Any

from simulation.kernel.loop import Kernel
from simulation.primitives.functions import THROTTLED, FunctionPool
from simulation.primitives.network import Network
from simulation.primitives.tables import PARTITIONS, Replica, TableChange, partition_of

_BATCH_SIZE = 100
_WINDOW = (0.5, 5.0)
_AGAIN_SECONDS = 10.0
_RETRIES = 10
_RETENTION_SECONDS = 86_400.0

Record = dict[str, Any]


class StreamSource:
    """Hands what the mapping's filters let pass to a function, and gives up after many retries."""

    def __init__(self, kernel: Kernel, network: Network, replica: Replica, pool: FunctionPool) -> None:
        self.given_up: list[Record] = []
        """What the on-failure destination was told of."""
        self._kernel = kernel
        self._network = network
        self._place = replica.place
        self._pool = pool
        self._random = kernel.random("stream source", replica.place)
        self._number = 0
        self._shards = [_Shard() for _ in range(PARTITIONS)]
        replica.observers.append(self._take)

    def waiting(self) -> int:
        """Return how many records have not been worked off."""
        return sum(len(shard.records) + len(shard.in_work()) for shard in self._shards)

    def _take(self, change: TableChange) -> None:
        new, old = change.new.item, change.old.item if change.old is not None else {}
        # The filters of the mapping: inserts of payments that began here, and changes of any payment.
        own_insert = not old and new.get("kind") == {"S": "payment"} and new.get("region") == {"S": self._place}
        if not own_insert and not (old and change.key.startswith("payment#")):
            return
        self._number += 1
        record = {
            "eventName": "REMOVE" if not new else "MODIFY" if old else "INSERT",
            "eventID": str(self._number),
            "dynamodb": {
                "Keys": {"pk": {"S": change.key}},
                **{name: image for name, image in (("OldImage", old), ("NewImage", new)) if image},
                # Numbers grow within a shard, and shards share none.
                "SequenceNumber": f"{self._number:021d}",
                "ApproximateCreationDateTime": self._kernel.now,
            },
        }
        shard = self._shards[partition_of(change.key)]
        shard.records.append(record)
        self._begin(shard)

    def _begin(self, shard: "_Shard") -> None:
        if not shard.is_busy:
            shard.is_busy = True
            self._kernel.after(self._random.uniform(*_WINDOW), self._deliver, shard)

    def _deliver(self, shard: "_Shard") -> None:
        oldest = self._kernel.now - _RETENTION_SECONDS
        while shard.records and shard.records[0]["dynamodb"]["ApproximateCreationDateTime"] < oldest:
            shard.records.popleft()
        if not shard.parts and shard.records:
            shard.parts = [[shard.records.popleft() for _ in range(min(_BATCH_SIZE, len(shard.records)))]]
            shard.failures = 0
        if not shard.parts:
            shard.is_busy = False
            return
        if not self._network.lives(self._place):
            self._kernel.after(_AGAIN_SECONDS, self._deliver, shard)
            return

        def done(_: object, why: str | None) -> None:
            self._kernel.after(self._settle(shard, why), self._deliver, shard)

        self._pool.invoke({"Records": shard.parts[0]}, done)

    def _settle(self, shard: "_Shard", why: str | None) -> float:
        """Take in what came of a batch; return when to go on, in seconds."""
        if why is None:
            del shard.parts[0]
            return self._random.uniform(*_WINDOW)
        if why == THROTTLED:  # it did not reach the function: no retry is used up
            return _AGAIN_SECONDS
        batch = shard.parts[0]
        if len(batch) > 1:
            half = (len(batch) + 1) // 2
            shard.parts[:1] = [batch[:half], batch[half:]]
            return _AGAIN_SECONDS
        shard.failures += 1
        if shard.failures > _RETRIES:
            self.given_up += batch
            del shard.parts[0]
            shard.failures = 0
        return _AGAIN_SECONDS


class _Shard:
    def __init__(self) -> None:
        self.records: deque[Record] = deque()
        self.parts: list[list[Record]] = []
        self.failures = 0
        self.is_busy = False

    def in_work(self) -> list[Record]:
        return [record for part in self.parts for record in part]
