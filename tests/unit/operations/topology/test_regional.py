"""What one region's API tells, and when that says nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.environment import PARTITION_KEY
from operations.site import QueueKind, Role
from operations.topology.asking import UnknownError
from operations.topology.model import Alarm, AlarmState, BucketBacklog, QueueDepth, Sentinel
from operations.topology.regional import RECENT_SECONDS, RegionReader, Replication
from tests.unit.operations.fakes import FakeAws, StoppedClock
from tests.unit.operations.plans.topologies import SITE

STANDBY = "us-east-2"


def reader(answers: dict[tuple[str, ...], Any], *, scale: float = 1.0) -> RegionReader:
    return RegionReader(SITE, Role.STANDBY, FakeAws(answers), StoppedClock(now=1000.0, scale=scale))


def item(**attributes: dict[str, str]) -> dict[tuple[str, ...], Any]:
    return {("dynamodb", STANDBY, "get_item"): {"Item": attributes} if attributes else {}}


class TestItems:
    """What the region's replica holds."""

    def test_a_heartbeat_has_an_age_in_the_surroundings_time(self) -> None:
        told = item(epochSeconds={"N": "940"}, release={"S": "r1"})
        heartbeat = reader(told, scale=10).heartbeat(SITE.primary)
        assert (heartbeat.at, heartbeat.age, heartbeat.release) == (940.0, 600.0, "r1")

    def test_the_peers_heartbeat_is_read_from_the_own_replica(self) -> None:
        aws = FakeAws(item(epochSeconds={"N": "940"}, release={"S": "r1"}))
        RegionReader(SITE, Role.STANDBY, aws, StoppedClock(now=1000.0)).heartbeat(SITE.primary)
        (call,) = aws.calls
        assert call[1] == STANDBY
        assert call[3]["Key"] == {PARTITION_KEY: {"S": "control#heartbeat#us-east-1"}}

    def test_a_clock_that_is_behind_makes_no_negative_age(self) -> None:
        assert reader(item(epochSeconds={"N": "1002"}, release={"S": "r"})).heartbeat(SITE.primary).age == 0

    def test_no_heartbeat_is_unknown(self) -> None:
        with pytest.raises(UnknownError):
            reader(item()).heartbeat(SITE.primary)

    @pytest.mark.parametrize(("armed_for", "armed"), [("r2", True), ("r1", False), ("", False)])
    def test_the_sentinel_is_armed_for_the_release_that_runs(self, armed_for: str, armed: bool) -> None:  # noqa: FBT001
        told = item(runningRelease={"S": "r2"}, armedRelease={"S": armed_for}, peerSeenHealthyAt={"S": "then"})
        assert reader(told).sentinel() == Sentinel(armed=armed, running_release="r2", peer_seen_healthy_at="then")

    def test_a_sentinel_without_memory_is_unknown(self) -> None:
        with pytest.raises(UnknownError):
            reader(item()).sentinel()


class TestSwitch:
    """The operators' switch."""

    def told(self, value: str) -> dict[tuple[str, ...], Any]:
        return {("ssm", STANDBY, "get_parameter"): {"Parameter": {"Value": value}}}

    @pytest.mark.parametrize(("value", "on"), [("true", True), ("false", False)])
    def test_it_is_on_or_off(self, value: str, on: bool) -> None:  # noqa: FBT001
        assert reader(self.told(f'{{"automaticTakeover": {value}}}')).automatic_takeover() is on

    @pytest.mark.parametrize("value", ['{"automaticTakeover": "yes"}', '{"automaticTakeover": 1}', "{}", "?"])
    def test_anything_else_is_not_taken_for_on(self, value: str) -> None:
        with pytest.raises((UnknownError, ValueError, KeyError)):
            reader(self.told(value)).automatic_takeover()


def test_alarms() -> None:
    told = {"AlarmName": "a", "StateValue": "ALARM", "StateReason": "high", "ActionsEnabled": False}
    found = reader({("cloudwatch", STANDBY, "describe_alarms"): {"MetricAlarms": [told]}}).alarms()
    assert found == (Alarm("a", AlarmState.ALARM, "high", actions_enabled=False),)


def test_queues() -> None:
    def attributes(*, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803 — SQS's own names
        assert QueueUrl.endswith("dead_letter")
        return {"Attributes": {name: str(number) for number, name in enumerate(AttributeNames)}}

    depth = reader({("sqs", STANDBY, "get_queue_attributes"): attributes}).queue_depth(QueueKind.DEAD_LETTER)
    assert depth == QueueDepth(waiting=0, in_flight=1, delayed=2)
    assert depth.total == 3


class TestReplication:
    """Lag and backlog, from the metrics that the region keeps."""

    def told(self, **series: list[float]) -> dict[tuple[str, ...], Any]:
        moments = [datetime(2026, 1, 1, 0, minute, tzinfo=UTC) for minute in range(5)]
        results = [
            {"Id": id_, "Timestamps": moments[: len(values)], "Values": values} for id_, values in series.items()
        ]
        return {("cloudwatch", STANDBY, "get_metric_data"): {"MetricDataResults": results}}

    def test_the_lag_is_the_recent_maximum_and_the_backlog_the_latest(self) -> None:
        told = self.told(lag=[900, 2500, 700], operations=[9, 4], bytes=[90, 40])
        assert reader(told).replication() == Replication(2.5, BucketBacklog(operations=4, bytes=40))

    def test_whatever_the_order(self) -> None:
        told = self.told(lag=[1], operations=[9, 4], bytes=[90, 40])
        for result in told["cloudwatch", STANDBY, "get_metric_data"]["MetricDataResults"]:
            result["Timestamps"] = result["Timestamps"][::-1]
        assert reader(told).replication().backlog_in == BucketBacklog(operations=9, bytes=90)

    def test_no_datapoint_is_no_lag_of_zero(self) -> None:
        assert reader(self.told(lag=[], operations=[], bytes=[])).replication() == Replication(None, None)

    @pytest.mark.parametrize("scale", [1.0, 10.0])
    def test_what_is_recent_follows_the_time_scale(self, scale: float) -> None:
        asked: dict[str, Any] = {}

        def answer(**parameters: Any) -> Any:
            asked.update(parameters)
            return self.told(lag=[], operations=[], bytes=[])["cloudwatch", STANDBY, "get_metric_data"]

        reader({("cloudwatch", STANDBY, "get_metric_data"): answer}, scale=scale).replication()
        assert (asked["EndTime"] - asked["StartTime"]).total_seconds() == RECENT_SECONDS / scale

    def test_the_regions_own_outgoing_lag_and_incoming_backlog_are_asked_for(self) -> None:
        """Each lies in that region alone (FACTS 1.2, 5.2)."""
        aws = FakeAws(self.told(lag=[], operations=[], bytes=[]))
        RegionReader(SITE, Role.STANDBY, aws, StoppedClock()).replication()
        queries = {each["Id"]: each["MetricStat"]["Metric"] for each in aws.calls[0][3]["MetricDataQueries"]}
        dimensions = {
            id_: {each["Name"]: each["Value"] for each in metric["Dimensions"]} for id_, metric in queries.items()
        }
        assert dimensions["lag"] == {"TableName": "payments-dev", "ReceivingRegion": "us-east-1"}
        assert dimensions["bytes"] == {
            "SourceBucket": "bucket-us-east-1",
            "DestinationBucket": "bucket-us-east-2",
            "RuleId": "everything",
        }
