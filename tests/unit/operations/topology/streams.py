"""A table's stream and the other region's replica, as clients see them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from tests.unit.operations.fakes import FakeAws

PAGE = 2
"""How many records one answer holds."""


@dataclass
class StreamShard:
    """A shard; a closed one has children."""

    parent: str | None = None
    closed: bool = False
    records: list[dict[str, Any]] = field(default_factory=list)


class StreamedTable:
    """The stream of us-east-1, and what us-east-2 holds."""

    def __init__(self) -> None:
        self.shards: dict[str, StreamShard] = {"shard-1": StreamShard()}
        self.arrived: set[str] = set()
        self.throttled = False
        self.unread: set[str] = set()
        """Shards that cannot be read, and "describe" where the stream cannot be described."""
        self.aws = FakeAws(
            {
                ("dynamodb", "us-east-1", "describe_table"): {"Table": {"LatestStreamArn": "arn:stream"}},
                ("dynamodbstreams", "us-east-1", "describe_stream"): self._describe,
                ("dynamodbstreams", "us-east-1", "get_shard_iterator"): self._iterator,
                ("dynamodbstreams", "us-east-1", "get_records"): self._records,
                ("dynamodb", "us-east-2", "batch_get_item"): self._get,
            }
        )

    def show(
        self, key: str, *, at: float, shard: str = "shard-1", region: str = "us-east-1", kind: str = "INSERT"
    ) -> None:
        """Have the stream show a change."""
        self.shards[shard].records.append(
            {
                "eventName": kind,
                "dynamodb": {
                    "ApproximateCreationDateTime": datetime.fromtimestamp(at, UTC),
                    "Keys": {"pk": {"S": key}},
                    "NewImage": {"pk": {"S": key}, "region": {"S": region}},
                },
            }
        )

    def split(self, shard: str, child: str) -> None:
        """Close a shard and begin another one."""
        self.shards[shard].closed = True
        self.shards[child] = StreamShard(parent=shard)

    def _describe(self, *, StreamArn: str, ExclusiveStartShardId: str | None = None) -> Any:  # noqa: N803 — AWS's names
        if "describe" in self.unread:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "DescribeStream")
        ids = list(self.shards)
        rest = ids[ids.index(ExclusiveStartShardId) + 1 :] if ExclusiveStartShardId else ids
        first = rest[0]
        shard = self.shards[first]
        span = {"StartingSequenceNumber": "1"} | ({"EndingSequenceNumber": "9"} if shard.closed else {})
        described = {"ShardId": first, "SequenceNumberRange": span}
        if shard.parent:
            described["ParentShardId"] = shard.parent
        more = {"LastEvaluatedShardId": first} if len(rest) > 1 else {}
        return {"StreamDescription": {"Shards": [described], **more}}

    def _iterator(self, *, StreamArn: str, ShardId: str, ShardIteratorType: str) -> Any:  # noqa: N803
        at = 0 if ShardIteratorType == "TRIM_HORIZON" else len(self.shards[ShardId].records)
        return {"ShardIterator": f"{ShardId}:{at}"}

    def _records(self, *, ShardIterator: str) -> Any:  # noqa: N803
        shard_id, _, at = ShardIterator.partition(":")
        if self.throttled or shard_id in self.unread:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "GetRecords")
        shard = self.shards[shard_id]
        records = shard.records[int(at) : int(at) + PAGE]
        end = int(at) + len(records)
        follows = {} if shard.closed and end == len(shard.records) else {"NextShardIterator": f"{shard_id}:{end}"}
        return {"Records": records, **follows}

    def _get(self, *, RequestItems: dict[str, Any]) -> Any:  # noqa: N803
        ((table, request),) = RequestItems.items()
        assert request["ConsistentRead"] is True
        keys = [key["pk"]["S"] for key in request["Keys"]]
        assert len(keys) <= 100
        return {"Responses": {table: [{"pk": {"S": key}} for key in keys if key in self.arrived]}}
