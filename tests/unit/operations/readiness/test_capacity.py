"""What a region can take at once, and what it took."""

from typing import Any

import pytest

from contract.environment import Function
from contract.roles import Role
from operations.readiness.capacity import CapacityReader
from operations.readiness.model import UsedCapacity
from operations.topology.asking import UnknownError
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import SITE

DAY = 86_400


def reader(clock: FakeClock | None = None, **operations: Any) -> tuple[CapacityReader, FakeAws]:
    services = {"describe_table": "dynamodb", "get_metric_data": "cloudwatch"}
    aws = FakeAws({(services[operation], operation): answer for operation, answer in operations.items()})
    return CapacityReader(SITE, SITE.regions[Role.STANDBY], aws, clock or FakeClock()), aws


def data(**values: list[float]) -> dict[str, Any]:
    return {"MetricDataResults": [{"Id": id_, "Values": each} for id_, each in values.items()]}


class TestWarmThroughput:
    """What DynamoDB says that the replica is ready for (FACTS 1.15)."""

    def test_it_is_the_writes(self) -> None:
        described = {"Table": {"WarmThroughput": {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000}}}
        assert reader(describe_table=described)[0].warm_writes() == 4_000

    @pytest.mark.parametrize("table", [{}, {"WarmThroughput": {"Status": "ACTIVE"}}])
    def test_what_is_not_said_is_unknown(self, table: dict[str, Any]) -> None:
        with pytest.raises(UnknownError, match="does not say"):
            reader(describe_table={"Table": table})[0].warm_writes()


class TestUse:
    """The most of two weeks."""

    def test_busiest_five_minutes_and_most_executions(self) -> None:
        read, _ = reader(get_metric_data=data(writes=[300.0, 90_000.0, 600.0], executions=[1.0, 7.0]))
        assert read.used() == UsedCapacity(writes_per_second=300, executions=7)

    @pytest.mark.parametrize(
        ("told", "what"),
        [
            (data(writes=[], executions=[1]), "the table's writes"),
            (data(writes=[1]), "the payment function's executions"),
        ],
    )
    def test_no_datapoint_is_unknown(self, told: dict[str, Any], what: str) -> None:
        with pytest.raises(UnknownError, match=f"no datapoint of {what} in 14 days"):
            reader(get_metric_data=told)[0].used()

    def test_all_pages_are_read(self) -> None:
        pages = iter([{**data(writes=[300.0], executions=[2.0]), "NextToken": "more"}, data(writes=[600.0])])
        read, _ = reader(get_metric_data=lambda **_: next(pages))
        assert read.used() == UsedCapacity(writes_per_second=2, executions=2)

    @pytest.mark.parametrize(("scale", "days", "period"), [(1.0, 14, 300), (60.0, 14 / 60, 5)])
    def test_two_weeks_of_the_regions_own_table_and_function(self, scale: float, days: float, period: int) -> None:
        """Shorter where an emulator's time runs faster."""
        clock = FakeClock(scale=scale)
        read, aws = reader(clock, get_metric_data=data(writes=[1.0], executions=[1.0]))
        read.used()
        ((_, region, _, asked),) = aws.calls
        writes, executions = (each["MetricStat"] for each in asked["MetricDataQueries"])
        assert region == SITE.standby.name
        assert (asked["EndTime"] - asked["StartTime"]).total_seconds() == pytest.approx(days * DAY)
        assert (writes["Stat"], writes["Metric"]["Dimensions"][0]["Value"]) == ("Sum", SITE.table_name)
        function = SITE.standby.function_names[Function.PAYMENT_API]
        assert (executions["Stat"], executions["Metric"]["Dimensions"][0]["Value"]) == ("Maximum", function)
        assert {writes["Period"], executions["Period"]} == {period}
