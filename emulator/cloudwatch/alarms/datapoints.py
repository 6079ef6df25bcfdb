# ruff: noqa: SLF001 — MiniStack offers no public seams
"""A metric's stored points as the datapoints of periods, by a statistic."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ministack.services import cloudwatch

from emulator.cloudwatch.alarms.metric_points import MetricPoints, Point

_SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(100|\d{1,2}(\.\d{1,10})?)$")


@dataclass(frozen=True)
class Datapoint:
    """The value of one period."""

    start: float
    """Seconds since the epoch."""
    value: float
    samples: float
    """How many values it was made of; 0 for the result of an expression."""


@dataclass(frozen=True)
class MetricQuery:
    """One metric by its full name, and the statistic to take of it."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str
    unit: str | None

    @property
    def percentile(self) -> float | None:
        """The percentage of values that the statistic names; None for any other statistic."""
        match = _PERCENTILE.match(self.statistic)
        return float(match[1]) if match else None


@dataclass(frozen=True)
class Windows:
    """Periods of equal length, one after another."""

    end: float
    """The end of the last one, in emulated seconds since the epoch."""
    seconds: float
    """Emulated seconds, too."""
    count: int
    real: Callable[[float], float] = float
    """Returns the real time at an emulated one, which are the same without one: datapoints have real time stamps."""

    @property
    def bounds(self) -> Sequence[float]:
        """When each starts in real time, oldest first, and when the last one ends."""
        return [self.real(self.end - self.seconds * back) for back in range(self.count, -1, -1)]


def known_statistic(name: str) -> bool:
    """Return whether `datapoints` knows a statistic."""
    return name in _SIMPLE or _PERCENTILE.match(name) is not None


def stored(query: MetricQuery) -> MetricPoints:
    """Return the points of a metric in the current region; metrics with other dimensions are other metrics."""
    key = (query.namespace, query.name, cloudwatch._dims_key(query.dimensions))
    points: MetricPoints | None = cloudwatch._metrics.get(key)
    return MetricPoints() if points is None else points


def datapoints(points: MetricPoints, query: MetricQuery, windows: Windows) -> list[Datapoint | None]:
    """Return one datapoint for each period, None where there is no data."""
    return [_datapoint(start, points.between(start, end), query) for start, end in pairwise(windows.bounds)]


def _datapoint(start: float, points: Sequence[Point], query: MetricQuery) -> Datapoint | None:
    if query.unit is not None:
        points = [point for point in points if point["Unit"] == query.unit]
    statistics = cloudwatch._calc_stats(points)
    if not statistics:
        return None
    value = cloudwatch._stat_value(statistics, query.statistic, points)
    return None if value is None else Datapoint(start, value, statistics["SampleCount"])
