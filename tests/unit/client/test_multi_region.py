"""The multi-region client against scripted regions: when it moves, when it stays, what it raises."""

from typing import Any

import pytest

from client.errors import AnsweredError, ConflictError, ForbiddenError, InDoubtError, InvalidPaymentError, NotPaidError
from client.judgement import FENCED_RETRY_AFTER_SECONDS
from client.multi_region import MultiRegionClient
from handlers.payments.api import FENCED_RETRY_AFTER, UNAVAILABLE_RETRY_AFTER
from tests.unit.client.fakes import CLOSED, FENCED, NOT_TAKEN, SILENT, STORED, FakeRegion, FakeTime, Step

PAYMENT = {"transactionId": "order-1", "amount": "49.90", "currency": "EUR"}


class World:
    """Two regions and a client."""

    def __init__(self, **options: Any) -> None:
        self.clock = FakeTime()
        self.primary, self.standby = FakeRegion("primary", self.clock), FakeRegion("standby", self.clock)
        self.client = MultiRegionClient(
            self.primary,
            self.standby,
            clock=self.clock,
            jitter=max,
            in_background=lambda run: run(),
            **options,
        )

    def pay(self) -> str:
        """Pay once; return where it was paid."""
        return self.client.pay(PAYMENT).endpoint_url.partition("//")[2].partition(".")[0]

    def fail(self) -> Exception:
        with pytest.raises((AnsweredError, NotPaidError, InDoubtError)) as caught:
            self.client.pay(PAYMENT)
        return caught.value


@pytest.fixture
def world() -> World:
    return World()


def test_a_fence_is_told_from_trouble_by_what_the_api_asks_for() -> None:
    assert int(UNAVAILABLE_RETRY_AFTER) < FENCED_RETRY_AFTER_SECONDS <= int(FENCED_RETRY_AFTER)


class TestStays:
    """What does not move a client."""

    def test_the_primary_is_paid_at_first(self, world: World) -> None:
        assert world.pay() == "primary"
        assert not world.standby.sent

    @pytest.mark.parametrize("step", [CLOSED, SILENT, Step(500), Step(502), NOT_TAKEN, Step(429)])
    def test_one_failure_of_a_healthy_region(self, world: World, step: Step) -> None:
        world.primary.meets([step, STORED])
        assert world.pay() == "primary"
        assert not world.standby.sent

    def test_slow_is_not_down(self, world: World) -> None:
        """An answer takes eight seconds: the first three are not enough, nor the next six, the twelve are."""
        world.primary.meets([Step(201, 8.0)])
        assert world.pay() == "primary"
        assert (len(world.primary.sent), world.standby.sent) == (3, [])

    def test_silence_of_a_region_whose_health_is_well(self, world: World) -> None:
        world.primary.meets([SILENT])
        assert isinstance(world.fail(), InDoubtError)
        assert not world.standby.sent

    def test_throttling_is_no_reason_to_burden_the_standby(self, world: World) -> None:
        world.primary.meets([Step(429)])
        assert isinstance(world.fail(), NotPaidError)
        assert not world.standby.sent

    def test_what_a_region_asks_for_is_waited_for(self, world: World) -> None:
        world.primary.meets([NOT_TAKEN, STORED])
        world.pay()
        (first, _), (second, _) = world.primary.sent
        assert second - first >= 5

    def test_nobody_is_left_alone_for_ever(self, world: World) -> None:
        world.primary.meets([Step(503, retry_after="9" * 5000), STORED])
        assert world.pay() == "standby"
        world.clock.pass_by(300)
        world.standby.meets([CLOSED])
        assert world.pay() == "primary"

    @pytest.mark.parametrize("said", ["", "soon", "-1", "1.5", "Fri, 20 Nov 2026 13:43:56 GMT", "²"])
    def test_what_is_no_number_of_seconds_is_not(self, world: World, said: str) -> None:
        world.primary.meets([Step(503, retry_after=said), STORED])
        world.pay()
        assert world.clock.now < 1002


class TestMoves:
    """What moves a client, and how soon."""

    def test_a_fenced_region_is_left_at_once(self, world: World) -> None:
        world.primary.meets([FENCED])
        assert [world.pay(), world.pay()] == ["standby", "standby"]
        assert (len(world.primary.sent), world.primary.probed) == (1, [])
        assert world.clock.now - 1000 == pytest.approx(0.02 + 0.15)  # its first look, three payments

    def test_a_region_that_is_not_reached_twice(self, world: World) -> None:
        world.primary.meets([CLOSED])
        assert world.pay() == "standby"
        assert (len(world.primary.sent), world.clock.now < 1001) == (2, True)

    def test_also_by_one_payment_each(self) -> None:
        world = World(deadline_seconds=0.1)
        world.primary.meets([CLOSED])
        assert isinstance(world.fail(), NotPaidError)
        assert world.pay() == "standby"

    @pytest.mark.parametrize("step", [SILENT, Step(500), NOT_TAKEN])
    @pytest.mark.parametrize("well", [False, None])
    def test_a_region_that_fails_and_is_not_well(self, world: World, step: Step, *, well: bool | None) -> None:
        world.primary.meets([step])
        world.primary.well = well
        assert world.pay() == "standby"
        assert (len(world.primary.sent), world.clock.now <= 1006) == (1, True)

    def test_a_region_that_is_well_and_fails_for_ever(self, world: World) -> None:
        world.primary.meets([Step(500)])
        assert world.pay() == "standby"
        assert (len(world.primary.sent), world.primary.probed) == (4, ["/health"] * 4)

    def test_all_attempts_are_the_same_payment(self, world: World) -> None:
        world.primary.meets([SILENT])
        world.primary.well = None
        world.standby.meets([Step(500), STORED])
        paid = world.client.pay(PAYMENT)
        assert len({body for _, body in world.primary.sent + world.standby.sent}) == 1
        assert [attempt.endpoint_url for attempt in paid.attempts] == [
            "https://primary.api.example.com",
            "https://standby.api.example.com",
            "https://standby.api.example.com",
        ]

    def test_a_client_begins_by_asking(self, world: World) -> None:
        world.standby.peer_fenced = True
        assert world.pay() == "standby"
        assert not world.primary.sent

    def test_the_standby_says_that_the_primary_is_fenced(self, world: World) -> None:
        """The primary may not have heard of it: it is cut off from replication."""
        world.pay()
        world.standby.peer_fenced = True
        world.clock.pass_by(10)
        assert world.pay() == "standby"

    def test_nobody_is_asked_while_it_is_not_due(self, world: World) -> None:
        for _ in range(100):
            world.pay()
        assert world.standby.probed == ["/takeover"]
        world.clock.pass_by(5)
        world.pay()
        world.pay()
        assert world.standby.probed == ["/takeover"] * 2

    def test_looking_can_be_switched_off(self) -> None:
        world = World(look_every_seconds=0)
        world.clock.pass_by(100)
        world.pay()
        assert not world.standby.probed


class TestReturns:
    """How a client comes back to the primary."""

    @pytest.fixture
    def moved(self, world: World) -> World:
        world.primary.meets([CLOSED, CLOSED, STORED])
        assert world.pay() == "standby"
        return world

    def after(self, world: World, seconds: float) -> str:
        for _ in range(int(seconds / 10)):
            world.clock.pass_by(10)
            where = world.pay()
        return where

    def test_once_it_has_been_well_for_a_minute(self, moved: World) -> None:
        assert self.after(moved, 60) == "standby"
        assert self.after(moved, 20) == "primary"

    def test_not_while_it_is_fenced(self, moved: World) -> None:
        moved.standby.peer_fenced = True
        assert self.after(moved, 600) == "standby"

    def test_not_while_nobody_knows(self, moved: World) -> None:
        moved.standby.peer_fenced = None
        moved.standby.steps = [STORED]
        assert self.after(moved, 600) == "standby"

    def test_not_while_it_is_not_well(self, moved: World) -> None:
        moved.primary.well = False
        assert self.after(moved, 600) == "standby"

    def test_the_minute_begins_anew_with_every_relapse(self, moved: World) -> None:
        self.after(moved, 50)
        moved.primary.well = False
        self.after(moved, 10)
        moved.primary.well = True
        assert self.after(moved, 50) == "standby"
        assert self.after(moved, 30) == "primary"

    def test_more_reluctantly_after_every_relapse(self, moved: World) -> None:
        assert self.after(moved, 80) == "primary"
        moved.primary.meets([CLOSED, CLOSED, STORED])
        assert moved.pay() == "standby"
        assert self.after(moved, 120) == "standby"
        assert self.after(moved, 20) == "primary"

    def test_at_once_when_the_standby_is_fenced(self, moved: World) -> None:
        moved.standby.meets([FENCED])
        assert moved.pay() == "primary"


class TestBothClosed:
    """A failback fences the standby before it opens the primary: for a moment no region takes payments."""

    @pytest.fixture
    def closed(self, world: World) -> World:
        world.primary.meets([FENCED])
        world.standby.meets([FENCED])
        world.primary.peer_fenced = world.standby.peer_fenced = True
        return world

    def test_neither_is_pressed(self, closed: World) -> None:
        error = closed.fail()
        assert isinstance(error, NotPaidError)
        assert "no region took the payment in 2 attempts within 30 s" in str(error)
        assert (len(closed.primary.sent), len(closed.standby.sent)) == (1, 1)
        assert closed.clock.now <= 1030

    def test_the_one_that_is_opened_is_paid_at_within_seconds(self, closed: World) -> None:
        closed.fail()
        closed.primary.meets([STORED])
        closed.standby.peer_fenced = False
        began = closed.clock.now
        assert closed.pay() == "primary"
        assert closed.clock.now - began < 5

    def test_whoever_comes_later_sends_nothing(self, closed: World) -> None:
        closed.fail()
        error = closed.fail()
        assert isinstance(error, NotPaidError)
        assert (error.attempts, str(error)) == ((), "no region took payments for 30 s: both asked to be left alone")

    def test_what_they_asked_for_passes(self, closed: World) -> None:
        closed.fail()
        closed.fail()
        closed.standby.meets([STORED])
        assert closed.pay() == "standby"


def test_a_region_that_asked_to_be_left_alone_is_no_refuge(world: World) -> None:
    """A standby that stumbles while the primary is fenced is tried again."""
    world.primary.meets([FENCED])
    world.standby.meets([Step(500), Step(500), STORED])
    world.standby.well, world.standby.peer_fenced = False, True
    assert world.pay() == "standby"
    assert (len(world.primary.sent), len(world.standby.sent), world.clock.now < 1003) == (1, 3, True)


class TestAnswers:
    """What another attempt would not change is told at once, one exception a condition."""

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (409, ConflictError),
            (400, InvalidPaymentError),
            (403, ForbiddenError),
            (413, AnsweredError),
            (302, AnsweredError),
            (204, AnsweredError),
        ],
    )
    def test_it_is_final(self, world: World, status: int, error: type[Exception]) -> None:
        world.primary.meets([Step(status)])
        raised = world.fail()
        assert type(raised) is error
        assert f"https://primary.api.example.com answered {status}: " in str(raised)
        assert (len(world.primary.sent), world.standby.sent) == (1, [])

    @pytest.mark.parametrize("status", [200, 201, 202])
    def test_success_is_one_attempt(self, world: World, status: int) -> None:
        world.primary.meets([Step(status)])
        paid = world.client.pay(PAYMENT)
        assert (paid.response.status, len(paid.attempts)) == (status, 1)

    def test_nothing_was_sent(self, world: World) -> None:
        world.primary.meets([CLOSED])
        world.standby.meets([CLOSED])
        error = world.fail()
        assert isinstance(error, NotPaidError)
        assert all(name in str(error) for name in ("primary was not reached", "standby was not reached"))

    def test_something_may_have_arrived(self, world: World) -> None:
        world.primary.meets([SILENT, CLOSED])
        world.standby.meets([CLOSED])
        assert isinstance(world.fail(), InDoubtError)


class TestGet:
    """Reading a payment that replication may not have carried over yet."""

    @pytest.mark.parametrize(
        ("primary", "standby", "status"),
        [
            (Step(200), CLOSED, 200),
            (Step(404), Step(200), 200),
            (Step(404), Step(404), 404),
            (CLOSED, Step(200), 200),
            (Step(503), Step(404), 503),
            (Step(404), Step(503), 503),
            (Step(503), CLOSED, 503),
            (Step(403), Step(200), 403),
        ],
    )
    def test_the_region_that_has_it_answers(self, world: World, primary: Step, standby: Step, status: int) -> None:
        world.primary.meets([primary])
        world.standby.meets([standby])
        assert world.client.get("order-1").status == status

    @pytest.mark.parametrize("standby", [SILENT, Step(404)])
    def test_a_region_that_is_not_reached_may_have_it(self, world: World, standby: Step) -> None:
        world.primary.meets([CLOSED])
        world.standby.meets([standby])
        with pytest.raises(OSError, match="primary was not reached"):
            world.client.get("order-1")
