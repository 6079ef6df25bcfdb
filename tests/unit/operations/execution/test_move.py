"""Beginning, resuming and rolling back: what each of them needs, and what it is refused for."""

from pathlib import Path

import pytest

from contract.roles import Role
from handlers.writer.item import ClosingKind
from operations.errors import UsageError
from operations.execution.executor import DryRun
from operations.execution.journal import JournalError, Journals, Planned
from operations.execution.move import (
    Course,
    Interrupted,
    MoveOutcome,
    carry_out,
    decide,
    find_interrupted,
    reconsider,
    recording,
)
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.stopping import plan_stop
from operations.topology.model import Topology
from tests.unit.operations.execution.world_controls import operate, plans
from tests.unit.operations.execution.worlds import InterruptionError, World
from tests.unit.operations.plans.topologies import open_in, topology

CLOSED_AT_TOUCH = 12
"""The touch by which a switchover has closed the source."""


@pytest.fixture
def journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journals:
    monkeypatch.setattr("operations.execution.journal.os.fsync", lambda _: None)
    return Journals(tmp_path, "dev")


@pytest.fixture
def world(journals: Journals) -> World:
    """A switchover was interrupted once the primary was closed."""
    return cut_off_at(CLOSED_AT_TOUCH, journals)


def cut_off_at(touch: int, journals: Journals) -> World:
    world = World(interrupt_at=touch)
    world.sleep(20)
    with pytest.raises(InterruptionError):
        operate(world, journals, Purpose.SWITCHOVER)
    world.interrupt_at = None
    return world


def interrupted(journals: Journals, course: Course = Course.RESUME) -> Interrupted:
    found = find_interrupted(journals, Purpose.SWITCHOVER, course)
    assert found is not None
    return found


def make(found: Topology) -> Plan | Refusal:
    return plans(World(), Purpose.SWITCHOVER, None)(found)


def test_interrupted_plan_stands_in_nobodys_way(journals: Journals, world: World) -> None:
    assert find_interrupted(journals, Purpose.FAILBACK, Course.BEGIN) is None
    assert operate(world, journals, Purpose.FAILOVER).outcome is MoveOutcome.DONE


def test_only_its_own_command_resumes_it(journals: Journals, world: World) -> None:
    with pytest.raises(UsageError, match="--resume needs an interrupted failback"):
        find_interrupted(journals, Purpose.FAILBACK, Course.RESUME)


def test_resumed_plan_goes_on_after_what_was_done(journals: Journals, world: World) -> None:
    assert world.writer.kind is ClosingKind.PLANNED
    decision = decide(Course.RESUME, interrupted(journals), world.topology(), make)
    assert (decision.first, decision.new) == (1, False)


def test_way_back_is_a_plan_of_its_own(journals: Journals, world: World) -> None:
    decision = decide(Course.ROLL_BACK, interrupted(journals), world.topology(), make)
    assert isinstance(decision.plan, Plan)
    assert (decision.plan.purpose, decision.first) == (Purpose.ROLL_BACK, 0)


@pytest.mark.parametrize("course", [Course.RESUME, Course.ROLL_BACK])
def test_plan_is_dead_once_somebody_else_changed_the_writer(journals: Journals, world: World, course: Course) -> None:
    found = topology(writer=open_in(epoch=9, by="ticker us-east-1", reason="the planned closing takes longer"))
    decision = decide(course, interrupted(journals), found, make)
    assert isinstance(decision.plan, Refusal)
    assert [str(each) for each in decision.plan.obstacles] == [
        (
            "nobody else may have changed the writer since: us-east-1's ticker opened us-east-1 at "
            "2026-01-31 12:00:03 UTC (epoch 9: the planned closing takes longer); "
            "the interrupted plan is at its end: begin again"
        )
    ]


def test_plan_that_changed_nothing_is_made_anew(journals: Journals) -> None:
    world = cut_off_at(5, journals)
    decision = decide(Course.RESUME, interrupted(journals), world.topology(), make)
    assert (decision.first, decision.new) == (0, True)
    assert operate(world, journals, Purpose.SWITCHOVER, Course.RESUME).outcome is MoveOutcome.DONE
    (journal,) = journals.latest_first()
    assert [record.plan.purpose for record in journal.records() if isinstance(record, Planned)] == [
        Purpose.SWITCHOVER,
        Purpose.SWITCHOVER,
    ]


def test_undone_closing_ends_the_plan(journals: Journals) -> None:
    world = World()
    world.sleep(20)
    world.slow = {f"primary-{second}": 60.0 for second in range(21, 40)}
    assert operate(world, journals, Purpose.SWITCHOVER).outcome is MoveOutcome.FAILED
    assert world.serving() is Role.PRIMARY
    with pytest.raises(UsageError, match="holds none"):
        interrupted(journals)


class TestReconsidering:
    """What was shown some time ago is compared with what would be decided now."""

    SHOWN = plan_failover(topology())

    def reconsidered(self, found: Topology) -> Refusal | None:
        assert isinstance(self.SHOWN, Plan)
        return reconsider(self.SHOWN, plan_failover(found), found)

    def test_same_plan_is_carried_out(self) -> None:
        assert self.reconsidered(topology()) is None

    def test_refusal_counts(self) -> None:
        found = topology(writer=open_in(Role.STANDBY, epoch=9))
        assert isinstance(reconsider(self.SHOWN, plan_failover(found, to=Role.STANDBY), found), Refusal)  # type: ignore[arg-type]

    def test_other_epoch_says_who_did_what(self) -> None:
        refusal = self.reconsidered(topology(writer=open_in(epoch=9, by="bob", automatic=False)))
        assert refusal is not None
        assert [str(each) for each in refusal.obstacles] == [
            (
                "the plan must be the one that was shown: bob opened us-east-1 at 2026-01-31 12:00:03 UTC (epoch 9); "
                "begin again to see what it is now"
            )
        ]


def test_dry_run_shows_and_changes_nothing() -> None:
    plan = plan_stop(topology())
    assert isinstance(plan, Plan)
    account = carry_out(DryRun(), plan, first=0, done=MoveOutcome.PLANNED)
    assert (account.outcome, [result.evidence for result in account.results]) == (MoveOutcome.PLANNED, [{}, {}])


def test_plan_that_another_process_went_on_with_is_left_alone(journals: Journals, world: World) -> None:
    found = interrupted(journals)
    operate(world, journals, Purpose.SWITCHOVER, Course.RESUME)
    with (
        pytest.raises(JournalError, match="another process went on with"),
        recording(journals, found.progress.plan, found, new=False, by="me", why="", clock=world),
    ):
        pass


def test_plan_that_is_running_is_not_called_interrupted(journals: Journals, world: World) -> None:
    found = interrupted(journals)
    with found.journal.held(), pytest.raises(UsageError, match="but it is still running: ") as refused:
        interrupted(journals)
    assert str(refused.value).count("interrupted") == 1
    assert interrupted(journals).progress == found.progress


def test_latest_journal_that_cannot_be_read_is_no_finished_plan(journals: Journals, world: World) -> None:
    journals.create("9999-broken").path.write_text('{"kind": "?"}\n')
    with pytest.raises(JournalError, match="must be a journal of this version"):
        interrupted(journals)


def test_stopped_by_ctrl_c_is_undone(journals: Journals, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.sleep(20)
    follow = "tests.unit.operations.execution.world_controls.WorldWatch.follow"

    def interrupt(_: object) -> None:
        if world.writer.kind is ClosingKind.PLANNED:
            raise KeyboardInterrupt

    monkeypatch.setattr(follow, interrupt)
    account = operate(world, journals, Purpose.SWITCHOVER)
    assert account.outcome is MoveOutcome.INTERRUPTED
    assert account.error.startswith("by Ctrl-C or a signal; undone: alice opened us-east-1")
    assert world.serving() is Role.PRIMARY


def test_waiting_payments_are_listed_at_the_end(journals: Journals) -> None:
    world = World(detection=3)
    world.sleep(20)
    world.waiting[Role.PRIMARY] = 2
    account = operate(world, journals, Purpose.SWITCHOVER)
    assert account.outcome is MoveOutcome.DONE
    assert account.results[-1].evidence == {"waiting_in_retry_queue": 2, "payments": "waiting-0, waiting-1"}


def test_quiet_region_is_no_failure(journals: Journals) -> None:
    world = World(detection=3, pays=False)
    account = operate(world, journals, Purpose.FAILOVER)
    assert account.outcome is MoveOutcome.DONE
    assert account.results[-1].evidence == {"seen": False, "within_seconds": 120.0}
    assert [step.kind for step in account.unseen] == ["await-payment"]
