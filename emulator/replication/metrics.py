# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Metrics of AWS's own: each series gets at most one datapoint a minute, and none when nothing happened."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from emulator.clock import Clock
from emulator.faults import Faults

MINUTE_SECONDS = 60

PAST_THE_END_SECONDS = 0.001
"""Real seconds: so that no rounding puts a datapoint into the minute before."""

Unit = Literal["Milliseconds", "Seconds", "Bytes", "Count"]


class Series(NamedTuple):
    """What CloudWatch tells series apart by, and where it keeps them."""

    account: str
    region: str
    namespace: str
    metric: str
    unit: Unit
    dimensions: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Statistics:
    """A statistic set, as `PutMetricData` takes it."""

    count: int = 0
    sum: float = 0.0
    minimum: float = math.inf
    maximum: float = -math.inf

    def shown(self) -> dict[str, float]:
        """Return it in the API's words."""
        return {
            "SampleCount": self.count,
            "Sum": self.sum,
            "Minimum": self.minimum,
            "Maximum": self.maximum,
        }

    def add(self, value: float) -> None:
        """Count one more value."""
        self.count += 1
        self.sum += value
        self.minimum = min(self.minimum, value)
        self.maximum = max(self.maximum, value)


Publish = Callable[[Series, Statistics, float], None]
"""Takes a series, its datapoint, and the real time that it is stamped with."""


def put(series: Series, statistics: Statistics, timestamp: float) -> None:
    """Put a datapoint into the CloudWatch of the series' region."""
    datum = {
        "MetricName": series.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in series.dimensions],
        "Timestamp": timestamp,
        "Unit": series.unit,
        "StatisticValues": statistics.shown(),
    }
    with request_scope(series.account, series.region):
        request = {"Namespace": series.namespace, "MetricData": [datum]}
        cloudwatch._put_metric_data({}, request, is_cbor=False, is_json=True)


Datapoint = TypeVar("Datapoint")


def where_possible(
    publish: Callable[[Series, Datapoint, float], None], faults: Faults
) -> Callable[[Series, Datapoint, float], None]:
    """Leave out what the CloudWatch of the series' region cannot take, since it is down."""

    def publish_if_up(series: Series, datapoint: Datapoint, timestamp: float) -> None:
        if faults.reachable(series.region, "monitoring"):
            publish(series, datapoint, timestamp)

    return publish_if_up


class MinuteMetrics:
    """Gathers values by series, and publishes them when a minute of emulated time is over.

    Minutes are those of emulated time, as those of alarms are. A datapoint is stamped with the
    end of its minute, when it can first be seen: each later minute then holds one datapoint of a series that goes on,
    and no alarm looks for one that is not there yet.
    """

    def __init__(self, *, clock: Clock, publish: Publish = put) -> None:
        self._clock = clock
        self._publish = publish
        self._gathered: dict[Series, Statistics] = {}
        self._minute = self._now()

    def __bool__(self) -> bool:
        return bool(self._gathered)

    def add(self, series: Series, value: float) -> None:
        """Count a value in the current minute."""
        statistics = self._gathered.get(series)
        if statistics is None:
            self._gathered[series] = Statistics(1, value, value, value)
        else:
            statistics.add(value)

    def turn(self, sample: Callable[[], None]) -> None:
        """Publish the past minute, if one is over, with what is sampled at its end."""
        minute = self._now()
        if minute == self._minute:
            return
        self._minute = minute
        sample()
        gathered, self._gathered = self._gathered, {}
        ended_at = self._clock.real(minute * MINUTE_SECONDS)
        for series, statistics in gathered.items():
            self._publish(series, statistics, ended_at + PAST_THE_END_SECONDS)

    def seconds_left(self) -> float:
        """Return the emulated seconds until this minute is over."""
        return MINUTE_SECONDS - self._clock.emulated(self._clock.time()) % MINUTE_SECONDS

    def _now(self) -> int:
        return int(self._clock.emulated(self._clock.time()) // MINUTE_SECONDS)
