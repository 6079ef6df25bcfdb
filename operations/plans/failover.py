"""The plan of a failover: the standby serves instead of a primary that may be gone, by the standby alone."""

from operations.plans.handover import fences_before, parked_note, see_traffic
from operations.plans.plan import Obstacle, Plan, Purpose, Refusal
from operations.plans.steps import ClearFence, SetFence, Settle, Step
from operations.plans.warnings import warnings
from operations.site import Role
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown

HEALTH_READS = 3
"""How often the standby must have said that it is unhealthy: one slow answer of its table is no reason to stay."""


def plan_failover(topology: Topology, *, pays: bool = False) -> Plan | Refusal:
    """Decide how to fail over; only the standby's replica must answer, and its endpoint must not be known to be ill.

    The topology is to be read with `HEALTH_READS`.
    """
    standby = topology.site.standby.name
    fence = topology.fence(Role.PRIMARY, seen_by=Role.STANDBY)
    before = fences_before(topology)
    obstacles: list[Obstacle] = []
    if before is None:
        found = fence.reason if isinstance(fence, Unknown) else "it does not tell its own fence"
        obstacles.append(Obstacle(f"{standby}'s replica must answer", found, "the switch is one write there"))
    if topology.standby.health == Known(value=False):
        found, remedy = "it is unhealthy", "clients would meet a region that cannot store their payments"
        obstacles.append(Obstacle(f"{standby} must not be unhealthy", found, remedy))
    if obstacles or before is None:
        return Refusal(Purpose.FAILOVER, topology.site.suffix, tuple(obstacles))
    return Plan(
        purpose=Purpose.FAILOVER,
        environment=topology.site.suffix,
        steps=(
            SetFence(of=Role.PRIMARY),
            *(_open_standby() if before[Role.STANDBY].fenced else ()),
            *see_traffic(topology, Role.STANDBY, pays=pays),
        ),
        warnings=warnings(topology, [Role.STANDBY]),
        notes=(
            "payments that the primary stored but had not replicated appear when it returns: reconcile then",
            parked_note(topology, Role.PRIMARY),
            "nothing returns by itself: `dr failback` does",
        ),
        before=before,
    )


def _open_standby() -> tuple[Step, ...]:
    """An interrupted failback left the standby shut: a primary that still lives gets the time to meet its fence."""
    return (Settle(of=Role.PRIMARY), ClearFence(of=Role.STANDBY))
