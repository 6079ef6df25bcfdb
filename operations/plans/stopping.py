"""The plans that stop both regions, end a closing, or switch unattended takeovers on or off."""

from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer
from operations.plans import preconditions as require
from operations.plans.after_opening import see_traffic
from operations.plans.already import already_open
from operations.plans.expectation import expected_refusal
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.steps import Hold, OpenWriter, SetAutomatic, Settle, Step, Undo
from operations.plans.warnings import warnings
from operations.topology.model import Topology
from operations.topology.readings import Known
from operations.topology.words import who_did_what


def plan_stop(topology: Topology) -> Plan | Refusal:
    """Decide how to stop payments in both regions, or why not to."""
    writer = _writer(topology)
    if writer is None:
        return Refusal(Purpose.STOP, topology.site.suffix, tuple(require.known_writer(topology)))
    return Plan(
        purpose=Purpose.STOP,
        environment=topology.site.suffix,
        steps=(Hold(), Settle(stays=True)),
        warnings=() if writer.is_open else (f"before that, {who_did_what(writer)}",),
        expected="no region takes payments until `dr start`: clients are told to try again (503, Retry-After)",
        notes=("nothing takes over and nothing is undone meanwhile, whatever fails",),
        before=writer,
    )


def start_route(topology: Topology) -> tuple[Role, Role] | None:
    """Return source and destination if the owner is not the region that stored last, or else None."""
    writer, owner = _writer(topology), topology.owner
    taken_over = writer is not None and writer.kind is ClosingKind.TAKEOVER
    return (owner.peer, owner) if taken_over and owner is not None else None


def plan_start(topology: Topology, *, force: bool = False, pays: bool = False) -> Plan | Refusal:
    """Decide how to end a stop or another closing by opening the owner, or why not to."""
    writer, owner = _writer(topology), topology.owner
    if writer is None or owner is None:
        return Refusal(Purpose.START, topology.site.suffix, tuple(require.known_writer(topology)))
    if (done := already_open(topology, writer, owner, purpose=Purpose.START, pays=pays)) is not None:
        return done
    name = topology.site.regions[owner].name
    obstacles = tuple(
        ()
        if force
        else require.fit(topology, owner, remedy=f"`dr failover --to {_peer(topology, owner)} --force`, or --force")
    )
    if obstacles:
        return Refusal(Purpose.START, topology.site.suffix, obstacles)
    planned = writer.kind is ClosingKind.PLANNED
    opening: tuple[Step, ...] = (Undo(of=owner),) if planned else (Settle(), OpenWriter(of=owner))
    steps = (*opening, *see_traffic(topology, owner, pays=pays))
    return Plan(
        purpose=Purpose.START,
        environment=topology.site.suffix,
        steps=steps,
        warnings=(
            *((f"{name} stays the owner: what {writer.by or 'somebody'} began is undone",) if planned else ()),
            *warnings(topology, [owner]),
        ),
        expected=expected_refusal(topology, steps),
        notes=(f"before that, {who_did_what(writer)}",),
        before=writer,
    )


def plan_automatic(topology: Topology, *, automatic: bool) -> Plan | Refusal:
    """Decide how to switch unattended takeovers on or off, or why not to."""
    writer = _writer(topology)
    if writer is None:
        return Refusal(Purpose.AUTOMATIC, topology.site.suffix, tuple(require.known_writer(topology)))
    off = "a region that is lost stays the owner until `dr failover`; an alarm rings as long as it is off"
    ended = () if writer.is_open else (f"this overrides the last change of the writer: {who_did_what(writer)}",)
    return Plan(
        purpose=Purpose.AUTOMATIC,
        environment=topology.site.suffix,
        steps=(SetAutomatic(automatic=automatic),),
        warnings=ended,
        notes=() if automatic else (off,),
        before=writer,
    )


def _writer(topology: Topology) -> Writer | None:
    return topology.writer.value if isinstance(topology.writer, Known) else None


def _peer(topology: Topology, owner: Role) -> str:
    return topology.site.regions[owner.peer].name
