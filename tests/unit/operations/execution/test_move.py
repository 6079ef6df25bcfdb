"""Beginning, resuming, rolling back and giving up: what each of them needs, and what it is refused for."""

from dataclasses import replace
from pathlib import Path

import pytest

from handlers.payments.fence import Fence
from operations.errors import UsageError
from operations.execution.executor import DryRun
from operations.execution.journal import Begun, Done, Failed, Journals
from operations.execution.move import Course, Interrupted, Outcome, begin, carry_out, decide, find_interrupted, forget
from operations.execution.performing import Performer
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.switchover import plan_switchover
from operations.site import Role
from operations.topology.readings import Known
from tests.unit.operations.execution.test_interruptions import go
from tests.unit.operations.execution.worlds import InterruptionError, World
from tests.unit.operations.plans.topologies import topology, with_fence


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
    assert str(drained["heartbeat_at"]) > str(drained["fence_settled_at"])
    assert drained["waited_seconds"] == 20


def test_the_fence_settles_in_real_seconds(journals: Journals) -> None:
    """At ten times the speed, eight real seconds are eighty."""
    world = World(scale=10)
    plan = plan_switchover(replace(topology(), site=world.site))
    assert isinstance(plan, Plan)
    Performer(world).perform(plan.steps[2])
    assert world.monotonic() == 80


def test_a_new_journal_holds_its_plan(journals: Journals) -> None:
    world = World()
    plan = plan_switchover(world.topology())
    assert isinstance(plan, Plan)
    journal = begin(journals, plan, None, by="me", why="drill", clock=world)
    assert [record.kind for record in journal.records()] == ["planned"]
