"""The gate trusts its knowledge of the fence only while it is fresh."""

import pytest

from handlers.deadlines import FENCE_CACHE_SECONDS, LAST_ATTEMPT_AGE_SECONDS
from handlers.payments.gate import FencedError, FenceUnknownError, Gate
from tests.unit.handlers.fakes import PEER, REGION, TABLE, FakeTable, FakeTime, aws_error, throttled, timed_out


class TestGate:
    """Whether a payment may be stored now."""

    def setup_method(self) -> None:
        self.table = FakeTable()
        self.time = FakeTime()
        self.gate = Gate(self.table, TABLE, REGION, self.time.clock)

    def reads(self) -> int:
        return len(self.table.calls_of("get_item"))

    def test_reads_once_within_the_cache_time(self) -> None:
        self.gate.require_open()
        self.time.pass_(FENCE_CACHE_SECONDS)
        self.gate.require_open()
        assert self.reads() == 1

    def test_reads_again_after_the_cache_time_and_sees_the_fence(self) -> None:
        self.gate.require_open()
        self.table.fence(REGION)
        self.time.pass_(FENCE_CACHE_SECONDS + 0.001)
        with pytest.raises(FencedError):
            self.gate.require_open()

    def test_age_counts_from_before_the_read_began(self) -> None:
        self.table.before_call = lambda _: self.time.pass_(0.8)
        self.gate.require_open()
        self.time.pass_(0.3)
        self.gate.require_open()
        assert self.reads() == 2

    def test_a_read_that_took_longer_than_the_cache_time_tells_nothing(self) -> None:
        self.table.before_call = lambda _: self.time.pass_(FENCE_CACHE_SECONDS + 0.1)
        with pytest.raises(FenceUnknownError):
            self.gate.require_open()

    def test_a_frozen_function_does_not_trust_what_it_knew_before(self) -> None:
        self.gate.require_open()
        self.time.wall += 600  # the monotonic clock stood still
        self.table.fence(REGION)
        with pytest.raises(FencedError):
            self.gate.require_open()

    def test_a_wall_clock_set_back_makes_it_read_again(self) -> None:
        self.gate.require_open()
        self.time.wall -= 5
        self.gate.require_open()
        assert self.reads() == 2

    @pytest.mark.parametrize("error", [throttled(), timed_out(), aws_error("AccessDeniedException")], ids=repr)
    def test_a_fence_that_cannot_be_read_is_unknown_however_open_it_was(self, error: Exception) -> None:
        self.gate.require_open()
        self.time.pass_(2)
        self.table.fail("get_item", error)
        with pytest.raises(FenceUnknownError):
            self.gate.require_open()
        with pytest.raises(FenceUnknownError):
            self.gate.require_recent()

    def test_a_fence_of_the_peer_is_no_fence_of_the_own_region(self) -> None:
        self.table.fence(PEER)
        self.gate.require_open()

    def test_an_attempt_may_begin_while_it_ends_before_the_fence_has_settled(self) -> None:
        self.gate.require_open()
        self.time.pass_(LAST_ATTEMPT_AGE_SECONDS)
        self.gate.require_recent()
        self.time.pass_(0.001)
        with pytest.raises(FenceUnknownError):
            self.gate.require_recent()

    def test_no_attempt_may_begin_before_the_fence_was_ever_read(self) -> None:
        with pytest.raises(FenceUnknownError):
            self.gate.require_recent()

    def test_no_attempt_may_begin_once_the_region_is_known_to_be_fenced(self) -> None:
        self.table.fence(REGION)
        with pytest.raises(FencedError):
            self.gate.require_open()
        with pytest.raises(FenceUnknownError):
            self.gate.require_recent()
