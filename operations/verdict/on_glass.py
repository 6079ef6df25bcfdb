"""The verdict while no quorum is known and regions take payments under break glass."""

from contract.roles import Role
from handlers.writer.glass import Glass
from operations.topology.model import Topology
from operations.topology.quorum import without_quorum
from operations.topology.readings import Known
from operations.verdict.model import TrafficAlert, TrafficSituation, TrafficVerdict
from operations.verdict.next_steps import look_again
from operations.verdict.words import since


def judge_glass(topology: Topology, broken: dict[Role, Glass]) -> TrafficVerdict:
    """Return the verdict if regions take payments without a quorum."""
    names = [topology.site.regions[role].name for role in broken]
    by = [f"{glass.by or 'somebody'} broke it ({glass.reason})" for glass in broken.values()]
    first = next(iter(broken))
    is_one = len(broken) == 1
    if is_one:
        took = since(broken[first].at, now=topology.read_at)
        says = f"{names[0]} takes payments on broken glass {took}: {by[0]}"
        peer = topology.site.regions[first.peer].name
        risk = f"{peer} may take payments, too: nothing but people keeps it from that"
    else:
        says = f"BOTH {' and '.join(names)} take payments on broken glass: {'; '.join(dict.fromkeys(by))}"
        risk = "two regions store payments: people must decide which of them goes on, and stop the other one's function"
    return TrafficVerdict(
        situation=TrafficSituation.GLASS_BROKEN,
        alert=TrafficAlert.ATTENTION,
        takes_payments=names[0] if is_one else None,
        since=(broken[first].at or None) if is_one else None,
        automatic=None,
        says=says,
        risks=(risk, f"until the quorum is back: {without_quorum(topology)}"),
        next=look_again(
            "once the quorum is back, reconcile from before the glass was broken: `dr reconcile --since …`"
        ),
    )


def on_glass(topology: Topology) -> dict[Role, Glass]:
    """Return the break glass items under which regions take payments; not void ones, nor those the region denies."""
    found = {}
    for role, state in topology.regions.items():
        remembered = state.remembered.value if isinstance(state.remembered, Known) else None
        glass = state.glass.value if isinstance(state.glass, Known) else None
        is_void = glass is not None and remembered is not None and remembered.epoch > glass.epoch
        if glass is not None and not is_void and state.owns == Known(value=True):
            found[role] = glass
    return found


def glass_left(topology: Topology) -> list[str]:
    """Return the regions with a break glass item under which no region is known to take payments."""
    return [
        f"broken glass lies in {state.site.name}, and the region does not say that it takes payments by it"
        for state in topology.regions.values()
        if isinstance(state.glass, Known) and state.glass.value is not None
    ]
