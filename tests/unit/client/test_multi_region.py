"""The multi-region client against scripted regions: whom it follows, when it stays, what it raises."""

import json
from typing import Any

import pytest

from client.errors import AnsweredError, ConflictError, ForbiddenError, InDoubtError, NotPaidError, RejectedPaymentError
from client.multi_region import MultiRegionClient
from tests.unit.client.fakes import (
    CLOSED,
    NOT_TAKEN,
    PRIMARY,
    SILENT,
    STANDBY,
    STORED,
    UNKNOWN,
    FakeRegion,
    Said,
    Step,
    refused,
)
from tests.unit.fake_clock import FakeClock

PAYMENT = {"transactionId": "order-1", "amount": "49.90", "currency": "EUR"}


class World:
    """Two regions and a client; nobody knows a writer unless a test says so."""

    def __init__(self, writer: Said | None = None, **options: Any) -> None:
        self.clock = FakeClock()
        self.primary, self.standby = FakeRegion(PRIMARY, self.clock), FakeRegion(STANDBY, self.clock)
        self.say(writer)
        self.client = MultiRegionClient(
            self.primary.client(),
            self.standby.client(),
            **{"clock": self.clock, "jitter": max, "in_background": lambda run: run(), **options},
        )

    def say(self, writer: Said | None) -> None:
        """Let both regions name this writer."""
        self.primary.writer = self.standby.writer = writer

    def pay(self) -> str:
        """Pay once; return where it was paid."""
        return self.client.pay(PAYMENT).endpoint_url.partition("//")[2].partition(".")[0]

    def fail(self) -> Exception:
        with pytest.raises((AnsweredError, NotPaidError, InDoubtError)) as caught:
            self.client.pay(PAYMENT)
        if isinstance(caught.value, InDoubtError):  # whoever repeats it needs the id
            assert "the payment order-1" in str(caught.value)
        return caught.value


@pytest.fixture
def world() -> World:
    """A writer in the primary, which both regions name."""
    return World(Said(PRIMARY))


@pytest.fixture
def quiet() -> World:
    """No region knows a writer."""
    return World()


class TestStays:
    """What does not move a client."""

    @pytest.mark.parametrize("region", [PRIMARY, STANDBY])
    def test_the_writer_is_paid_and_no_region_is_preferred(self, region: str) -> None:
        world = World(Said(region))
        assert [world.pay() for _ in range(3)] == [region] * 3
        assert len(world.primary.sent + world.standby.sent) == 3

    @pytest.mark.parametrize("step", [CLOSED, SILENT, Step(500), Step(502), NOT_TAKEN, Step(429), UNKNOWN])
    def test_one_failure(self, world: World, step: Step) -> None:
        world.primary.meets(step, STORED)
        assert world.pay() == PRIMARY
        assert not world.standby.sent

    def test_slow_is_not_down(self, world: World) -> None:
        """An answer takes eight seconds: the first three are not enough, nor the next six, the twelve are."""
        world.primary.meets(Step(201, 8.0))
        assert world.pay() == PRIMARY
        assert (len(world.primary.sent), world.standby.sent) == (3, [])

    def test_a_region_that_answers_nothing_at_all_is_not_granted_more_time(self, world: World) -> None:
        world.pay()
        world.primary.meets(SILENT)
        world.primary.writer = SILENT
        assert isinstance(world.fail(), InDoubtError)
        assert len(world.primary.sent) - 1 >= 4

    @pytest.mark.parametrize("step", [SILENT, Step(500), Step(502), NOT_TAKEN])
    def test_failures_for_ever(self, world: World, step: Step) -> None:
        world.primary.meets(step)
        assert isinstance(world.fail(), InDoubtError)
        assert not world.standby.sent

    def test_throttling_is_no_reason_to_burden_the_other_region(self, world: World) -> None:
        world.primary.meets(Step(429))
        assert isinstance(world.fail(), NotPaidError)
        assert not world.standby.sent

    @pytest.mark.parametrize("step", [NOT_TAKEN, Step(429, retry_after="5")])
    def test_what_a_region_asks_for_is_waited_for(self, world: World, step: Step) -> None:
        world.primary.meets(step, STORED)
        world.pay()
        (first, _), (second, _) = world.primary.sent
        assert second - first >= 5

    @pytest.mark.parametrize("said", ["", "soon", "-1", "1.5", "Fri, 20 Nov 2026 13:43:56 GMT", "²"])
    def test_what_is_no_number_of_seconds_is_not(self, world: World, said: str) -> None:
        world.primary.meets(Step(503, retry_after=said), STORED)
        world.pay()
        assert world.clock.monotonic() < 1002

    def test_a_lower_epoch_says_nothing(self, world: World) -> None:
        world.say(Said(STANDBY, 7))
        world.standby.meets(refused(Said(PRIMARY, 6)), STORED)
        assert world.pay() == STANDBY
        assert not world.primary.sent


class TestFollows:
    """The highest epoch that was seen decides."""

    def test_a_refusal_names_the_writer(self, quiet: World) -> None:
        quiet.primary.meets(refused(Said(STANDBY)))
        assert [quiet.pay(), quiet.pay()] == [STANDBY, STANDBY]
        assert len(quiet.primary.sent) == 1
        assert quiet.clock.monotonic() - 1000 == pytest.approx(2 * 0.02 + 3 * 0.05)  # nothing is waited for

    def test_all_attempts_are_the_same_payment(self, quiet: World) -> None:
        quiet.primary.meets(SILENT, refused(Said(STANDBY)))
        quiet.standby.meets(Step(500), STORED)
        paid = quiet.client.pay(PAYMENT)
        assert len({body for _, body in quiet.primary.sent + quiet.standby.sent}) == 1
        assert [attempt.endpoint_url.partition(".")[0][-1] for attempt in paid.attempts] == ["1", "1", "2", "2"]

    def test_the_background_look_finds_a_takeover(self, world: World) -> None:
        world.pay()
        world.standby.writer = Said(STANDBY, 3)
        world.clock.advance(10)
        assert world.pay() == STANDBY
        assert len(world.primary.sent) == 1

    def test_it_is_not_asked_for_while_it_is_not_due(self, world: World) -> None:
        for _ in range(100):
            world.pay()
        assert (len(world.primary.asked), len(world.standby.asked)) == (1, 1)
        world.clock.advance(5)
        world.pay()
        world.pay()
        assert (len(world.primary.asked), len(world.standby.asked)) == (2, 2)

    def test_looking_can_be_switched_off(self) -> None:
        world = World(look_every_seconds=0)
        world.clock.advance(100)
        world.pay()
        assert not world.standby.asked + world.primary.asked

    def test_payments_go_on_when_no_thread_can_be_started(self) -> None:
        def refuse(_: object) -> None:
            raise RuntimeError("can't start new thread")

        world = World(in_background=refuse)
        assert [world.pay(), world.pay()] == [PRIMARY, PRIMARY]

    @pytest.mark.parametrize("step", [SILENT, Step(500), NOT_TAKEN])
    def test_a_takeover_is_found_after_each_doubt(self, world: World, step: Step) -> None:
        world.pay()
        world.primary.meets(step)
        world.standby.writer = Said(STANDBY, 3)
        assert world.pay() == STANDBY
        assert len(world.primary.sent) == 2

    def test_a_region_that_owns_the_epoch_by_break_glass_is_believed(self, world: World) -> None:
        world.pay()
        world.primary.meets(CLOSED)
        world.primary.writer = CLOSED
        world.standby.writer = Said(STANDBY, 1)
        assert world.pay() == STANDBY

    def test_but_not_a_region_that_says_so_of_another(self, world: World) -> None:
        world.pay()
        world.primary.writer = Said(STANDBY, 1)
        world.clock.advance(10)
        assert world.pay() == PRIMARY

    @pytest.mark.parametrize(
        "nonsense", [{"epoch": "9"}, {"epoch": True}, {"epoch": None}, {"state": []}, {"state": "ajar"}, {"region": ""}]
    )
    def test_nonsense_is_no_knowledge(self, world: World, nonsense: dict[str, Any]) -> None:
        world.pay()
        world.standby.writer = Said(**{"region": STANDBY, "epoch": 9, **nonsense})
        world.clock.advance(10)
        assert world.pay() == PRIMARY


class TestNotReached:
    """Two attempts in a row that reach no address."""

    def test_both_regions_are_asked_and_the_new_writer_is_paid(self, world: World) -> None:
        world.pay()
        world.primary.meets(CLOSED)
        world.primary.writer = CLOSED
        world.standby.writer = Said(STANDBY, 3)
        assert world.pay() == STANDBY
        assert (len(world.primary.sent), world.clock.monotonic() < 1002) == (3, True)

    def test_also_by_one_payment_each(self) -> None:
        world = World(Said(PRIMARY), deadline_seconds=0.1)
        world.primary.meets(CLOSED)
        assert [type(world.fail()), type(world.fail())] == [NotPaidError] * 2
        world.standby.writer = Said(STANDBY, 3)
        world.clock.advance(1)
        assert world.pay() == STANDBY

    def test_nothing_is_sent_to_a_region_that_says_it_is_not_the_writer(self, world: World) -> None:
        world.primary.meets(CLOSED)
        world.primary.writer = CLOSED
        assert isinstance(world.fail(), NotPaidError)
        assert not world.standby.sent
        gaps = [after - before for before, after in zip(world.standby.asked[2:], world.standby.asked[3:], strict=False)]
        assert {round(gap) for gap in gaps} == {1}

    def test_the_takeover_is_seen_within_a_second(self, world: World) -> None:
        world.primary.meets(CLOSED)
        world.primary.writer = CLOSED
        world.fail()
        world.standby.writer = Said(STANDBY, 3)
        began = world.clock.monotonic()
        assert world.pay() == STANDBY
        assert world.clock.monotonic() - began <= 1.2

    def test_a_region_that_answers_again_is_paid_again(self, world: World) -> None:
        world.primary.meets(CLOSED)
        world.primary.writer = CLOSED
        world.fail()
        world.primary.meets(STORED)
        world.primary.writer = Said(PRIMARY)
        assert world.pay() == PRIMARY

    def test_without_anybody_who_knows_the_other_region_is_tried(self, quiet: World) -> None:
        quiet.primary.meets(CLOSED)
        quiet.primary.writer = CLOSED
        assert quiet.pay() == STANDBY
        assert (len(quiet.primary.sent), quiet.clock.monotonic() < 1004) == (2, True)

    def test_and_then_this_one_again(self, quiet: World) -> None:
        quiet.primary.meets(*[CLOSED] * 2, STORED)
        quiet.standby.meets(CLOSED)
        quiet.primary.writer = quiet.standby.writer = CLOSED
        assert quiet.pay() == PRIMARY
        assert (len(quiet.primary.sent), len(quiet.standby.sent)) == (3, 2)


class TestShut:
    """A switchover closes the writer before it opens it elsewhere: for some seconds no region takes payments."""

    @pytest.fixture
    def shut(self, world: World) -> World:
        closing = Said(PRIMARY, 2, "closing")
        world.primary.meets(refused(closing))
        world.standby.meets(refused(closing))
        world.say(closing)
        return world

    def test_nobody_is_sent_anything(self, shut: World) -> None:
        error = shut.fail()
        assert isinstance(error, NotPaidError)
        assert str(error) == "no region was known to take payments for 30 s; nothing was sent"
        assert not shut.primary.sent + shut.standby.sent
        assert shut.clock.monotonic() <= 1030

    def test_both_are_asked_once_a_second(self, shut: World) -> None:
        shut.fail()
        for asked in (shut.primary.asked, shut.standby.asked):
            assert 28 <= len(asked) <= 31

    def test_also_by_many_calls(self) -> None:
        world = World(Said(PRIMARY, 2, "closing"), deadline_seconds=0.5)
        for _ in range(20):
            world.fail()
        assert len(world.standby.asked) <= world.clock.monotonic() - 1000 + 3

    @pytest.mark.parametrize("region", [PRIMARY, STANDBY])
    def test_the_one_that_opens_is_paid_within_a_second(self, shut: World, region: str) -> None:
        shut.fail()
        shut.primary.meets(STORED)
        shut.standby.meets(STORED)
        shut.say(Said(region, 3))
        began = shut.clock.monotonic()
        assert shut.pay() == region
        assert shut.clock.monotonic() - began <= 1.2

    def test_a_writer_that_lost_sight_of_the_control_table_is_asked_for_its_return(self, world: World) -> None:
        world.pay()
        world.primary.meets(UNKNOWN, STORED)
        began = world.clock.monotonic()
        assert world.pay() == PRIMARY
        assert world.clock.monotonic() - began < 2  # although it asked for five seconds

    def test_without_a_quorum_payments_are_refused_and_nothing_is_stored(self, quiet: World) -> None:
        quiet.primary.meets(UNKNOWN)
        quiet.standby.meets(UNKNOWN)
        error = quiet.fail()
        assert isinstance(error, NotPaidError)
        assert 4 <= len(quiet.primary.sent) + len(quiet.standby.sent) <= 12

    def test_the_quorum_returns(self, quiet: World) -> None:
        quiet.primary.meets(*[UNKNOWN] * 2, STORED)
        quiet.standby.meets(UNKNOWN)
        assert quiet.pay() == PRIMARY


class TestAnswers:
    """What another attempt would not change is told at once, one exception a condition."""

    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (409, ConflictError),
            (400, RejectedPaymentError),
            (403, ForbiddenError),
            (413, AnsweredError),
            (302, AnsweredError),
        ],
    )
    def test_it_is_final(self, world: World, status: int, error: type[Exception]) -> None:
        world.primary.meets(Step(status))
        raised = world.fail()
        assert type(raised) is error
        assert f"https://us-east-1.api.example.com answered {status}: " in str(raised)
        assert (len(world.primary.sent), world.standby.sent) == (1, [])

    @pytest.mark.parametrize("status", [200, 201, 202])
    def test_success_is_one_attempt(self, world: World, status: int) -> None:
        world.primary.meets(Step(status))
        paid = world.client.pay(PAYMENT)
        assert (paid.response.status, len(paid.attempts)) == (status, 1)

    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    def test_a_success_that_does_not_name_the_payment_leaves_a_doubt(self, world: World, status: int) -> None:
        world.primary.meets(Step(status, names_payment=False))
        error = world.fail()
        assert isinstance(error, InDoubtError)
        assert "does not name the payment order-1" in str(error)

    def test_which_the_next_answer_may_end(self, world: World) -> None:
        world.primary.meets(Step(200, names_payment=False), Step(200))
        assert len(world.client.pay(PAYMENT).attempts) == 2

    def test_a_final_answer_takes_back_no_doubt(self, world: World) -> None:
        world.primary.meets(Step(500), Step(409))
        assert isinstance(world.fail(), InDoubtError)

    def test_nothing_was_sent(self, quiet: World) -> None:
        quiet.primary.meets(CLOSED)
        quiet.standby.meets(CLOSED)
        quiet.primary.writer = quiet.standby.writer = CLOSED
        error = quiet.fail()
        assert isinstance(error, NotPaidError)
        assert all(f"{name} was not reached" in str(error) for name in (PRIMARY, STANDBY))

    def test_something_may_have_arrived(self, quiet: World) -> None:
        quiet.primary.meets(SILENT, CLOSED)
        quiet.standby.meets(CLOSED)
        assert isinstance(quiet.fail(), InDoubtError)


class ExpiredError(Exception):
    """What a payer's credentials raise that cannot be refreshed."""


class Credentials:
    """Signs some requests, then no more."""

    def __init__(self, world: World, signed: int) -> None:
        self.left = signed
        world.client = MultiRegionClient(
            world.primary.client(credentials=self, sign=self.sign),
            world.standby.client(credentials=self, sign=self.sign),
            clock=world.clock,
            jitter=max,
            in_background=lambda run: run(),
        )

    def sign(self, *_: object, **__: object) -> dict[str, str]:
        self.left -= 1
        if self.left < 0:
            raise ExpiredError("the token has expired")
        return {}


class TestBreaksOff:
    """What goes wrong on the client's side ends in one of the two statements, with its cause."""

    def test_before_anything_was_sent_it_is_not_paid(self, world: World) -> None:
        Credentials(world, signed=0)
        error = world.fail()
        assert isinstance(error, NotPaidError)
        assert "the token has expired" in str(error)
        assert not world.primary.sent

    def test_after_refusals_alone_too(self, world: World) -> None:
        world.primary.meets(Step(429))
        Credentials(world, signed=1)
        assert isinstance(world.fail(), NotPaidError)

    @pytest.mark.parametrize("doubt", [SILENT, Step(500), NOT_TAKEN, Step(201, names_payment=False)])
    def test_after_a_doubt_it_is_in_doubt(self, world: World, doubt: Step) -> None:
        world.primary.meets(doubt)
        Credentials(world, signed=1)
        error = world.fail()
        assert isinstance(error, InDoubtError)
        assert "the token has expired" in str(error)
        assert isinstance(error.__cause__, Exception)
        assert isinstance(error.__cause__.__cause__, ExpiredError)

    @pytest.mark.parametrize("payment", [{"transactionId": "order-1", "amount": object()}, {"transactionId": "\ud800"}])
    def test_what_cannot_be_encoded_is_not_paid(self, world: World, payment: dict[str, object]) -> None:
        world.primary.meets(Step(400))
        with pytest.raises((NotPaidError, RejectedPaymentError)):
            world.client.pay(payment)

    @pytest.mark.parametrize("before", [[], [Step(500)]])
    def test_what_nobody_expected_of_an_attempt_leaves_a_doubt(self, world: World, before: list[Step]) -> None:
        class Broken:
            endpoint_url = world.primary.url
            steps = before

            def pay(self, *_: object, **__: object) -> Any:
                raise ZeroDivisionError

            get = probe = pay

        world.client = MultiRegionClient(Broken(), world.standby.client(), clock=world.clock)
        with pytest.raises(InDoubtError, match="ZeroDivisionError") as caught:
            world.client.pay(PAYMENT)
        assert isinstance(caught.value.__cause__, ZeroDivisionError)

    def test_a_wait_that_breaks_is_the_end_of_a_doubt_too(self, world: World) -> None:
        world.primary.meets(Step(500))
        world.clock.sleep = lambda _: 1 / 0  # type: ignore[assignment, method-assign]
        assert isinstance(world.fail(), InDoubtError)


ABSENT = Step(503, stored=False, writer=Said(PRIMARY))


class TestGet:
    """Reading a payment that replication may not have carried over yet."""

    @pytest.mark.parametrize(
        ("primary", "standby", "status"),
        [
            (Step(200), CLOSED, 200),
            (Step(404), Step(200), 200),
            (Step(404), Step(404), 404),
            (Step(404), ABSENT, 404),
            (ABSENT, Step(404), 404),
            (ABSENT, ABSENT, 503),
            (CLOSED, Step(200), 200),
            (Step(503), Step(404), 503),
            (Step(404), Step(503), 503),
            (Step(503), CLOSED, 503),
            (Step(403), Step(200), 403),
            (Step(200, names_payment=False), Step(404), 200),
        ],
    )
    def test_the_region_that_has_it_answers(self, world: World, primary: Step, standby: Step, status: int) -> None:
        world.primary.meets(primary)
        world.standby.meets(standby)
        assert world.client.get("order-1").status == status

    def test_what_names_another_payment_hides_no_region_that_has_it(self, world: World) -> None:
        world.primary.meets(Step(200, names_payment=False))
        world.standby.meets(Step(200))
        assert json.loads(world.client.get("order-1").body)["transactionId"] == "order-1"

    @pytest.mark.parametrize("standby", [SILENT, Step(404), ABSENT])
    def test_a_region_that_is_not_reached_may_have_it(self, world: World, standby: Step) -> None:
        world.primary.meets(CLOSED)
        world.standby.meets(standby)
        with pytest.raises(OSError, match=f"{PRIMARY} was not reached"):
            world.client.get("order-1")
