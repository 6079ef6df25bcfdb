# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Metrics of AWS's own: each series gets at most one datapoint a minute, and none when nothing happened."""

import math
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from emulator.clock import EmulatorClock
from emulator.faults import ActiveFaults

_MINUTE_SECONDS = 60

_PAST_THE_END_SECONDS = 0.001
"""Real seconds: so that no rounding puts a datapoint into the minute before."""

Unit = Literal["Milliseconds", "Seconds", "Bytes", "Count"]


class MetricSeries(NamedTuple):
    """What CloudWatch tells series apart by, and where it keeps them."""

    account: str
    region: str
    namespace: str
    metric: str
    unit: Unit
    dimensions: tuple[tuple[str, str], ...]


class Values(Protocol):
    """The values of a minute."""

    def add(self, value: float, times: int = 1) -> None:
        """Count a value that was seen so many times."""

    def shown(self) -> dict[str, Any]:
        """Return them in the words of `PutMetricData`."""


@dataclass(slots=True)
class Statistics:
    """Values as a statistic set."""

    count: int = 0
    sum: float = 0.0
    minimum: float = math.inf
    maximum: float = -math.inf

    def add(self, value: float, times: int = 1) -> None:
        """Count a value that was seen so many times."""
        self.count += times
        self.sum += value * times
        self.minimum = min(self.minimum, value)
        self.maximum = max(self.maximum, value)

    def shown(self) -> dict[str, Any]:
        """Return them in the words of `PutMetricData`."""
        statistics = {"SampleCount": self.count, "Sum": self.sum, "Minimum": self.minimum, "Maximum": self.maximum}
        return {"StatisticValues": statistics}


class Counts(Counter[float]):
    """Values with how often each was seen: percentiles can be told from them, as on AWS."""

    def add(self, value: float, times: int = 1) -> None:
        """Count a value that was seen so many times."""
        self[value] += times

    def shown(self) -> dict[str, Any]:
        """Return them in the words of `PutMetricData`."""
        return {"Values": list(self), "Counts": list(self.values())}


def rounded(milliseconds: float) -> float:
    """Return a duration to two significant digits: a busy minute then has dozens of different ones, not thousands."""
    return float(f"{milliseconds:.2g}")


Publish = Callable[[MetricSeries, Values, float], None]
"""Takes a series, its values of a minute, and the real time to stamp them with."""


def put(series: MetricSeries, values: Values, timestamp: float) -> None:
    """Put a datapoint into the CloudWatch of its region."""
    datum = {
        "MetricName": series.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in series.dimensions],
        "Timestamp": timestamp,
        "Unit": series.unit,
        **values.shown(),
    }
    with request_scope(series.account, series.region):
        request = {"Namespace": series.namespace, "MetricData": [datum]}
        cloudwatch._put_metric_data({}, request, is_cbor=False, is_json=True)


class MinuteMetrics:
    """Gathers values by series, from any thread, and publishes them when a minute of emulated time is over.

    Minutes are those of emulated time, as those of alarms are. A datapoint is stamped with the end of its minute, when
    it can first be seen: each later minute then holds one datapoint of a series that goes on, and no alarm looks for
    one that is not there yet. What the CloudWatch of a series' region cannot take, since it is down, is left out.

    Args:
        kind: Makes what a series' values are gathered in.
        clock: Whose minutes they are.
        faults: Which regions' CloudWatch is there.
        publish: Takes the datapoints.
    """

    def __init__(
        self, kind: Callable[[], Values], *, clock: EmulatorClock, faults: ActiveFaults, publish: Publish
    ) -> None:
        self._kind = kind
        self._clock = clock
        self._faults = faults
        self._publish = publish
        self._lock = threading.Lock()
        self._gathered: dict[MetricSeries, Values] = {}
        self._minute = self._now()

    def __bool__(self) -> bool:
        return bool(self._gathered)

    def add(self, series: MetricSeries, value: float, times: int = 1) -> None:
        """Count a value in the current minute."""
        with self._lock:
            values = self._gathered.get(series)
            if values is None:
                values = self._gathered[series] = self._kind()
            values.add(value, times)

    def turn(self, sample: Callable[[], None]) -> None:
        """Publish the past minute, if one is over, with what is sampled at its end."""
        minute = self._now()
        if minute == self._minute:
            return
        self._minute = minute
        sample()
        with self._lock:
            gathered, self._gathered = self._gathered, {}
        stamp = self._clock.real(minute * _MINUTE_SECONDS) + _PAST_THE_END_SECONDS
        for series, values in gathered.items():
            if self._faults.reachable(series.region, "monitoring"):
                self._publish(series, values, stamp)

    def seconds_left(self) -> float:
        """Return the emulated seconds until this minute is over."""
        return _MINUTE_SECONDS - self._clock.emulated(self._clock.time()) % _MINUTE_SECONDS

    def _now(self) -> int:
        return int(self._clock.emulated(self._clock.time()) // _MINUTE_SECONDS)
