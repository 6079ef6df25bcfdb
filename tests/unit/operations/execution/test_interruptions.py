"""Whatever is interrupted wherever, and then resumed or rolled back: the regions end as they should, and never meet."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.execution.executor import LiveExecutor
from operations.execution.journal import Journals
from operations.execution.move import Course, Decision, Outcome, carry_out, decide, find_interrupted, recording
from operations.execution.performing import Performer
from operations.plans.failback import plan_failback
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.switchover import plan_switchover
from operations.site import Role
from operations.topology.model import Topology
from operations.topology.readings import Known
from tests.unit.operations.execution.worlds import InterruptionError, World

MAKERS: dict[Purpose, Callable[[Topology], Plan | Refusal]] = {
    Purpose.SWITCHOVER: plan_switchover,
    Purpose.FAILOVER: plan_failover,
    Purpose.FAILBACK: lambda topology: plan_failback(topology, reconciled=Known(value=True)),
}
FENCED = {
    Purpose.SWITCHOVER: {Role.PRIMARY: True, Role.STANDBY: False},
    Purpose.FAILOVER: {Role.PRIMARY: True, Role.STANDBY: False},
    Purpose.FAILBACK: {Role.PRIMARY: False, Role.STANDBY: False},
}
OPEN = FENCED[Purpose.FAILBACK]


@dataclass(frozen=True)
class Interruption:
    """After so many touches of the world the operator is gone, for a time; then somebody goes on, or back."""

    at: int
    after_it: bool
    gone_for: int
    course: Course


class Silent:
    """Sees nothing."""

    def begins(self, number: int, step: object) -> None:
        """See nothing."""

    def ends(self, number: int, result: object) -> None:
        """See nothing."""


def decided(world: World, journals: Journals, purpose: Purpose, course: Course) -> Decision:
    """Decide as the command line does."""
    return decide(course, find_interrupted(journals, purpose, course), world.topology(), MAKERS[purpose])


def go(world: World, journals: Journals, purpose: Purpose, course: Course) -> Outcome:
    """Run a command as the command line does."""
    decision = decided(world, journals, purpose, course)
    if isinstance(decision.plan, Refusal):
        return Outcome.REFUSED
    interrupted = find_interrupted(journals, purpose, course)
    with recording(journals, decision.plan, interrupted, new=decision.new, by="test", why="", clock=world) as journal:
        executor = LiveExecutor(Performer(world).perform, journal=journal, clock=world, audience=Silent())
        return carry_out(executor, decision.plan, first=decision.first, done=Outcome.DONE).outcome


def prepared(purpose: Purpose, world: World) -> World:
    """Return the world as a purpose makes sense in it, long after whatever brought it about."""
    if purpose is Purpose.FAILBACK:
        world.set_fence(Role.PRIMARY)
    world.pass_(300)
    return world


def fenced(world: World) -> dict[Role, bool]:
    """Return which fences are set, in both replicas."""
    world.pass_(world.lag)
    held = {replica: {of: world.held(of, replica).fenced for of in Role} for replica in Role}
    assert held[Role.PRIMARY] == held[Role.STANDBY]
    return held[Role.STANDBY]


@pytest.fixture(scope="module", autouse=True)
def _no_disk() -> Iterator[None]:
    """Syncing takes nearly all the time, and shows only when a machine loses its power."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)
        yield


@settings(max_examples=40, deadline=None)
@given(
    purpose=st.sampled_from(list(MAKERS)),
    lag=st.integers(0, 5),
    detection=st.integers(20, 30),
    phase=st.integers(0, 59),
    regions_ahead=st.integers(-120, 120),
    interruptions=st.lists(
        st.builds(
            Interruption,
            at=st.integers(1, 60),
            after_it=st.booleans(),
            gone_for=st.integers(0, 200),
            course=st.sampled_from([Course.RESUME, Course.ROLL_BACK]),
        ),
        max_size=3,
    ),
)
def test_interrupted_plans(
    purpose: Purpose, lag: int, detection: int, phase: int, regions_ahead: int, interruptions: list[Interruption]
) -> None:
    world = prepared(purpose, World(lag=lag, detection=detection, phase=phase, regions_ahead=regions_ahead))
    before, rolled_back = fenced(world), False
    with TemporaryDirectory() as directory:
        journals = Journals(Path(directory), "dev")
        course = Course.BEGIN
        for interruption in interruptions:
            world.interrupt_at, world.after_it = world.touches + interruption.at, interruption.after_it
            try:
                assert go(world, journals, purpose, course) is Outcome.DONE
            except InterruptionError:
                world.pass_(interruption.gone_for)
                course = interruption.course
                rolled_back |= course is Course.ROLL_BACK
            else:
                break
        else:
            world.interrupt_at = None
            assert go(world, journals, purpose, course) is Outcome.DONE
    assert fenced(world) == (before if rolled_back else FENCED[purpose])
    assert world.dns is (Role.STANDBY if fenced(world)[Role.PRIMARY] else Role.PRIMARY)
    for changes in world.history.values():
        assert [fence.epoch for _, fence in changes] == list(range(len(changes)))
