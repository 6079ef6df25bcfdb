"""What one region's API tells, and when that says nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contract.environment import PARTITION_KEY
from contract.outputs import QueueKind
from contract.roles import Role
from handlers.runtime import timestamp
from handlers.tickers.memory import TickerMemory
from handlers.writer.glass import Glass
from operations.topology.asking import UnknownError
from operations.topology.model import Alarm, AlarmState, BucketBacklog, QueueDepth
from operations.topology.regional import RECENT_SECONDS, SILENT_SECONDS, RegionReader
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import SITE, open_in

STANDBY = "us-east-2"


def reader(answers: dict[tuple[str, ...], Any], *, scale: float = 1.0) -> RegionReader:
    return RegionReader(SITE, Role.STANDBY, FakeAws(answers), FakeClock(now=1000.0, scale=scale))


def item(**attributes: dict[str, str]) -> dict[tuple[str, ...], Any]:
    return {("dynamodb", STANDBY, "get_item"): {"Item": attributes} if attributes else {}}


class TestItems:
    """What the region's replica holds."""

    def test_heartbeat_has_an_age_in_real_seconds(self) -> None:
        told = item(epochSeconds={"N": "940"}, release={"S": "r1"})
        heartbeat = reader(told, scale=10).heartbeat(Role.PRIMARY)
        assert (heartbeat.at, heartbeat.age, heartbeat.release) == (940.0, 60.0, "r1")

    def test_the_peers_heartbeat_is_read_from_the_own_replica(self) -> None:
        aws = FakeAws(item(epochSeconds={"N": "940"}, release={"S": "r1"}))
        RegionReader(SITE, Role.STANDBY, aws, FakeClock(now=1000.0)).heartbeat(Role.PRIMARY)
        (call,) = aws.calls
        assert call[1] == STANDBY
        assert call[3]["Key"] == {PARTITION_KEY: {"S": "control#heartbeat#us-east-1"}}

    def test_a_clock_that_is_a_little_behind_makes_no_negative_age(self) -> None:
        assert reader(item(epochSeconds={"N": "1005"}, release={"S": "r"})).heartbeat(Role.PRIMARY).age == 0

    @pytest.mark.parametrize("scale", [1.0, 10.0])
    def test_a_heartbeat_from_the_future_has_no_age(self, scale: float) -> None:
        told = item(epochSeconds={"N": "1007"}, release={"S": "r"})
        with pytest.raises(UnknownError, match="its clock is 7 s ahead"):
            reader(told, scale=scale).heartbeat(Role.PRIMARY)

    def test_no_heartbeat_is_unknown(self) -> None:
        with pytest.raises(UnknownError):
            reader(item()).heartbeat(Role.PRIMARY)

    def test_ticker_has_a_memory_and_an_age(self) -> None:
        memory = TickerMemory(run="r1", fit=True, fit_for=30, automatic_changes=2, forgiven=1, at=timestamp(997))
        state = reader(item(**memory.item(STANDBY))).ticker()
        assert (state.run, state.age, state.is_fit, state.fit_seconds) == ("r1", 3.0, True, 30.0)
        assert (state.counted_changes, state.needed_seconds) == (1, 20.0)

    def test_a_ticker_from_the_future_has_no_age(self) -> None:
        memory = TickerMemory(run="r1", fit=True, at=timestamp(1007))
        with pytest.raises(UnknownError, match="its clock is 7 s ahead"):
            reader(item(**memory.item(STANDBY))).ticker()

    def test_a_ticker_that_is_a_little_ahead_has_just_run(self) -> None:
        memory = TickerMemory(run="r1", fit=True, at=timestamp(1004))
        assert reader(item(**memory.item(STANDBY))).ticker().age == 0

    @pytest.mark.parametrize("found", [{}, TickerMemory(run="r1").item(STANDBY)], ids=["absent", "without a time"])
    def test_ticker_without_a_memory_is_unknown(self, found: dict[str, dict[str, str]]) -> None:
        with pytest.raises(UnknownError):
            reader(item(**found)).ticker()


class TestControl:
    """The writer as this region reads it."""

    def test_strong_read_decides(self) -> None:
        aws = FakeAws(item(**open_in().item()))
        assert RegionReader(SITE, Role.STANDBY, aws, FakeClock()).control() == open_in()
        ((_, region, _, parameters),) = aws.calls
        assert (region, parameters["TableName"], parameters["ConsistentRead"]) == (
            STANDBY,
            "payments-control-dev",
            True,
        )

    def test_what_is_remembered_needs_no_quorum(self) -> None:
        aws = FakeAws(item(**open_in().item()))
        assert RegionReader(SITE, Role.STANDBY, aws, FakeClock()).remembered() == open_in()
        assert "ConsistentRead" not in aws.calls[0][3]

    def test_absent_writer_is_a_fact(self) -> None:
        assert reader(item()).control() is None
        assert reader(item()).remembered() is None

    def test_glass_lies_among_the_payments(self) -> None:
        aws = FakeAws(item(epoch={"N": "7"}, by={"S": "alice"}, reason={"S": "flood"}, at={"S": "then"}))
        glass = RegionReader(SITE, Role.STANDBY, aws, FakeClock()).glass()
        assert glass == Glass(STANDBY, 7, by="alice", reason="flood", at="then")
        assert aws.calls[0][3]["TableName"] == "payments-dev"


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


class Minutes:
    """CloudWatch, with a datapoint for each of the last minutes of a metric, newest last."""

    def __init__(self, *, scale: float = 1.0, over_for: float = 0.0, **values: list[float]) -> None:
        self.asked: list[dict[str, Any]] = []
        self._minute, self._newest, self._values = 60 / scale, 1000 - (60 + over_for) / scale, values
        self.reader = reader({("cloudwatch", STANDBY, "get_metric_data"): self._answer}, scale=scale)

    def dimensions(self, metric: str) -> dict[str, str]:
        """Return what was asked for."""
        (found,) = (each for each in self._metrics() if each["MetricName"] == metric)
        return {each["Name"]: each["Value"] for each in found["Dimensions"]}

    def _answer(self, **parameters: Any) -> Any:
        self.asked.append(parameters)
        return {
            "MetricDataResults": [
                self._result(each["Id"], self._values.get(each["MetricStat"]["Metric"]["MetricName"], []))
                for each in parameters["MetricDataQueries"]
            ]
        }

    def _result(self, id_: str, values: list[float]) -> dict[str, Any]:
        moments = [self._newest - self._minute * ago for ago in range(len(values))]
        newest_first = [datetime.fromtimestamp(moment, UTC) for moment in moments]  # as CloudWatch does by default
        return {"Id": id_, "Timestamps": newest_first, "Values": values[::-1]}

    def _metrics(self) -> list[dict[str, Any]]:
        return [each["MetricStat"]["Metric"] for asked in self.asked for each in asked["MetricDataQueries"]]


class TestLag:
    """How fast the region's writes reach the other one, by a metric of its own."""

    def test_it_is_the_recent_maximum(self) -> None:
        assert Minutes(ReplicationLatency=[900, 2500, 700]).reader.lag() == 2.5

    @pytest.mark.parametrize("scale", [1.0, 10.0])
    def test_what_cloudwatch_shows_late_is_recent(self, scale: float) -> None:
        assert Minutes(scale=scale, over_for=SILENT_SECONDS, ReplicationLatency=[700]).reader.lag() == 0.7

    @pytest.mark.parametrize("scale", [1.0, 10.0])
    def test_silence_is_no_good_lag(self, scale: float) -> None:
        silent = Minutes(scale=scale, over_for=SILENT_SECONDS + 5, ReplicationLatency=[700, 700])
        with pytest.raises(UnknownError, match="no datapoint for 185 s: nothing is replicated, or replication stands"):
            silent.reader.lag()

    def test_no_datapoint_is_no_lag_of_zero(self) -> None:
        with pytest.raises(UnknownError, match="no datapoint for 300 s"):
            Minutes().reader.lag()

    def test_a_drop_to_zero_is_silence(self) -> None:
        with pytest.raises(UnknownError, match="no datapoint for 240 s"):
            Minutes(ReplicationLatency=[700, 0, 0, 0, 0]).reader.lag()

    @pytest.mark.parametrize(("scale", "period"), [(1.0, 60), (10.0, 6)])
    def test_minutes_and_what_is_recent_follow_the_time_scale(self, scale: float, period: int) -> None:
        minutes = Minutes(scale=scale, ReplicationLatency=[700])
        minutes.reader.lag()
        (asked,) = minutes.asked
        assert (asked["EndTime"] - asked["StartTime"]).total_seconds() == RECENT_SECONDS / scale
        assert asked["MetricDataQueries"][0]["MetricStat"]["Period"] == period

    def test_the_outgoing_lag_is_asked_for(self) -> None:
        """It lies in the source region alone (FACTS 1.2)."""
        minutes = Minutes(ReplicationLatency=[700])
        minutes.reader.lag()
        assert minutes.dimensions("ReplicationLatency") == {
            "TableName": "payments-dev",
            "ReceivingRegion": "us-east-1",
        }


class TestBacklog:
    """What the region's bucket waits for, by a metric of its own."""

    def test_it_is_the_latest(self) -> None:
        minutes = Minutes(OperationsPendingReplication=[9, 4], BytesPendingReplication=[90, 40])
        assert minutes.reader.backlog() == BucketBacklog(operations=4, bytes=40)

    def test_no_datapoint_is_unknown(self) -> None:
        with pytest.raises(UnknownError, match="no datapoint lately"):
            Minutes(OperationsPendingReplication=[9]).reader.backlog()

    def test_the_incoming_backlog_is_asked_for(self) -> None:
        """It lies in the destination region alone (FACTS 5.2)."""
        minutes = Minutes(OperationsPendingReplication=[9], BytesPendingReplication=[90])
        minutes.reader.backlog()
        assert minutes.dimensions("BytesPendingReplication") == {
            "SourceBucket": "bucket-us-east-1",
            "DestinationBucket": "bucket-us-east-2",
            "RuleId": "everything",
        }
