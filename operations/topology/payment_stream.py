"""Reads the payments in a region's stream, shard by shard.

A stream only orders the changes of one item, so the position of one payment proves nothing about others.
IAM: dynamodb:DescribeTable on the table; dynamodb:DescribeStream, GetShardIterator and GetRecords on its stream.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contract.environment import PARTITION_KEY, PAYMENT_PREFIX, REGION_ATTRIBUTE
from operations.topology.asking import UnknownError

EMPTY_ANSWERS = 2
"""So many empty answers of a shard in a row count as its end: one may come from a gap before it."""


class StreamStart(StrEnum):
    """Where reading begins."""

    HISTORY = "TRIM_HORIZON"  # a day ago at most
    NOW = "LATEST"


@dataclass(frozen=True)
class StreamedPayment:
    """A payment from a stream."""

    key: str
    """The partition key of its item."""
    began_in: str
    """The region where it began."""
    at: float
    """When AWS made the record (whole seconds since the epoch, by AWS's clock)."""

    @property
    def transaction_id(self) -> str:
        """Return the payment's id."""
        return self.key.removeprefix(PAYMENT_PREFIX)


@dataclass
class _Shard:
    iterator: str | None
    """None once the shard is closed and read to its end."""
    empty: int = 0
    """Empty answers in a row."""


class PaymentStream:
    """Reads one region's stream from a given start; a failed read raises one of `asking.UNREADABLE`.

    Args:
        table: The region's DynamoDB client.
        streams: The region's client of DynamoDB Streams.
        name: The table's name.
        start: Where to start.
    """

    def __init__(self, table: Any, streams: Any, name: str, start: StreamStart) -> None:  # noqa: ANN401 — boto3's
        self._streams = streams
        self._arn = self._find(table, name)
        self._shards: dict[str, _Shard] = {}
        self._read: list[StreamedPayment] = []
        """What has been read and not been returned yet."""
        self._ended: set[str] = set()
        """Shards that were read to their end, and whose children have not begun yet."""
        self.newest: float = 0
        """When the newest record of any kind was made; heartbeats are among them."""
        described = self._describe()
        parents = {each.get("ParentShardId") for each in described.values() if _is_open(each)}
        for shard_id, shard in described.items():
            # Records of the last minutes may be in shards that were closed since; their children continue them.
            if _is_open(shard) or (start is StreamStart.HISTORY and shard_id in parents):
                self._begin(shard_id, start)

    @property
    def at_end(self) -> bool:
        """Return whether no shard has had anything new recently."""
        read = all(each.iterator is None or each.empty >= EMPTY_ANSWERS for each in self._shards.values())
        return read and not self._ended

    def expect_more(self) -> None:
        """Forget which shards were read to their end, because more was written since."""
        for shard in self._shards.values():
            shard.empty = 0

    def poll(self) -> list[StreamedPayment]:
        """Read each shard once, and return the payments that were inserted.

        If a shard cannot be read, the next poll returns the others' records, because no record is read twice.
        """
        for shard_id in list(self._shards):
            self._poll(shard_id)
        self._begin_children()
        shown, self._read = self._read, []
        return shown

    def _poll(self, shard_id: str) -> None:
        shard = self._shards[shard_id]
        if shard.iterator is None:
            return
        answer = self._streams.get_records(ShardIterator=shard.iterator)
        records = answer.get("Records", [])
        shard.empty = 0 if records else shard.empty + 1
        shard.iterator = answer.get("NextShardIterator")
        if shard.iterator is None:
            self._ended.add(shard_id)
        for record in records:
            self.newest = max(self.newest, record["dynamodb"]["ApproximateCreationDateTime"].timestamp())
            payment = _payment(record)
            if payment is not None:
                self._read.append(payment)

    def _begin_children(self) -> None:
        if not self._ended:
            return
        for child, shard in self._describe().items():
            if shard.get("ParentShardId") in self._ended and child not in self._shards:
                self._begin(child, StreamStart.HISTORY)
        self._ended.clear()

    def _begin(self, shard_id: str, start: StreamStart) -> None:
        answer = self._streams.get_shard_iterator(StreamArn=self._arn, ShardId=shard_id, ShardIteratorType=start)
        self._shards[shard_id] = _Shard(answer["ShardIterator"])

    def _describe(self) -> dict[str, Mapping[str, Any]]:
        shards: dict[str, Mapping[str, Any]] = {}
        more: dict[str, str] = {}
        while True:
            described = self._streams.describe_stream(StreamArn=self._arn, **more)["StreamDescription"]
            shards.update((each["ShardId"], each) for each in described["Shards"])
            if not described.get("LastEvaluatedShardId"):
                return shards
            more = {"ExclusiveStartShardId": described["LastEvaluatedShardId"]}

    @staticmethod
    def _find(table: Any, name: str) -> str:  # noqa: ANN401
        arn = table.describe_table(TableName=name)["Table"].get("LatestStreamArn")
        if not arn:
            raise UnknownError(f"{name} has no stream")
        return str(arn)


def _is_open(shard: Mapping[str, Any]) -> bool:
    return "EndingSequenceNumber" not in shard.get("SequenceNumberRange", {})


def _payment(record: Mapping[str, Any]) -> StreamedPayment | None:
    change = record["dynamodb"]
    key = change["Keys"][PARTITION_KEY]["S"]
    if record["eventName"] != "INSERT" or not key.startswith(PAYMENT_PREFIX):
        return None
    began_in = change.get("NewImage", {}).get(REGION_ATTRIBUTE, {}).get("S", "")
    return StreamedPayment(key, began_in, change["ApproximateCreationDateTime"].timestamp())
