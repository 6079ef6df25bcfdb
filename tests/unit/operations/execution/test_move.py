"""Beginning, resuming, rolling back and giving up: what each of them needs, and what it is refused for."""

from dataclasses import replace
from pathlib import Path

import pytest

from handlers.payments.fence import Fence
from operations.errors import UsageError
from operations.execution.executor import DryRun
from operations.execution.journal import Begun, Done, Failed, Forgotten, JournalError, Journals, Planned
from operations.execution.move import (
    Course,
    Interrupted,
    Outcome,
    carry_out,
    decide,
    find_interrupted,
    forget,
    reconsider,
    recording,
)
from operations.execution.performing import Performer, StepError
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.steps import AwaitPayment, AwaitTakeover, Drain
from operations.plans.switchover import plan_switchover
from operations.site import Role
from operations.topology.readings import Known
from tests.unit.operations.execution.test_interruptions import go
from tests.unit.operations.execution.worlds import InterruptionError, World
from tests.unit.operations.plans.topologies import fences, topology, with_fence, without


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return Journals(tmp_path, "dev")


@pytest.fixture
def world(journals: Journals) -> World:
    """A switchover was interrupted once the primary was fenced."""
    world = World(interrupt_at=2)
    with pytest.raises(InterruptionError):
        go(world, journals, Purpose.SWITCHOVER, Course.BEGIN)
    return world


def interrupted(journals: Journals) -> Interrupted:
    found = find_interrupted(journals, Purpose.SWITCHOVER, Course.RESUME)
    assert found is not None
    return found


def test_nothing_begins_beside_it(journals: Journals, world: World) -> None:
    with pytest.raises(UsageError, match="an interrupted switchover stands in the way, `dr switchover` takes --resume"):
        find_interrupted(journals, Purpose.FAILBACK, Course.BEGIN)


def test_but_a_failover_does(journals: Journals, world: World) -> None:
    assert find_interrupted(journals, Purpose.FAILOVER, Course.BEGIN) is None


def test_only_its_own_command_resumes_it(journals: Journals, world: World) -> None:
    with pytest.raises(UsageError, match="--resume needs an interrupted failback"):
        find_interrupted(journals, Purpose.FAILBACK, Course.RESUME)


def test_it_goes_on_after_what_was_done(journals: Journals, world: World) -> None:
    decision = decide(Course.RESUME, interrupted(journals), world.topology(), plan_switchover)
    assert decision.first == 1


def test_the_way_back_is_a_plan_of_its_own(journals: Journals, world: World) -> None:
    decision = decide(Course.ROLL_BACK, interrupted(journals), world.topology(), plan_switchover)
    assert isinstance(decision.plan, Plan)
    assert (decision.plan.purpose, decision.first) == (Purpose.ROLL_BACK, 0)


@pytest.mark.parametrize("course", [Course.RESUME, Course.ROLL_BACK])
def test_somebody_else_changed_a_fence(journals: Journals, world: World, course: Course) -> None:
    other = Fence("us-east-1", fenced=True, epoch=7, at="2026-01-01T00:00:00.000Z", by="sentinel us-east-2")
    found = with_fence(world.topology(), Role.PRIMARY, Role.STANDBY, Known(other))
    decision = decide(course, interrupted(journals), found, plan_switchover)
    assert isinstance(decision.plan, Refusal)
    assert [str(each) for each in decision.plan.obstacles] == [
        (
            "nobody else may have changed us-east-1's fence since: its epoch is 7, by sentinel us-east-2 at "
            "2026-01-01T00:00:00.000Z; see `dr status`; --forget ends this plan where it is"
        )
    ]


def test_what_is_given_up_stands_in_nobodys_way(journals: Journals, world: World) -> None:
    assert len(forget(journals, by="me", clock=world)) == 1
    assert find_interrupted(journals, Purpose.FAILBACK, Course.BEGIN) is None


def test_what_has_fenced_nothing_yet_is_planned_anew(journals: Journals) -> None:
    world = World(interrupt_at=1)
    with pytest.raises(InterruptionError):
        go(world, journals, Purpose.SWITCHOVER, Course.BEGIN)
    decision = decide(Course.RESUME, interrupted(journals), world.topology(), plan_switchover)
    assert (decision.first, decision.new) == (0, True)
    assert go(world, journals, Purpose.SWITCHOVER, Course.RESUME) is Outcome.DONE
    (journal,) = journals.latest_first()
    assert [record.plan.purpose for record in journal.records() if isinstance(record, Planned)] == [
        Purpose.SWITCHOVER,
        Purpose.SWITCHOVER,
    ]


class TestReconsidering:
    """What was shown some time ago is compared with what would be decided now."""

    SHOWN = plan_failover(topology())

    def reconsidered(self, now: Plan | Refusal) -> Refusal | None:
        assert isinstance(self.SHOWN, Plan)
        return reconsider(self.SHOWN, now)

    def test_the_same(self) -> None:
        assert self.reconsidered(plan_failover(topology(held=fences(primary=True)))) is None

    def test_lag_is_never_quite_the_same(self) -> None:
        shown, now = plan_switchover(topology(lag=0.5)), plan_switchover(topology(lag=0.6))
        assert isinstance(shown, Plan)
        assert reconsider(shown, now) is None

    def test_preconditions_that_hold_no_longer(self) -> None:
        refusal = plan_failover(without(topology(), Role.STANDBY))
        assert self.reconsidered(refusal) is refusal

    def test_another_plan(self) -> None:
        refusal = self.reconsidered(plan_failover(topology(held=fences(standby=True))))
        assert refusal is not None
        assert [str(each) for each in refusal.obstacles] == [
            "the plan must be the one that was shown: by now it would be another one; begin again to see it"
        ]


class TestLiveJournals:
    """What another process carries out right now is left as it is, to the byte."""

    def test_a_second_one_is_refused(self, journals: Journals, world: World) -> None:
        before, plan = interrupted(journals), plan_switchover(topology())
        assert isinstance(plan, Plan)
        with before.journal.held():
            with before.journal.path.open("a") as file:
                file.write('{"kind": "be')  # the other one is writing
            content = before.journal.path.read_bytes()
            with pytest.raises(JournalError, match="another process carries out"):
                self.take_up(journals, before, plan, world)
        assert before.journal.path.read_bytes() == content

    def test_one_that_has_gone_on_meanwhile_is_not_taken_up(self, journals: Journals, world: World) -> None:
        before, plan = interrupted(journals), plan_switchover(topology())
        assert isinstance(plan, Plan)
        before.journal.append(Done(at=3, step=1, seconds=0, evidence={}))
        content = before.journal.path.read_bytes()
        with pytest.raises(JournalError, match="another process went on with"):
            self.take_up(journals, before, plan, world)
        assert before.journal.path.read_bytes() == content

    def test_it_is_not_given_up(self, journals: Journals, world: World) -> None:
        journal = interrupted(journals).journal
        with journal.held(), pytest.raises(JournalError, match="another process carries out"):
            forget(journals, by="me", clock=world)
        assert not any(isinstance(record, Forgotten) for record in journal.records())

    @staticmethod
    def take_up(journals: Journals, before: Interrupted, plan: Plan, world: World) -> None:
        with recording(journals, plan, before, new=True, by="me", why="", clock=world):
            pass


class TestUnreadableJournals:
    """A journal that cannot be read is in the way of planned moves only while nothing later has gone past it."""

    @staticmethod
    def spoil(journals: Journals, name: str) -> None:
        (journals.directory / f"{name}.jsonl").write_text("of another version\n")

    @pytest.fixture
    def finished(self, journals: Journals, world: World) -> None:
        forget(journals, by="me", clock=world)

    def test_the_latest(self, journals: Journals, finished: None) -> None:
        self.spoil(journals, "2999-switchover")
        with pytest.raises(JournalError, match=r"2999-switchover.jsonl must be .*`mv \S+ \S+.aside` puts it aside"):
            find_interrupted(journals, Purpose.FAILBACK, Course.BEGIN)

    def test_an_older_one(self, journals: Journals, finished: None) -> None:
        self.spoil(journals, "1999-switchover")
        assert find_interrupted(journals, Purpose.FAILBACK, Course.BEGIN) is None

    def test_what_is_interrupted_is_found_before_it(self, journals: Journals, world: World) -> None:
        self.spoil(journals, "1999-switchover")
        assert find_interrupted(journals, Purpose.SWITCHOVER, Course.RESUME) is not None


def test_a_dry_run_changes_nothing(journals: Journals) -> None:
    world = World()
    plan = plan_switchover(world.topology())
    assert isinstance(plan, Plan)
    account = carry_out(DryRun(), plan, first=0, done=Outcome.PLANNED)
    assert (account.outcome, len(account.results)) == (Outcome.PLANNED, len(plan.steps))
    assert (world.touches, journals.latest_first()) == (0, [])


def test_a_step_that_does_not_come_to_its_end_is_in_the_journal(journals: Journals) -> None:
    world = World(detection=10_000)  # health checkers that never agree
    assert go(world, journals, Purpose.SWITCHOVER, Course.BEGIN) is Outcome.FAILED
    *_, begun, failed = interrupted(journals).journal.records()
    assert isinstance(begun, Begun)
    assert isinstance(failed, Failed)
    assert failed.error == "not within 300 s: it answers us-east-1 still"


def test_a_planned_switchover_leaves_its_evidence(journals: Journals) -> None:
    world = World(lag=2)
    world.pass_(100)
    assert go(world, journals, Purpose.SWITCHOVER, Course.BEGIN) is Outcome.DONE
    done = [each.evidence for each in journals.latest_first()[0].records() if isinstance(each, Done)]
    drained = next(each for each in done if "heartbeat_at" in each)
    assert str(drained["heartbeat_at"]) > str(drained["heartbeat_before"])
    assert drained["waited_seconds"] == 20


DRAIN = Drain(source=Role.PRIMARY, destination=Role.STANDBY, seconds=10)


@pytest.mark.parametrize("ahead", [-300, 0, 300])
def test_a_drain_ends_with_a_heartbeat_from_after_it_began_whatever_the_operators_clock_says(ahead: int) -> None:
    world = World(lag=2, regions_ahead=ahead)
    world.set_fence(Role.PRIMARY)
    world.pass_(70)  # heartbeats are written at 60 and 120
    Performer(world).perform(DRAIN)
    assert 122 <= world.now <= 124


def test_a_drain_fails_where_the_source_does_not_tell_its_heartbeat() -> None:
    world = World()
    world.set_fence(Role.PRIMARY)
    world.lost_at = world.now
    with pytest.raises(StepError, match="not within 180 s: us-east-1: no connection"):
        Performer(world).perform(DRAIN)


def test_the_fence_settles_in_real_seconds() -> None:
    """At ten times the speed, eight real seconds are eighty."""
    world = World(scale=10)
    plan = plan_switchover(replace(topology(), site=world.site))
    assert isinstance(plan, Plan)
    Performer(world).perform(plan.steps[2])
    assert world.monotonic() == 80


def test_a_wait_lasts_a_real_minute_at_least() -> None:
    world = World(scale=10)
    with pytest.raises(StepError, match="not within 600 s: it answers 404 still"):
        Performer(world).perform(AwaitTakeover(taken_over=True))
    assert world.monotonic() >= 600


def test_a_quiet_region_is_accepted_by_the_emulated_clock() -> None:
    world = World(scale=10)
    waits = AwaitPayment(serving=Role.STANDBY, within=120)
    assert Performer(world).perform(waits) == {"seen": False, "within_seconds": 120}
    assert world.monotonic() < 600


def test_a_new_journal_holds_its_plan(journals: Journals) -> None:
    world = World()
    plan = plan_switchover(world.topology())
    assert isinstance(plan, Plan)
    with recording(journals, plan, None, new=True, by="me", why="drill", clock=world) as journal:
        assert [record.kind for record in journal.records()] == ["planned"]
