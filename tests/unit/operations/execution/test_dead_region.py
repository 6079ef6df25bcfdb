"""The primary dies while a plan is interrupted: no way on or back may close the only region that lives."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.payments.fence import FenceChange
from operations.execution.journal import Journals
from operations.execution.move import Course, Outcome
from operations.plans.plan import Purpose, Refusal
from operations.site import Role
from tests.unit.operations.execution.test_interruptions import decided, go, prepared
from tests.unit.operations.execution.worlds import InterruptionError, World


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return Journals(tmp_path, "dev")


def interrupted(journals: Journals, purpose: Purpose, *, at: int, after_it: bool = True) -> World:
    """Interrupt a plan at a touch of the world; the primary dies then, and a while passes."""
    world = prepared(purpose, World(lag=1))
    world.interrupt_at, world.after_it = world.touches + at, after_it
    lose(world, journals, purpose)
    return world


def lose(world: World, journals: Journals, purpose: Purpose) -> None:
    with pytest.raises(InterruptionError):
        go(world, journals, purpose, Course.BEGIN)
    world.interrupt_at, world.lost_at = None, world.now
    world.pass_(60)


def refused(world: World, journals: Journals, purpose: Purpose, course: Course) -> list[str]:
    plan = decided(world, journals, purpose, course).plan
    assert isinstance(plan, Refusal)
    return [str(each) for each in plan.obstacles]


def test_a_switchover_is_not_rolled_back_to_a_dead_primary(journals: Journals) -> None:
    world = interrupted(journals, Purpose.SWITCHOVER, at=1)
    assert refused(world, journals, Purpose.SWITCHOVER, Course.ROLL_BACK)[:2] == [
        (
            "us-east-1's replica must tell both fences: unknown (no connection); "
            "mend the region first, or leave things as they are with --forget"
        ),
        (
            "us-east-1 must be healthy: unknown (no connection); "
            "mend the region first, or leave things as they are with --forget"
        ),
    ]
    assert world.may_write(Role.STANDBY)


def test_a_failover_is_resumed_without_the_primary(journals: Journals) -> None:
    world = interrupted(journals, Purpose.FAILOVER, at=1)
    assert go(world, journals, Purpose.FAILOVER, Course.RESUME) is Outcome.DONE
    assert world.dns is Role.STANDBY


@pytest.mark.parametrize("purpose", [Purpose.SWITCHOVER, Purpose.FAILOVER])
def test_nothing_was_fenced_yet_and_nothing_is(journals: Journals, purpose: Purpose) -> None:
    world = interrupted(journals, purpose, at=1, after_it=False)
    assert go(world, journals, purpose, Course.ROLL_BACK) is Outcome.DONE
    assert not any(world.held(of, Role.STANDBY).fenced for of in Role)


def test_a_switchover_that_has_fenced_nothing_needs_its_preconditions_again(journals: Journals) -> None:
    world = interrupted(journals, Purpose.SWITCHOVER, at=1, after_it=False)
    said = refused(world, journals, Purpose.SWITCHOVER, Course.RESUME)
    assert "us-east-1 must be healthy: unknown (no connection); `dr failover` leaves a region that is not" in said


def test_a_failover_that_has_fenced_nothing_begins_anew(journals: Journals) -> None:
    world = interrupted(journals, Purpose.FAILOVER, at=1, after_it=False)
    assert go(world, journals, Purpose.FAILOVER, Course.RESUME) is Outcome.DONE


def test_a_failback_that_only_closed_the_standby_opens_it_again(journals: Journals) -> None:
    world = interrupted(journals, Purpose.FAILBACK, at=1)
    assert not world.may_write(Role.STANDBY)
    assert go(world, journals, Purpose.FAILBACK, Course.ROLL_BACK) is Outcome.DONE
    assert world.may_write(Role.STANDBY)


class OpensAndIsGone(World):
    """The operator is gone as soon as a region is opened, the first time."""

    def clear_fence(self, of: Role) -> FenceChange:
        if not self.is_lost:
            self.interrupt_at, self.after_it = self.touches + 1, True
        return super().clear_fence(of)


def test_a_failback_that_had_opened_the_primary_is_left_by_a_failover(journals: Journals) -> None:
    world = prepared(Purpose.FAILBACK, OpensAndIsGone(lag=1))
    lose(world, journals, Purpose.FAILBACK)
    said = refused(world, journals, Purpose.FAILBACK, Course.ROLL_BACK)
    assert said[0] == (
        "us-east-1's replica must tell both fences: unknown (no connection); "
        "`dr failover` leaves a region that does not answer"
    )
    assert go(world, journals, Purpose.FAILOVER, Course.BEGIN) is Outcome.DONE
    assert world.may_write(Role.STANDBY)


@settings(max_examples=40, deadline=None)
@given(
    purpose=st.sampled_from(list(Purpose)[:3]),
    at=st.integers(1, 20),
    after_it=st.booleans(),
    course=st.sampled_from([Course.RESUME, Course.ROLL_BACK]),
)
def test_the_region_that_lives_is_never_closed(purpose: Purpose, at: int, after_it: bool, course: Course) -> None:  # noqa: FBT001
    with TemporaryDirectory() as directory:
        journals = Journals(Path(directory), "dev")
        world = interrupted(journals, purpose, at=at, after_it=after_it)
        open_before = world.may_write(Role.STANDBY)
        go(world, journals, purpose, course)
        assert world.may_write(Role.STANDBY) or not open_before
