"""What holds of the multi-region client whatever regions answer."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from client.errors import AnsweredError, InDoubtError, NotPaidError
from client.multi_region import MultiRegionClient, Paid
from client.routing import FAILURES_MOST
from tests.unit.client.fakes import CLOSED, SILENT, FakeRegion, FakeTime, Step

DEADLINE = 30.0
PAYMENTS = [{"transactionId": f"order-{number}", "amount": "1.00", "currency": "EUR"} for number in range(3)]
SUCCESS, REFUSED = (200, 201, 202), (400, 403, 409)

steps = st.one_of(
    st.builds(
        Step,
        status=st.sampled_from((*SUCCESS, *REFUSED, 429, 500, 502, 503, 504)),
        seconds=st.floats(0.001, 40),
        retry_after=st.sampled_from((None, "0", "1", "5", "29", "30", "60", "soon")),
    ),
    st.just(CLOSED),
    st.just(SILENT),
)
scripts = st.lists(steps, min_size=1, max_size=12)
knowledge = st.sampled_from((True, False, None))

jitters = st.sampled_from((min, max))

Jitter = Callable[[float, float], float]
Outcome = Paid | AnsweredError | NotPaidError | InDoubtError


def play(primary: FakeRegion, standby: FakeRegion, clock: FakeTime, jitter: Jitter, pause: float) -> list[Outcome]:
    """Pay one payment after the other; return what each call gave."""
    client = MultiRegionClient(
        primary,
        standby,
        deadline_seconds=DEADLINE,
        clock=clock,
        jitter=jitter,
        in_background=lambda run: run(),
    )
    outcomes: list[Outcome] = []
    for payment in PAYMENTS:
        began = clock.now
        looks = 2 * 3  # what runs in the background runs inline here: two probes of three seconds
        try:
            outcomes.append(client.pay(payment))
        except (AnsweredError, NotPaidError, InDoubtError) as error:
            outcomes.append(error)
        assert clock.now - began <= DEADLINE + looks + 0.3
        clock.pass_by(pause)
    return outcomes


@settings(max_examples=60, deadline=None)
@given(
    there=scripts,
    here=scripts,
    well=st.tuples(knowledge, knowledge),
    fenced=st.tuples(knowledge, knowledge),
    jitter=jitters,
    pause=st.sampled_from((0.0, 5.0, 100.0)),
)
def test_every_call_is_bounded_consistent_and_honest(
    there: list[Step],
    here: list[Step],
    well: tuple[bool | None, bool | None],
    fenced: tuple[bool | None, bool | None],
    jitter: Jitter,
    pause: float,
) -> None:
    clock = FakeTime()
    primary = FakeRegion("primary", clock, there, well[0], fenced[0])
    standby = FakeRegion("standby", clock, here, well[1], fenced[1])
    outcomes = play(primary, standby, clock, jitter, pause)

    sent = [body for _, body in primary.sent + standby.sent]
    assert len(set(sent)) <= len(PAYMENTS)  # one content an id, however often it is sent
    tried = 0
    for outcome in outcomes:
        tried += len(outcome.attempts)
        *before, last = [attempt.response.status if attempt.response else None for attempt in outcome.attempts] or [0]
        assert not set(before) & {*SUCCESS, *REFUSED}  # a final answer ends the call
        if isinstance(outcome, Paid):
            assert last in SUCCESS
        elif any(attempt.verdict.is_doubtful for attempt in outcome.attempts):  # silence and 5xx: every doubt is told
            assert isinstance(outcome, InDoubtError)
        else:
            assert isinstance(outcome, AnsweredError if last in REFUSED else NotPaidError)
    assert tried == len(sent)


@settings(max_examples=40, deadline=None)
@given(slow=st.lists(st.floats(0.01, 25), min_size=1, max_size=12), jitter=jitters)
def test_slow_never_moves_a_payment(slow: list[float], jitter: Jitter) -> None:
    clock = FakeTime()
    primary = FakeRegion("primary", clock, [Step(201, seconds) for seconds in slow])
    standby = FakeRegion("standby", clock)
    play(primary, standby, clock, jitter, pause=0)
    assert not standby.sent


@settings(max_examples=40, deadline=None)
@given(failures=st.lists(st.sampled_from((500, 502, 504, 429)), max_size=FAILURES_MOST), jitter=jitters)
def test_a_few_failures_never_move_a_payment(failures: list[int], jitter: Jitter) -> None:
    clock = FakeTime()
    primary = FakeRegion("primary", clock, [*map(Step, failures), Step(201)])
    standby = FakeRegion("standby", clock)
    assert all(isinstance(outcome, Paid) for outcome in play(primary, standby, clock, jitter, pause=0))
    assert not standby.sent


@settings(max_examples=40, deadline=None)
@given(
    down=st.sampled_from((CLOSED, SILENT, Step(503, retry_after="60"), Step(500), Step(503, retry_after="5"))),
    before=st.integers(0, 2),
    jitter=jitters,
)
def test_losing_the_primary_costs_seconds(down: Step, before: int, jitter: Jitter) -> None:
    clock = FakeTime()
    primary = FakeRegion("primary", clock, [Step(201)] * before + [down], well=None if down.status is None else False)
    standby = FakeRegion("standby", clock)
    outcomes = play(primary, standby, clock, jitter, pause=0)
    assert all(isinstance(outcome, Paid) for outcome in outcomes)
    assert clock.now - 1000 < 7
    assert len(primary.sent) <= before + 2


@settings(max_examples=40, deadline=None)
@given(there=scripts, here=scripts, jitter=jitters)
def test_a_region_is_left_alone_for_as_long_as_it_asks(there: list[Step], here: list[Step], jitter: Jitter) -> None:
    """Unless the other region says that its fence has been lifted, which none does here."""
    clock = FakeTime()
    primary = FakeRegion("primary", clock, there, peer_fenced=None)
    standby = FakeRegion("standby", clock, here, peer_fenced=None)
    play(primary, standby, clock, jitter, pause=0)
    assert not primary.pressed + standby.pressed
