"""A minute's values, counted and published when the minute is over."""

import threading

from ministack.core.responses import get_account_id, request_scope
from ministack.services import cloudwatch

from emulator.replication.metrics import Series
from emulator.service_metrics.tally import Tally, put, rounded
from tests.unit.emulator.time_machine import TimeMachine

OHIO = "us-east-2"
SERIES = Series(get_account_id(), OHIO, "AWS/Test", "Latency", "Milliseconds", (("Name", "a"),))


class Counting:
    """A tally under a clock that the test moves, and what it published."""

    def __init__(self, scale: float = 1.0) -> None:
        self.clock = TimeMachine(scale=scale)
        self.published: list[tuple[dict[float, int], float]] = []
        self.tally = Tally(
            clock=self.clock, publish=lambda _, values, stamp: self.published.append((dict(values), stamp))
        )

    def turn_after(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.tally.turn(lambda: None)


def test_it_says_how_often_each_value_was_seen() -> None:
    counting = Counting()
    counting.tally.add(SERIES, 3.0)
    counting.tally.add(SERIES, 5.0, times=2)
    counting.tally.add(SERIES, 3.0)
    counting.turn_after(60)
    assert [values for values, _ in counting.published] == [{3.0: 2, 5.0: 2}]


def test_what_is_sampled_belongs_to_the_minute_that_ends() -> None:
    counting = Counting()
    counting.clock.advance(60)
    counting.tally.turn(lambda: counting.tally.add(SERIES, 7.0))
    assert [values for values, _ in counting.published] == [{7.0: 1}]


def test_nothing_is_published_before_the_minute_is_over_and_nothing_twice() -> None:
    counting = Counting(scale=10)
    counting.tally.add(SERIES, 1.0)
    counting.turn_after(counting.tally.seconds_left() - 0.1)
    assert not counting.published
    for _ in range(3):
        counting.turn_after(60)
    ((_, stamp),) = counting.published
    assert 0 < counting.clock.emulated(stamp) % 60 < 1  # the end of the minute


def test_threads_lose_nothing() -> None:
    counting = Counting()

    def add() -> None:
        for _ in range(2000):
            counting.tally.add(SERIES, 1.0)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counting.turn_after(60)
    assert [values for values, _ in counting.published] == [{1.0: 8000}]


def test_percentiles_can_be_told_from_what_is_stored() -> None:
    put(SERIES, {10.0: 98, 3000.0: 2}, 1_800_000_000.0)
    with request_scope(get_account_id(), OHIO):
        stored = cloudwatch._metrics.pop(("AWS/Test", "Latency", "Name=a"))
    statistics = cloudwatch._calc_stats(stored)
    assert (statistics["SampleCount"], statistics["Maximum"]) == (100, 3000)
    assert [cloudwatch._stat_value(statistics, each, stored) for each in ("p50", "p99")] == [10, 3000]


def test_durations_keep_two_digits() -> None:
    assert [rounded(each) for each in (0.0123, 7.0, 1849.0, 2051.0)] == [0.012, 7.0, 1800.0, 2100.0]
