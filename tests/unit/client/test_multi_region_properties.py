"""What holds of the multi-region client whatever regions answer."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from client.errors import AnsweredError, InDoubtError, NotPaidError
from client.multi_region import MultiRegionClient, Paid
from tests.unit.client.fakes import CLOSED, PRIMARY, SILENT, STANDBY, FakeRegion, Said, Step, refused
from tests.unit.fake_clock import FakeClock

DEADLINE = 30.0
SUCCESS, REFUSED = (200, 201, 202, 204), (400, 403, 409)

writers = st.builds(
    Said, st.sampled_from((PRIMARY, STANDBY)), st.integers(1, 4), st.sampled_from(("open", "closing", "ajar"))
)
steps = st.one_of(
    st.builds(
        Step,
        status=st.sampled_from((*SUCCESS, *REFUSED, 429, 500, 502, 503, 504)),
        seconds=st.floats(0.001, 40),
        retry_after=st.sampled_from((None, "0", "1", "5", "29", "30", "60", "soon")),
        names_payment=st.booleans(),
    ),
    st.builds(Step, st.sampled_from((500, 502, 503, 504, None)), st.floats(0.001, 40), arrives=st.booleans()),
    st.builds(refused, writers),
    st.just(Step(503, stored=False)),
    st.just(CLOSED),
    st.just(SILENT),
)
scripts = st.lists(steps, min_size=1, max_size=12)
answers = st.one_of(writers, st.none(), st.just(CLOSED), st.just(SILENT), st.just(Step(403)))
jitters = st.sampled_from((min, max))

Jitter = Callable[[float, float], float]
Outcome = Paid | AnsweredError | NotPaidError | InDoubtError


def play(
    primary: FakeRegion, standby: FakeRegion, clock: FakeClock, jitter: Jitter, *, payments: int = 3, pause: float = 0
) -> list[Outcome]:
    """Pay one payment after the other; return what each call gave."""
    client = MultiRegionClient(
        primary.client(),
        standby.client(),
        deadline_seconds=DEADLINE,
        clock=clock,
        jitter=jitter,
        in_background=lambda run: run(),
    )
    outcomes: list[Outcome] = []
    for number in range(payments):
        began = clock.monotonic()
        looks = 2 * 3  # what runs in the background runs inline here: two probes of three seconds
        try:
            outcomes.append(client.pay({"transactionId": f"order-{number}", "amount": "1.00", "currency": "EUR"}))
        except (AnsweredError, NotPaidError, InDoubtError) as error:
            outcomes.append(error)
        assert clock.monotonic() - began <= DEADLINE + looks + 0.3
        clock.advance(pause)
    return outcomes


@given(
    there=scripts,
    here=scripts,
    says=st.tuples(answers, answers),
    jitter=jitters,
    pause=st.sampled_from((0.0, 5.0, 100.0)),
)
def test_every_call_is_bounded_consistent_and_honest(
    there: list[Step],
    here: list[Step],
    says: tuple[Said | Step | None, Said | Step | None],
    jitter: Jitter,
    pause: float,
) -> None:
    clock = FakeClock()
    primary, standby = FakeRegion(PRIMARY, clock, there, says[0]), FakeRegion(STANDBY, clock, here, says[1])
    outcomes = play(primary, standby, clock, jitter, pause=pause)

    sent = [body for _, body in primary.sent + standby.sent]
    assert len(set(sent)) <= len(outcomes)  # one content an id, however often it is sent
    stored = primary.stored | standby.stored
    tried = 0
    for number, outcome in enumerate(outcomes):
        tried += len(outcome.attempts)
        *before, last = [attempt.response.status if attempt.response else None for attempt in outcome.attempts] or [0]
        assert not set(before) & {*SUCCESS, *REFUSED}  # a final answer ends the call
        if isinstance(outcome, Paid):
            assert last in SUCCESS
            assert f"order-{number}" in stored
        elif any(attempt.verdict.is_doubtful for attempt in outcome.attempts):  # silence and 5xx: every doubt is told
            assert isinstance(outcome, InDoubtError)
        else:
            assert isinstance(outcome, AnsweredError if last in REFUSED else NotPaidError)
            assert f"order-{number}" not in stored
    assert tried == len(sent)


@given(slow=st.lists(st.floats(0.01, 25), min_size=1, max_size=12), knows=st.booleans(), jitter=jitters)
def test_slow_never_moves_a_payment(slow: list[float], jitter: Jitter, *, knows: bool) -> None:
    clock, writer = FakeClock(), Said(PRIMARY) if knows else None
    primary = FakeRegion(PRIMARY, clock, [Step(201, seconds) for seconds in slow], writer)
    standby = FakeRegion(STANDBY, clock, writer=writer)
    play(primary, standby, clock, jitter)
    assert not standby.sent


@given(
    failures=st.lists(st.sampled_from((500, 502, 504, 429)), max_size=12),
    ends=st.booleans(),
    knows=st.booleans(),
    jitter=jitters,
)
def test_failures_never_move_a_payment(failures: list[int], jitter: Jitter, *, ends: bool, knows: bool) -> None:
    clock, writer = FakeClock(), Said(PRIMARY) if knows else None
    script = [*map(Step, failures), *([Step(201)] if ends or not failures else [])]
    primary, standby = FakeRegion(PRIMARY, clock, script, writer), FakeRegion(STANDBY, clock, writer=writer)
    play(primary, standby, clock, jitter)
    assert not standby.sent


@dataclass(frozen=True)
class Change:
    """A change of the writer, and whether the region that owned it until then is lost for good."""

    at: float
    """After the last one."""
    shut_for: float
    loses_owner: bool


@dataclass
class ModelRegion(FakeRegion):
    """Stores what the writer allows by knowledge that lags behind, and is lost at some moment."""

    history: list[tuple[float, Said]] = field(default_factory=list)
    lag: float = 0
    lost_at: float = float("inf")
    hangs: bool = False

    def next_step(self) -> Step:
        knows = self.named_writer()
        if isinstance(knows, Step):
            return knows
        return Step(201) if knows == Said(self.name, knows.epoch) else refused(knows)

    def named_writer(self) -> Said | Step:
        if self.clock.monotonic() >= self.lost_at:
            return Step(-1, 1000) if self.hangs else CLOSED
        return [said for at, said in self.history if at <= self.clock.monotonic() - self.lag][-1]


changes = st.lists(
    st.builds(Change, at=st.floats(10, 60), shut_for=st.floats(8, 20), loses_owner=st.booleans()), max_size=3
)


@given(
    first=st.sampled_from((PRIMARY, STANDBY)),
    changed=changes,
    lags=st.tuples(st.floats(0, 4), st.floats(0, 4)),
    hangs=st.booleans(),
    pause=st.floats(0, 12),
    jitter=jitters,
)
def test_the_writer_is_followed_wherever_it_goes(
    first: str, changed: list[Change], lags: tuple[float, float], pause: float, jitter: Jitter, *, hangs: bool
) -> None:
    """Each call is paid unless nobody may be paid for its whole time; only the writer of the moment stores."""
    clock = FakeClock()
    now, owner, epoch = clock.monotonic(), first, 1
    history = [(0.0, Said(owner))]
    regions = {
        name: ModelRegion(name, clock, history=history, lag=lag, hangs=hangs)
        for name, lag in zip((PRIMARY, STANDBY), lags, strict=True)
    }
    for change in changed:
        if any(region.lost_at < float("inf") for region in regions.values()):
            break
        now += change.at
        destination = STANDBY if owner == PRIMARY else PRIMARY
        if change.loses_owner:
            regions[owner].lost_at = now
        history.append((now, Said(destination if change.loses_owner else owner, epoch + 1, "closing")))
        now += change.shut_for
        history.append((now, Said(destination, epoch + 2)))
        owner, epoch = destination, epoch + 2
    outcomes = play(regions[PRIMARY], regions[STANDBY], clock, jitter, payments=20, pause=pause)
    assert all(isinstance(outcome, Paid) for outcome in outcomes)
    assert not regions[PRIMARY].stored & regions[STANDBY].stored


@given(down=st.sampled_from((CLOSED, Step(-1, 1000))), before=st.integers(0, 2), jitter=jitters)
def test_losing_the_writer_costs_seconds_once_the_other_region_has_taken_over(
    down: Step, before: int, jitter: Jitter
) -> None:
    clock = FakeClock()
    primary = FakeRegion(PRIMARY, clock, [Step(201)] * before + [down], down)
    standby = FakeRegion(STANDBY, clock, writer=Said(STANDBY, 3))
    outcomes = play(primary, standby, clock, jitter)
    assert all(isinstance(outcome, Paid) for outcome in outcomes)
    assert clock.monotonic() - 1000 < 7
    assert len(primary.sent) <= before + 2


@given(waits=st.lists(st.sampled_from((1, 5, 20)), min_size=1, max_size=4), status=st.sampled_from((429, 503)))
def test_a_region_in_trouble_is_left_alone_for_as_long_as_it_asks(waits: list[int], status: int) -> None:
    clock = FakeClock()
    script = [*(Step(status, retry_after=str(each)) for each in waits), Step(201)]
    primary = FakeRegion(PRIMARY, clock, script, Said(PRIMARY))
    standby = FakeRegion(STANDBY, clock, writer=Said(PRIMARY))
    play(primary, standby, clock, min)
    for (before, _), (after, _), asked in zip(primary.sent, primary.sent[1:], waits, strict=False):
        assert after - before >= asked
