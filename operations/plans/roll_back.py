"""The plan that returns from an interrupted one to the fences of before: safe wherever the other one stopped."""

from collections.abc import Mapping

from operations.plans.handover import fences_before, hand_over
from operations.plans.plan import FenceState, Obstacle, Plan, Purpose, Refusal
from operations.plans.steps import AwaitFence, ClearFence, Step
from operations.site import Role
from operations.topology.model import Topology


def plan_roll_back(topology: Topology, wanted: Mapping[Role, FenceState]) -> Plan | Refusal:
    """Decide how to return to the `wanted` fences, those of before the interrupted plan."""
    now = fences_before(topology)
    if now is None:
        obstacle = Obstacle(
            f"{topology.site.standby.name}'s replica must tell both fences", "it does not", "try again once it answers"
        )
        return Refusal(Purpose.ROLL_BACK, topology.site.suffix, (obstacle,))
    return Plan(
        purpose=Purpose.ROLL_BACK,
        environment=topology.site.suffix,
        steps=_steps(topology, writer=_writer(wanted), moved=now[Role.PRIMARY].fenced != wanted[Role.PRIMARY].fenced),
        notes=("payments stored meanwhile stay stored: the right to write returns, time does not",),
        before=now,
    )


def _writer(fences: Mapping[Role, FenceState]) -> Role:
    return Role.STANDBY if fences[Role.PRIMARY].fenced else Role.PRIMARY


def _steps(topology: Topology, *, writer: Role, moved: bool) -> tuple[Step, ...]:
    """Where the primary's fence was changed, clients may have followed: the right to write is handed back in order."""
    if moved:
        return hand_over(topology, source=writer.peer, destination=writer, closed=True)
    return (ClearFence(of=Role.STANDBY), AwaitFence(of=Role.STANDBY, fenced=False))
