"""Reads one region through its AWS API: each method makes one call, and returns a fact or raises."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from contract.outputs import QueueKind
from contract.roles import Role
from handlers.releases.item import Release, read_release
from handlers.tickers.heartbeat import Heartbeat as WrittenHeartbeat
from handlers.tickers.heartbeat import read_heartbeat
from handlers.tickers.memory import read_memory
from handlers.writer.glass import Glass, read_glass
from handlers.writer.item import Writer, read_writer, writer_key
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.site import Site
from operations.timestamps import epoch_seconds
from operations.topology.asking import UnknownError
from operations.topology.model import Alarm, AlarmState, BucketBacklog, HeartbeatReading, QueueDepth, TickerState

RECENT_SECONDS = 300
"""How far back the recent maximum of the lag looks: the recovery point, and more than CloudWatch's own delay."""

SILENT_SECONDS = 180
"""How long ago the minute of the lag's newest datapoint may be over: heartbeats make some each minute, and CloudWatch
may show it two minutes late. After that, silence is a sign that replication stands still (FACTS 1.2)."""

CLOCK_TOLERANCE_SECONDS = 5
"""How far ahead a ticker's clock may be, in real seconds: further, and no age is to be trusted."""

MOVED_CLOCK_SECONDS = 30
"""A question about a period is asked again once its own answer has put the clock right by more than this."""

_REPLICATION_RULE = "everything"  # the buckets' one rule
_MINUTE_SECONDS = 60
_DEPTHS = {
    "waiting": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}

Metric = tuple[str, str, Mapping[str, str]]
"""A namespace, a name in it, and dimensions."""


class RegionReader:
    """Reads one region of a site; ages are measured by the given clock."""

    def __init__(self, site: Site, role: Role, aws: Aws, clock: OperationsClock) -> None:
        self._site = site
        self._region = site.regions[role]
        self._peer = site.regions[role.peer]
        self._aws = aws
        self._clock = clock

    @property
    def table_client(self) -> Any:  # noqa: ANN401 — boto3 makes its classes at run time
        """The client of the region's replicas."""
        return self._client("dynamodb")

    def prepare(self) -> None:
        """Create the clients in advance, which takes CPU time but no network call."""
        for service in ("dynamodb", "sqs", "cloudwatch"):
            self._client(service)

    def control(self) -> Writer | None:
        """Read the writer with a strongly consistent read in this region; None if it does not exist."""
        return read_writer(self.table_client, self._site.control_table_name)

    def release(self) -> Release | None:
        """Read the release under way or the last one with a strongly consistent read; None if there was none yet."""
        return read_release(self.table_client, self._site.control_table_name)

    def remembered(self) -> Writer | None:
        """Read the writer eventually consistently, which an isolated replica still answers (FACTS 1.10)."""
        answer = self.table_client.get_item(TableName=self._site.control_table_name, Key=writer_key())
        return Writer.from_item(answer["Item"]) if "Item" in answer else None

    def glass(self) -> Glass | None:
        """Read the break glass item in this region's replica of the payments table; None if there is none."""
        return read_glass(self.table_client, self._site.table_name, self._region.name)

    def ticker(self) -> TickerState:
        """Read the state of the region's ticker with a strongly consistent read."""
        memory = read_memory(self.table_client, self._site.control_table_name, self._region.name)
        if memory is None:
            raise UnknownError("it remembers nothing yet")
        written_at = epoch_seconds(memory.at)
        if written_at is None:
            raise UnknownError(f"it was written at no time, but {memory.at!r}")
        return TickerState(memory, age=self._age(written_at))

    def heartbeat(self, of: Role) -> HeartbeatReading:
        """Read a region's heartbeat from this replica, and its age."""
        written = self._heartbeat(of)
        return HeartbeatReading(at=written.epoch_seconds, age=self._age(written.epoch_seconds), release=written.release)

    def alarms(self) -> tuple[Alarm, ...]:
        """Read the site's alarms, at most 100, the limit of one call."""
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
        """Read the approximate number of messages in a queue."""
        answer = self._client("sqs").get_queue_attributes(
            QueueUrl=self._region.queue_urls[kind], AttributeNames=list(_DEPTHS.values())
        )
        return QueueDepth(**{field: int(answer["Attributes"][name]) for field, name in _DEPTHS.items()})

    def lag(self) -> float:
        """Read the recent maximum of the lag to the peer, in seconds; it is this region's metric (FACTS 1.2)."""
        dimensions = {"TableName": self._site.table_name, "ReceivingRegion": self._peer.name}
        (found,) = self._recent(("AWS/DynamoDB", "ReplicationLatency", dimensions))
        delays = {moment: value for moment, value in found.items() if value > 0}  # a drop to 0 is meaningless, too
        silent = self._seconds_since(max(delays)) if delays else RECENT_SECONDS
        if silent > SILENT_SECONDS:
            raise UnknownError(f"no datapoint for {silent:.0f} s: nothing is replicated, or replication stands still")
        return max(delays.values()) / 1000  # milliseconds

    def backlog(self) -> BucketBacklog:
        """Read the latest backlog from the peer's bucket; it is this region's metric (FACTS 5.2)."""
        buckets = {
            "SourceBucket": self._peer.bucket_name,
            "DestinationBucket": self._region.bucket_name,
            "RuleId": _REPLICATION_RULE,
        }
        operations, size = self._recent(
            ("AWS/S3", "OperationsPendingReplication", buckets), ("AWS/S3", "BytesPendingReplication", buckets)
        )
        if not operations or not size:
            raise UnknownError("no datapoint lately")
        return BucketBacklog(int(operations[max(operations)]), int(size[max(size)]))

    def _recent(self, *metrics: Metric) -> list[dict[datetime, float]]:
        """Return the recent maxima of metrics, minute by minute."""
        asked_at, began = self._clock.time(), self._clock.monotonic()
        answer = self._metric_data(metrics, asked_at)
        expected = asked_at + (self._clock.monotonic() - began) / self._clock.scale
        if abs(self._clock.time() - expected) > MOVED_CLOCK_SECONDS:
            answer = self._metric_data(metrics, self._clock.time())
        series = {
            each["Id"]: dict(zip(each["Timestamps"], each["Values"], strict=True))
            for each in answer["MetricDataResults"]
        }
        return [series[f"m{index}"] for index in range(len(metrics))]

    def _metric_data(self, metrics: Sequence[Metric], until: float) -> Any:  # noqa: ANN401 — as boto3 answers
        end = datetime.fromtimestamp(until, UTC)
        return self._client("cloudwatch").get_metric_data(
            MetricDataQueries=[_query(f"m{index}", metric, self._minute) for index, metric in enumerate(metrics)],
            StartTime=end - timedelta(seconds=RECENT_SECONDS / self._clock.scale),
            EndTime=end,
        )

    @property
    def _minute(self) -> int:
        """A minute in real seconds; shorter in an emulator that runs faster."""
        return max(1, round(_MINUTE_SECONDS / self._clock.scale))

    def _seconds_since(self, minute: datetime) -> float:
        """Return how long ago a minute ended, given its beginning."""
        return (self._clock.time() - minute.timestamp() - self._minute) * self._clock.scale

    def _age(self, written_at: float) -> float:
        """Return how long ago a ticker wrote something, in real seconds, by its clock and the reader's.

        Raises:
            UnknownError: The time lies in the future: with such clocks, a stopped ticker would look alive.
        """
        age = self._clock.time() - written_at
        if age < -CLOCK_TOLERANCE_SECONDS:
            raise UnknownError(f"its clock is {-age:.0f} s ahead")
        return max(0.0, age)

    def _heartbeat(self, of: Role) -> WrittenHeartbeat:
        written = read_heartbeat(self.table_client, self._site.table_name, self._site.regions[of].name)
        if written is None:
            raise UnknownError("there has been none yet")
        return written

    def _client(self, service: str) -> Any:  # noqa: ANN401
        return self._aws.client(service, self._region.name)


def _query(id_: str, metric: Metric, period: int) -> dict[str, Any]:
    namespace, name, dimensions = metric
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": period,
            "Stat": "Maximum",
        },
    }
