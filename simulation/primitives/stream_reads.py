"""DynamoDB Streams as operations read them: a shard a partition, records that show a moment after the write."""

import random
from datetime import UTC, datetime
from typing import Any

from simulation.kernel.loop import Kernel
from simulation.primitives.service import Answer, Request, Service
from simulation.primitives.tables import PARTITIONS, Replica, TableChange, partition_of

_SHOWN_AFTER = (0.05, 0.5)
"""Seconds between a write and its record."""

_RECORDS_MOST = 1000


class StreamReads(Service):
    """The stream of one region's replica, replicated writes included."""

    name = "dynamodbstreams"

    def __init__(self, kernel: Kernel, replica: Replica, random_: random.Random, *, epoch: float) -> None:
        super().__init__(replica.place, random_)
        self._kernel = kernel
        self._epoch = epoch
        self._shards: list[list[tuple[float, float, TableChange]]] = [[] for _ in range(PARTITIONS)]
        replica.observers.append(self._take)

    def do_describe_stream(self, _: Request) -> Answer:
        """Return the shards: all are open, none has a parent."""
        shards = [{"ShardId": str(number), "SequenceNumberRange": {}} for number in range(PARTITIONS)]
        return {"StreamDescription": {"Shards": shards}}

    def do_get_shard_iterator(self, request: Request) -> Answer:
        """Return where a shard begins, or its end."""
        shard = int(request["ShardId"])
        start = len(self._shards[shard]) if request["ShardIteratorType"] == "LATEST" else 0
        return {"ShardIterator": f"{shard}:{start}"}

    def do_get_records(self, request: Request) -> Answer:
        """Return what follows an iterator and shows already."""
        shard, start = map(int, request["ShardIterator"].split(":"))
        records = []
        for shown_at, written_at, change in self._shards[shard][start : start + _RECORDS_MOST]:
            if shown_at > self._kernel.now:
                break
            records.append(self._record(written_at, change))
        return {"Records": records, "NextShardIterator": f"{shard}:{start + len(records)}"}

    def _take(self, change: TableChange) -> None:
        now = self._kernel.now
        shown_at = now + self.random.uniform(*_SHOWN_AFTER)
        self._shards[partition_of(change.key)].append((shown_at, now, change))

    def _record(self, written_at: float, change: TableChange) -> dict[str, Any]:
        what: dict[str, Any] = {
            "Keys": {"pk": {"S": change.key}},
            "ApproximateCreationDateTime": datetime.fromtimestamp(int(self._epoch + written_at), UTC),
        }
        if change.new.item:
            what["NewImage"] = change.new.item
        name = "REMOVE" if not change.new.item else "INSERT" if change.old is None else "MODIFY"
        return {"eventName": name, "dynamodb": what}
