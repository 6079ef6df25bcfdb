"""The plan of a switchover: the other region takes over from the owner, with no loss and one writer at any moment."""

from contract.roles import Role
from operations.plans import preconditions as require
from operations.plans.after_opening import see_queue_empty, see_traffic
from operations.plans.already import already_open
from operations.plans.expectation import expected_refusal
from operations.plans.plan import Obstacle, Plan, Purpose, Refusal
from operations.plans.steps import AwaitReplicated, ClosePlanned, OpenWriter, Settle, Step
from operations.plans.warnings import dns_warnings, held_in_queues, reverse_warnings, warnings
from operations.topology.loss_estimate import LossEstimate
from operations.topology.model import Topology
from operations.topology.readings import Known


def switchover_route(topology: Topology, to: Role | None) -> tuple[Role, Role] | None:
    """Return source and destination; None if the owner is unknown."""
    owner = topology.owner
    return None if owner is None else (owner, to or owner.peer)


def plan_switchover(
    topology: Topology,
    *,
    to: Role | None = None,
    loss: LossEstimate | None,
    force: bool = False,
    pays: bool = False,
    purpose: Purpose = Purpose.SWITCHOVER,
    beside: tuple[Obstacle, ...] = (),
) -> Plan | Refusal:
    """Decide how to switch over, or why not to.

    Args:
        topology: The present state.
        to: The destination; by default the region that does not own the writer.
        loss: The payments not yet in the destination; None only if the owner is unknown.
        force: Whether to open a destination that is not known to be fit.
        pays: Whether the plan makes the first payment itself.
        purpose: Switchover or failback.
        beside: Further obstacles.
    """
    route = switchover_route(topology, to)
    writer = topology.writer.value if isinstance(topology.writer, Known) else None
    if route is None or writer is None:
        return Refusal(purpose, topology.site.suffix, tuple(require.known_writer(topology)))
    source, destination = route
    if (done := already_open(topology, writer, destination, purpose=purpose, pays=pays)) is not None:
        return done
    obstacles = (
        *(_moving(topology, source, destination, loss, force=force) if source is not destination else ()),
        *require.open_writer(writer),
        *require.no_release(topology),
        *beside,
    )
    if obstacles:
        return Refusal(purpose, topology.site.suffix, obstacles)
    steps = _steps(topology, source, destination, pays=pays)
    return Plan(
        purpose=purpose,
        environment=topology.site.suffix,
        steps=steps,
        warnings=(
            *warnings(topology, Role),
            *dns_warnings(topology, source),
            *reverse_warnings(topology, source, destination),
            *held_in_queues(topology, source),
        ),
        expected=expected_refusal(topology, steps),
        notes=(
            "what waits in the source's retry queue is forwarded to the destination's",
            "nothing returns by itself",
        ),
        before=writer,
    )


def _moving(
    topology: Topology, source: Role, destination: Role, loss: LossEstimate | None, *, force: bool
) -> tuple[Obstacle, ...]:
    leaves = "`dr failover` leaves a region that does not answer"
    return (
        *require.quorum(topology, source, remedy=leaves),
        *(() if force else require.fit(topology, destination)),
        *require.replicating(topology, source, destination),
        *(() if loss is None else require.nothing_late(topology, loss)),
    )


def _steps(topology: Topology, source: Role, destination: Role, *, pays: bool) -> tuple[Step, ...]:
    return (
        ClosePlanned(source=source, destination=destination),
        Settle(),
        AwaitReplicated(source=source, destination=destination),
        OpenWriter(of=destination),
        *see_traffic(topology, destination, pays=pays),
        *see_queue_empty(source),
    )
