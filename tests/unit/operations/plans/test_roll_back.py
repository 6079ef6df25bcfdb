"""What a roll back does wherever it begins, and what it is refused for."""

from dataclasses import replace

import pytest

from handlers.payments.fence import Fence
from operations.plans.plan import FenceState, Plan, Refusal
from operations.plans.roll_back import plan_roll_back
from operations.site import Role
from operations.topology.model import Heartbeat, Topology
from operations.topology.readings import Known, Unknown
from tests.unit.operations.plans.topologies import SITE, TAKEN_OVER, fences, topology, with_region, without

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
TO_PRIMARY = {role: FenceState(fenced=False, epoch=0) for role in Role}
TO_STANDBY = {PRIMARY: FenceState(fenced=True, epoch=1), STANDBY: FenceState(fenced=False, epoch=0)}
SILENT = Unknown("no answer in time")
STAY = "mend the region first, or leave things as they are with --forget"

OBSTACLES = {
    "it is unhealthy": (
        with_region(TAKEN_OVER, PRIMARY, health=Known(value=False)),
        f"us-east-1 must be healthy: it is unhealthy; {STAY}",
    ),
    "its replica is silent": (
        with_region(TAKEN_OVER, PRIMARY, fences=dict.fromkeys(Role, SILENT)),
        f"us-east-1's replica must tell both fences: unknown (no answer in time); {STAY}",
    ),
    "its heartbeat is old": (
        with_region(TAKEN_OVER, STANDBY, heartbeats=dict.fromkeys(Role, Known(Heartbeat(0, 121, "r")))),
        (
            "the age of us-east-1's heartbeat in us-east-2 must be at most 120 s: 121.0 s; "
            "see to the heartbeat function in us-east-1"
        ),
    ),
    "it has not caught up": (
        replace(TAKEN_OVER, lag={**TAKEN_OVER.lag, (STANDBY, PRIMARY): Known(9.0)}),
        "the replication lag us-east-2 → us-east-1 must be at most 5 s: 9.0 s; wait until it has settled",
    ),
}


@pytest.mark.parametrize(("found", "said"), OBSTACLES.values(), ids=OBSTACLES)
def test_payments_are_handed_to_a_region_that_is_well_or_not_at_all(found: Topology, said: str) -> None:
    refusal = plan_roll_back(found, TO_PRIMARY)
    assert isinstance(refusal, Refusal)
    assert [str(each) for each in refusal.obstacles] == [said]


def steps(found: Topology, wanted: dict[Role, FenceState]) -> list[str]:
    plan = plan_roll_back(found, wanted)
    assert isinstance(plan, Plan)
    return [step.says(SITE) for step in plan.steps]


def test_a_standby_that_is_ill_is_left() -> None:
    said = steps(with_region(TAKEN_OVER, STANDBY, health=Known(value=False)), TO_PRIMARY)
    assert said[0] == "fence us-east-2"
    assert said[-1] == "see us-east-2 open in both replicas"


def test_a_primary_that_was_opened_is_closed_again() -> None:
    said = steps(topology(held=fences(standby=True)), TO_STANDBY)
    assert said[0] == "fence us-east-1"
    assert "unfence us-east-2" in said


@pytest.mark.parametrize(
    ("held", "wanted"),
    [(fences(), TO_PRIMARY), (fences(primary=True, standby=True), TO_STANDBY)],
    ids=["nothing fenced", "standby fenced"],
)
def test_where_the_primarys_fence_was_not_touched_the_standby_alone_is_needed(
    held: dict[Role, Fence], wanted: dict[Role, FenceState]
) -> None:
    assert steps(without(topology(held=held), PRIMARY), wanted) == ["unfence us-east-2"]


def test_but_the_standby_is() -> None:
    refusal = plan_roll_back(without(topology(), STANDBY), TO_PRIMARY)
    assert isinstance(refusal, Refusal)
    assert [str(each) for each in refusal.obstacles] == [
        "us-east-2's replica must tell both fences: unknown (no connection); try again once it answers"
    ]
