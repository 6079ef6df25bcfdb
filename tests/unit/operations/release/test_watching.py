"""A region is watched by what is at hand: what takes long, is lost or is behind holds up nothing."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from contract.environment import Function
from contract.roles import Role
from handlers.releases.item import RegionVersions, Release, ReleaseState
from operations.release.judging import BakeEvidence, BakeVerdict, judge_bake
from operations.release.watching import CANARY_SECONDS, LOST_SECONDS, OLD_LOOK_SECONDS, BakeWatch
from operations.topology.asking import Asker
from operations.topology.readings import Known, Reading, Unknown
from tests.unit.operations.plans.topologies import NAMES
from tests.unit.operations.release.world import NEW, OLD, RELEASABLE, ReleaseWorld, proxied, request_lines

API = Function.PAYMENT_API


@dataclass
class Hands:
    """Runs what is asked at once, or keeps what a test holds back."""

    world: ReleaseWorld
    held: list[Callable[[], None]] = field(default_factory=list)
    holds: Callable[[], bool] = lambda: False

    def asker(self) -> Asker:
        return Asker(in_background=self.run, wait=self.wait, monotonic=lambda: self.world.clock.now)

    def run(self, work: Callable[[], None]) -> None:
        if self.holds():
            self.held.append(work)
        else:
            work()

    @staticmethod
    def wait(future: "Future[Any]", seconds: float) -> None:
        del future, seconds


@dataclass
class Watched:
    """A watch of one region."""

    world: ReleaseWorld = field(default_factory=ReleaseWorld)
    ringing: Callable[[], Reading[tuple[str, ...]]] = lambda: Known(())
    changed: tuple[Function, ...] = (API, Function.PAYMENT_CANARY)
    share: float = 1.0

    def __post_init__(self) -> None:
        self.hands = Hands(self.world)
        functions = {
            name: {str(function): OLD for function in RELEASABLE.regions[role].function_names}
            for role, name in NAMES.items()
        }
        changed = {str(function): NEW for function in self.changed}
        self.watch = BakeWatch(
            self.world.controls(),
            Release(
                id="r",
                driver="d",
                state=ReleaseState.RUNNING,
                beat=1,
                epoch=7,
                by="ann",
                reason="",
                at="2026-01-31T13:00:00.000Z",
                step="",
                before={name: RegionVersions(each, "d0") for name, each in functions.items()},
                after={name: RegionVersions({**each, **changed}, "d1") for name, each in functions.items()},
            ),
            self.world.clock,
            began=self.world.clock.now,
            ringing=self.ringing,
            asker=self.hands.asker(),
        )
        self.watch.begin(Role.STANDBY, serves=False, share=self.share)

    def look(self, *, later: float = 3.0) -> BakeEvidence:
        self.world.clock.advance(later)
        return self.watch.look()


def test_good_version_passes() -> None:
    assert judge_bake(Watched().look()).verdict is BakeVerdict.PASS


def test_slow_canaries_and_alarms_hold_up_no_figures() -> None:
    watched = Watched()
    reads: list[str] = []

    def holds() -> bool:
        reads.append("")
        return len(reads) > 1  # all but the first, the log

    watched.hands.holds = holds
    watched.world.lines[NEW] = [line for n in range(12) for line in request_lines(str(n), status="\tStatus: error")]
    evidence = watched.look()
    assert isinstance(evidence.canaries, Unknown)
    assert isinstance(evidence.alarms, Unknown)
    assert judge_bake(evidence).verdict is BakeVerdict.UNDO


def test_nothing_is_read_twice_at_once() -> None:
    watched = Watched()
    watched.hands.holds = lambda: True
    for _ in range(5):
        assert judge_bake(watched.look()).verdict is BakeVerdict.WAIT
    assert len(watched.hands.held) == 3  # the log, the alarms, the canary payments
    for work in watched.hands.held:
        work()
    assert judge_bake(watched.look()).verdict is BakeVerdict.PASS


def test_log_that_hangs_is_unknown_after_a_while() -> None:
    watched = Watched()
    watched.look()
    watched.hands.holds = lambda: True
    assert judge_bake(watched.look()).verdict is BakeVerdict.PASS
    watched.hands.holds = lambda: bool(watched.watch._pairs[API].reading._pending)  # the log alone
    watched.world.clock.advance(20)
    assert judge_bake(watched.look(later=8)).verdict is not BakeVerdict.PASS


def test_region_that_answers_nothing_ends_the_release() -> None:
    watched = Watched()
    watched.look()
    watched.world.down.add(NAMES[Role.STANDBY])
    assert judge_bake(watched.look(later=LOST_SECONDS - 1)).verdict is not BakeVerdict.UNDO
    judged = judge_bake(watched.look())
    assert judged.verdict is BakeVerdict.UNDO
    assert "has not answered for" in judged.reason


def test_single_failed_call_is_ignored() -> None:
    watched = Watched()
    watched.look()
    watched.world.down.add(NAMES[Role.STANDBY])
    assert isinstance(watched.look().functions[API], Known)
    watched.world.down.clear()
    assert judge_bake(watched.look()).verdict is BakeVerdict.PASS


def test_canary_payments_are_made_once_a_minute() -> None:
    watched = Watched()
    watched.look()
    made = watched.world.calls["invoke"]
    watched.look(later=CANARY_SECONDS / 2)
    assert watched.world.calls["invoke"] == made
    watched.world.answers[NEW] = lambda _: proxied(500, {})
    assert judge_bake(watched.look(later=CANARY_SECONDS / 2)).verdict is BakeVerdict.UNDO


def test_version_before_is_read_seldom_unless_it_is_compared_with() -> None:
    watched, versions = Watched(), []

    def note(log: Any) -> Any:
        versions.append(log["logStreamNamePrefix"].partition("[")[2])

    original = watched.world.filter_log_events

    def asked(region: str, **request: Any) -> Any:
        note(request)
        return original(region, **request)

    object.__setattr__(watched.world, "filter_log_events", asked)
    watched.look()
    versions.clear()
    watched.look()
    assert set(versions) == {f"{NEW}]"}
    watched.look(later=OLD_LOOK_SECONDS)
    assert f"{OLD}]" in versions
    versions.clear()
    watched.world.calls["update_alias"] += 1
    watched.world.lines[NEW] = [line for n in range(12) for line in request_lines(str(n), status="\tStatus: error")]
    watched.look()
    assert f"{OLD}]" in versions


def test_what_arrives_late_of_one_share_counts_in_the_next() -> None:
    watched = Watched()
    watched.look()
    watched.world.clock.advance(10)
    watched.watch.begin(Role.STANDBY, serves=False, share=1.0)
    judged = judge_bake(watched.look())
    assert judged.reason == "unknown: 0 of at least 5 requests were seen"
    watched.world.calls["update_alias"] += 1
    evidence = watched.look()
    beside = evidence.functions[API]
    assert isinstance(beside, Known)
    assert beside.value.new.requests == 24
    assert judge_bake(evidence).verdict is BakeVerdict.PASS


def test_region_that_has_baked_is_still_judged_while_the_serving_one_bakes() -> None:
    watched = Watched()
    watched.look()
    watched.watch.begin(Role.PRIMARY, serves=True, share=0.1)
    assert judge_bake(watched.look()).verdict is BakeVerdict.PASS
    original = watched.world.filter_log_events
    failing = [line for n in range(12) for line in request_lines(f"late-{n}", status="\tStatus: error")]

    def asked(region: str, **request: Any) -> Any:
        watched.world.lines[NEW] = failing if region == NAMES[Role.STANDBY] else good
        return original(region, **request)

    good = watched.world.lines[NEW]
    watched.world.calls["update_alias"] += 1
    object.__setattr__(watched.world, "filter_log_events", asked)
    judged = [judge_bake(watched.look()) for _ in range(2)][-1]  # what comes of it is taken by the next look
    assert judged.verdict is BakeVerdict.UNDO
    assert judged.reason.startswith("payment-api in us-east-2: 12 of 24 requests failed")


def test_region_that_has_baked_and_is_lost_holds_up_nothing() -> None:
    watched = Watched()
    watched.look()
    watched.watch.begin(Role.PRIMARY, serves=True, share=0.1)
    watched.world.down.add(NAMES[Role.STANDBY])
    assert [judge_bake(watched.look()).verdict for _ in range(2)] == [BakeVerdict.PASS] * 2
