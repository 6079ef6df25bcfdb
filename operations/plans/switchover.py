"""The plan of a switchover: the standby serves instead of a healthy primary, and nothing is lost."""

from operations.plans import preconditions as require
from operations.plans.handover import fences_before, hand_over, parked_note
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.warnings import warnings
from operations.site import QueueKind, Role
from operations.topology.model import Topology


def plan_switchover(topology: Topology, *, pays: bool = False) -> Plan | Refusal:
    """Decide how to switch over, or why not to."""
    primary, standby = Role.PRIMARY, Role.STANDBY
    before = fences_before(topology)
    obstacles = (
        *require.fence(topology, primary, fenced=False, remedy="`dr failback` returns from a switchover"),
        *require.fence(topology, standby, fenced=False, remedy="finish or roll back what fenced it"),
        *require.healthy(topology, primary, remedy="`dr failover` leaves a region that is not"),
        *require.healthy(topology, standby),
        *require.answering(topology, primary, "wait until the health checks agree"),
        *require.replicating(topology, primary, standby),
        *require.replicating(topology, standby, primary),
        # What a fenced region holds in its queue is stored nowhere for as long as it is fenced.
        *require.empty(topology, primary, QueueKind.RETRY, QueueKind.DEAD_LETTER),
    )
    if obstacles or before is None:
        return Refusal(Purpose.SWITCHOVER, topology.site.suffix, obstacles)
    return Plan(
        purpose=Purpose.SWITCHOVER,
        environment=topology.site.suffix,
        steps=hand_over(topology, source=primary, destination=standby, closed=False, pays=pays),
        warnings=warnings(topology, Role),
        notes=(parked_note(topology, primary), "nothing returns by itself: `dr failback` does"),
        before=before,
    )
