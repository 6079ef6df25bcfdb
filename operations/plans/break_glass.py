"""The plan that lets one region store payments without a quorum, for the loss of two of the three regions."""

from contract.roles import Role
from operations.plans.after_opening import see_traffic
from operations.plans.expectation import expected_refusal
from operations.plans.plan import Obstacle, Plan, Purpose, Refusal
from operations.plans.steps import BreakGlass
from operations.plans.warnings import warnings
from operations.topology.model import Topology
from operations.topology.quorum import quorum_of, without_quorum
from operations.topology.readings import Known, Unknown


def sentence(region: str) -> str:
    """Return the sentence that an operator must type before break glass."""
    return f"two regions may store payments, and I break the glass in {region}"


def break_glass_route(topology: Topology, region: Role) -> tuple[Role, Role] | None:
    """Return source and destination; None if the region remembers that it owns the writer itself."""
    remembered = topology.regions[region].remembered
    writer = remembered.value if isinstance(remembered, Known) else None
    owns = writer is not None and writer.region == topology.site.regions[region].name
    return None if owns else (region.peer, region)


def plan_break_glass(topology: Topology, region: Role, *, pays: bool = False) -> Plan | Refusal:
    """Decide whether break glass is allowed in a region: only while no reachable replica has a quorum."""
    name = topology.site.regions[region].name
    epoch = _last_epoch(topology, region)
    obstacles = (*_no_quorum(topology), *_reachable(topology, region))
    if obstacles or epoch is None:
        return Refusal(Purpose.BREAK_GLASS, topology.site.suffix, obstacles)
    peer = topology.site.regions[region.peer].name
    steps = (BreakGlass(of=region, epoch=epoch), *see_traffic(topology, region, pays=pays))
    return Plan(
        purpose=Purpose.BREAK_GLASS,
        environment=topology.site.suffix,
        steps=steps,
        warnings=(
            without_quorum(topology),
            f"if {peer} still owns the writer and reaches another region, both regions store payments from now on",
            *warnings(topology, [region]),
        ),
        expected=expected_refusal(topology, steps),
        notes=(
            f"when the quorum is back at epoch {epoch}, {name}'s ticker takes over for good",
            "when it is back at another epoch, the glass is void, an alarm rings, and both may store for some 8 s more",
            "`dr reconcile` is mandatory once both regions answer",
        ),
        before=None,
    )


def _no_quorum(topology: Topology) -> list[Obstacle]:
    return [
        Obstacle("no reachable region may have a quorum", quorum_of(topology, role), "`dr failover` moves the writer")
        for role in Role
        if isinstance(topology.regions[role].control, Known)
    ]


def _reachable(topology: Topology, region: Role) -> list[Obstacle]:
    state, name = topology.regions[region], topology.site.regions[region].name
    found = []
    if isinstance(state.glass, Unknown):
        found.append(f"its replica of the payments table is unknown ({state.glass.reason})")
    if isinstance(state.remembered, Unknown):
        found.append(f"the epoch that it remembers is unknown ({state.remembered.reason})")
    elif state.remembered.value is None:
        found.append("it remembers no writer")
    return [Obstacle(f"{name} must answer", each, "break the glass in a region that does") for each in found]


def _last_epoch(topology: Topology, region: Role) -> int | None:
    """Return the epoch that the region's ticker compares with once the quorum returns."""
    remembered = topology.regions[region].remembered
    return remembered.value.epoch if isinstance(remembered, Known) and remembered.value is not None else None
