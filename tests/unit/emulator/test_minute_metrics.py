"""At most one datapoint a minute of emulated time for each series, in CloudWatch's own store."""

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from ministack.core.responses import get_account_id, request_scope
from ministack.services import cloudwatch

from emulator.cloudwatch.minute_metrics import Counts, MetricSeries, MinuteMetrics, Statistics, Values, put, rounded
from emulator.faults import ActiveFaults
from tests.unit.emulator.time_machine import TimeMachine

OHIO = "us-east-2"
SERIES = MetricSeries(get_account_id(), OHIO, "AWS/Test", "Lag", "Milliseconds", (("Name", "a"),))
STAMP = 1_800_000_000.0


class Gathering:
    """Metrics under a clock that the test moves, and what they published."""

    def __init__(self, kind: Callable[[], Values] = Counts, scale: float = 1.0) -> None:
        self.clock, self.faults = TimeMachine(scale=scale), ActiveFaults()
        self.published: list[tuple[Any, float]] = []
        self.metrics = MinuteMetrics(
            kind, clock=self.clock, faults=self.faults, publish=lambda _, *point: self.published.append(point)
        )

    def turn_after(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.metrics.turn(lambda: None)


def stored_statistics() -> tuple[Any, list[Any]]:
    """Take what is stored of the series, as CloudWatch calculates it: the statistic set, p50 and p99."""
    with request_scope(get_account_id(), OHIO):
        stored = cloudwatch._metrics.pop(("AWS/Test", "Lag", "Name=a"))
    statistics = cloudwatch._calc_stats(stored)
    return statistics, [cloudwatch._stat_value(statistics, each, stored) for each in ("p50", "p99")]


def test_a_minutes_values_become_one_statistic_set() -> None:
    gathering = Gathering(Statistics)
    for value in (3.0, 1.0, 2.0):
        gathering.metrics.add(SERIES, value)
    gathering.turn_after(60)
    assert [statistics for statistics, _ in gathering.published] == [Statistics(3, 6.0, 1.0, 3.0)]


def test_counts_say_how_often_each_value_was_seen() -> None:
    gathering = Gathering(Counts)
    gathering.metrics.add(SERIES, 3.0)
    gathering.metrics.add(SERIES, 5.0, times=2)
    gathering.metrics.add(SERIES, 3.0)
    gathering.turn_after(60)
    assert [counts for counts, _ in gathering.published] == [{3.0: 2, 5.0: 2}]


@pytest.mark.parametrize("scale", [1.0, 10.0])
def test_nothing_is_published_before_the_minute_is_over(scale: float) -> None:
    gathering = Gathering(scale=scale)
    gathering.metrics.add(SERIES, 1.0)
    gathering.turn_after(gathering.metrics.seconds_left() - 0.1)
    assert not gathering.published
    gathering.turn_after(0.1)
    assert gathering.published


def test_a_quiet_minute_publishes_nothing() -> None:
    gathering = Gathering()
    gathering.metrics.add(SERIES, 1.0)
    for _ in range(5):
        gathering.turn_after(60)
    assert len(gathering.published) == 1


@pytest.mark.parametrize("scale", [1.0, 60.0, 7.5])
def test_datapoints_are_a_minute_apart(scale: float) -> None:
    gathering = Gathering(scale=scale)
    for _ in range(3100):  # ten seconds more than five minutes
        gathering.metrics.add(SERIES, 1.0)
        gathering.turn_after(0.1)
    stamps = [stamp for _, stamp in gathering.published]
    assert len(stamps) == 5
    assert [later - earlier for earlier, later in pairwise(stamps)] == pytest.approx([60 / scale] * 4)


def test_what_is_sampled_belongs_to_the_minute_that_ends() -> None:
    gathering = Gathering()
    gathering.clock.advance(60)
    gathering.metrics.turn(lambda: gathering.metrics.add(SERIES, 7.0))
    ((counts, stamp),) = gathering.published
    assert counts == {7.0: 1}
    assert stamp - gathering.clock.time() // 60 * 60 == pytest.approx(0.001, abs=1e-6)


@pytest.mark.parametrize(("fault", "values"), [("region-down", {}), ("service-down", {"service": "monitoring"})])
def test_a_region_that_is_down_gets_no_datapoint(fault: str, values: dict[str, str]) -> None:
    gathering = Gathering()
    gathering.faults.inject(fault, region=OHIO, **values)
    gathering.metrics.add(SERIES, 1.0)
    gathering.turn_after(60)
    assert gathering.published == []
    gathering.faults.heal()
    gathering.metrics.add(SERIES, 2.0)
    gathering.turn_after(60)
    assert [counts for counts, _ in gathering.published] == [{2.0: 1}]


def test_threads_lose_nothing() -> None:
    gathering = Gathering()

    def add() -> None:
        for _ in range(2000):
            gathering.metrics.add(SERIES, 1.0)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gathering.turn_after(60)
    assert [counts for counts, _ in gathering.published] == [{1.0: 8000}]


def test_a_datapoint_is_stored_in_its_region() -> None:
    put(SERIES, Statistics(2, 4.0, 1.0, 3.0), STAMP)
    statistics, _ = stored_statistics()
    assert statistics == {"SampleCount": 2, "Sum": 4, "Average": 2, "Minimum": 1, "Maximum": 3}


def test_percentiles_follow_from_counts() -> None:
    put(SERIES, Counts({10.0: 98, 3000.0: 2}), STAMP)
    statistics, percentiles = stored_statistics()
    assert (statistics["SampleCount"], statistics["Maximum"]) == (100, 3000)
    assert percentiles == [10, 3000]


def test_durations_keep_two_digits() -> None:
    assert [rounded(each) for each in (0.0123, 7.0, 1849.0, 2051.0)] == [0.012, 7.0, 1800.0, 2100.0]
