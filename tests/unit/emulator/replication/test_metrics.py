"""At most one datapoint a minute of emulated time for each series, in CloudWatch's own store."""

from itertools import pairwise

import pytest
from ministack.core.responses import get_account_id, request_scope
from ministack.services import cloudwatch

from emulator.faults import Faults
from emulator.replication.metrics import MinuteMetrics, Series, Statistics, put, where_possible
from tests.unit.emulator.replication.world import OHIO, FakeClock

SERIES = Series(get_account_id(), OHIO, "AWS/Test", "Lag", "Seconds", (("Name", "a"),))


class Gathering:
    """Metrics under a clock that the test moves, and what they published."""

    def __init__(self, scale: float = 1.0) -> None:
        self.clock = FakeClock(scale)
        self.published: list[tuple[Statistics, float]] = []
        self.metrics = MinuteMetrics(clock=self.clock, publish=lambda _, *point: self.published.append(point))

    def turn_after(self, seconds: float) -> None:
        self.clock.seconds += seconds
        self.metrics.turn(lambda: None)


def test_a_minutes_values_become_one_statistic_set() -> None:
    gathering = Gathering()
    for value in (3.0, 1.0, 2.0):
        gathering.metrics.add(SERIES, value)
    gathering.turn_after(60)
    assert [statistics for statistics, _ in gathering.published] == [Statistics(3, 6.0, 1.0, 3.0)]


def test_nothing_is_published_before_the_minute_is_over() -> None:
    gathering = Gathering()
    gathering.metrics.add(SERIES, 1.0)
    gathering.turn_after(gathering.metrics.seconds_left() - 0.01)
    assert not gathering.published
    gathering.turn_after(0.01)
    assert gathering.published


def test_a_quiet_minute_publishes_nothing() -> None:
    gathering = Gathering()
    gathering.metrics.add(SERIES, 1.0)
    for _ in range(5):
        gathering.turn_after(60)
    assert len(gathering.published) == 1


@pytest.mark.parametrize("scale", [1.0, 60.0, 7.5])
def test_datapoints_are_a_minute_apart(scale: float) -> None:
    gathering = Gathering(scale)
    for _ in range(3000):
        gathering.metrics.add(SERIES, 1.0)
        gathering.turn_after(0.1)
    stamps = [stamp for _, stamp in gathering.published]
    assert len(stamps) == 5
    assert [later - earlier for earlier, later in pairwise(stamps)] == pytest.approx([60 / scale] * 4)


def test_what_is_sampled_belongs_to_the_minute_that_ends() -> None:
    gathering = Gathering()
    gathering.clock.seconds += 60
    gathering.metrics.turn(lambda: gathering.metrics.add(SERIES, 7.0))
    ((statistics, stamp),) = gathering.published
    assert statistics == Statistics(1, 7.0, 7.0, 7.0)
    assert stamp - gathering.clock.time() // 60 * 60 == pytest.approx(0.001, abs=1e-6)


@pytest.mark.parametrize("fault", [{"name": "region-down"}, {"name": "service-down", "service": "monitoring"}])
def test_a_region_that_is_down_gets_no_datapoint(fault: dict[str, str]) -> None:
    faults, published = Faults(), list[object]()
    publish = where_possible(lambda *datapoint: published.append(datapoint), faults)
    faults.inject(fault.pop("name"), region=OHIO, **fault)
    publish(SERIES, Statistics(), 1.0)
    assert published == []
    faults.heal()
    publish(SERIES, Statistics(), 2.0)
    assert published == [(SERIES, Statistics(), 2.0)]


def test_a_datapoint_is_stored_in_its_region() -> None:
    put(SERIES, Statistics(2, 4.0, 1.0, 3.0), 1_800_000_000.0)
    with request_scope(get_account_id(), OHIO):
        stored = cloudwatch._metrics.pop(("AWS/Test", "Lag", "Name=a"))
    assert cloudwatch._calc_stats(stored) == {
        "SampleCount": 2,
        "Sum": 4,
        "Average": 2,
        "Minimum": 1,
        "Maximum": 3,
    }
