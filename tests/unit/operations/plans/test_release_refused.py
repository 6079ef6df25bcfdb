"""A planned move waits for a release; a failover does not."""

import pytest

from contract.roles import Role
from handlers.releases.item import RegionVersions, Release, ReleaseState
from operations.plans.failback import plan_failback
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan, Refusal
from operations.plans.switchover import plan_switchover
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading, Unknown
from tests.unit.operations.plans.topologies import AT, NAMES, TAKEN_OVER, loss, topology, with_region


def releasing(base: Topology, reading: Reading[Release | None]) -> Topology:
    for role in Role:
        base = with_region(base, role, release=reading)
    return base


def release(state: ReleaseState) -> Known[Release | None]:
    placed = {name: RegionVersions({"payment-api": "7"}, "d7") for name in NAMES.values()}
    return Known(Release("r1", "d1", state, 9, 7, placed, placed, by="bob", at=AT, step="3/9 watch us-east-2"))


@pytest.mark.parametrize("reading", [release(ReleaseState.RUNNING), release(ReleaseState.UNDOING), Unknown("denied")])
def test_planned_moves_are_refused(reading: Reading[Release | None]) -> None:
    plans = (
        plan_switchover(releasing(topology(), reading), loss=loss()),
        plan_failback(releasing(TAKEN_OVER, reading), reconciled=Known(value=True), loss=loss(Role.STANDBY)),
    )
    for plan in plans:
        assert isinstance(plan, Refusal)
        (obstacle,) = plan.obstacles
        assert obstacle.precondition == "no release may be under way"


def test_refusal_says_who_releases() -> None:
    plan = plan_switchover(releasing(topology(), release(ReleaseState.RUNNING)), loss=loss())
    assert isinstance(plan, Refusal)
    assert "bob began one at 2026-01-31 12:00:03 UTC: 3/9 watch us-east-2" in str(plan.obstacles[0])


@pytest.mark.parametrize("state", [ReleaseState.DONE, ReleaseState.UNDONE])
def test_ended_release_stands_in_no_way(state: ReleaseState) -> None:
    assert isinstance(plan_switchover(releasing(topology(), release(state)), loss=loss()), Plan)


def test_failover_does_not_wait() -> None:
    assert isinstance(plan_failover(releasing(topology(), release(ReleaseState.RUNNING))), Plan)
