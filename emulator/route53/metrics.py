"""Publishes the checks' status in CloudWatch every minute, in us-east-1 alone (FACTS 2.6)."""

from collections.abc import Callable, Mapping
from typing import Any

from emulator.clock import EmulatorClock
from emulator.cloudwatch.minute_metrics import Statistics
from emulator.faults import ActiveFaults
from emulator.regions import DEFAULT_REGION
from emulator.route53.checks import CALCULATED, HealthCheck
from emulator.route53.probes import Latency
from emulator.route53.statuses import Statuses

NAMESPACE = "AWS/Route53"
PUBLISHED_EVERY_SECONDS = 60.0

Datum = dict[str, Any]
Put = Callable[[str, list[Datum]], None]
"""Puts metric data into the CloudWatch of us-east-1, for the account of the check with an id."""


class Metrics:
    """Publishes until it is cancelled."""

    name = "health-check-metrics"

    def __init__(
        self,
        *,
        clock: EmulatorClock,
        faults: ActiveFaults,
        checks: Callable[[], Mapping[str, HealthCheck]],
        statuses: Statuses,
        put: Put,
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._checks = checks
        self._statuses = statuses
        self._put = put
        self._latencies: dict[str, dict[str, Statistics]] = {}
        """In milliseconds, by check and metric, of all checkers since the last time."""

    def measured(self, check_id: str, latency: Latency) -> None:
        """Count how long a checker's request took."""
        times = {
            "ConnectionTime": latency.connection,
            "SSLHandshakeTime": latency.handshake,
            "TimeToFirstByte": latency.first_byte,
        }
        gathered = self._latencies.setdefault(check_id, {})
        for name, seconds in times.items():
            if seconds is not None:
                gathered.setdefault(name, Statistics()).add(1000 * seconds)

    async def run(self) -> None:
        """Publish in a fixed rhythm, so that no period goes without data."""
        due = self._clock.monotonic()
        while True:
            due = max(due + PUBLISHED_EVERY_SECONDS, self._clock.monotonic())
            await self._clock.sleep(due - self._clock.monotonic())
            self.publish()

    def publish(self) -> None:
        """Put one value of each metric of each check; with CloudWatch there out of reach, they are lost."""
        latencies, self._latencies = self._latencies, {}
        if self._faults.reachable(DEFAULT_REGION, "monitoring"):
            now = self._clock.time()
            for check_id, check in self._checks().items():
                data = [*self._data(check_id, check), *_latency_data(latencies.get(check_id, {}))]
                dimensions = [{"Name": "HealthCheckId", "Value": check_id}]
                self._put(check_id, [{**datum, "Dimensions": dimensions, "Timestamp": now} for datum in data])

    def _data(self, check_id: str, check: HealthCheck) -> list[Datum]:
        values: dict[str, tuple[float | None, str]] = {
            "HealthCheckStatus": (float(self._statuses.healthy(check_id)), "None"),
            "HealthCheckPercentageHealthy": (self._statuses.healthy_percent(check_id), "Percent"),
        }
        if check.type == CALCULATED:
            values["ChildHealthCheckHealthyCount"] = (float(self._statuses.healthy_children(check)), "Count")
        return [
            {"MetricName": name, "Unit": unit, "Value": value}
            for name, (value, unit) in values.items()
            if value is not None
        ]


def _latency_data(latencies: Mapping[str, Statistics]) -> list[Datum]:
    return [
        {"MetricName": name, "Unit": "Milliseconds", **statistics.shown()} for name, statistics in latencies.items()
    ]
