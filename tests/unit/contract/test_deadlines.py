"""The time limits that the single writer rests on."""

from contract.deadlines import (
    ATTEMPT_SECONDS,
    ATTEMPTS,
    CONNECT_TIMEOUT_SECONDS,
    HEALTH_SECONDS,
    HEALTH_TIMEOUT_SECONDS,
    KNOWLEDGE_REFRESH_SECONDS,
    KNOWLEDGE_VALID_SECONDS,
    MAX_BACKOFF_SECONDS,
    MINIMUM_FUNCTION_TIMEOUT_SECONDS,
    PROBE_CONNECT_TIMEOUT_SECONDS,
    PROBE_READ_TIMEOUT_SECONDS,
    PROOF_LOOK_SECONDS,
    PROOF_STALE_SECONDS,
    READ_TIMEOUT_SECONDS,
    RELEASE_UNDO_SECONDS,
    SETTLE_SECONDS,
    SLACK_SECONDS,
    STANDBY_KNOWLEDGE_SECONDS,
    TICK_SECONDS,
    TICKER_LAST_TICK_SECONDS,
    TICKER_RUN_SECONDS,
    TICKER_TIMEOUT_SECONDS,
    WRITE_DEADLINE_SECONDS,
)
from handlers.runtime import Clock, Moment

PROBE_SECONDS = PROBE_CONNECT_TIMEOUT_SECONDS + PROBE_READ_TIMEOUT_SECONDS


class TestDeadlines:
    """The arithmetic that one writer rests on."""

    def test_an_attempt_ends_within_three_seconds(self) -> None:
        assert CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS == ATTEMPT_SECONDS == 3

    def test_a_closing_has_settled_when_the_last_attempt_has_ended(self) -> None:
        assert KNOWLEDGE_VALID_SECONDS + ATTEMPT_SECONDS + SLACK_SECONDS == SETTLE_SECONDS == 8

    def test_a_call_is_bounded_by_its_attempts(self) -> None:
        between = MAX_BACKOFF_SECONDS + PROBE_SECONDS
        assert ATTEMPTS * ATTEMPT_SECONDS + (ATTEMPTS - 1) * between <= WRITE_DEADLINE_SECONDS == 8

    def test_a_refresh_beside_the_work_can_fail_and_be_repeated_while_knowledge_is_valid(self) -> None:
        assert 2 * (KNOWLEDGE_REFRESH_SECONDS + PROBE_SECONDS) < KNOWLEDGE_VALID_SECONDS

    def test_a_region_without_a_quorum_refuses_within_a_second(self) -> None:
        assert PROBE_SECONDS < 1

    def test_the_shortest_function_timeout_covers_writer_write_and_queue(self) -> None:
        assert PROBE_SECONDS + 2 * WRITE_DEADLINE_SECONDS <= MINIMUM_FUNCTION_TIMEOUT_SECONDS == 17

    def test_a_proof_outlives_some_answers_that_are_lost(self) -> None:
        assert PROOF_STALE_SECONDS >= 5 * HEALTH_SECONDS
        assert PROOF_STALE_SECONDS >= 3 * PROOF_LOOK_SECONDS

    def test_standby_knows_for_longer_than_it_may_store(self) -> None:
        assert STANDBY_KNOWLEDGE_SECONDS > KNOWLEDGE_VALID_SECONDS

    def test_runs_of_the_ticker_overlap(self) -> None:
        assert TICKER_RUN_SECONDS >= 2 * 60 + 10 * TICK_SECONDS
        assert TICKER_RUN_SECONDS + TICKER_LAST_TICK_SECONDS < TICKER_TIMEOUT_SECONDS

    def test_the_slowest_tick_ends_before_the_function_is_cut_off(self) -> None:
        parameter = ATTEMPTS * ATTEMPT_SECONDS + (ATTEMPTS - 1) * MAX_BACKOFF_SECONDS
        claim, health, control, writer, heartbeat, memory, release = 2, 2, 3, 3, 1, 1, 4
        tables = (claim + health + control + writer + heartbeat + memory + release) * PROBE_SECONDS
        move_begun_last, function_itself = 2 * ATTEMPT_SECONDS, ATTEMPT_SECONDS
        asking = HEALTH_TIMEOUT_SECONDS + function_itself
        slowest = parameter + asking + tables + RELEASE_UNDO_SECONDS + move_begun_last
        assert slowest <= TICKER_LAST_TICK_SECONDS


class TestMoments:
    """Moments by two clocks."""

    def test_both_clocks_must_say_that_little_time_has_passed(self) -> None:
        began = Moment(100, 1000)
        assert began.is_within(4, Moment(104, 1004))
        for now in (Moment(104.1, 1000), Moment(100, 1004.1), Moment(99.9, 1000), Moment(100, 999.9)):
            assert not began.is_within(4, now)

    def test_the_slower_clock_says_how_much_has_passed(self) -> None:
        began = Moment(100, 1000)
        assert began.seconds_until(Moment(107, 1005)) == began.seconds_until(Moment(105, 1007)) == 5
        assert began.seconds_until(Moment(107, 999)) == began.seconds_until(Moment(99, 1007)) == 0

    def test_clock_returns_both_times(self) -> None:
        assert Clock(monotonic=lambda: 1.0, wall=lambda: 2.0).now() == Moment(1, 2)


def test_the_clock_writes_utc_with_milliseconds() -> None:
    assert Clock(wall=lambda: 1_767_225_600.0).timestamp() == "2026-01-01T00:00:00.000Z"
    assert Clock(wall=lambda: 1_767_225_600.1239).timestamp() == "2026-01-01T00:00:00.123Z"
