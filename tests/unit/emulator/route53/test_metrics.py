"""The checks' status in CloudWatch."""

import asyncio
import contextlib
from typing import Any

from emulator.faults import ActiveFaults
from emulator.route53.checks import HealthCheck
from emulator.route53.metrics import Metrics
from emulator.route53.probes import Latency
from emulator.route53.statuses import Checker, Statuses
from tests.unit.emulator.time_machine import AlarmClock

CHECKS = {
    "endpoint": HealthCheck("HTTPS", inverted=True),
    "calculated": HealthCheck("CALCULATED", children=("endpoint",), health_threshold=0),
}


class Published:
    """The part, and what it has put."""

    def __init__(self) -> None:
        self.clock = AlarmClock()
        self.faults = ActiveFaults()
        self.data: list[tuple[str, dict[str, Any]]] = []
        statuses = Statuses(lambda: CHECKS)
        statuses.keep([("endpoint", Checker("us-west-2", 1))], [])
        self.part = Metrics(
            clock=self.clock, faults=self.faults, checks=lambda: CHECKS, statuses=statuses, put=self._put
        )

    def _put(self, check_id: str, data: list[dict[str, Any]]) -> None:
        self.data += [(check_id, datum) for datum in data]

    def values(self) -> dict[tuple[str, str], tuple[float, str]]:
        return {(check_id, datum["MetricName"]): (datum["Value"], datum["Unit"]) for check_id, datum in self.data}

    def after(self, *seconds: float) -> list[int]:
        """Run for so long; return how many values had been put after each time."""
        counts: list[int] = []

        async def scenario() -> None:
            running = asyncio.create_task(self.part.run())
            for each in seconds:
                await self.clock.pass_by(each)
                counts.append(len(self.data))
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

        asyncio.run(scenario())
        return counts


def test_every_minute() -> None:
    assert Published().after(59, 1, 59, 1) == [0, 4, 4, 8]


def test_the_values() -> None:
    published = Published()
    published.part.publish()
    assert published.values() == {
        ("endpoint", "HealthCheckStatus"): (0.0, "None"),
        ("endpoint", "HealthCheckPercentageHealthy"): (100.0, "Percent"),
        ("calculated", "HealthCheckStatus"): (1.0, "None"),
        ("calculated", "ChildHealthCheckHealthyCount"): (0.0, "Count"),
    }
    datum = published.data[0][1]
    assert datum["Dimensions"] == [{"Name": "HealthCheckId", "Value": "endpoint"}]
    assert datum["Timestamp"] == published.clock.time()


def test_they_are_lost_with_us_east_1() -> None:
    published = Published()
    published.faults.inject("region-down", region="us-east-1")
    published.part.publish()
    assert published.data == []


def test_latencies_are_milliseconds_of_all_checkers_since_the_last_time() -> None:
    published = Published()
    published.part.measured("endpoint", Latency(0.010, 0.030, 0.200))
    published.part.measured("endpoint", Latency(0.030))
    published.part.publish()
    shown = {datum["MetricName"]: datum["StatisticValues"] for _, datum in published.data if "StatisticValues" in datum}
    assert {name: (each["SampleCount"], each["Minimum"], each["Maximum"]) for name, each in shown.items()} == {
        "ConnectionTime": (2, 10, 30),
        "SSLHandshakeTime": (1, 30, 30),
        "TimeToFirstByte": (1, 200, 200),
    }
    published.data.clear()
    published.part.publish()
    assert not [datum for _, datum in published.data if "StatisticValues" in datum]
