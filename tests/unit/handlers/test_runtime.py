"""The clock that functions ship with."""

from handlers.runtime import Clock, Moment


def test_clock_reads_each_of_its_clocks_for_its_own_place() -> None:
    clock = Clock(monotonic=lambda: 17.5, wall=lambda: 1_767_225_600.25)
    assert clock.now() == Moment(monotonic=17.5, wall=1_767_225_600.25)
    assert clock.timestamp() == "2026-01-01T00:00:00.250Z"
