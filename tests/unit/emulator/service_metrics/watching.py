"""Service metrics of some services, and what they published."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from emulator.cloudwatch.minute_metrics import MetricSeries
from emulator.cloudwatch.service_metrics import ServiceMetrics
from emulator.faults import ActiveFaults
from tests.unit.emulator.time_machine import TimeMachine


class Published(NamedTuple):
    """One datapoint."""

    series: MetricSeries
    values: Mapping[float, int]


class Watching:
    """Everything under a clock that the test moves."""

    def __init__(self, scale: float = 1.0) -> None:
        self.clock, self.faults = TimeMachine(scale=scale), ActiveFaults()
        self.published: list[Published] = []
        self.metrics = ServiceMetrics(clock=self.clock, faults=self.faults, publish=self._publish)

    def _publish(self, series: MetricSeries, values: Any, _: float) -> None:
        self.published.append(Published(series, dict(values)))

    def minute(self, count: int = 1) -> dict[str, Mapping[float, int]]:
        """Let minutes pass; return what the last one published, by metric, of the most dimensions."""
        for _ in range(count):
            self.published.clear()
            self.clock.advance(60)
            self.metrics.step()
        shown = sorted(self.published, key=lambda each: len(each.series.dimensions))
        return {each.series.metric: each.values for each in shown}
