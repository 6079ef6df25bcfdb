"""The plan of a failover: a region takes over from an owner that may be lost, through any replica that has a quorum."""

from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer
from operations.plans import preconditions as require
from operations.plans.after_opening import see_traffic
from operations.plans.already import already_open
from operations.plans.expectation import expected_refusal
from operations.plans.plan import Obstacle, Plan, Purpose, Refusal
from operations.plans.steps import OpenWriter, Settle, Step, TakeOver
from operations.plans.warnings import dead_letters_note, warnings
from operations.topology.model import Topology
from operations.topology.readings import Known
from operations.topology.words import who_did_what

HEALTH_READS = 3
"""How often the destination must have said that it is unhealthy: one slow answer of its table is no reason to stay."""


def failover_route(topology: Topology, to: Role | None) -> tuple[Role, Role] | None:
    """Return source and destination; None if the owner is unknown.

    The default destination is the one that a closing names, or else the region that does not own the writer.
    """
    writer = topology.writer.value if isinstance(topology.writer, Known) else None
    owner = topology.owner
    if writer is None or owner is None:
        return None
    destination = to or (owner if writer.kind is ClosingKind.TAKEOVER else owner.peer)
    return destination.peer, destination


def plan_failover(
    topology: Topology, *, to: Role | None = None, force: bool = False, pays: bool = False
) -> Plan | Refusal:
    """Decide how to fail over, or why not to; the topology must be read with `HEALTH_READS`.

    Args:
        topology: The present state.
        to: The destination; see `failover_route`.
        force: Whether to open an unfit region, and to override another operator's stop or takeover.
        pays: Whether the plan makes the first payment itself.
    """
    route = failover_route(topology, to)
    writer = topology.writer.value if isinstance(topology.writer, Known) else None
    if route is None or writer is None:
        return Refusal(Purpose.FAILOVER, topology.site.suffix, tuple(require.known_writer(topology)))
    source, destination = route
    if (done := already_open(topology, writer, destination, purpose=Purpose.FAILOVER, pays=pays)) is not None:
        return done
    obstacles = (*(() if force else (*_nobody_acts(writer), *require.not_unfit(topology, destination))),)
    if obstacles:
        return Refusal(Purpose.FAILOVER, topology.site.suffix, obstacles)
    steps: tuple[Step, ...] = (
        TakeOver(to=destination),
        Settle(),
        OpenWriter(of=destination),
        *see_traffic(topology, destination, pays=pays),
    )
    return Plan(
        purpose=Purpose.FAILOVER,
        environment=topology.site.suffix,
        steps=steps,
        warnings=(*_warnings(topology, writer, source), *warnings(topology, [destination])),
        expected=expected_refusal(topology, steps),
        notes=(
            f"what {topology.site.regions[source].name} stored but had not replicated appears again: reconcile then",
            dead_letters_note(topology, source),
            "nothing returns by itself",
        ),
        before=writer,
    )


def _nobody_acts(writer: Writer) -> list[Obstacle]:
    if writer.kind is ClosingKind.HELD:
        remedy = "`dr start` ends it, or --force"
        return [Obstacle("nobody may hold the writer", who_did_what(writer), remedy)]
    if writer.kind is ClosingKind.TAKEOVER:
        remedy = "it opens by itself within seconds, else `dr start` opens it, or --force begins another one"
        return [Obstacle("no takeover may be under way", who_did_what(writer), remedy)]
    return []


def _warnings(topology: Topology, writer: Writer, source: Role) -> list[str]:
    state = topology.regions[source]
    found = []
    if state.health == Known(value=True):
        found.append(f"{state.site.name} is healthy: `dr switchover` would lose nothing")
    if writer.kind is ClosingKind.PLANNED:
        found.append(f"this gives up a planned closing, which `dr start` undoes without loss: {who_did_what(writer)}")
    elif not writer.is_open or not writer.automatic:
        found.append(f"before that, {who_did_what(writer)}")
    return found
