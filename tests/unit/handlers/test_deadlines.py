"""The time limits that the fence rests on."""

from handlers.deadlines import (
    ATTEMPTS,
    CONNECT_TIMEOUT_SECONDS,
    FENCE_CACHE_SECONDS,
    FENCE_SETTLE_SECONDS,
    LAST_ATTEMPT_AGE_SECONDS,
    MAX_BACKOFF_SECONDS,
    MINIMUM_FUNCTION_TIMEOUT_SECONDS,
    PROBE_CONNECT_TIMEOUT_SECONDS,
    PROBE_READ_TIMEOUT_SECONDS,
    READ_TIMEOUT_SECONDS,
    WRITE_DEADLINE_SECONDS,
)
from handlers.runtime import Clock
from handlers.standby import probe


class TestDeadlines:
    """The arithmetic that drains rest on."""

    def test_a_write_is_bounded_by_its_attempts(self) -> None:
        attempts = ATTEMPTS * (CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS)
        assert attempts + (ATTEMPTS - 1) * MAX_BACKOFF_SECONDS == WRITE_DEADLINE_SECONDS == 7

    def test_a_last_attempt_ends_when_the_fence_has_settled(self) -> None:
        assert LAST_ATTEMPT_AGE_SECONDS + CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS == FENCE_SETTLE_SECONDS == 8

    def test_the_read_of_the_fence_ends_while_it_is_still_worth_something(self) -> None:
        assert PROBE_CONNECT_TIMEOUT_SECONDS + PROBE_READ_TIMEOUT_SECONDS < FENCE_CACHE_SECONDS

    def test_the_shortest_function_timeout_covers_fence_write_and_queue(self) -> None:
        fence = PROBE_CONNECT_TIMEOUT_SECONDS + PROBE_READ_TIMEOUT_SECONDS
        assert fence + 2 * WRITE_DEADLINE_SECONDS <= MINIMUM_FUNCTION_TIMEOUT_SECONDS == 15

    def test_the_sentinels_probes_leave_time_to_act(self) -> None:
        probes = probe.ATTEMPTS * probe.TIMEOUT_SECONDS + (probe.ATTEMPTS - 1) * probe.PAUSE_SECONDS
        assert probes + WRITE_DEADLINE_SECONDS <= MINIMUM_FUNCTION_TIMEOUT_SECONDS


def test_the_clock_writes_utc_with_milliseconds() -> None:
    assert Clock(wall=lambda: 1_767_225_600.0).timestamp() == "2026-01-01T00:00:00.000Z"
    assert Clock(wall=lambda: 1_767_225_600.1239).timestamp() == "2026-01-01T00:00:00.123Z"
