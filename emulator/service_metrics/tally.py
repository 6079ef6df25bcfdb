# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Values of a minute, counted: with how often each was seen, percentiles can be told from them, as on AWS."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from emulator.clock import Clock
from emulator.replication.metrics import MINUTE_SECONDS, PAST_THE_END_SECONDS, Series

Publish = Callable[[Series, Mapping[float, int], float], None]
"""Takes a series, how often each value was seen in the minute, and the real time to stamp it with."""


def put(series: Series, values: Mapping[float, int], timestamp: float) -> None:
    """Put a minute's values into the CloudWatch of the series' region."""
    datum = {
        "MetricName": series.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in series.dimensions],
        "Timestamp": timestamp,
        "Unit": series.unit,
        "Values": list(values),
        "Counts": list(values.values()),
    }
    with request_scope(series.account, series.region):
        request = {"Namespace": series.namespace, "MetricData": [datum]}
        cloudwatch._put_metric_data({}, request, is_cbor=False, is_json=True)


def rounded(milliseconds: float) -> float:
    """Return a duration to two significant digits: a busy minute then has dozens of different ones, not thousands."""
    return float(f"{milliseconds:.2g}")


class Tally:
    """Counts values by series, from any thread, and publishes them when a minute of emulated time is over."""

    def __init__(self, *, clock: Clock, publish: Publish = put) -> None:
        self._clock = clock
        self._publish = publish
        self._lock = threading.Lock()
        self._counted: dict[Series, Counter[float]] = {}
        self._minute = self._now()

    def add(self, series: Series, value: float, times: int = 1) -> None:
        """Count a value in the current minute."""
        with self._lock:
            values = self._counted.get(series)
            if values is None:
                values = self._counted[series] = Counter()
            values[value] += times

    def turn(self, sample: Callable[[], None]) -> None:
        """Publish the past minute, if one is over, with what is sampled at its end."""
        minute = self._now()
        if minute == self._minute:
            return
        self._minute = minute
        sample()
        with self._lock:
            counted, self._counted = self._counted, {}
        stamp = self._clock.real(minute * MINUTE_SECONDS) + PAST_THE_END_SECONDS
        for series, values in counted.items():
            self._publish(series, values, stamp)

    def seconds_left(self) -> float:
        """Return the emulated seconds until this minute is over."""
        return MINUTE_SECONDS - self._clock.emulated(self._clock.time()) % MINUTE_SECONDS

    def _now(self) -> int:
        return int(self._clock.emulated(self._clock.time()) // MINUTE_SECONDS)
