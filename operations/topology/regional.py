"""What one region's AWS API tells: each function makes one call and returns a fact, or raises."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from handlers.environment import HEARTBEAT_PREFIX, PARTITION_KEY, SENTINEL_PREFIX
from operations.aws import Aws
from operations.clock import Clock
from operations.site import QueueKind, RegionSite, Role, Site
from operations.topology.asking import UnknownError
from operations.topology.model import Alarm, AlarmState, BucketBacklog, Heartbeat, QueueDepth, Sentinel

RECENT_SECONDS = 300
"""How far back the recent maximum of the lag looks: the recovery point, and more than CloudWatch's own delay."""

CONFIGURATION_PARAMETER = "functions/configuration"

_REPLICATION_RULE = "everything"  # the buckets' one rule
_PERIOD_SECONDS = 60
_DEPTHS = {
    "waiting": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}


@dataclass(frozen=True)
class Replication:
    """What a region's CloudWatch says of replication: towards the peer in seconds, from the peer as a backlog."""

    lag_out: float | None
    backlog_in: BucketBacklog | None


class RegionReader:
    """Reads one region of a site."""

    def __init__(self, site: Site, role: Role, aws: Aws, clock: Clock) -> None:
        self._site = site
        self._region = site.regions[role]
        self._peer = site.regions[role.peer]
        self._aws = aws
        self._clock = clock

    @property
    def table_client(self) -> Any:  # noqa: ANN401 — boto3 makes its classes at run time
        """The client of the region's replica."""
        return self._client("dynamodb")

    def prepare(self) -> None:
        """Make the clients, which takes processor time and no answer from anybody."""
        for service in ("dynamodb", "sqs", "cloudwatch", "ssm"):
            self._client(service)

    def heartbeat(self, of: RegionSite) -> Heartbeat:
        """Read a region's heartbeat from this replica."""
        item = self._item(f"{HEARTBEAT_PREFIX}{of.name}")
        if item is None:
            raise UnknownError("there has been none yet")
        at = float(item["epochSeconds"]["N"])
        age = max(0.0, self._clock.time() - at) * self._clock.scale
        return Heartbeat(at=at, age=age, release=item["release"]["S"])

    def sentinel(self) -> Sentinel:
        """Read what the region's sentinel remembers."""
        item = self._item(f"{SENTINEL_PREFIX}{self._region.name}")
        if item is None:
            raise UnknownError("it remembers nothing yet")
        running, armed = item["runningRelease"]["S"], item["armedRelease"]["S"]
        return Sentinel(bool(armed) and armed == running, running, item["peerSeenHealthyAt"]["S"])

    def automatic_takeover(self) -> bool:
        """Read the operators' switch."""
        name = self._site.parameter(CONFIGURATION_PARAMETER, self._region.role)
        value = json.loads(self._client("ssm").get_parameter(Name=name)["Parameter"]["Value"])["automaticTakeover"]
        if not isinstance(value, bool):
            raise UnknownError(f"automaticTakeover must be true or false, got {value!r}")
        return value

    def alarms(self) -> tuple[Alarm, ...]:
        """Read the site's alarms, at most 100 of them, which is what one call takes."""
        answer = self._client("cloudwatch").describe_alarms(
            AlarmNames=list(self._region.alarm_names), AlarmTypes=["MetricAlarm"], MaxRecords=100
        )
        return tuple(
            Alarm(
                name=each["AlarmName"],
                state=AlarmState(each["StateValue"]),
                reason=each.get("StateReason", ""),
                actions_enabled=each["ActionsEnabled"],
            )
            for each in answer["MetricAlarms"]
        )

    def queue_depth(self, kind: QueueKind) -> QueueDepth:
        """Read about how many messages a queue holds."""
        answer = self._client("sqs").get_queue_attributes(
            QueueUrl=self._region.queue_urls[kind], AttributeNames=list(_DEPTHS.values())
        )
        return QueueDepth(**{field: int(answer["Attributes"][name]) for field, name in _DEPTHS.items()})

    def replication(self) -> Replication:
        """Read the recent maximum of the lag to the peer (FACTS 1.2) and the latest backlog from it (FACTS 5.2)."""
        lag = _query(
            "lag",
            ("AWS/DynamoDB", "ReplicationLatency"),
            {"TableName": self._site.table_name, "ReceivingRegion": self._peer.name},
        )
        buckets = {
            "SourceBucket": self._peer.bucket_name,
            "DestinationBucket": self._region.bucket_name,
            "RuleId": _REPLICATION_RULE,
        }
        operations = _query("operations", ("AWS/S3", "OperationsPendingReplication"), buckets)
        size = _query("bytes", ("AWS/S3", "BytesPendingReplication"), buckets)
        # An emulator that runs faster has shorter minutes.
        end = datetime.fromtimestamp(self._clock.time(), UTC)
        answer = self._client("cloudwatch").get_metric_data(
            MetricDataQueries=[lag, operations, size],
            StartTime=end - timedelta(seconds=RECENT_SECONDS / self._clock.scale),
            EndTime=end,
        )
        found = {each["Id"]: _by_time(each["Timestamps"], each["Values"]) for each in answer["MetricDataResults"]}
        lags, counts, sizes = found["lag"], found["operations"], found["bytes"]
        return Replication(
            lag_out=max(lags) / 1000 if lags else None,  # milliseconds
            backlog_in=BucketBacklog(int(counts[-1]), int(sizes[-1])) if counts and sizes else None,
        )

    def _item(self, key: str) -> dict[str, Any] | None:
        answer = self.table_client.get_item(
            TableName=self._site.table_name, Key={PARTITION_KEY: {"S": key}}, ConsistentRead=True
        )
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def _client(self, service: str) -> Any:  # noqa: ANN401
        return self._aws.client(service, self._region.name)


def _query(id_: str, metric: tuple[str, str], dimensions: dict[str, str]) -> dict[str, Any]:
    namespace, name = metric
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": _PERIOD_SECONDS,
            "Stat": "Maximum",
        },
    }


def _by_time(timestamps: Sequence[datetime], values: Sequence[float]) -> list[float]:
    """Return values, oldest first."""
    return [value for _, value in sorted(zip(timestamps, values, strict=True))]
