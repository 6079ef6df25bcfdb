"""The plan that returns from an interrupted one to the fences of before: safe wherever the other one stopped."""

from collections.abc import Mapping

from operations.plans import preconditions as require
from operations.plans.handover import fences_before, hand_over
from operations.plans.plan import FenceState, Obstacle, Plan, Purpose, Refusal
from operations.plans.steps import ClearFence, Step
from operations.site import Role
from operations.topology.model import Topology


def plan_roll_back(topology: Topology, wanted: Mapping[Role, FenceState]) -> Plan | Refusal:
    """Decide how to return to the `wanted` fences, those of before the interrupted plan, or why not to.

    Where the primary's fence was changed, clients may have followed, and the right to write is handed back in order:
    that begins with a fence for the region which serves, so both must be known to be well enough to come to the end of
    it. Otherwise the region that serves is at most opened again, which asks nothing of the other one.
    """
    now, writer = fences_before(topology), _writer(wanted)
    moved = now is not None and now[Role.PRIMARY].fenced != wanted[Role.PRIMARY].fenced
    obstacles = (
        *require.telling(topology, Role.STANDBY, remedy="try again once it answers"),
        *(_to_handing_back(topology, writer) if moved else ()),
    )
    if obstacles or now is None:
        return Refusal(Purpose.ROLL_BACK, topology.site.suffix, obstacles)
    return Plan(
        purpose=Purpose.ROLL_BACK,
        environment=topology.site.suffix,
        steps=_steps(topology, writer, moved=moved),
        notes=("payments stored meanwhile stay stored: the right to write returns, time does not",),
        before=now,
    )


def _writer(fences: Mapping[Role, FenceState]) -> Role:
    return Role.STANDBY if fences[Role.PRIMARY].fenced else Role.PRIMARY


def _to_handing_back(topology: Topology, writer: Role) -> tuple[Obstacle, ...]:
    """Require what every planned move does; how well the region is that is left may be why it is left."""
    remedy = "mend the region first, or leave things as they are with --forget"
    return (
        *require.telling(
            topology,
            Role.PRIMARY,
            remedy=remedy if writer is Role.PRIMARY else "`dr failover` leaves a region that does not answer",
        ),
        *require.healthy(topology, writer, remedy=remedy),
        *require.replicating(topology, writer.peer, writer),
        *require.replicating(topology, writer, writer.peer),
    )


def _steps(topology: Topology, writer: Role, *, moved: bool) -> tuple[Step, ...]:
    if moved:
        return hand_over(topology, source=writer.peer, destination=writer, closed=True)
    return (ClearFence(of=Role.STANDBY),)
